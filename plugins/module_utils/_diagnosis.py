# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What it means that a request to the service did not succeed, and what an operator can do about it.

The sources are the sections of what is known about the service (`docs/certcentral-contract.md`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from ansible_collections.community.digicert.plugins.module_utils._errors import (
    NOT_AS_DOCUMENTED,
    ErrorCode,
    ServiceError,
)
from ansible_collections.community.digicert.plugins.module_utils._http import NoReply, Reply, json_body

# Contract section 3. The service's own code is the most precise, then the status, then its class.
_CODE_BY_SERVICE_CODE: Mapping[tuple[int, str | None], ErrorCode] = {
    (403, "access_denied|access_denied_invalid_key"): ErrorCode.ACCESS_DENIED,
    (403, "access_denied|missing_permission"): ErrorCode.MISSING_PERMISSION,
    (404, "not_found|order"): ErrorCode.ORDER_NOT_FOUND,
    # Of a request that somebody else decided; that it is told so is assumed.
    (404, "not_found|request"): ErrorCode.REJECTED,
}
# It is about one request, whatever its status; that is not documented.
_INVALID_APPROVER = "access_denied|invalid_approver"
_CODE_BY_STATUS: Mapping[int, ErrorCode] = {
    401: ErrorCode.ACCESS_DENIED,  # old documentation only: a wrong key is 403 today
    403: ErrorCode.FORBIDDEN,
    404: ErrorCode.PATH_NOT_FOUND,
    429: ErrorCode.RATE_LIMITED,
    # Of what stands in front of the service: it did not wait for the request, or for the reply.
    408: ErrorCode.SERVICE_UNAVAILABLE,
    425: ErrorCode.SERVICE_UNAVAILABLE,
    499: ErrorCode.SERVICE_UNAVAILABLE,
}
_CODE_BY_CLASS: Mapping[int, ErrorCode] = {
    3: ErrorCode.REDIRECTED,
    4: ErrorCode.REJECTED,
    5: ErrorCode.SERVICE_UNAVAILABLE,
}
# The same for a reply without the service's own error body: somebody else answered.
_CODE_OF_OTHERS: Mapping[ErrorCode, ErrorCode] = {
    ErrorCode.FORBIDDEN: ErrorCode.BLOCKED,
    ErrorCode.REJECTED: ErrorCode.UNEXPECTED_REPLY,
}
# Something that gave up waiting does not know what became of the request.
_NEVER_PROOF = frozenset({408, 425, 499})

ADVICE: Mapping[ErrorCode, str] = {
    ErrorCode.ACCESS_DENIED: (
        "The service refused the API key: check api_key, and check that api_url names the service (US or EU) "
        "that the key belongs to."
    ),
    ErrorCode.MISSING_PERMISSION: (
        "The API key may not do this: use a key whose user's role and whose restriction allow changes to orders."
    ),
    ErrorCode.FORBIDDEN: "This API key's user may not do this to this order: use the key of somebody who may.",
    ErrorCode.BLOCKED: (
        "This is not a reply from CertCentral: a firewall or a proxy blocked the request. Ask whoever runs it."
    ),
    ErrorCode.ORDER_NOT_FOUND: "There is no such order in the account of this API key: check the order ID.",
    ErrorCode.PATH_NOT_FOUND: "The service has nothing at this path: check api_url.",
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
        "This is not a reply from CertCentral: check api_url, and whether a proxy or a firewall answered instead."
    ),
    ErrorCode.READING_TOO_OLD: (
        "The order was read too long ago, and somebody may have changed it since: run again. If that happens to every order, "
        "the service takes too long to answer."
    ),
    ErrorCode.NOT_REACHED: "No connection to the service: check api_url, name resolution, proxy and firewall.",
    ErrorCode.TLS_REFUSED: (
        "The service's certificate was not accepted: check api_url, or set ca_path to the CA that issued it."
    ),
    ErrorCode.TIMED_OUT: "The service did not answer completely within the timeout.",
    ErrorCode.REPLY_LOST: "The connection broke before the reply was complete.",
    ErrorCode.REPLY_TOO_LARGE: "This is not a reply from CertCentral: it was not read to its end.",
    ErrorCode.FROM_A_CACHE: (
        "A cache between this machine and the service answered: have whoever runs it leave CertCentral out."
    ),
    ErrorCode.INTERRUPTED: "What was started was finished, and no further order was started.",
}


def diagnosed(method: str, path: str, answer: Reply | NoReply, quoted: Callable[[str], str]) -> ServiceError:
    """Give the error that a request without success ends with.

    answer: the reply, or the reason why there is none.
    quoted: makes text from elsewhere fit for a message.
    """
    # The query of a list can have thousands of characters, and whatever was given as a filter.
    path = path.partition("?")[0]
    writes = method != "GET"
    if isinstance(answer, NoReply):
        code = ErrorCode(answer.cause.value)
        what = "was not sent" if code is ErrorCode.READING_TOO_OLD else "got no complete reply"
        message = f"{method} {path} {what} ({quoted(answer.detail)}). {ADVICE[code]}"
        return ServiceError(code, message, method, path, in_doubt=writes and answer.sent)
    service_code, service_message = _words_of_the_service(answer)
    known = _CODE_BY_SERVICE_CODE.get((answer.status, service_code)) or _CODE_BY_STATUS.get(answer.status)
    if service_code == _INVALID_APPROVER:
        known = ErrorCode.FORBIDDEN
    code = known or _CODE_BY_CLASS.get(answer.status // 100, ErrorCode.UNEXPECTED_REPLY)
    code = code if service_code else _CODE_OF_OTHERS.get(code, code)
    proves_no_effect = 400 <= answer.status < 500 and service_code and answer.status not in _NEVER_PROOF
    said = ": ".join(filter(None, (service_code, service_message))) or _kind_of_body(answer)
    return ServiceError(
        code,
        f"{method} {path} was answered {_named(answer.status)} ({quoted(said)}). {ADVICE[code]}",
        method,
        path,
        http_status=answer.status,
        service_code=service_code and quoted(service_code),
        in_doubt=writes and not proves_no_effect,
        retry_after=_retry_after(answer),
    )


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
    """Read Retry-After, seconds or a date (RFC 9110 section 10.2.3); None where it says nothing about a time to come."""
    value = reply.headers.get("retry-after", "").strip()
    try:
        seconds = (
            float(value) if value.isdecimal() else parsedate_to_datetime(value).timestamp() - time.time()
        )
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return seconds if seconds > 0 else None
