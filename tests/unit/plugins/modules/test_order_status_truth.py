# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever goes wrong, the report of digicert_order_status is true: properties of random schedules of trouble.

What happened is taken from the ledger of the simulator, what the module could know from the replies that reached it, and
what it may do from the tables below, which know nothing of its own.

SCHEDULES in the environment is how many are played, always the same ones. `make soak` plays others each time, many more
of them: SOAK_SUMMARY is a file that gets the sums then.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional
from urllib.parse import parse_qsl

import pytest
from ansible_collections.community.digicert.plugins.module_utils._http import NoReply
from ansible_collections.community.digicert.tests.simulator import Simulator
from ansible_collections.community.digicert.tests.unit.plugins.modules.schedules import (
    LISTED_ORDERS,
    NOTE,
    SCHEDULES,
    Exchange,
    Played,
    Schedule,
    Stage,
    tasks,
)
from hypothesis import HealthCheck, given, settings

SOAK_SUMMARY = os.environ.get("SOAK_SUMMARY")
SETTINGS = settings(
    max_examples=int(os.environ.get("SCHEDULES") or 100),
    # Without a soak the same schedules each time: a test that fails by chance helps nobody.
    derandomize=not SOAK_SUMMARY,
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)

# The rules as the documentation has them: what may be changed, what is already so, what comes of it.
PENDING = {"pending", "waiting_pickup"}
KNOWN = {
    "pending", "waiting_pickup", "reissue_pending", "needs_approval", "needs_csr", "processing", "approved",
    "issued", "expired", "revoked", "canceled", "rejected", "denied",
}  # fmt: skip
MAY_CHANGE = {
    "canceled": lambda status, renewed: status in PENDING,
    "reissue_canceled": lambda status, renewed: status == "reissue_pending",
    "renewed": lambda status, renewed: status in {"issued", "expired"} and renewed is False,
    "not_renewed": lambda status, renewed: status in KNOWN and renewed is True,
}
ALREADY_SO = {
    "canceled": lambda status, renewed: status == "canceled",
    "reissue_canceled": lambda status, renewed: status == "issued",
    "renewed": lambda status, renewed: renewed is True,
    "not_renewed": lambda status, renewed: renewed is False,
}
AFTERWARDS = {
    "canceled": lambda status, renewed: ("canceled", renewed),
    "reissue_canceled": lambda status, renewed: ("issued", renewed),
    "renewed": lambda status, renewed: (status, True),
    "not_renewed": lambda status, renewed: (status, False),
}
WIRE = {
    "canceled": ["CANCELED", "canceled"],
    "reissue_canceled": ["CANCELED", "canceled"],
    "renewed": ["renewed"],
    "not_renewed": ["not_renewed"],
}
REFUSALS = {"status_not_allowed", "status_unknown", "renewal_unknown"}
State = tuple[str, Optional[bool]]

SUMS: Counter[str] = Counter()


@pytest.fixture(name="stage", scope="module")
def _stage() -> Iterator[Stage]:
    """Give a simulator for all schedules; write down the sums at the end."""
    with Simulator(plain_http=True) as simulator:
        yield Stage(simulator)
    if SOAK_SUMMARY:
        Path(SOAK_SUMMARY).write_text(json.dumps(SUMS))


class Known:
    """What the module was told of one order, request by request, and which writes it made on what ground."""

    def __init__(self, order_id: int, exchanges: list[Exchange]) -> None:
        """Take all exchanges of a run in their order."""
        self.states: list[State] = []
        self.before_writes: State | None = None
        self.writes: list[Exchange] = []
        self.grounds: list[State | None] = []
        self.in_doubt = False
        self.told_since_doubt = True
        for exchange in exchanges:
            for state in _told(exchange, order_id):
                self.states.append(state)
                self.told_since_doubt = True
            if exchange.path == f"/order/certificate/{order_id}/status":
                self._wrote(exchange)
        self.last: State | None = self.states[-1] if self.states else None

    def _wrote(self, exchange: Exchange) -> None:
        ground = self.states[-1] if self.states else None
        if self.writes:
            # Only a request that was turned away at the door may be sent again without looking at the order.
            before = self.writes[-1].answer
            turned_away = not before.sent if isinstance(before, NoReply) else before.status == 429
            ground = ground if turned_away or self._read_since_write else None
        else:
            self.before_writes = ground
        self._states_at_write = len(self.states)
        self.writes.append(exchange)
        self.grounds.append(ground)
        answer = exchange.answer
        if isinstance(answer, NoReply):
            lost, rejected = answer.sent, False
        else:
            lost = answer.status != 204 and not 400 <= answer.status < 500
            rejected = answer.status in {400, 409}
        # What was lost before may have arrived since, and be the reason for the rejection.
        if lost or (self.in_doubt and rejected):
            self.in_doubt, self.told_since_doubt = True, False

    @property
    def _read_since_write(self) -> bool:
        return len(self.states) > self._states_at_write

    @property
    def succeeded(self) -> bool:
        """Whether the service confirmed the last write."""
        return bool(self.writes) and getattr(self.writes[-1].answer, "status", None) == 204


def _told(exchange: Exchange, order_id: int) -> Iterator[State]:
    """Give the state of an order that a reply tells; a list tells of those that it was asked for, whatever it holds."""
    if exchange.method != "GET" or isinstance(exchange.answer, NoReply) or exchange.answer.status != 200:
        return
    path, _mark, query = exchange.path.partition("?")
    if str(order_id) not in [
        path.rpartition("/")[2],
        *(value for name, value in parse_qsl(query) if name != "limit"),
    ]:
        return
    try:
        body = json.loads(exchange.answer.body)
        described = body["orders"] if query else [body]
    except (ValueError, TypeError, KeyError):
        return
    for order in described:
        if order.get("id") == order_id:
            yield order["status"], order.get("is_renewed")


def assert_true(schedule: Schedule, played: Played) -> None:
    """Check every promise about one run."""
    assert "orders" in played.result, played.result["msg"]
    assert [order["order_id"] for order in played.result["orders"]] == list(dict.fromkeys(played.asked))
    for order_id, order in played.orders.items():
        known = Known(order_id, played.exchanges)
        _assert_written_with_reason(schedule, known)
        _assert_change_is_true(order, known, played)
        _assert_status_is_true(schedule, order, known, played)
        SUMS[f"order: {_outcome(order)}"] += 1
    _assert_task_is_true(played)
    asked = {f"/order/certificate/{order_id}/status" for order_id in played.asked}
    assert {exchange.path for exchange in played.exchanges if exchange.method == "PUT"} <= asked
    # The client sends what it is given once; what the service saw is the witness of it.
    assert played.seen <= len(played.exchanges) <= most_requests(schedule)


def _assert_written_with_reason(schedule: Schedule, known: Known) -> None:
    if schedule.check:
        assert not known.writes
    may_change, spellings = MAY_CHANGE[schedule.wanted], WIRE[schedule.wanted]
    for write, ground in zip(known.writes, known.grounds):
        assert ground is not None, "written to without having read it"
        assert may_change(*ground), f"written to although it was {ground}"
        assert write.body["note"] == NOTE
        assert write.body["status"] in spellings
    sent = [write.body["status"] for write in known.writes]
    # The other spelling once at most, and never back. Other orders may have found out about it.
    assert sent == sorted(sent)


def _assert_change_is_true(order: dict[str, Any], known: Known, played: Played) -> None:
    effects = [
        change
        for change in played.changes
        if change.order_id == order["order_id"] and change.request is not None
    ]
    assert len(effects) <= 1 or _touched_by_others(order["order_id"], played)
    if order["changed"] is None:
        assert order["error"]["code"] == "outcome_unknown"
        assert known.in_doubt
        return
    if not known.writes:
        assert not effects
        return
    if bool(effects) is not order["changed"]:
        # Somebody else did the same, or took it back, between a write that got lost and the next look. No reply tells it.
        assert known.in_doubt
        assert _touched_by_others(order["order_id"], played)


def _touched_by_others(order_id: int, played: Played) -> bool:
    return any(change.order_id == order_id and change.request is None for change in played.changes)


def _assert_status_is_true(schedule: Schedule, order: dict[str, Any], known: Known, played: Played) -> None:
    wanted = schedule.wanted
    code = order.get("error", {}).get("code")
    assert code != "internal_error", order
    if order["status"] == "not_attempted":
        assert not known.writes or not known.in_doubt
        assert "error" not in order
        return
    if order["status"] == "unknown":
        assert not known.told_since_doubt
        assert code == "outcome_unknown"
        return
    if known.last is None:
        assert (order["status"], order["previous_status"]) == (None, None)
        assert code is not None
        return
    state = order["status"], order["is_renewed"]
    if (schedule.check and MAY_CHANGE[wanted](*known.last)) or known.succeeded:
        assert state == AFTERWARDS[wanted](*known.last)
        assert order["changed"] is True
    else:
        assert state == known.last
    if not known.writes and not schedule.check:
        assert order["changed"] is False
    if code in REFUSALS:
        assert not MAY_CHANGE[wanted](*known.last)
    if code is None and not known.writes and not order["changed"]:
        assert ALREADY_SO[wanted](*known.last)
    first = known.before_writes if known.writes else known.last
    assert order["previous_status"] == first[0]
    predicted = schedule.check and order["changed"]
    if not predicted and not _touched_by_others(order["order_id"], played):
        assert state == played.account[order["order_id"]]
    if order["changed"] is None:
        # It was told, and it does not tell: what could be ours may have been changed again since.
        assert wanted != "canceled"
        assert not ALREADY_SO[wanted](*known.last)


def _assert_task_is_true(played: Played) -> None:
    orders = played.orders.values()
    assert played.result["changed"] is any(order["changed"] is True for order in orders)
    failed = any("error" in order or order["status"] == "not_attempted" for order in orders)
    assert bool(played.result.get("failed")) is failed


def most_requests(schedule: Schedule) -> int:
    """Give how many requests a task may send, by its options.

    A request is sent once and `retries` times more. An order is read once; it is written to and read back once, once more
    for the other spelling, and `retries` times more where the write is in doubt. Lists come on top.
    """
    times = schedule.retries + 1
    orders = len(set(schedule.asked))
    lists = -(-orders // LISTED_ORDERS)
    return times * (lists + orders * (1 + 2 * (times + 1)))


def assert_converges(schedule: Schedule, played: Played, stage: Stage) -> None:
    """Check that running again without trouble gets everything as wanted, and that once more does nothing."""
    again = stage.play(_really(schedule.without_trouble()))
    assert_true(_really(schedule), again)
    for order_id, order in played.orders.items():
        if order["changed"] and not schedule.check and not _touched_by_others(order_id, played):
            assert not Known(order_id, again.exchanges).writes, "done and written again"
    for order in again.result["orders"]:
        assert order.get("error", {}).get("code") in {None, "order_not_found", *REFUSALS}
    once_more = stage.play(_really(schedule.without_trouble()))
    assert once_more.result["changed"] is False
    assert not [exchange for exchange in once_more.exchanges if exchange.method == "PUT"]
    assert [_kept(order) for order in once_more.result["orders"]] == [
        _kept(order) for order in again.result["orders"]
    ]


def _outcome(order: dict[str, Any]) -> str:
    if "error" in order:
        return str(order["error"]["code"])
    if order["status"] == "not_attempted":
        return "not attempted"
    return "changed" if order["changed"] else "already so"


def _really(schedule: Schedule) -> Schedule:
    return Schedule(**{**vars(schedule), "check": False})


def _kept(order: dict[str, Any]) -> tuple[Any, ...]:
    return order["order_id"], order["status"], order["is_renewed"], order.get("error", {}).get("code")


@SETTINGS
@given(schedule=SCHEDULES)
def test_the_report_is_true_in_any_trouble_and_running_again_converges(stage, schedule):
    stage.open(schedule)
    played = stage.play(schedule)
    SUMS.update(
        {"schedules": 1, "requests": len(played.exchanges), "real" if not schedule.check else "check": 1}
    )
    SUMS.update(f"fault: {name}" for name in played.faults)
    assert_true(schedule, played)
    assert_converges(schedule, played, stage)


@SETTINGS
@given(task=tasks())
def test_without_trouble_check_mode_predicts_the_real_run(stage, task):
    stage.open(task)
    predicted = stage.play(Schedule(**{**vars(task), "check": True}))
    assert not predicted.changes
    done = stage.play(_really(task))
    assert done.result["orders"] == predicted.result["orders"]
    assert done.result["changed"] == predicted.result["changed"]
    assert done.result["diff"] == predicted.result["diff"]
    assert done.result.get("failed") == predicted.result.get("failed")
