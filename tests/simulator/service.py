# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service itself: its account, its settings, and what it answers to a request."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Union

from . import rules
from .account import AccountSeed
from .faults import GeneratedBody, OtherActor, Script
from .ledger import Ledger, Operation, SeenRequest
from .listing import as_csv, list_orders, list_requests
from .orders import Order, OrderRequest
from .rate_limits import RateLimiter
from .rules import Refused
from .settings import Settings, WaitingReissue

Body = Union[bytes, GeneratedBody]


@dataclass
class Reply:
    """What goes back: HTTP status, headers and body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Body = b""

    @classmethod
    def of_json(cls, status: int, content: Any, headers: Mapping[str, str] | None = None) -> Reply:
        """Make a reply with a JSON body, and further headers."""
        return cls(
            status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(content).encode()
        )


class Service:
    """The state of the simulated service and its answers; safe to call from any thread."""

    def __init__(self, seed: AccountSeed, settings: Settings) -> None:
        """Open the account that `seed` describes."""
        self.lock = threading.RLock()
        self.ledger = Ledger()
        self._seed = seed
        self._first_settings = settings
        self.generation = 0
        self._handlers = {
            Operation.LIST: self._list_orders,
            Operation.READ: self._read_order,
            Operation.WRITE: self._update_order,
            Operation.VALIDATION: self._read_validation,
            Operation.REQUESTS: self._list_requests,
            Operation.REQUEST: self._read_request,
            Operation.DECISION: self._decide_request,
            Operation.OTHER: self._nothing_here,
        }
        self.reset({})

    def reset(self, changes: Mapping[str, Any]) -> None:
        """Go back to the seeded account: empty ledger, nothing scripted, first settings but for `changes`.

        Raises ValueError for settings that do not fit, and leaves all as it was then.
        """
        settings = self._first_settings.changed(changes)
        with self.lock:
            self.generation += 1
            self.account = self._seed.open()
            self.ledger.clear()
            self.script = Script()
            self.settings = settings
            self._limiter = RateLimiter(settings.rate_limits, settings.time_scale)
            self._changed: list[tuple[float, Order]] = []
            self._settle()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change settings; new rate limits start with empty windows.

        Raises ValueError for settings that do not fit.
        """
        with self.lock:
            self.settings = self.settings.changed(changes)
            if {"rate_limits", "time_scale"} & changes.keys():
                self._limiter = RateLimiter(self.settings.rate_limits, self.settings.time_scale)
            if "waiting_reissue" in changes:
                self._settle()

    def order_of(self, order_id: int | None, request_id: int | None, certificate: str | None) -> int | None:
        """Give the order that a path is about; None where it names none, or one that cannot be found out."""
        if request_id is not None:
            found = self.account.find_request(request_id)
            return found[0].id if found else None
        if certificate is not None:
            order = self.account.find_certificate(certificate)
            return order.id if order else None
        return order_id

    def change_order(self, order_id: int, status: str | None = None, is_renewed: bool | None = None) -> None:
        """Let another actor change an order, past all rules. Raises KeyError when there is no such order."""
        with self.lock:
            order = self.account.orders[order_id]
            before = copy.deepcopy(order)
            if status is not None:
                order.status = status
            if is_renewed is not None:
                order.is_renewed = is_renewed
            self._note_change(before, order)

    def decide(self, order_id: int, status: str) -> None:
        """Let another actor decide all open requests of an order. Raises KeyError when there is no such order."""
        with self.lock:
            order = self.account.orders[order_id]
            for request in order.requests:
                if request.is_open:
                    before = copy.deepcopy(order)
                    request.process(status, "", self.account.key_user)
                    rules.after_decision(order, request, self.settings)
                    self._note_change(before, order, decided=request)

    def answer(self, request: SeenRequest, query: str, body: bytes) -> Reply:
        """Handle a request as the service does: key, rate limits, route, permission, order, query or body.

        The order of these checks is assumed. `query` and `body` are what the service gets of it.
        """
        with self.lock:
            request.handled = True
            try:
                rules.check_key(request.key_name)
                wait = self._limiter.admit(request.key_name)
                if wait is not None:
                    raise self._too_many(wait)
                return self._handlers[request.operation](request, query, body)
            except Refused as refusal:
                request.error = refusal.code
                return Reply.of_json(refusal.status, refusal.as_json(), refusal.headers)

    def act(self, actors: Sequence[OtherActor], request: SeenRequest) -> None:
        """Let other actors do what is scripted for the moment after this request."""
        with self.lock:
            for actor in actors:
                order_id = request.order_id if actor.changes_order is None else actor.changes_order
                if order_id not in self.account.orders:
                    continue
                if actor.decides is not None:
                    self.decide(order_id, actor.decides)
                if actor.decides is None or actor.changes_to is not None or actor.is_renewed is not None:
                    self.change_order(order_id, actor.changes_to, actor.is_renewed)

    def _too_many(self, wait: int) -> Refused:
        # Contract 3: the code and the message are documented, a Retry-After is not.
        message = "Service unavailable, please limit request volume"
        headers = {"Retry-After": str(wait)} if self.settings.retry_after else {}
        return Refused(429, "request_limit_exceeded", message, headers)

    def _nothing_here(self, _request: SeenRequest, _query: str, _body: bytes) -> Reply:
        raise Refused(404, "not_found|route", "The specified route could not be found.")

    def _list_orders(self, request: SeenRequest, query: str, _body: bytes) -> Reply:
        return _list_reply(request, list_orders(self._as_listed(), query, self.settings))

    def _read_order(self, request: SeenRequest, _query: str, _body: bytes) -> Reply:
        return Reply.of_json(200, self._order(request).as_json(self.settings))

    def _read_validation(self, request: SeenRequest, _query: str, _body: bytes) -> Reply:
        return Reply.of_json(200, self._order(request).validation_as_json())

    def _update_order(self, request: SeenRequest, _query: str, body: bytes) -> Reply:
        rules.check_permission(request.key_name)
        order = self._order(request)
        before = copy.deepcopy(order)
        today = datetime.now(timezone.utc).date()
        note = rules.update_status(order, request.header("Content-Type"), body, self.settings, today)
        self._note_change(before, order, request.number, note)
        return Reply(204)

    def _list_requests(self, request: SeenRequest, query: str, _body: bytes) -> Reply:
        return _list_reply(request, list_requests(self._as_listed(), query, self.settings))

    def _read_request(self, request: SeenRequest, _query: str, _body: bytes) -> Reply:
        order, found = self._request(request)
        return Reply.of_json(200, found.as_json(order, self.settings))

    def _decide_request(self, request: SeenRequest, _query: str, body: bytes) -> Reply:
        rules.check_permission(request.key_name)
        order, found = self._request(request)
        before = copy.deepcopy(order)
        content_type, processor = request.header("Content-Type"), self.account.key_user
        comment = rules.decide_request(order, found, content_type, body, self.settings, processor)
        if comment is not None:
            self._note_change(before, order, request.number, comment, found)
        return Reply(int(self.settings.decision_status.value))

    def _order(self, request: SeenRequest) -> Order:
        order = self.account.orders.get(request.order_id or 0)
        if order is None or order.gone:
            raise Refused(404, "not_found|order", "The specified order could not be found.")
        return order

    def _request(self, request: SeenRequest) -> tuple[Order, OrderRequest]:
        found = self.account.find_request(request.request_id or 0)
        if found is None:
            raise rules.no_such_request()
        return found

    def _as_listed(self) -> Iterable[Order]:
        """Give the orders as lists show them: as they were `list_lag` seconds ago, or else as they are."""
        orders = dict(self.account.orders)
        if self.settings.list_lag:
            since = time.monotonic() - self.settings.list_lag
            for at, before in reversed(self._changed):
                if at > since:
                    orders[before.id] = before
        return (order for order in orders.values() if not order.gone)

    def _note_change(
        self,
        before: Order,
        order: Order,
        request: int | None = None,
        note: str = "",
        decided: OrderRequest | None = None,
    ) -> None:
        self._changed.append((time.monotonic(), before))
        self.ledger.record_change(
            order.id,
            (before.status, before.is_renewed),
            (order.status, order.is_renewed),
            request,
            note,
            (decided.id, decided.status) if decided else None,
        )

    def _settle(self) -> None:
        """Have the orders whose reissue waits for an approver read what the settings say."""
        for order in self.account.orders.values():
            if order.open_requests("reissue") and order.status in tuple(WaitingReissue):
                order.status = self.settings.waiting_reissue.value


def _list_reply(request: SeenRequest, body: Mapping[str, Any]) -> Reply:
    if "text/csv" in (request.header("Accept") or ""):
        return Reply(200, {"Content-Type": "text/csv; charset=utf-8"}, as_csv(body).encode())
    return Reply.of_json(200, body)
