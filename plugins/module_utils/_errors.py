# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What it means that a request to the service did not succeed, and what an operator can do about it.

The sources are the sections of what is known about the service (`docs/certcentral-contract.md`).
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._http import NoReply, Reply, json_body


class ErrorCode(str, Enum):
    """Why a request failed, for playbooks to branch on. Documented in the guide on results and errors."""

    ACCESS_DENIED = "access_denied"
    MISSING_PERMISSION = "missing_permission"
    ORDER_NOT_FOUND = "order_not_found"
    PATH_NOT_FOUND = "path_not_found"
    REJECTED = "rejected"
    RATE_LIMITED = "rate_limited"
    SERVICE_UNAVAILABLE = "service_unavailable"
    REDIRECTED = "redirected"
    UNEXPECTED_REPLY = "unexpected_reply"
    NOT_REACHED = "not_reached"
    TLS_REFUSED = "tls_refused"
    TIMED_OUT = "timed_out"
    REPLY_LOST = "reply_lost"
    REPLY_TOO_LARGE = "reply_too_large"
    NOT_ATTEMPTED = "not_attempted"


# What fails one request for one of these reasons would fail every other request as well.
STOPS_ALL = frozenset(
    {
        ErrorCode.ACCESS_DENIED,
        ErrorCode.MISSING_PERMISSION,
        ErrorCode.RATE_LIMITED,
        ErrorCode.NOT_REACHED,
        ErrorCode.TLS_REFUSED,
    }
)

# Causes that pass by themselves: a request that failed for one of them is worth another try.
_PASSING = frozenset(
    {
        ErrorCode.RATE_LIMITED,  # the windows of contract section 3 drain
        ErrorCode.SERVICE_UNAVAILABLE,  # maintenance windows, or a gateway that lost the service for a moment
        ErrorCode.NOT_REACHED,
        ErrorCode.TIMED_OUT,
        ErrorCode.REPLY_LOST,
    }
)

# Contract section 3. The service's own code is the most precise, then the status, then its class.
_CODE_BY_STATUS: Mapping[int, ErrorCode] = {
    401: ErrorCode.ACCESS_DENIED,  # old documentation only: a wrong key is 403 today
    403: ErrorCode.ACCESS_DENIED,
    404: ErrorCode.PATH_NOT_FOUND,
    429: ErrorCode.RATE_LIMITED,
}
_CODE_BY_SERVICE_CODE: Mapping[tuple[int, str | None], ErrorCode] = {
    (403, "access_denied|missing_permission"): ErrorCode.MISSING_PERMISSION,
    (404, "not_found|order"): ErrorCode.ORDER_NOT_FOUND,
}
_CODE_BY_CLASS: Mapping[int, ErrorCode] = {
    3: ErrorCode.REDIRECTED,
    4: ErrorCode.REJECTED,
    5: ErrorCode.SERVICE_UNAVAILABLE,
}

ADVICE: Mapping[ErrorCode, str] = {
    ErrorCode.ACCESS_DENIED: (
        "The service refused the API key: check api_key, and check that api_url names the service (US or EU) "
        "that the key belongs to."
    ),
    ErrorCode.MISSING_PERMISSION: (
        "The API key may not do this: use a key whose user's role and whose restriction allow changes to orders."
    ),
    ErrorCode.ORDER_NOT_FOUND: "There is no such order in the account of this API key: check the order ID.",
    ErrorCode.PATH_NOT_FOUND: "The service knows nothing at this path: check api_url.",
    ErrorCode.REJECTED: "The service did not accept the request.",
    ErrorCode.RATE_LIMITED: (
        "The key is over its rate limit (1000 requests in 3 minutes, 100 in 5 seconds, counted over everything that "
        "uses it): run again in a few minutes."
    ),
    ErrorCode.SERVICE_UNAVAILABLE: "The service is not available at the moment: run again later.",
    ErrorCode.REDIRECTED: (
        "Redirects are not followed, because the API key would go along: set api_url to the address of the service."
    ),
    ErrorCode.UNEXPECTED_REPLY: (
        "This is not a reply of CertCentral: check api_url, and whether a proxy or a firewall answered instead."
    ),
    ErrorCode.NOT_REACHED: "No connection to the service: check api_url, name resolution, proxy and firewall.",
    ErrorCode.TLS_REFUSED: (
        "The service's certificate was not accepted: check api_url, or set ca_path to the CA that issued it."
    ),
    ErrorCode.TIMED_OUT: "The service did not answer completely within the timeout.",
    ErrorCode.REPLY_LOST: "The connection broke before the reply was complete.",
    ErrorCode.REPLY_TOO_LARGE: "This is not a reply of CertCentral: it was not read to its end.",
    ErrorCode.NOT_ATTEMPTED: "Another request failed for a reason that would have failed this one too.",
}


# What taking a value apart raises where it has another shape than documented.
NOT_AS_DOCUMENTED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


class ServiceError(Exception):
    """A request that did not succeed.

    code: why, for a program. message: why, for a person, with what to do next.
    method, path: the request. http_status: None where there was no reply.
    service_code: the service's own error code, where it gave one.
    in_doubt: whether the request may have changed something all the same.
    retry_after: seconds that the service asked to wait, where it did.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        method: str,
        path: str,
        *,
        in_doubt: bool = False,
        http_status: int | None = None,
        service_code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.method = method
        self.path = path
        self.http_status = http_status
        self.service_code = service_code
        self.in_doubt = in_doubt
        self.retry_after = retry_after

    @property
    def passes(self) -> bool:
        """Whether the cause passes by itself."""
        return self.code in _PASSING

    @classmethod
    def from_reply(cls, method: str, path: str, reply: Reply, quoted: Callable[[str], str]) -> ServiceError:
        """Take the error from a reply. `quoted` makes the service's words fit for a message."""
        service_code, service_message = _words_of_the_service(reply)
        code = (
            _CODE_BY_SERVICE_CODE.get((reply.status, service_code))
            or _CODE_BY_STATUS.get(reply.status)
            or _CODE_BY_CLASS.get(reply.status // 100, ErrorCode.UNEXPECTED_REPLY)
        )
        said = ": ".join(filter(None, (service_code, service_message))) or _kind_of_body(reply)
        return cls(
            code,
            f"{method} {path} was answered {_named(reply.status)} ({quoted(said)}). {ADVICE[code]}",
            method,
            path,
            http_status=reply.status,
            service_code=service_code and quoted(service_code),
            in_doubt=method != "GET" and not 400 <= reply.status < 500,
            retry_after=_retry_after(reply),
        )

    @classmethod
    def from_no_reply(
        cls, method: str, path: str, failure: NoReply, quoted: Callable[[str], str]
    ) -> ServiceError:
        """Take the error from the reason why there is no reply. `quoted` makes its words fit for a message."""
        code = ErrorCode(failure.cause.value)
        return cls(
            code,
            f"{method} {path} got no complete reply ({quoted(failure.detail)}). {ADVICE[code]}",
            method,
            path,
            in_doubt=method != "GET" and failure.sent,
        )

    @classmethod
    def not_attempted(cls, method: str, path: str) -> ServiceError:
        """Tell that a request was not even sent."""
        code = ErrorCode.NOT_ATTEMPTED
        return cls(code, f"{method} {path} was not sent. {ADVICE[code]}", method, path)

    def as_dict(self) -> dict[str, Any]:
        """Give the error as it stands in a result."""
        return {
            "code": self.code.value,
            "message": str(self),
            "http_status": self.http_status,
            "method": self.method,
            "path": self.path,
            "service_code": self.service_code,
        }


def place_of(defect: Exception) -> str:
    """Name an exception that nobody foresaw by its type and place, not by its text: nobody knows what that holds."""
    place = traceback.extract_tb(defect.__traceback__)[-1]
    return f"{type(defect).__name__} in {Path(place.filename).name}, line {place.lineno}"


def _words_of_the_service(reply: Reply) -> tuple[str | None, str | None]:
    """Take code and message out of an error body; contract section 3 knows `errors` as a list and as an object."""
    try:
        errors = json_body(reply)["errors"]
        first = errors[0] if isinstance(errors, list) else errors
        found = (first.get("code"), first.get("message"))
    except NOT_AS_DOCUMENTED:
        return None, None
    code, message = (part if isinstance(part, str) else None for part in found)
    return code, message


def _kind_of_body(reply: Reply) -> str:
    if not reply.body:
        return "no body"
    content_type = reply.headers.get("content-type", "unknown type").partition(";")[0]
    return f"{len(reply.body)} bytes of {content_type}"


def _named(status: int) -> str:
    """Give a status as people know it: "404 Not Found"."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _retry_after(reply: Reply) -> float | None:
    """Read Retry-After, seconds or a date (RFC 9110 section 10.2.3); None where it is absent or neither."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
