# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What the CertCentral Services API v2 accepts and answers: its paths, its limits, and what may be sent again.

The sources are the sections of what is known about the service (`docs/certcentral-contract.md`).
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

from ansible_collections.community.digicert.plugins.module_utils._errors import (
    FEW_IN_A_ROW,
    MAY_CONCERN_ONE_ORDER,
    NO_ANSWER,
    NOT_AS_DOCUMENTED,
    STOPS_AT_ONCE,
    ErrorCode,
    ServiceError,
    Stopped,
)
from ansible_collections.community.digicert.plugins.module_utils._http import (
    CONNECTIONS,
    HttpClient,
    NoReply,
    Reply,
    json_body,
)
from ansible_collections.community.digicert.plugins.module_utils._masking import Masking
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    KNOWN_REQUEST_STATUSES,
    KNOWN_STATUSES,
    Endpoint,
    OrderState,
    Request,
)
from ansible_collections.community.digicert.plugins.module_utils._pacing import Pacer, RateLimit

# Contract section 4: a key belongs to one of the two.
US_URL = "https://www.digicert.com/services/v2"
EU_URL = "https://certcentral.digicert.eu/services/v2"
KEY_HEADER = "X-DC-DEVKEY"

# Contract section 3: the windows in which the service counts the requests of a key, whoever sends them.
DOCUMENTED_LIMITS = (RateLimit(requests=1000, seconds=180.0), RateLimit(requests=100, seconds=5.0))
# No wait that the service asks for is longer than the longest window.
LONGEST_WAIT_SECONDS = 180.0
# A write rests on what was read so long ago at most. Somebody may have asked for a reissue since.
FRESH_SECONDS = 5.0
_LONGEST_OWN_WAIT_SECONDS = 30.0
_ID = re.compile(r"[1-9][0-9]{0,17}")

_Told = TypeVar("_Told")


def is_id(given: object) -> bool:
    """Tell whether something is an ID, of an order or of something else: a positive integer or its plain spelling.

    Everything else is refused. What a spreadsheet or a script makes of an ID may look like another one.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    return isinstance(given, str) and _ID.fullmatch(given) is not None


class Listing(NamedTuple):
    """What the service lists: its name, also in a reply, and its path."""

    name: str
    path: str


ORDERS = Listing("orders", "/order/certificate")
REQUESTS = Listing("requests", "/request")


class LeftOut(NamedTuple):
    """An entry of a list that is not used: its ID, None where it has none that can be used, and why."""

    id: int | None
    reason: str


class Page(NamedTuple):
    """A page of a list: the service's descriptions of orders or requests, and how many there are on all pages.

    left_out: the entries that are not described as they should be.
    """

    entries: list[dict[str, Any]]
    total: int
    left_out: list[LeftOut]


class Reading(NamedTuple):
    """What the service said of an order, and when it was asked (a moment of `clock`)."""

    state: OrderState
    common_name: str | None
    organization: str | None
    asked_at: float


class Sending:
    """Whether any byte of a request may have been sent; true also where nobody can tell any more."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.maybe = False


def _is_of_another(order_id: int, request: dict[str, Any]) -> bool:
    """Tell whether a request among those of an order says that it is about another one; raises one of `NOT_AS_DOCUMENTED`."""
    told = {request.get("order_id", order_id), request.get("order", {}).get("id", order_id)}
    return set(map(str, told)) != {str(order_id)}


class CertCentral:
    """The part of CertCentral that this collection uses, with one API key.

    connections: how many threads may use it at a time.
    retries: how often a request that failed for a transient reason is retried.
    stopped_by: the error that fails every request from then on without sending it, or None.
    warnings: what a user should know although nothing failed.
    base_path: what every path of the service begins with.
    """

    connections = CONNECTIONS

    def __init__(
        self,
        http: HttpClient,
        secrets: Sequence[str],
        retries: int,
        limits: Sequence[RateLimit],
        interrupted: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Take the HTTP client, what to keep out of messages, how often to retry, and the windows to keep to.

        http: sends the key along with every request. secrets: the key, and what else messages must not hold.
        interrupted: tells why nothing more is to be begun, if there is a reason.
        """
        self.retries = retries
        self.stopped_by: ServiceError | None = None
        self.warnings: list[str] = []
        self._http = http
        self._interrupted = interrupted
        self._pacer = Pacer(limits, over=self._is_over)
        self.base_path = urlsplit(http.url).path
        self._masking = Masking(*secrets)
        self._lock = threading.Lock()
        self._failed_in_a_row = 0
        self._last_was_unanswered = False
        self._succeeded: set[str | None] = set()
        self._waited_the_longest = False

    def may_try_again(self, tries: int, error: ServiceError) -> bool:
        """Tell whether to retry a request that was sent so often and ended with a transient error.

        If nothing was answered since the tries for another order were used up, one try is enough.
        """
        of_no_use = self._last_was_unanswered and error.code in NO_ANSWER
        return tries <= self.retries and not of_no_use

    @property
    def answers(self) -> bool:
        """Whether the service has said anything about an order yet."""
        return bool(self._succeeded)

    def get(self, listing: Listing, number: int) -> dict[str, Any]:
        """Read the service's description of an order or a request (contract sections 2 and 6), as it came.

        Raises ServiceError, even where the reply does not describe that very one, and Stopped.
        """
        described = self._patiently(lambda: self._described(listing, number))[0]
        return {**described, "id": number}

    def get_validation(self, order_id: int) -> dict[str, Any]:
        """Read what the validation of an order says (contract section 7), as it came.

        Raises ServiceError, even where the reply is about another order, and Stopped.
        """
        return self._patiently(lambda: self._validated(order_id))

    def get_page(self, listing: Listing, parameters: Sequence[tuple[str, str]]) -> Page:
        """Read a page of a list (contract sections 2 and 6), as it came; retry as often as allowed.

        parameters: of the query, such as ("limit", "100") or ("filters[status][0]", "pending").

        Nothing promises that the service knows a filter: whoever acts on the entries looks at each of them. Raises
        ServiceError, even where the reply is no list, and Stopped.
        """
        entries, total = self._patiently(lambda: self._listed(listing, parameters))
        read = [self._entry(listing, entry) for entry in entries]
        return Page(
            [entry for entry in read if isinstance(entry, dict)],
            total,
            [entry for entry in read if isinstance(entry, LeftOut)],
        )

    def fit(self, value: Any) -> Any:
        """Make what the service said fit for a result: without secrets, on one line, and not nested too deep."""
        return self._masking.value(value)

    @contextmanager
    def reading(self, order_id: int) -> Iterator[Reading]:
        """Read an order; inside, it can be written to at once. Sends the request once.

        Raises as `get` does.
        """
        with self._pacer.pair():
            order, asked_at = self._described(ORDERS, order_id)
            names = (
                self._part(order, "certificate", "common_name"),
                self._part(order, "organization", "name"),
            )
            yield Reading(self._identified(order)[1], *names, asked_at)

    def read_patiently(self, order_id: int) -> OrderState:
        """Read the state of an order; retry as often as allowed. Raises as `get` does."""
        return self._identified(self._patiently(lambda: self._described(ORDERS, order_id))[0])[1]

    def update_status(
        self, endpoint: Endpoint, number: int, status: str, note: str | None, read_at: float, sending: Sending
    ) -> None:
        """Ask for a status of an order or of a request (contract sections 1 and 6). Sends the request once.

        number: the ID in the path. status: the value on the wire. note: why; left out of the request where None.
        read_at: when the order was asked for (a moment of `clock`). sending: is told whether any of it was sent.

        Returns only after the documented sign of success, a 204. Raises ServiceError, with the code READING_TOO_OLD if the
        reading got older than `FRESH_SECONDS` before the first byte was sent, and Stopped.
        """
        body = {"status": status} if note is None else {"status": status, endpoint.note_as: note}
        path = endpoint.path.format(number)
        self._once("PUT", path, HTTPStatus.NO_CONTENT, body, read_at + FRESH_SECONDS, sending)
        self._has_answered("PUT")

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
            self._pacer.rest(seconds)

    def waits_out_the_longest_window(self, error: ServiceError) -> bool:
        """Make everybody wait until the longest window has surely drained, once in a task; tell whether that was done.

        For the last try to get by the rate limit: whoever else uses the key gets by as well then, or gives up.
        """
        with self._lock:
            at_the_limit = error.code is ErrorCode.RATE_LIMITED and error.retry_after is None
            if not at_the_limit or self._waited_the_longest:
                return False
            self._waited_the_longest = True
            self.warnings.append(
                f"The API key was over its rate limit, so nothing was sent for {LONGEST_WAIT_SECONDS:g} seconds. Lower "
                "rate_limits if other automation uses the key at the same time."
            )
        self._pacer.hold(LONGEST_WAIT_SECONDS)
        return True

    def has_ended(self, error: ServiceError | None) -> None:
        """Take note of how an order ended: with an error, or with None if the service had its say about it.

        Stops everything where the error would fail every other order as well.
        """
        with self._lock:
            self._last_was_unanswered = error is not None and error.code in NO_ANSWER
            if error is None or error.code not in MAY_CONCERN_ONE_ORDER | NO_ANSWER | STOPS_AT_ONCE:
                self._failed_in_a_row = 0
                return
            self._failed_in_a_row += 1
            concerns_one = error.code in MAY_CONCERN_ONE_ORDER and error.method in self._succeeded
            if error.code in STOPS_AT_ONCE or (self._failed_in_a_row >= FEW_IN_A_ROW and not concerns_one):
                self.stopped_by = self.stopped_by or error

    def _has_answered(self, method: str) -> None:
        self._succeeded.add(method)
        self._last_was_unanswered = False

    def _is_over(self) -> bool:
        return self.stopped_by is not None or self._interrupted() is not None

    def _described(self, listing: Listing, number: int) -> tuple[dict[str, Any], float]:
        """Read an order or a request; give the service's description and when it was asked for."""
        path = f"{listing.path}/{number}"
        reply = self._once("GET", path, HTTPStatus.OK)
        try:
            described: dict[str, Any] = json_body(reply)
            if self._id_of(listing, described) != number:
                raise ValueError
        except NOT_AS_DOCUMENTED:
            raise self._error("GET", path, reply) from None
        self._has_answered("GET")
        return described, reply.asked_at

    def _validated(self, order_id: int) -> dict[str, Any]:
        path = f"{ORDERS.path}/{order_id}/validation"
        reply = self._once("GET", path, HTTPStatus.OK)
        try:
            validation: dict[str, Any] = json_body(reply)
            # Contract section 7: IDs are texts here.
            if str(validation["order_id"]) != str(order_id):
                raise ValueError
        except NOT_AS_DOCUMENTED:
            raise self._error("GET", path, reply) from None
        return validation

    def _listed(self, listing: Listing, parameters: Sequence[tuple[str, str]]) -> tuple[list[Any], int]:
        """Read a page of a list; give its entries as they are, and how many there are on all pages."""
        path = f"{listing.path}?{urlencode(parameters)}"
        reply = self._once("GET", path, HTTPStatus.OK)
        try:
            body = json_body(reply)
            # Contract section 2: nobody knows what an empty list looks like.
            entries, total = body.get(listing.name), body["page"]["total"]
            entries = [] if entries is None else entries
            if (type(entries), type(total)) != (list, int) or total < 0:
                raise ValueError
        except NOT_AS_DOCUMENTED:
            raise self._error("GET", path, reply) from None
        return entries, total

    def _entry(self, listing: Listing, entry: Any) -> dict[str, Any] | LeftOut:
        """Give an entry of a list, or why it is left out."""
        try:
            number = self._id_of(listing, entry)
        except NOT_AS_DOCUMENTED as odd:
            told = entry.get("id") if isinstance(entry, dict) else None
            return LeftOut(int(str(told)) if is_id(told) else None, self._masking.quoted(str(odd)))
        return {**entry, "id": number}

    def _id_of(self, listing: Listing, described: Any) -> int:
        """Give the ID of what is described as it should be; raises one of `NOT_AS_DOCUMENTED`."""
        return self._identified(described)[0] if listing is ORDERS else self._request(described).id

    def _identified(self, order: Any) -> tuple[int, OrderState]:
        """Take ID and state out of the service's description of an order; raises one of `NOT_AS_DOCUMENTED`."""
        if not isinstance(order, dict):
            raise TypeError("it is not a JSON object")
        order_id, status, renewed = order.get("id"), order.get("status"), order.get("is_renewed")
        if not is_id(order_id):
            raise ValueError(f"its ID is {'null' if order_id is None else repr(order_id)}")
        if not isinstance(status, str):
            raise TypeError(f"its status is {'null' if status is None else repr(status)}")
        if status not in KNOWN_STATUSES:
            status = self._masking.quoted(status)
        number = int(str(order_id))
        requests = self._requests_of(number, order.get("requests"))
        return number, OrderState(status, renewed if isinstance(renewed, bool) else None, requests)

    def _requests_of(self, order_id: int, described: Any) -> tuple[Request, ...] | None:
        """Take the requests of an order out of what the service says of them; None where that is not all clear."""
        try:
            if not isinstance(described, list) or any(_is_of_another(order_id, one) for one in described):
                return None
            requests = tuple(map(self._request, described))
            return requests if len({request.id for request in requests}) == len(requests) else None
        except NOT_AS_DOCUMENTED:
            return None

    def _request(self, described: Any) -> Request:
        """Take a request out of what the service says of it; raises one of `NOT_AS_DOCUMENTED`."""
        if not isinstance(described, dict):
            raise TypeError("it is not a JSON object")
        number, kind, status, comment = map(described.get, ("id", "type", "status", "processor_comment"))
        if not is_id(number) or not isinstance(kind, str) or not isinstance(status, str):
            raise ValueError("its ID, type or status is not clear")
        if status not in KNOWN_REQUEST_STATUSES:
            status = self._masking.quoted(status)
        return Request(int(str(number)), kind, status, comment if isinstance(comment, str) else None)

    def _part(self, order: dict[str, Any], name: str, part: str) -> str | None:
        inner = order.get(name)
        value = inner.get(part) if isinstance(inner, dict) else None
        return self._masking.quoted(value) if isinstance(value, str) else None

    def _patiently(self, send: Callable[[], _Told]) -> _Told:
        """Do what sends a reading request, and retry while it fails for a transient reason."""
        attempt = 0
        while True:
            try:
                return send()
            except ServiceError as error:
                if not error.passes:
                    raise
                if self.may_try_again(attempt + 1, error):
                    self.wait_before_retry(attempt, error)
                elif not self.waits_out_the_longest_window(error):
                    raise
            attempt += 1

    def _once(
        self,
        method: str,
        path: str,
        success: HTTPStatus,
        body: Any = None,
        fresh_until: float | None = None,
        sending: Sending | None = None,
    ) -> Reply:
        """Send a request. Raises ServiceError unless the reply has the status `success`, and Stopped."""
        sending = sending or Sending()
        answer: Reply | NoReply
        with self._pacer.turn():
            self._go_on()
            sending.maybe = True
            try:
                answer = self._http.request(method, path, body, fresh_until)
            except NoReply as failure:
                answer, sending.maybe = failure, failure.sent
        if isinstance(answer, NoReply) or answer.status != success:
            raise self._error(method, path, answer)
        return answer

    def _go_on(self) -> None:
        """Raise Stopped if nothing more may be sent."""
        if self.stopped_by is None and (reason := self._interrupted()):
            with self._lock:
                self.stopped_by = self.stopped_by or ServiceError(
                    ErrorCode.INTERRUPTED,
                    f"{reason} What was started was finished, and no further order was started.",
                )
        if self.stopped_by is not None:
            raise Stopped(self.stopped_by)

    def _error(self, method: str, path: str, answer: Reply | NoReply) -> ServiceError:
        """Give the error that a reply means, or the lack of one."""
        # Of no use to a task in which everything goes well, and Python compiles what is imported in every task anew.
        from ansible_collections.community.digicert.plugins.module_utils._diagnosis import diagnosed  # noqa: PLC0415

        return diagnosed(method, self.base_path + path, answer, self._masking.quoted)
