# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random accounts, tasks and troubles, and what happens when a task meets them: what it was told, what it reported."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http.client import HTTPException
from ssl import SSLError
from types import FrameType, ModuleType
from typing import Any
from unittest import mock

import pytest
from ansible_collections.community.digicert.plugins.module_utils import (
    _certcentral,
    _diagnosis,
    _http,
    _masking,
    _order_change,
    _order_rules,
    _pacing,
)
from ansible_collections.community.digicert.plugins.module_utils._http import HttpClient, NoReply, Reply
from ansible_collections.community.digicert.plugins.modules import digicert_order_status
from ansible_collections.community.digicert.tests.simulator import (
    FULL_KEY,
    Change,
    Fault,
    GeneratedBody,
    Operation,
    OtherActor,
    Simulator,
    Spelling,
    gzip_bomb,
)
from ansible_collections.community.digicert.tests.unit.plugins.module_args import patch_module_args
from ansible_collections.community.digicert.tests.unit.plugins.modules.test_order_status_faults import (
    ROWS,
    Way,
)
from hypothesis import strategies as st

NOTE = "Not needed any more"
STATUSES = [
    "pending", "waiting_pickup", "reissue_pending", "needs_approval", "needs_csr", "processing", "approved",
    "issued", "expired", "revoked", "canceled", "rejected", "denied", "a_status_of_tomorrow",
]  # fmt: skip
# What is too large, and how long a reply takes that comes too late.
SMALL_REPLY_LIMIT, SHORT_TIMEOUT = 64 * 1024, 0.08
SLOW = {"timeout", "dripping-body", "dripping-headers"}
FAULTS = {row.name: row.fault for row in ROWS if not isinstance(row.fault, Way)}
FAULTS["100-MB"] = {"status": 200, "body": GeneratedBody(4 * SMALL_REPLY_LIMIT)}
FAULTS["gzip-bomb"] = {**FAULTS["gzip-bomb"], "body": gzip_bomb(4 * SMALL_REPLY_LIMIT)}
# A 4xx says that there was no effect and a 204 that there was one, and the service is believed.
MAY_BE_APPLIED = {row.name for row in ROWS if row.effect}
ALWAYS_APPLIED = {row.name for row in ROWS if row.effect and not row.write}
# A refused certificate looks the same to everything behind the HTTP client.
LOST_WAYS = {
    "connection-refused": ConnectionRefusedError(111, "Connection refused"),
    "name-not-found": OSError(-2, "Name or service not known"),
}


@dataclass(frozen=True)
class Trouble:
    """A fault of the table, and which requests it meets: the nth and as many as `times` says (None: all) from there.

    asked: the order, by its place in the task; None for any.
    applied: whether a write has its effect.
    """

    name: str
    operation: Operation
    asked: int | None
    nth: int
    times: int | None
    applied: bool


@dataclass(frozen=True)
class Interference:
    """Somebody else changes an order right after a request about it, or its renewal mark, or decides its requests."""

    operation: Operation
    asked: int
    nth: int
    status: str | None
    is_renewed: bool | None
    decides: str | None


@dataclass(frozen=True)
class Delay:
    """Time that passes for the module and for nobody else: while it waits, while it connects, and while it reads a reply.

    waiting: seconds that every wait takes. connecting: which attempts to connect take ten seconds, counted from 0.
    replying: which replies do, likewise, before they are complete.
    meanwhile: what somebody else changes the order `asked` to as soon as time has passed; None for nothing.
    """

    waiting: float
    connecting: frozenset[int]
    replying: frozenset[int]
    asked: int
    meanwhile: str | None


@dataclass(frozen=True)
class Defect:
    """Something inside the module raises what nobody foresaw: the nth call of a place, and as many as `times` says.

    place: a key of `PLACES`, or `ANY_CALL`. kind: the type of what is raised.
    """

    place: str
    kind: type[Exception]
    nth: int
    times: int


@dataclass(frozen=True)
class Schedule:
    """A task, the account that it meets, and all that goes wrong meanwhile.

    orders: status and renewal mark of each order of the account.
    asked: the order IDs of the task, as places in `orders`; what is beyond them does not exist, and any may come twice.
    lost: which attempts to connect fail, counted from 0, and how.
    unclear: the places of orders that have two open requests of a kind, if any.
    rejected_order, processed_requests: what the simulator does with what was rejected.
    """

    wanted: str
    check: bool
    retries: int
    orders: Sequence[tuple[str, bool]]
    asked: Sequence[int]
    troubles: Sequence[Trouble] = ()
    interferences: Sequence[Interference] = ()
    lost: tuple[str, frozenset[int]] | None = None
    delay: Delay | None = None
    defect: Defect | None = None
    spelling: Spelling = Spelling.ANY
    threads: int = 1
    unclear: frozenset[int] = frozenset()
    rejected_order: str = "rejected"
    processed_requests: str = "kept"

    def without_trouble(self) -> Schedule:
        """Give the same task with nothing going wrong."""
        return replace(self, troubles=(), interferences=(), lost=None, delay=None, defect=None)


@dataclass(frozen=True)
class Exchange:
    """A request as the module sent it and what came back: the witness of what the module could know.

    began, asked: just before and just after it began to be sent, by the clock by which readings get old.
    """

    method: str
    path: str
    body: Any
    answer: Reply | NoReply
    began: float
    asked: float


@dataclass
class Played:
    """What one run of the module reported, what it was told, and what happened to the account.

    seen: how many requests the service saw. account: status and renewal mark of its orders at the end.
    forbidden: what the module must never send.
    """

    asked: list[int]
    result: dict[str, Any]
    exchanges: list[Exchange]
    changes: list[Change]
    seen: int
    account: dict[int, tuple[str, bool]]
    faults: list[str]
    forbidden: list[Any]

    @property
    def orders(self) -> dict[int, dict[str, Any]]:
        """The orders of the result by their IDs."""
        return {order["order_id"]: order for order in self.result["orders"]}


# What a task is about; with nothing but random orders there would be little to write.
FITTING = {
    "canceled": [("pending", False), ("waiting_pickup", False)],
    "reissue_canceled": [("reissue_pending", False)],
    "rejected": [("needs_approval", False)],
    "renewed": [("issued", False), ("expired", False)],
    "not_renewed": [("issued", True), ("expired", True), ("canceled", True)],
}
TROUBLES = st.builds(
    Trouble,
    name=st.sampled_from([*(name for name in FAULTS if name not in SLOW), *FAULTS]),
    operation=st.sampled_from([*[Operation.WRITE] * 4, Operation.READ, Operation.READ, Operation.ANY]),
    asked=st.none() | st.none() | st.integers(0, 4),
    nth=st.sampled_from([1, 1, 1, 2, 3]),
    times=st.sampled_from([1, 1, 2, 3, None]),
    applied=st.booleans(),
)
INTERFERENCES = st.builds(
    Interference,
    operation=st.sampled_from([Operation.READ, Operation.WRITE]),
    asked=st.integers(0, 4),
    nth=st.integers(1, 2),
    status=st.none() | st.sampled_from(STATUSES),
    is_renewed=st.none() | st.booleans(),
    decides=st.none() | st.none() | st.sampled_from(["approved", "rejected"]),
)


@st.composite
def tasks(draw: st.DrawFn) -> Schedule:
    """Draw a task and its account, without trouble."""
    wanted = draw(st.sampled_from(["canceled", "rejected", *FITTING]))
    any_order = st.tuples(st.sampled_from(STATUSES), st.booleans())
    fitting = st.sampled_from(FITTING[wanted])
    count = draw(st.integers(1, 7))
    asked = draw(st.permutations(range(count)))
    # One more than there are: it is in no account.
    others = draw(st.lists(st.integers(0, count), max_size=2))
    return Schedule(
        wanted=wanted,
        check=False,
        retries=draw(st.integers(0, 2)),
        orders=draw(st.lists(fitting | fitting | any_order, min_size=count, max_size=count)),
        asked=[*asked, *others],
        spelling=draw(st.sampled_from(Spelling)),
        threads=draw(st.sampled_from([1, 8])),
        unclear=draw(st.frozensets(st.integers(0, count - 1), max_size=1)),
    )


DELAYS = st.builds(
    Delay,
    waiting=st.sampled_from([0.0, 1.0, 7.0, 135.0]),
    connecting=st.frozensets(st.integers(0, 9), max_size=3),
    replying=st.frozensets(st.integers(0, 9), max_size=3),
    asked=st.integers(0, 4),
    meanwhile=st.none() | st.sampled_from(["reissue_pending", *STATUSES]),
)
# Where a defect may be: before anything is sent, while it is sent, after the reply, and in what is made of it.
PLACES: dict[str, tuple[Any, str]] = {
    "judging": (_order_rules.Rule, "verdict"),
    "pacing": (_pacing.Pacer, "_seconds_to_wait"),
    "connecting": (_http._BoundedConnection, "connect"),
    "sending": (_http._BoundedConnection, "send"),
    "reading": (_http._BoundedReply, "begin"),
    "parsing": (_certcentral, "json_body"),
    "identifying": (_certcentral.CertCentral, "_identified"),
    "diagnosing": (_certcentral.CertCentral, "_error"),
    "masking": (_masking.Masking, "line"),
    "counting": (_certcentral.CertCentral, "has_ended"),
    "starting a thread": (threading.Thread, "start"),
    "settling": (_order_change.StatusChange, "_settled"),
}
# Every call of a function of the module's own, but for those that put the report together, and that hang up.
ANY_CALL = "any call"
SOURCES = {
    _certcentral.__file__,
    _diagnosis.__file__,
    _http.__file__,
    _masking.__file__,
    _order_rules.__file__,
}
SOURCES |= {_order_change.__file__, _pacing.__file__}
REPORTING = {
    "bring",
    "answers",
    "_defect",
    "__init__",
    "describe",
    "looks_at_renewal",
    "look_up",
}
KINDS = [
    ValueError, RuntimeError, MemoryError, KeyError, RecursionError, OSError, ZeroDivisionError, StopIteration, AssertionError,
    TimeoutError, UnicodeError, HTTPException, SSLError,
]  # fmt: skip
DEFECTS = st.builds(
    Defect,
    place=st.sampled_from(sorted(PLACES)),
    kind=st.sampled_from(KINDS),
    nth=st.integers(1, 12),
    times=st.sampled_from([1, 1, 2, 100]),
) | st.builds(
    Defect,
    place=st.just(ANY_CALL),
    kind=st.sampled_from(KINDS),
    nth=st.integers(1, 400),
    times=st.sampled_from([1, 1, 2]),
)
SCHEDULES = st.builds(
    replace,
    tasks(),
    check=st.sampled_from([False, False, False, True]),
    troubles=st.lists(TROUBLES, min_size=1, max_size=4),
    interferences=st.lists(INTERFERENCES, max_size=2),
    lost=st.none()
    | st.none()
    | st.tuples(
        st.sampled_from(sorted(LOST_WAYS)), st.frozensets(st.integers(0, 12), min_size=1, max_size=4)
    ),
    delay=st.none() | DELAYS,
    defect=st.none() | st.none() | DEFECTS,
    rejected_order=st.sampled_from([*["rejected"] * 4, "canceled", "denied", "unchanged", "gone"]),
    processed_requests=st.sampled_from(["kept", "dropped"]),
)


class Stage:
    """A simulator on which schedules are played, one after the other."""

    def __init__(self, simulator: Simulator) -> None:
        """Take a simulator over plain HTTP; it is nobody else's."""
        self._simulator = simulator
        # Others keep to what the service allows: a canceled order stays so (contract section 1).
        change = simulator.service.change_order

        def change_unless_canceled(order_id: int, status: str | None, is_renewed: bool | None) -> None:
            change(order_id, None if simulator.order(order_id).status == "canceled" else status, is_renewed)

        simulator.service.change_order = change_unless_canceled
        self._order_ids: list[int] = []

    def open(self, schedule: Schedule) -> None:
        """Set up the account of a schedule, and nothing else in it."""
        self._simulator.reset(
            rate_limits=(),
            spelling=schedule.spelling,
            rejected_order=schedule.rejected_order,
            processed_requests=schedule.processed_requests,
        )
        account = self._simulator.service.account
        for order_id in list(account.orders)[1:]:
            del account.orders[order_id]
        self._order_ids = []
        for place, (status, is_renewed) in enumerate(schedule.orders):
            self._order_ids += self._simulator.add_orders(1, status)
            order = account.orders[self._order_ids[-1]]
            order.is_renewed = is_renewed
            if place in schedule.unclear:
                order.requests += [replace(request, id=request.id + 5) for request in order.requests]
            # What the module cannot see of an order allows a renewal.
            order.migrated, order.valid_till = True, date(2000, 1, 1)
        self._simulator.ledger.clear()

    def play(self, schedule: Schedule) -> Played:
        """Run the module; the account stays as it leaves it."""
        self._simulator.service.script.__init__()
        self._simulator.ledger.clear()
        self._simulator.script(*self._scripted(schedule))
        asked = [self._order_id(place) for place in schedule.asked]
        slow = any(trouble.name in SLOW for trouble in schedule.troubles)
        options = {
            "order_id": asked,
            "status": schedule.wanted,
            "note": NOTE,
            "api_key": FULL_KEY,
            "api_url": self._simulator.api_url,
            "retries": schedule.retries,
            "timeout": SHORT_TIMEOUT if slow else 10,
            "rate_limits": [],
            "_ansible_check_mode": schedule.check,
        }
        exchanges: list[Exchange] = []
        with observed(exchanges, schedule, self._meanwhile(schedule)), patch_module_args(options):
            result = printed_by_module(digicert_order_status)
        ledger = self._simulator.ledger
        # A defect may end a request that is still on its way to the service.
        ends_at = time.monotonic() + (0.3 if schedule.defect else 0.0)
        while len(ledger.requests) < sum(not _was_not_sent(each) for each in exchanges):
            if time.monotonic() > ends_at:
                break
            time.sleep(0.01)
        faults = [request.fault for request in ledger.requests if request.fault]
        faults += [exchange.answer.detail for exchange in exchanges if _was_not_sent(exchange)]
        account = {
            order_id: (order.status, order.is_renewed)
            for order_id, order in self._simulator.service.account.orders.items()
        }
        return Played(
            asked,
            result,
            exchanges,
            ledger.changes,
            len(ledger.requests),
            account,
            faults,
            ledger.forbidden,
        )

    def _meanwhile(self, schedule: Schedule) -> Callable[[], None]:
        """Give what somebody else does once time has passed; the second time it is done already."""
        delay = schedule.delay
        left = [] if delay is None or delay.meanwhile is None else [self._order_id(delay.asked)]

        def change() -> None:
            with contextlib.suppress(IndexError, KeyError):
                self._simulator.change_order(left.pop(), delay.meanwhile)

        return change

    def _order_id(self, place: int) -> int:
        return self._order_ids[place] if place < len(self._order_ids) else self._order_ids[-1] + 1 + place

    def _scripted(self, schedule: Schedule) -> Iterator[Fault | OtherActor]:
        for trouble in schedule.troubles:
            order_id = None if trouble.asked is None else self._order_id(trouble.asked)
            aimed = {
                "operation": _aimed_at(trouble.operation, schedule),
                "order_id": order_id,
                "nth": trouble.nth,
                "times": trouble.times,
                "applied": trouble.name in ALWAYS_APPLIED
                or (trouble.applied and trouble.name in MAY_BE_APPLIED),
            }
            fault = {"name": trouble.name, **FAULTS[trouble.name], **aimed}
            if trouble.name in ALWAYS_APPLIED:
                # A write that the service rejects stays rejected: a 204 is its word, which nothing makes up.
                del fault["status"]
            yield Fault(**fault)
        for other in schedule.interferences:
            order_id = self._order_id(other.asked)
            yield OtherActor(
                operation=_aimed_at(other.operation, schedule),
                order_id=order_id,
                nth=other.nth,
                changes_order=order_id,
                changes_to=other.status,
                is_renewed=other.is_renewed,
                decides=other.decides,
            )


def _aimed_at(operation: Operation, schedule: Schedule) -> Operation:
    return Operation.DECISION if (operation, schedule.wanted) == (Operation.WRITE, "rejected") else operation


class Passing:
    """The time by the clock of the module, which stands still unless it is told to pass."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        """Take what is to happen whenever time has passed."""
        self._meanwhile = meanwhile
        self._lock = threading.Lock()
        self._passed = 0.0

    def clock(self) -> float:
        """Give the moment in seconds."""
        return 1000.0 + self._passed

    def passes(self, seconds: float) -> None:
        """Let so many seconds pass."""
        with self._lock:
            self._passed += seconds
        self._meanwhile()


@contextlib.contextmanager
def observed(exchanges: list[Exchange], schedule: Schedule, meanwhile: Callable[[], None]) -> Iterator[None]:
    """Note each exchange; let connections fail, time pass and defects show as scheduled; take the time out of all waits."""
    request, seconds_to_send, read_all = HttpClient.request, _http._Exchange.seconds_to_send, _http._read_all
    new_connection = _http._BoundedConnection._new_conn
    attempts, replies = itertools.count(), itertools.count()
    lock, moments = threading.Lock(), threading.local()
    way, lost = schedule.lost or ("", frozenset())
    delay = schedule.delay or Delay(0.0, frozenset(), frozenset(), 0, None)
    passing = Passing(meanwhile)

    def wait(_pacer: Any, _seconds: float) -> None:
        passing.passes(delay.waiting)

    def connect(connection: Any) -> Any:
        attempt = next(attempts)
        if attempt in delay.connecting:
            passing.passes(10.0)
        if attempt in lost:
            raise LOST_WAYS[way]
        return new_connection(connection)

    def send(exchange: Any) -> float:
        first, began = not exchange.sent, passing.clock()
        # Nothing is sent if it raises.
        seconds = seconds_to_send(exchange)
        if first:
            moments.began, moments.asked = began, passing.clock()
        return seconds

    def read(response: Any) -> bytes:
        if next(replies) in delay.replying:
            passing.passes(10.0)
        return read_all(response)

    def noted(
        client: HttpClient, method: str, path: str, body: Any = None, fresh_until: float | None = None
    ) -> Reply:
        # Before all readings, until something is sent: what a defect ended earlier rests on none.
        moments.began = moments.asked = 0.0
        try:
            answer: Reply | NoReply = request(client, method, path, body, fresh_until)
        except NoReply as failure:
            answer = failure
        except Exception:
            # Nobody knows how far the request got.
            lost = NoReply(_http.Cause.REPLY_LOST, True, "a defect")
            with lock:
                exchanges.append(Exchange(method, path, body, lost, moments.began, moments.asked))
            raise
        with lock:
            exchanges.append(Exchange(method, path, body, answer, moments.began, moments.asked))
        if isinstance(answer, NoReply):
            raise answer
        return answer

    with contextlib.ExitStack() as patches:
        for target, name, value in [
            (HttpClient, "request", noted),
            (_http._BoundedConnection, "_new_conn", connect),
            (_http._Exchange, "seconds_to_send", send),
            (_http, "_read_all", read),
            (_http, "REPLY_LIMIT", SMALL_REPLY_LIMIT),
            (_http, "clock", passing.clock),
            (_order_change.CertCentral, "connections", schedule.threads),
            (_pacing.Pacer, "hold", wait),
            (_pacing.Pacer, "rest", wait),
        ]:
            patches.enter_context(mock.patch.object(target, name, value))
        if schedule.defect and schedule.defect.place == ANY_CALL:
            patches.enter_context(_any_call_broken(schedule.defect))
        elif schedule.defect:
            target, name = PLACES[schedule.defect.place]
            broken = _broken(getattr(target, name), schedule.defect)
            patches.enter_context(mock.patch.object(target, name, broken))
        yield


@contextlib.contextmanager
def _any_call_broken(defect: Defect) -> Iterator[None]:
    """Let calls of the module's own functions raise, whichever they are."""
    calls, lock, begun = iter(range(1, 10**6)), threading.Lock(), threading.Event()

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        # Comprehensions are calls before Python 3.12.
        own = code.co_filename in SOURCES and not code.co_name.startswith("<")
        # A defect before the first order is begun has no order to tell of.
        if code.co_name == "bring":
            begun.set()
        own = own and begun.is_set()
        if event != "call" or not own or code.co_name in REPORTING:
            return
        with lock:
            number = next(calls)
        if defect.nth <= number < defect.nth + defect.times:
            raise defect.kind("nobody foresaw this")

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


def _broken(original: Callable[..., Any], defect: Defect) -> Callable[..., Any]:
    """Give a function that does what the original does, but for the calls that raise."""
    calls, lock = iter(range(1, 10**6)), threading.Lock()

    def sometimes(*args: Any, **options: Any) -> Any:
        # The threads of the simulator are none of the module's.
        if isinstance(args[0], threading.Thread) and not args[0].daemon:
            return original(*args, **options)
        with lock:
            number = next(calls)
        if defect.nth <= number < defect.nth + defect.times:
            raise defect.kind("nobody foresaw this")
        return original(*args, **options)

    return sometimes


def printed_by_module(module: ModuleType) -> dict[str, Any]:
    with contextlib.redirect_stdout(io.StringIO()) as printed, pytest.raises(SystemExit):
        module.main()
    result: dict[str, Any] = json.loads(printed.getvalue())
    return result


def _was_not_sent(exchange: Exchange) -> bool:
    return isinstance(exchange.answer, NoReply) and not exchange.answer.sent
