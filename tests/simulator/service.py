# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service itself: its account, its settings, and what it answers to a request."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Union

from . import rules
from .account import AccountSeed
from .faults import GeneratedBody, OtherActor, Script
from .ledger import Ledger, Operation, SeenRequest
from .listing import as_csv, list_orders
from .rate_limits import RateLimiter
from .rules import Refused
from .settings import Settings

Body = Union[bytes, GeneratedBody]


@dataclass
class Reply:
    """What goes back: HTTP status, headers and body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Body = b""

    @classmethod
    def of_json(cls, status: int, content: Any) -> Reply:
        """Make a reply with a JSON body."""
        return cls(status, {"Content-Type": "application/json"}, json.dumps(content).encode())


class Service:
    """The state of the simulated service and its answers; safe to call from any thread."""

    def __init__(self, seed: AccountSeed, settings: Settings) -> None:
        """Open the account that `seed` describes."""
        self.lock = threading.RLock()
        self.ledger = Ledger()
        self._seed = seed
        self._first_settings = settings
        self.generation = 0
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

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change settings; new rate limits start with empty windows.

        Raises ValueError for settings that do not fit.
        """
        with self.lock:
            self.settings = self.settings.changed(changes)
            if {"rate_limits", "time_scale"} & changes.keys():
                self._limiter = RateLimiter(self.settings.rate_limits, self.settings.time_scale)

    def change_order(self, order_id: int, status: str | None = None, is_renewed: bool | None = None) -> None:
        """Let another actor change an order, past all rules. Raises KeyError when there is no such order."""
        with self.lock:
            order = self.account.orders[order_id]
            before = (order.status, order.is_renewed)
            if status is not None:
                order.status = status
            if is_renewed is not None:
                order.is_renewed = is_renewed
            self.ledger.record_change(order_id, before, (order.status, order.is_renewed))

    def answer(self, request: SeenRequest, body: bytes) -> Reply:
        """Handle a request as the service does: key, rate limits, route, permission, order, body.

        The order of these checks is assumed.
        """
        with self.lock:
            request.handled = True
            try:
                rules.check_key(request.key_name)
                wait = self._limiter.admit(request.key_name)
                if wait is not None:
                    return self._too_many(wait)
                return self._route(request, body)
            except Refused as refusal:
                return Reply.of_json(refusal.status, refusal.as_json())

    def act(self, actors: Sequence[OtherActor], request: SeenRequest) -> None:
        """Let other actors do what is scripted for the moment after this request."""
        with self.lock:
            for actor in actors:
                order_id = request.order_id if actor.changes_order is None else actor.changes_order
                if order_id in self.account.orders:
                    self.change_order(order_id, actor.changes_to, actor.is_renewed)

    def _too_many(self, wait: int) -> Reply:
        # Contract 3: the code and the message are documented, a Retry-After is not.
        message = "Service unavailable, please limit request volume"
        reply = Reply.of_json(429, Refused(429, "request_limit_exceeded", message).as_json())
        if self.settings.retry_after:
            reply.headers["Retry-After"] = str(wait)
        return reply

    def _route(self, request: SeenRequest, body: bytes) -> Reply:
        orders = self.account.orders
        if request.operation is Operation.LIST:
            return _list_reply(request, list_orders(orders.values(), request.query, self.settings))
        if request.operation is Operation.OTHER:
            raise Refused(404, "not_found|route", "The specified route could not be found.")
        if request.operation is Operation.WRITE:
            rules.check_permission(request.key_name)
        order = orders.get(request.order_id or 0)
        if order is None:
            raise Refused(404, "not_found|order", "The specified order could not be found.")
        if request.operation is Operation.READ:
            return Reply.of_json(200, order.as_json(self.settings))
        before = (order.status, order.is_renewed)
        today = datetime.now(timezone.utc).date()
        content_type = request.header("Content-Type")
        note = rules.update_status(order, content_type, body, self.settings.spelling, today)
        self.ledger.record_change(order.id, before, (order.status, order.is_renewed), request.number, note)
        return Reply(204)


def _list_reply(request: SeenRequest, body: Mapping[str, Any]) -> Reply:
    if "text/csv" in (request.header("Accept") or ""):
        return Reply(200, {"Content-Type": "text/csv; charset=utf-8"}, as_csv(body).encode())
    return Reply.of_json(200, body)
