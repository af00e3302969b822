# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What the CertCentral Services API v2 accepts and answers: its paths, its limits, and what may be sent again.

The sources are the sections of what is known about the service (`docs/certcentral-contract.md`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from ansible_collections.community.digicert.plugins.module_utils._errors import (
    NOT_AS_DOCUMENTED,
    STOPS_ALL,
    ErrorCode,
    ServiceError,
)
from ansible_collections.community.digicert.plugins.module_utils._http import (
    CONNECTIONS,
    HttpClient,
    NoReply,
    Reply,
    json_body,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    KNOWN_STATUSES,
    OrderState,
)
from ansible_collections.community.digicert.plugins.module_utils._pacing import Pacer, RateLimit

if TYPE_CHECKING:
    from ansible_collections.community.digicert.plugins.module_utils._masking import Masking

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
        self._api_key = api_key

    def get_order(self, order_id: int) -> dict[str, Any]:
        """Read the service's description of an order (contract section 2), fit for a result.

        Raises ServiceError, also where the reply does not describe that very order.
        """
        order: dict[str, Any] = self._masking.value(self._described(order_id))
        return order

    def list_orders(self, parameters: Sequence[tuple[str, str]]) -> Page:
        """Read a page of the list of orders (contract section 2), fit for a result.

        parameters: of the query, such as ("limit", "100") or ("filters[status][0]", "pending").

        Nothing promises that the service knows a filter: whoever acts on the orders looks at each of them. Raises
        ServiceError, also where the reply is no list of orders.
        """
        orders, total = self._listed(parameters)
        return Page(self._masking.value(orders), total)

    def read_order(self, order_id: int) -> OrderState:
        """Read the state of an order. Raises as `get_order` does."""
        return self._identified(self._described(order_id))[1]

    def read_orders(self, order_ids: Sequence[int]) -> dict[int, OrderState]:
        """Read the states of up to `LISTED_ORDERS` orders with one request.

        An order that is not in the result has to be read by itself, and others than those that were asked for mean
        that the service ignored the filter. Raises as `list_orders` does.
        """
        wanted = [(f"filters[id][{index}]", str(order_id)) for index, order_id in enumerate(order_ids)]
        return dict(map(self._identified, self._listed([("limit", str(len(order_ids))), *wanted]).orders))

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

    def _described(self, order_id: int) -> dict[str, Any]:
        path = f"/order/certificate/{order_id}"
        reply = self._send("GET", path, HTTPStatus.OK)
        try:
            order: dict[str, Any] = json_body(reply)
            if self._identified(order)[0] != order_id:
                raise ValueError
        except NOT_AS_DOCUMENTED:
            raise self._error("GET", path, reply) from None
        return order

    def _listed(self, parameters: Sequence[tuple[str, str]]) -> Page:
        path = f"/order/certificate?{urlencode(parameters)}"
        reply = self._send("GET", path, HTTPStatus.OK)
        try:
            body = json_body(reply)
            page = Page(body["orders"], body["page"]["total"])
            if not all(map(self._identified, page.orders)) or not isinstance(page.total, int):
                raise ValueError
        except NOT_AS_DOCUMENTED:
            raise self._error("GET", path, reply) from None
        return page

    def _identified(self, order: Any) -> tuple[int, OrderState]:
        """Take ID and state out of the service's description of an order; raises one of `NOT_AS_DOCUMENTED`."""
        status, renewed = order["status"], order.get("is_renewed")
        if not isinstance(status, str):
            raise TypeError
        if status not in KNOWN_STATUSES:
            status = self._masking.line(status)
        # By way of a string, because int() takes 1001.9 and true for integers.
        return int(str(order["id"])), OrderState(status, renewed if isinstance(renewed, bool) else None)

    def _send(self, method: str, path: str, success: HTTPStatus, body: Any = None) -> Reply:
        """Send a request, and again while it failed for a passing cause and surely changed nothing."""
        attempt = 0
        while True:
            try:
                with self._pacer.turn():
                    reply = None if self.stopped_by else self._http.request(method, path, body)
                if reply and reply.status == success:
                    return reply
                error = self._error(method, path, reply)
            except NoReply as failure:
                error = self._error(method, path, failure)
            if not error.passes or error.in_doubt or attempt >= self.retries:
                if error.code in STOPS_ALL:
                    self.stopped_by = self.stopped_by or error
                    self._pacer.open()
                raise error
            self.wait_before_retry(attempt, error)
            attempt += 1

    # What follows is of no use to a task in which everything goes well. It is imported late because Ansible sends a
    # module as source code, which Python compiles in every task anew: 5 ms.

    def _error(self, method: str, path: str, reply: Reply | NoReply | None) -> ServiceError:
        """Give the error that a reply means, or the lack of one; None if nothing was sent."""
        from ansible_collections.community.digicert.plugins.module_utils._diagnosis import diagnosed  # noqa: PLC0415

        return diagnosed(method, self._base_path + path, reply, self._masking.quoted)

    @cached_property
    def _masking(self) -> Masking:
        from ansible_collections.community.digicert.plugins.module_utils._masking import Masking  # noqa: PLC0415

        return Masking(self._api_key)
