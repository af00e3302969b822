# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What the CertCentral Services API v2 accepts and answers: paths, bodies, errors, and what may be sent again.

The sources are the sections of what is known about the service (`docs/certcentral-contract.md`).
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.community.digicert.plugins.module_utils._http import (
    CONNECTIONS,
    HttpClient,
    NoReply,
    Reply,
    json_body,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import OrderState
from ansible_collections.community.digicert.plugins.module_utils._pacing import Pacer, RateLimit

# Contract section 4: a key belongs to one of the two.
US_URL = "https://www.digicert.com/services/v2"
EU_URL = "https://certcentral.digicert.eu/services/v2"
KEY_HEADER = "X-DC-DEVKEY"

# Contract section 3: the windows in which the service counts the requests of a key, whoever sends them.
DOCUMENTED_LIMITS = (RateLimit(requests=1000, seconds=180.0), RateLimit(requests=100, seconds=5.0))
# No wait that the service asks for is longer than the longest window.
LONGEST_WAIT_SECONDS = 180.0
# A list request names so many orders at most: their filters then make a URL of about 3 KB.
LISTED_ORDERS = 100
_LONGEST_OWN_WAIT_SECONDS = 30.0
_QUOTE_LIMIT = 300


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
_STOPS_ALL = frozenset(
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

_ADVICE: Mapping[ErrorCode, str] = {
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
_NOT_AS_DOCUMENTED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


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


class Page(NamedTuple):
    """A page of a list: the service's descriptions of orders, and how many there are on all pages."""

    orders: list[dict[str, Any]]
    total: int


class CertCentral:
    """The part of CertCentral that this collection uses, with one API key.

    connections: how many threads may use it at a time.
    retries: how often a request that failed for a passing cause is tried again.
    stopped_by: the error that fails every request from then on without sending it, or None.
    """

    connections = CONNECTIONS

    def __init__(self, http: HttpClient, api_key: str, retries: int, limits: Sequence[RateLimit]) -> None:
        """Take how to talk, the key to keep out of messages, how often to try again, and the windows to keep to.

        http: sends the key along with every request.
        """
        self.retries = retries
        self.stopped_by: ServiceError | None = None
        self._http = http
        self._pacer = Pacer(limits)
        self._base_path = urlsplit(http.url).path
        # The key as a reply could echo it: in a URL, in an encoded header.
        self._key_forms = (
            api_key,
            quote(api_key, safe=""),
            base64.b64encode(api_key.encode()).decode().rstrip("="),
        )

    def get_order(self, order_id: int) -> dict[str, Any]:
        """Read the service's description of an order (contract section 2), fit for a result.

        Raises ServiceError, also where the reply does not describe that very order.
        """
        path = f"/order/certificate/{order_id}"
        reply = self._send("GET", path, HTTPStatus.OK)
        try:
            order: dict[str, Any] = self._tidy(json_body(reply))
            if _identified(order)[0] != order_id:
                raise ValueError
        except _NOT_AS_DOCUMENTED:
            raise self._error_from_reply("GET", path, reply) from None
        return order

    def list_orders(self, parameters: Sequence[tuple[str, str]]) -> Page:
        """Read a page of the list of orders (contract section 2), fit for a result.

        parameters: of the query, such as ("limit", "100") or ("filters[status][0]", "pending").

        Nothing promises that the service knows a filter: whoever acts on the orders looks at each of them. Raises
        ServiceError, also where the reply is no list of orders.
        """
        path = f"/order/certificate?{urlencode(parameters)}"
        reply = self._send("GET", path, HTTPStatus.OK)
        try:
            page = json_body(reply)
            orders, total = page["orders"], page["page"]["total"]
            if not all(map(_identified, orders)) or not isinstance(total, int):
                raise ValueError
        except _NOT_AS_DOCUMENTED:
            raise self._error_from_reply("GET", path, reply) from None
        return Page(self._tidy(orders), total)

    def read_order(self, order_id: int) -> OrderState:
        """Read the state of an order. Raises as `get_order` does."""
        return _identified(self.get_order(order_id))[1]

    def read_orders(self, order_ids: Sequence[int]) -> dict[int, OrderState]:
        """Read the states of up to `LISTED_ORDERS` orders with one request.

        An order that is not in the result has to be read by itself, and others than those that were asked for mean
        that the service ignored the filter. Raises as `list_orders` does.
        """
        wanted = [(f"filters[id][{index}]", str(order_id)) for index, order_id in enumerate(order_ids)]
        return dict(map(_identified, self.list_orders([("limit", str(len(order_ids))), *wanted]).orders))

    def update_order_status(self, order_id: int, status: str, note: str | None) -> None:
        """Ask for a status of an order (contract section 1).

        status: the value on the wire. note: why; left out of the request where None.

        Returns only after the documented sign of success, a 204. Raises ServiceError.
        """
        path = f"/order/certificate/{order_id}/status"
        body = {"status": status} if note is None else {"status": status, "note": note}
        self._send("PUT", path, HTTPStatus.NO_CONTENT, body)

    def wait_before_retry(self, attempt: int, error: ServiceError) -> None:
        """Wait before the try that follows `attempt` (the first is 0) and its `error`.

        What the service asked for counts, up to `LONGEST_WAIT_SECONDS`. Without that the wait doubles from about a
        second on, up to `_LONGEST_OWN_WAIT_SECONDS`. Over the rate limit all threads wait.
        """
        if error.retry_after is not None:
            seconds = min(error.retry_after, LONGEST_WAIT_SECONDS)
        else:
            # Jitter keeps jobs that were refused together from coming back together.
            seconds = min(2.0**attempt, _LONGEST_OWN_WAIT_SECONDS) * random.uniform(0.5, 1.0)
        if error.code is ErrorCode.RATE_LIMITED:
            self._pacer.hold(seconds)
        else:
            time.sleep(seconds)

    def _send(self, method: str, path: str, success: HTTPStatus, body: Any = None) -> Reply:
        """Send a request, and again while it failed for a passing cause and surely changed nothing."""
        attempt = 0
        while True:
            try:
                with self._pacer.turn():
                    if self.stopped_by is not None:
                        raise self._not_attempted(method, path)
                    reply = self._http.request(method, path, body)
                if reply.status == success:
                    return reply
                error = self._error_from_reply(method, path, reply)
            except NoReply as failure:
                error = self._error_without_reply(method, path, failure)
            if not error.passes or error.in_doubt or attempt >= self.retries:
                if error.code in _STOPS_ALL:
                    self.stopped_by = self.stopped_by or error
                    self._pacer.open()
                raise error
            self.wait_before_retry(attempt, error)
            attempt += 1

    def _not_attempted(self, method: str, path: str) -> ServiceError:
        code = ErrorCode.NOT_ATTEMPTED
        return ServiceError(
            code,
            f"{method} {self._base_path}{path} was not sent. {_ADVICE[code]}",
            method,
            self._base_path + path,
        )

    def _error_from_reply(self, method: str, path: str, reply: Reply) -> ServiceError:
        service_code, service_message = _service_error(reply)
        code = (
            _CODE_BY_SERVICE_CODE.get((reply.status, service_code))
            or _CODE_BY_STATUS.get(reply.status)
            or _CODE_BY_CLASS.get(reply.status // 100, ErrorCode.UNEXPECTED_REPLY)
        )
        said = ": ".join(filter(None, (service_code, service_message))) or _kind_of_body(reply)
        return ServiceError(
            code=code,
            message=f"{method} {self._base_path}{path} was answered {_named(reply.status)} ({self._quoted(said)}). "
            f"{_ADVICE[code]}",
            method=method,
            path=self._base_path + path,
            http_status=reply.status,
            service_code=service_code and self._quoted(service_code),
            in_doubt=method != "GET" and not 400 <= reply.status < 500,
            retry_after=_retry_after(reply),
        )

    def _error_without_reply(self, method: str, path: str, failure: NoReply) -> ServiceError:
        code = ErrorCode(failure.cause.value)
        return ServiceError(
            code=code,
            message=f"{method} {self._base_path}{path} got no complete reply ({self._quoted(failure.detail)}). "
            f"{_ADVICE[code]}",
            method=method,
            path=self._base_path + path,
            in_doubt=method != "GET" and failure.sent,
        )

    def _quoted(self, text: str) -> str:
        """Make foreign text fit for a message: tidy, and cut."""
        line: str = self._tidy(text)
        return line if len(line) <= _QUOTE_LIMIT else line[:_QUOTE_LIMIT] + "..."

    def _tidy(self, value: Any) -> Any:
        """Make a foreign JSON value fit for a result: its texts on one line each, and without the key."""
        if isinstance(value, str):
            line = "".join(character if character.isprintable() else " " for character in value)
            for form in self._key_forms:
                line = line.replace(form, "********")
            return line
        if isinstance(value, dict):
            return {self._tidy(name): self._tidy(inner) for name, inner in value.items()}
        return [self._tidy(inner) for inner in value] if isinstance(value, list) else value


def _identified(order: Any) -> tuple[int, OrderState]:
    """Take ID and state out of the service's description of an order; raises one of `_NOT_AS_DOCUMENTED`."""
    order_id, status, renewed = order["id"], order["status"], order.get("is_renewed")
    if isinstance(order_id, bool) or not isinstance(status, str):
        raise TypeError
    return int(order_id), OrderState(status, renewed if isinstance(renewed, bool) else None)


def _service_error(reply: Reply) -> tuple[str | None, str | None]:
    """Take code and message out of an error body; contract section 3 knows `errors` as a list and as an object."""
    try:
        errors = json_body(reply)["errors"]
        first = errors[0] if isinstance(errors, list) else errors
        found = (first.get("code"), first.get("message"))
    except _NOT_AS_DOCUMENTED:
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
