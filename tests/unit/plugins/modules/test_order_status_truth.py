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
from typing import Any, NamedTuple

import pytest
from ansible_collections.community.digicert.plugins.module_utils._http import NoReply, Reply
from ansible_collections.community.digicert.tests.simulator import Simulator
from ansible_collections.community.digicert.tests.unit.plugins.modules.schedules import (
    NOTE,
    SCHEDULES,
    Exchange,
    Played,
    Schedule,
    Stage,
    tasks,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
# Without trouble there is less that can differ.
FEWER = settings(SETTINGS, max_examples=-(-SETTINGS.max_examples // 3))

# The rules as the documentation has them: what may be changed, what is already so, what comes of it.
PENDING = {"pending", "waiting_pickup"}
KNOWN = {
    "pending", "waiting_pickup", "reissue_pending", "needs_approval", "needs_csr", "processing", "approved",
    "issued", "expired", "revoked", "canceled", "rejected", "denied", "reissue_processing",
}  # fmt: skip
MAY_CHANGE = {
    "canceled": lambda status, renewed: status in PENDING,
    "reissue_canceled": lambda status, renewed: status == "reissue_pending",
    "rejected": lambda status, renewed: status == "needs_approval",
    "renewed": lambda status, renewed: status in {"issued", "expired"} and renewed is False,
    "not_renewed": lambda status, renewed: status in KNOWN and renewed is True,
}
ALREADY_SO = {
    "canceled": lambda status, renewed: status == "canceled",
    "reissue_canceled": lambda status, renewed: status == "issued",
    "rejected": lambda status, renewed: status == "rejected",
    "renewed": lambda status, renewed: renewed is True,
    "not_renewed": lambda status, renewed: renewed is False,
}
AFTERWARDS = {
    "canceled": lambda status, renewed: ("canceled", renewed),
    "reissue_canceled": lambda status, renewed: ("issued", renewed),
    "rejected": lambda status, renewed: ("rejected", renewed),
    "renewed": lambda status, renewed: (status, True),
    "not_renewed": lambda status, renewed: (status, False),
}
WIRE = {
    "canceled": ["CANCELED", "canceled"],
    "reissue_canceled": ["CANCELED", "canceled"],
    "rejected": ["rejected"],
    "renewed": ["renewed"],
    "not_renewed": ["not_renewed"],
}
# The order gets there by itself as well.
COMES_ABOUT = {"reissue_canceled"}
REFUSALS = {"status_not_allowed", "status_unknown", "renewal_unknown", "no_single_request"}
# A write that is refused so met another order than the one that was read.
CONTRADICTIONS = {"rejected", "order_not_found"}
# Seconds after which a reading is no ground to write.
FRESH = 5.0


class State(NamedTuple):
    """What a reply tells of an order; requests as the service shows them."""

    status: str
    is_renewed: bool | None
    requests: list[dict[str, Any]]


def may_change(wanted: str, state: State) -> bool:
    """Tell whether an order may be written to."""
    # To reject it, it has to be clear which request is meant.
    clear = wanted != "rejected" or len(_open_requests(state)) == 1
    return clear and MAY_CHANGE[wanted](*state[:2])


def already_so(wanted: str, state: State) -> bool:
    """Tell whether an order is as wanted."""
    return ALREADY_SO[wanted](*state[:2])


def _open_requests(state: State) -> list[int]:
    return [
        request["id"]
        for request in state.requests
        if request["type"] == "new_request" and request["status"] in {"submitted", "pending"}
    ]


SUMS: Counter[str] = Counter()


@pytest.fixture(name="stage", scope="module")
def _stage() -> Iterator[Stage]:
    """Give a simulator for all schedules; write down the sums at the end."""
    with Simulator(plain_http=True) as simulator:
        yield Stage(simulator)
    if SOAK_SUMMARY:
        Path(SOAK_SUMMARY).write_text(json.dumps(SUMS))


class Known:
    """What the module was told of one order, request by request, and which writes it made on what ground.

    states: what the service said, one after the other. writes: those of which anything may have been sent.
    in_doubt: whether any of them may have had an effect that no reply told. last: the last state; None if none was told.
    told_since_doubt: the last state that was told after the first doubt. looked: whether the order was asked for after a
    write that the service confirmed, and seen: what was told then.
    """

    def __init__(self, order_id: int, exchanges: list[Exchange]) -> None:
        """Take all exchanges of a run in their order."""
        self.states: list[State] = []
        self.writes: list[Exchange] = []
        self.grounds: list[tuple[State, float] | None] = []
        self.in_doubt = False
        self.told_since_doubt: State | None = None
        self.told_since_write: State | None = None
        self.looked = False
        self.seen: State | None = None
        ground: tuple[State, float] | None = None
        for exchange in exchanges:
            if exchange.path == f"/order/certificate/{order_id}":
                state = _told(exchange, order_id)
                if self.succeeded:
                    self.looked, self.seen = True, state or self.seen
                ground = state and (state, exchange.asked)
                if state:
                    self.states.append(state)
                    self.told_since_write = state
                    self.told_since_doubt = state if self.in_doubt else None
            elif exchange.method == "PUT" and _order_of(exchange) == order_id:
                # One that was not sent needs no ground, and is none for the next one either.
                if not isinstance(exchange.answer, NoReply) or exchange.answer.sent:
                    self.writes.append(exchange)
                    self.told_since_write = None
                    self.grounds.append(ground)
                    self.in_doubt = self.in_doubt or not _proves_something(exchange.answer)
                ground = None
        self.last: State | None = self.states[-1] if self.states else None

    @property
    def succeeded(self) -> bool:
        """Whether the service confirmed the last write."""
        return bool(self.writes) and getattr(self.writes[-1].answer, "status", None) == 204

    def own(self, state: State) -> bool | None:
        """Tell by a comment whether a write of the task rejected a request of the order."""
        before = [ground[0].requests for ground in self.grounds if ground]
        rejected = {
            request["id"] for requests in before for request in requests if request["status"] != "rejected"
        }
        comments = [
            request["processor_comment"]
            for request in state.requests
            if request["status"] == "rejected"
            and request["id"] in rejected
            and "processor_comment" in request
        ]
        return NOTE in comments if comments else None


def _order_of(exchange: Exchange) -> int:
    """Give the order that a path is about; the simulator numbers the requests of an order so."""
    number = int(exchange.path.removesuffix("/status").rpartition("/")[2])
    return number // 10 if exchange.path.startswith("/request/") else number


def _proves_something(answer: Reply | NoReply) -> bool:
    """Tell whether an answer to a write says if it had an effect: a 204, or the service's own refusal."""
    if isinstance(answer, NoReply):
        return False
    if answer.status == 204:
        return True
    if answer.status in {408, 425, 499} or not 400 <= answer.status < 500:
        return False
    try:
        errors = json.loads(answer.body)["errors"]
        first = errors[0] if isinstance(errors, list) else errors
        return isinstance(first["code"], str)
    except (ValueError, TypeError, LookupError):
        return False


def _told(exchange: Exchange, order_id: int) -> State | None:
    """Give the state of an order that a reply tells."""
    if isinstance(exchange.answer, NoReply) or exchange.answer.status != 200:
        return None
    try:
        order = json.loads(exchange.answer.body)
        state = State(order["status"], order.get("is_renewed"), order.get("requests", []))
        return state if order["id"] == order_id else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def assert_true(schedule: Schedule, played: Played) -> None:
    """Check every promise about one run."""
    assert "orders" in played.result, played.result["msg"]
    assert [order["order_id"] for order in played.result["orders"]] == list(dict.fromkeys(played.asked))
    less_sure = [
        order_id
        for order_id, order in played.orders.items()
        if order["outcome"] == "unknown"
        and order["error"]["code"] != "internal_error"
        and not Known(order_id, played.exchanges).in_doubt
    ]
    # A defect may keep the module from seeing what it was told of an order, and of no other one.
    assert len(less_sure) <= (schedule.defect.times if schedule.defect else 0)
    for order_id, order in played.orders.items():
        known = Known(order_id, played.exchanges)
        _assert_written_with_reason(schedule, known)
        _assert_change_is_true(order, known, played, schedule.check)
        _assert_outcome_is_right(schedule, order, known)
        if not schedule.defect:
            _assert_status_is_true(schedule, order, known, played)
        SUMS[f"order: {order['outcome']}, {order.get('error', {}).get('code')}"] += 1
    _assert_task_is_true(played)
    assert {_order_of(exchange) for exchange in played.exchanges} <= set(played.asked)
    assert played.forbidden == []
    assert len(played.exchanges) <= most_requests(schedule)
    # The client sends what it is given once; what the service saw is the witness of it. What a defect made the client leave
    # behind may be seen later.
    assert schedule.defect or played.seen <= len(played.exchanges)


def _assert_written_with_reason(schedule: Schedule, known: Known) -> None:
    if schedule.check:
        assert not known.writes
    wanted = schedule.wanted
    for write, ground in zip(known.writes, known.grounds):
        assert ground is not None, "written to without having read it just before"
        state, asked_at = ground
        assert may_change(wanted, state), f"written to although it was {state}"
        assert write.began - asked_at <= FRESH, "written to on the ground of an old reading"
        if wanted == "rejected":
            assert write.path == f"/request/{_open_requests(state)[0]}/status"
            assert write.body == {"status": "rejected", "processor_comment": NOTE}
        else:
            assert write.path.startswith("/order/certificate/")
            assert write.body["note"] == NOTE
            assert write.body["status"] in WIRE[wanted]
    sent = [write.body["status"] for write in known.writes]
    # The other spelling once at most, and never back. Other orders may have found out about it.
    assert sent == sorted(sent)


def _assert_change_is_true(order: dict[str, Any], known: Known, played: Played, check: bool) -> None:
    effects = [
        change
        for change in played.changes
        if change.order_id == order["order_id"] and change.request is not None
    ]
    assert len(effects) <= 1 or _touched_by_others(order["order_id"], played)
    if order["changed"] is None:
        assert known.writes
        return
    if bool(effects) is not order["changed"] and not check:
        # Somebody else did the same, or took it back, between a write that got lost and the next look. No reply tells it.
        assert known.in_doubt
        assert _touched_by_others(order["order_id"], played)


def _touched_by_others(order_id: int, played: Played) -> bool:
    return any(change.order_id == order_id and change.request is None for change in played.changes)


def _assert_outcome_is_right(schedule: Schedule, order: dict[str, Any], known: Known) -> None:
    """Check that the outcome is neither surer nor less sure than the replies are, and that every other part fits it."""
    outcome, code = order["outcome"], order.get("error", {}).get("code")
    assert order["changed"] is {"changed": True, "unknown": None}.get(outcome, False)
    assert (code is None) is (outcome in {"changed", "unchanged"})
    if code == "internal_error":
        assert schedule.defect
        assert outcome == ("unknown" if known.writes else "failed")
    elif outcome == "unknown":
        assert code == "outcome_unknown"
        state = known.told_since_doubt
        if state and not schedule.defect:
            assert may_change(schedule.wanted, state) or _leaves_open(schedule.wanted, state, known)
    elif outcome in {"failed", "unchanged", "not_attempted"}:
        assert not known.in_doubt
    elif known.in_doubt and not known.succeeded:
        assert schedule.wanted not in COMES_ABOUT or known.own(known.last)
    else:
        assert known.succeeded or schedule.check


def _leaves_open(wanted: str, state: State, known: Known) -> bool:
    """Tell whether a state from which nothing is written leaves open whether an earlier write led to it."""
    own = known.own(state)
    if already_so(wanted, state):
        return own is False or (own is None and wanted in COMES_ABOUT)
    return not own


def _assert_status_is_true(schedule: Schedule, order: dict[str, Any], known: Known, played: Played) -> None:
    wanted, outcome = schedule.wanted, order["outcome"]
    code = order.get("error", {}).get("code")
    if known.last is None:
        assert (order["status"], order["previous_status"]) == (None, None)
        assert outcome in {"failed", "not_attempted"}
        return
    assert order["previous_status"] == known.states[0][0]
    if outcome == "unknown" and known.told_since_doubt is None:
        assert order["status"] is None
        return
    if outcome == "unknown" and order["status"] is None:
        # What was told since the doubt is not the last that was asked for.
        assert may_change(wanted, known.last)
        return
    state = order["status"], order["is_renewed"]
    if known.looked:
        assert wanted == "rejected"
        assert state == (known.seen[:2] if known.seen else (None, None))
        assert outcome == "changed"
    elif wanted == "rejected" and known.succeeded and state == (None, None):
        # The look at what it reads now never got as far as the service.
        assert outcome == "changed"
    elif (schedule.check and may_change(wanted, known.last)) or known.succeeded:
        assert state == AFTERWARDS[wanted](*known.last[:2])
        assert wanted != "rejected" or schedule.check or _was_seen_to_be_so(played)
        assert outcome in {"changed", "failed", "not_attempted"} if schedule.check else outcome == "changed"
    elif code in CONTRADICTIONS and order["error"]["method"] == "PUT" and not known.told_since_write:
        assert (state, outcome) == ((None, None), "failed")
    else:
        assert state == known.last[:2]
    if code in REFUSALS:
        assert not may_change(wanted, known.last)
    if outcome == "unchanged":
        assert already_so(wanted, known.last)
    predicted = schedule.check and outcome == "changed"
    # A write in doubt may still arrive after the last look, on a slow machine.
    settled = outcome != "unknown" and not predicted
    if settled and state[0] and not _touched_by_others(order["order_id"], played):
        assert state == played.account[order["order_id"]]


def _was_seen_to_be_so(played: Played) -> bool:
    """Tell whether any order was seen to read rejected after it was rejected, before others were taken to."""
    every = [Known(order_id, played.exchanges) for order_id in set(played.asked)]
    return any(known.seen is not None and known.seen.status == "rejected" for known in every)


def _assert_task_is_true(played: Played) -> None:
    orders = played.orders.values()
    assert played.result["changed"] is any(order["changed"] is True for order in orders)
    assert bool(played.result.get("failed")) is any("error" in order for order in orders)
    for outcome in ("changed", "unchanged", "failed", "unknown", "not_attempted"):
        told = [order["order_id"] for order in orders if order["outcome"] == outcome]
        assert played.result[f"{outcome}_order_ids"] == told


def most_requests(schedule: Schedule) -> int:
    """Give how many requests a task may send, by its options.

    A try is a reading and a write. There are `retries` more than one, one for the other spelling, one in the whole task
    after the longest window, and three where a reading got too old; and in the end the order is read, as often again.
    """
    tries = schedule.retries + 1
    return len(set(schedule.asked)) * (2 * (tries + 1 + 3) + tries) + 3


def assert_converges(schedule: Schedule, played: Played, stage: Stage) -> None:
    """Check that running again without trouble gets everything as wanted, and that once more does nothing."""
    again = stage.play(_really(schedule.without_trouble()))
    assert_true(_really(schedule), again)
    for order_id, order in played.orders.items():
        if order["changed"] and not schedule.check and not _touched_by_others(order_id, played):
            assert not Known(order_id, again.exchanges).writes, "done and written again"
    assert not again.result["unknown_order_ids"]
    for order in again.result["orders"]:
        assert order.get("error", {}).get("code") in {None, "order_not_found", *REFUSALS}
    once_more = stage.play(_really(schedule.without_trouble()))
    assert once_more.result["changed"] is False
    assert not [exchange for exchange in once_more.exchanges if exchange.method == "PUT"]
    for order in again.result["orders"]:
        # What reads otherwise after a rejection is refused from then on.
        if not order["changed"] or schedule.wanted != "rejected" or order["status"] == "rejected":
            assert _kept(once_more.orders[order["order_id"]]) == _kept(order)


def _really(schedule: Schedule) -> Schedule:
    return Schedule(**{**vars(schedule), "check": False})


def _kept(order: dict[str, Any]) -> tuple[Any, ...]:
    return order["order_id"], order["status"], order["is_renewed"], order.get("error", {}).get("code")


@SETTINGS
# Running twice again takes longer than all else.
@given(schedule=SCHEDULES, again=st.sampled_from([False, False, True]))
def test_the_report_is_true_in_any_trouble_and_running_again_converges(stage, schedule, again):
    stage.open(schedule)
    played = stage.play(schedule)
    SUMS.update(
        {"schedules": 1, "requests": len(played.exchanges), "real" if not schedule.check else "check": 1}
    )
    SUMS.update(f"fault: {name}" for name in played.faults)
    assert_true(schedule, played)
    if again:
        assert_converges(schedule, played, stage)


@FEWER
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
