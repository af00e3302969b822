# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: every request that came and every change made to an order. It is the truth that tests read."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .rules import KEYS

ANOTHER_ACTOR = "another actor"


class Operation(str, Enum):
    """What a request asks for; ANY is only for matching.

    READ, WRITE and VALIDATION are about one order, LIST is the list of orders; REQUEST and DECISION are about one
    approver's request, REQUESTS is their list.
    """

    READ = "read"
    LIST = "list"
    WRITE = "write"
    VALIDATION = "validation"
    REQUEST = "request"
    REQUESTS = "requests"
    DECISION = "decision"
    OTHER = "other"
    ANY = "any"


class Outcome(str, Enum):
    """What became of a request."""

    WAITING = "waiting"
    REPLIED = "replied"
    TRUNCATED = "truncated"
    CLOSED = "closed"
    RESET = "reset"
    CLIENT_LEFT = "client left"
    STOPPED = "stopped"


@dataclass
class SeenRequest:
    """One request as it came, and what became of it.

    `at` is in seconds of time.monotonic(). `headers` holds (name, value) pairs in their order. `status` is
    the HTTP status of the reply, None when there was none (yet). `handled` tells whether the service took
    the request at all, which a fault may prevent. `fault` is the name of the fault that it met (`unnamed`
    if the fault has none). `client_port` tells connections apart. Bytes of `body` that are not UTF-8 are
    shown as escapes. `order_id` is the order in the path, or that of the approver's request `request_id` or of the
    certificate in the path. `error` is the code with which the service refused the request.
    """

    operation: Operation
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: str
    order_id: int | None
    key_name: str
    client_port: int
    number: int = 0
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    outcome: Outcome = Outcome.WAITING
    handled: bool = False
    fault: str | None = None
    request_id: int | None = None
    error: str | None = None

    @property
    def target(self) -> str:
        """Path and query as they came."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def forbidden(self) -> bool:
        """Whether nothing in this collection may send it: a change that is neither a status update nor a rejection.

        An approval spends money, and a check of the domains may issue the certificate (contract 6 and 7).
        """
        if self.operation is Operation.DECISION:
            return not (isinstance(self.json, dict) and self.json.get("status") == "rejected")
        return self.method not in ("GET", "HEAD") and self.operation is not Operation.WRITE

    @property
    def json(self) -> Any:
        """The body as JSON, None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def header(self, name: str) -> str | None:
        """Give the first header of that name in any case, or None."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    def as_json(self) -> dict[str, Any]:
        """Give the entry for the control interface, without an API key that is not the simulator's own."""
        headers = [
            [name, "(hidden)" if name.lower() == "x-dc-devkey" and value not in KEYS.values() else value]
            for name, value in self.headers
        ]
        return {
            "number": self.number,
            "at": self.at,
            "operation": self.operation.value,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": self.body,
            "json": self.json,
            "order_id": self.order_id,
            "request_id": self.request_id,
            "key_name": self.key_name,
            "client_port": self.client_port,
            "status": self.status,
            "outcome": self.outcome.value,
            "handled": self.handled,
            "fault": self.fault,
            "error": self.error,
            "forbidden": self.forbidden,
        }


@dataclass(frozen=True)
class Change:
    """One change of an order, `by` a request (then `request` is its number) or `another actor`.

    `decided` is the ID of the approver's request whose decision it was, and `decision` what became of that.
    """

    number: int
    at: float
    order_id: int
    before: str
    after: str
    is_renewed_before: bool
    is_renewed_after: bool
    by: str
    request: int | None
    note: str
    decided: int | None = None
    decision: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the entry for the control interface."""
        return dict(self.__dict__)


class Ledger:
    """Requests and changes in the order in which they came. Safe to read from any thread."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._requests: list[SeenRequest] = []
        self._changes: list[Change] = []

    @property
    def requests(self) -> list[SeenRequest]:
        """All requests, oldest first (a copy of the list)."""
        with self._lock:
            return list(self._requests)

    @property
    def changes(self) -> list[Change]:
        """All changes, oldest first (a copy of the list)."""
        with self._lock:
            return list(self._changes)

    @property
    def reads(self) -> list[SeenRequest]:
        """Reads of one order."""
        return self._of(Operation.READ)

    @property
    def lists(self) -> list[SeenRequest]:
        """Reads of the order list."""
        return self._of(Operation.LIST)

    @property
    def writes(self) -> list[SeenRequest]:
        """Status updates of orders and decisions about requests, taken or not."""
        return self._of(Operation.WRITE, Operation.DECISION)

    @property
    def refused(self) -> list[SeenRequest]:
        """What the service answered with an error of its own; a fault's error is none of its own."""
        return [request for request in self.requests if request.error is not None]

    @property
    def forbidden(self) -> list[SeenRequest]:
        """What nothing in this collection may send, whatever became of it."""
        return [request for request in self.requests if request.forbidden]

    def requests_for(self, order_id: int) -> list[SeenRequest]:
        """Give the requests that are about this order, by its ID, its certificate or one of its requests."""
        return [request for request in self.requests if request.order_id == order_id]

    def changes_of(self, order_id: int) -> list[Change]:
        """Give the changes of this order."""
        return [change for change in self.changes if change.order_id == order_id]

    def record_request(self, seen: SeenRequest) -> None:
        """Note a request that just came and give it its number."""
        with self._lock:
            self._requests.append(seen)
            seen.number = len(self._requests)

    def record_change(
        self,
        order_id: int,
        before: tuple[str, bool],
        after: tuple[str, bool],
        request: int | None = None,
        note: str = "",
        decided: tuple[int, str] | None = None,
    ) -> None:
        """Note a change; `before` and `after` are (status, is_renewed), no `request` means another actor.

        decided: ID and new status of the approver's request whose decision it was.
        """
        with self._lock:
            self._changes.append(
                Change(
                    number=len(self._changes) + 1,
                    at=time.monotonic(),
                    order_id=order_id,
                    before=before[0],
                    after=after[0],
                    is_renewed_before=before[1],
                    is_renewed_after=after[1],
                    by=ANOTHER_ACTOR if request is None else "request",
                    request=request,
                    note=note,
                    decided=decided and decided[0],
                    decision=decided and decided[1],
                )
            )

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._requests.clear()
            self._changes.clear()

    def as_json(self) -> dict[str, Any]:
        """Give both lists for the control interface."""
        return {
            "requests": [request.as_json() for request in self.requests],
            "changes": [change.as_json() for change in self.changes],
        }

    def _of(self, *operations: Operation) -> list[SeenRequest]:
        return [request for request in self.requests if request.operation in operations]
