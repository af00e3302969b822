# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several orders in one task: each is handled and reported by itself, and only a refused key stops the rest."""

from __future__ import annotations

import gc
import json
import linecache
import shutil
import threading
import weakref
from collections import Counter
from contextlib import contextmanager

import pytest
from ansible_collections.community.digicert.plugins.module_utils import (
    _certcentral,
    _http,
    _order_change,
)
from ansible_collections.community.digicert.plugins.module_utils._http import CONNECTIONS
from ansible_collections.community.digicert.plugins.module_utils._interruption import Interruption
from ansible_collections.community.digicert.plugins.module_utils._options import connection_options
from ansible_collections.community.digicert.plugins.module_utils._order_change import StatusChange
from ansible_collections.community.digicert.plugins.module_utils._order_rules import Rule
from ansible_collections.community.digicert.plugins.module_utils._pacing import Pacer
from ansible_collections.community.digicert.tests.simulator import (
    FULL_KEY,
    VIEW_ONLY_KEY,
    Disconnect,
    Fault,
    Operation,
    OtherActor,
    RateLimit,
    Simulator,
)


def error(status, code):
    """Give a fault that answers with the service's own error body."""
    return {"status": status, "body": json.dumps({"errors": [{"code": code, "message": "No."}]})}


INVALID_KEY = error(403, "access_denied|access_denied_invalid_key")
NOT_YOURS = error(403, "access_denied|invalid_approver")
FEW = 5


def test_the_result_has_the_orders_in_the_order_of_the_input_and_their_ids_by_what_became_of_them(
    run, simulator
):
    outcome = run(order_id=[1005, 1014, 1001, 1011])
    assert [(order["order_id"], order["outcome"], order["status"]) for order in outcome["orders"]] == [
        (1005, "changed", "canceled"),
        (1014, "unchanged", "canceled"),
        (1001, "changed", "canceled"),
        (1011, "failed", "issued"),
    ]
    assert outcome["changed"] is True
    assert {name: outcome[f"{name}_order_ids"] for name in ("changed", "unchanged", "failed")} == {
        "changed": [1005, 1001],
        "unchanged": [1014],
        "failed": [1011],
    }
    assert outcome["unknown_order_ids"] == outcome["not_attempted_order_ids"] == []
    assert outcome["diff"] == {
        "before": "order 1005: waiting_pickup\norder 1014: canceled\norder 1001: pending\norder 1011: issued\n",
        "after": "order 1005: canceled\norder 1014: canceled\norder 1001: canceled\norder 1011: issued\n",
    }
    assert {change.order_id for change in simulator.ledger.changes} == {1005, 1001}


@pytest.mark.parametrize(
    ("wanted", "order_ids", "done", "would_be_done"),
    [
        ("canceled", [1001, 1004, 1014], "canceled", "would be canceled"),
        (
            "reissue_canceled",
            [1006, 1011],
            "had their reissue canceled",
            "would have their reissue canceled",
        ),
        ("rejected", [1101, 1102, 1015], "rejected", "would be rejected"),
        ("renewed", [1019, 1018], "marked renewed", "would be marked renewed"),
        ("not_renewed", [1018, 1011], "marked not renewed", "would be marked not renewed"),
    ],
)
def test_the_message_says_what_happened_or_would(run, wanted, order_ids, done, would_be_done):
    changed, orders = len(order_ids) - 1, f"{len(order_ids) - 1} of {len(order_ids)} orders"
    assert changed
    assert (
        run(check=True, order_id=order_ids, status=wanted)["msg"]
        == f"{orders} {would_be_done}, 1 already as wanted."
    )
    assert run(order_id=order_ids, status=wanted)["msg"] == f"{orders} {done}, 1 already as wanted."


def test_orders_that_are_all_as_wanted_change_nothing(run, simulator):
    simulator.change_order(1001, "canceled")
    outcome = run(order_id=[1001, 1014])
    assert (outcome.failed, outcome["changed"]) == (False, False)
    assert outcome["msg"] == "0 of 2 orders canceled, 2 already as wanted."


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
def test_one_failure_does_not_stop_the_others_and_the_task_fails_naming_it(run, simulator, check):
    outcome = run(check=check, order_id=[1001, 1011, 9999, 1004])
    assert outcome.failed
    assert outcome["changed"] is True
    assert outcome["msg"] == (
        f"2 of 4 orders {'would be canceled' if check else 'canceled'}, 2 {'would fail' if check else 'failed'}. "
        "Order 1011 is issued, so nothing was written. An issued order cannot be canceled: revoke it instead. "
        "Order 9999 could not be read, so nothing was written: GET /services/v2/order/certificate/9999 was answered "
        "404 Not Found (not_found|order: The specified order could not be found.). "
        "There is no such order in the account of this API key: check the order ID."
    )
    assert {order_id: (order["changed"], order["status"]) for order_id, order in outcome.orders.items()} == {
        1001: (True, "canceled"),
        1011: (False, "issued"),
        9999: (False, None),
        1004: (True, "canceled"),
    }
    assert outcome.orders[9999]["error"]["code"] == "order_not_found"
    assert "order 9999" not in outcome["diff"]["before"] + outcome["diff"]["after"]
    assert {change.order_id for change in simulator.ledger.changes} == (set() if check else {1001, 1004})


def test_every_failed_order_is_named_but_only_the_first_five_are_told_in_full(run):
    outcome = run(order_id=[1007, 1008, 1009, 1010, 1011, 1012, 1013])
    assert outcome["msg"].count("so nothing was written") == 5
    assert outcome["msg"].startswith("0 of 7 orders canceled, 7 failed. Order 1007 is needs_approval, ")
    assert outcome["msg"].endswith(" Failed as well, see orders in the result: 1012, 1013.")


def test_of_five_failed_orders_each_is_told_in_full(run):
    outcome = run(order_id=[1007, 1008, 1009, 1010, 1011])
    assert outcome["msg"].count("so nothing was written") == 5
    assert "Failed as well" not in outcome["msg"]


class TestTheListOfOrders:
    """Whatever it says, no order is written to or reported on because of it."""

    @pytest.mark.parametrize(
        "refusal",
        [
            {"status": 403, "body": "<html>"},
            {"status": 401},
            error(403, "access_denied|missing_permission"),
            {"status": 429},
        ],
        ids=["firewall", "401", "role", "429"],
    )
    def test_that_is_refused_stops_nothing(self, run, simulator, waits, refusal):
        simulator.script(Fault(operation=Operation.LIST, times=None, **refusal))
        outcome = run(order_id=simulator.add_orders(20))
        assert not outcome.failed
        assert len(simulator.ledger.changes) == 20

    @pytest.mark.parametrize(
        ("really", "listed"), [("issued", "pending"), ("reissue_pending", "pending"), ("pending", "canceled")]
    )
    def test_that_lags_behind_is_not_believed(self, run, simulator, really, listed):
        first, second, *others = simulator.add_orders(20)
        simulator.change_order(second, really)
        simulator.ledger.clear()
        lagging = [{"id": order_id, "status": "pending"} for order_id in others] + [
            {"id": second, "status": listed}
        ]
        page = {"orders": lagging, "page": {"total": len(lagging), "limit": 100, "offset": 0}}
        simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=json.dumps(page)))
        outcome = run(order_id=[first, second, *others])
        assert outcome.orders[second]["previous_status"] == really
        written_to = {write.order_id for write in simulator.ledger.writes}
        assert (second in written_to) is (really == "pending")
        assert outcome.orders[second]["changed"] is (really == "pending")


class TestWhatAllOrdersHaveInCommon:
    """A reason to stop: at the first sight, or once a few orders in a row failed for it."""

    @pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
    @pytest.mark.parametrize("refusal", [{"status": 401}, INVALID_KEY], ids=["401", "403"])
    def test_a_refused_key_stops_the_rest_after_one_request(self, run, simulator, check, refusal):
        simulator.script(Fault(times=None, **refusal))
        outcome = run(check=check, order_id=[1004, 1002, 1005], retries=3)
        assert outcome.failed
        assert outcome["changed"] is False
        fails = "would fail" if check else "failed"
        assert f", 1 {fails}, 2 not attempted. Order 1004 could not be read, so nothing" in outcome["msg"]
        stopped = outcome["error"]
        assert stopped == {**outcome.orders[1004]["error"], "message": stopped["message"]}
        assert stopped["code"] == "access_denied"
        assert outcome["orders"][1:] == [
            {
                "order_id": order_id,
                "outcome": "not_attempted",
                "changed": False,
                "previous_status": None,
                "status": None,
                "is_renewed": None,
                "common_name": None,
                "organization": None,
                "error": {
                    **stopped,
                    "message": f"Order {order_id} was not attempted, because of an earlier error. {stopped['message']}",
                },
            }
            for order_id in (1002, 1005)
        ]
        assert len(simulator.ledger.requests) == 1

    def test_a_key_that_is_refused_after_a_write_in_doubt_stops_the_rest_and_leaves_the_outcome_unknown(
        self, run, simulator
    ):
        simulator.script(
            Fault(operation=Operation.WRITE, applied=True, status=502),
            Fault(operation=Operation.READ, nth=2, times=None, **INVALID_KEY),
        )
        outcome = run(order_id=[1001, 1002])
        assert [order["outcome"] for order in outcome["orders"]] == ["unknown", "not_attempted"]
        assert outcome["msg"].startswith(
            "0 of 2 orders canceled, 1 unknown, 1 not attempted. Order 1001 was "
        )
        assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]

    def test_a_key_that_is_refused_on_the_way_stops_handing_out_orders(self, run, simulator):
        order_ids = simulator.add_orders(120)
        simulator.configure(rate_limits=())
        simulator.script(Fault(operation=Operation.WRITE, nth=50, times=None, **INVALID_KEY))
        outcome = run(order_id=order_ids, rate_limits=[])
        counts = Counter(order["outcome"] for order in outcome["orders"])
        assert counts["changed"] == len(simulator.ledger.changes) == 49
        assert 1 <= counts["failed"] <= CONNECTIONS
        assert counts.keys() == {"changed", "failed", "not_attempted"}
        assert len(simulator.ledger.writes) <= 49 + CONNECTIONS
        assert {order["error"]["code"] for order in outcome["orders"] if "error" in order} == {
            "access_denied"
        }
        assert [order["order_id"] for order in outcome["orders"]] == order_ids

    def test_an_order_that_is_refused_by_itself_stops_no_other(self, run, simulator):
        simulator.script(Fault(operation=Operation.WRITE, order_id=1001, times=None, **NOT_YOURS))
        outcome = run(order_id=[1001, 1002, 1003])
        assert {order_id: order["outcome"] for order_id, order in outcome.orders.items()} == {
            1001: "failed",
            1002: "changed",
            1003: "changed",
        }
        assert outcome.orders[1001]["error"]["code"] == "forbidden"
        assert "error" not in outcome.result

    @pytest.mark.parametrize("operation", [Operation.READ, Operation.WRITE])
    def test_orders_that_are_refused_one_after_the_other_stop_the_rest_if_none_was_let_through(
        self, run, simulator, operation
    ):
        order_ids = simulator.add_orders(40)
        simulator.script(Fault(operation=operation, times=None, **NOT_YOURS))
        outcome = run(order_id=order_ids)
        failed = len(outcome["failed_order_ids"])
        assert FEW <= failed <= FEW + CONNECTIONS
        assert len(outcome["not_attempted_order_ids"]) == 40 - failed
        assert outcome["error"]["code"] == "forbidden"

    @pytest.mark.parametrize("operation", [Operation.READ, Operation.WRITE])
    def test_and_stop_none_if_one_was(self, run, simulator, operation):
        order_ids = simulator.add_orders(40)
        simulator.script(Fault(operation=operation, nth=2, times=None, **NOT_YOURS))
        outcome = run(order_id=order_ids)
        assert len(outcome["failed_order_ids"]) == 39
        assert "error" not in outcome.result

    def test_a_key_that_may_only_read_is_refused_a_few_times(self, run, simulator):
        order_ids = simulator.add_orders(40)
        outcome = run(order_id=order_ids, api_key=VIEW_ONLY_KEY)
        assert FEW <= len(simulator.ledger.writes) <= FEW + CONNECTIONS
        assert outcome["error"]["code"] == "missing_permission"
        assert len(outcome["failed_order_ids"]) + len(outcome["not_attempted_order_ids"]) == 40

    @pytest.mark.parametrize("status", [429])
    def test_an_exhausted_retry_budget_stops_the_rest(self, run, simulator, waits, status):
        order_ids = simulator.add_orders(100)
        simulator.script(
            Fault(operation=Operation.WRITE, nth=20, times=None, **error(status, "request_limit_exceeded"))
        )
        outcome = run(order_id=order_ids, retries=2)
        counts = Counter(order["outcome"] for order in outcome["orders"])
        assert counts["changed"] == 19
        assert 1 <= counts["failed"] <= CONNECTIONS
        assert counts["not_attempted"] == 100 - 19 - counts["failed"]
        assert outcome["error"]["code"] == "rate_limited"

    def test_a_service_that_goes_away_stops_the_rest(self, run, simulator, waits):
        with Simulator() as leaving:
            order_ids = leaving.add_orders(20)
            url, ca_path = leaving.api_url, leaving.ca_path
            copy = simulator.ca_path + ".copy"
            shutil.copy(ca_path, copy)
        outcome = run(order_id=order_ids, api_url=url, ca_path=copy, retries=1)
        assert [order["outcome"] for order in outcome["orders"]] == ["failed", *["not_attempted"] * 19]
        assert outcome["error"]["code"] == "not_reached"
        assert waits == [1.0]

    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 503, "headers": {"Retry-After": "600"}},
            {"status": 200, "body": "<html>Log in</html>"},
            {"status": 302, "headers": {"Location": "https://www.example.com"}},
            {"status": 403, "body": "<html>Blocked</html>"},
            {"status": 404, "body": "<html>Not here</html>"},
            {"disconnect": Disconnect.CLOSE},
        ],
        ids=["maintenance", "login", "redirect", "firewall", "path", "closed"],
    )
    @pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
    def test_a_few_orders_without_an_answer_stop_the_rest_and_only_the_first_is_tried_again(
        self, run, simulator, waits, check, fault
    ):
        order_ids = simulator.add_orders(1000)
        simulator.script(Fault(times=None, **fault))
        outcome = run(check=check, order_id=order_ids, retries=3)
        assert outcome["failed_order_ids"] == order_ids[:FEW]
        assert outcome["not_attempted_order_ids"] == order_ids[FEW:]
        assert waits in ([], [1.0, 2.0, 4.0], [180.0] * 3)
        assert len(simulator.ledger.requests) == FEW + len(waits)

    def test_an_outage_amid_the_work_stops_the_rest(self, run, simulator, waits):
        order_ids = simulator.add_orders(200)
        simulator.configure(rate_limits=())
        simulator.script(Fault(operation=Operation.READ, nth=101, times=None, status=503))
        outcome = run(order_id=order_ids, retries=1, rate_limits=[])
        assert len(outcome["changed_order_ids"]) == 100
        # What was under way when it began may still end well, and the count begins anew.
        assert len(outcome["failed_order_ids"]) <= FEW + 2 * CONNECTIONS
        assert outcome["error"]["code"] == "service_unavailable"

    def test_a_service_that_answers_in_between_goes_on(self, run, simulator, waits, monkeypatch):
        monkeypatch.setattr(_certcentral.CertCentral, "connections", 1)
        order_ids = simulator.add_orders(20)
        faults = [
            Fault(order_id=order_id, times=None, status=503) for order_id in order_ids if order_id % FEW
        ]
        simulator.script(*faults)
        outcome = run(order_id=order_ids, retries=0)
        assert len(outcome["changed_order_ids"]) == 4
        assert outcome["not_attempted_order_ids"] == []


def test_an_order_that_was_read_when_the_end_came_is_told_as_it_read(run, simulator, monkeypatch):
    monkeypatch.setattr(Interruption, "reason", lambda _: "Over." if simulator.ledger.reads else None)
    order = run(order_id=1001).orders[1001]
    assert (order["outcome"], order["previous_status"], order["status"]) == (
        "not_attempted",
        "pending",
        "pending",
    )
    assert simulator.ledger.writes == []


def test_why_orders_were_not_attempted_is_told_behind_how_many(run, simulator, monkeypatch):
    monkeypatch.setattr(Interruption, "reason", lambda _: "Over.")
    assert run(order_id=[1001, 1002])["msg"] == (
        "0 of 2 orders canceled, 2 not attempted. Over. What was started was finished, and no further order was started."
    )
    assert simulator.ledger.requests == []


def test_what_the_service_said_against_a_write_is_forgotten_once_its_order_is_told(
    run, simulator, monkeypatch
):
    # A reply may have 16 MB, and there may be thousands of orders.
    errors, kept = [], []
    error_of = _certcentral.CertCentral._error

    def noted(service, method, path, answer):
        gc.collect()
        kept.append(sum(error() is not None for error in errors))
        error = error_of(service, method, path, answer)
        errors.append(weakref.ref(error))
        return error

    monkeypatch.setattr(_certcentral.CertCentral, "_error", noted)
    monkeypatch.setattr(_certcentral.CertCentral, "connections", 1)
    simulator.script(Fault(operation=Operation.WRITE, times=None, **error(409, "conflict")))
    outcome = run(order_id=simulator.add_orders(5))
    assert len(outcome["failed_order_ids"]) == 5
    assert kept == [0] * 5


class TestADefect:
    @pytest.mark.parametrize("broken", [1001, 1002], ids=["first", "later"])
    def test_after_a_write_leaves_that_order_unknown_and_loses_no_other(
        self, run, simulator, monkeypatch, broken
    ):
        write = StatusChange._write

        def sometimes(change, work, reading):
            write(change, work, reading)
            if work.order_id == broken:
                raise ZeroDivisionError(FULL_KEY)

        monkeypatch.setattr(StatusChange, "_write", sometimes)
        outcome = run(order_id=[1001, 1002, 1003])
        assert outcome.failed
        assert {order_id: order["outcome"] for order_id, order in outcome.orders.items()} == {
            **dict.fromkeys([1001, 1002, 1003], "changed"),
            broken: "unknown",
        }
        order = outcome.orders[broken]
        assert (order["changed"], order["previous_status"], order["status"]) == (None, "pending", None)
        assert order["error"]["code"] == "internal_error"
        assert (
            f"Order {broken} may or may not have been changed: a defect in this collection" in outcome["msg"]
        )
        assert "(ZeroDivisionError in test_order_status_many.py, line " in outcome["msg"]
        assert outcome["msg"].endswith(
            "). Please report it. Running again is safe: it reads the order first."
        )
        assert FULL_KEY not in outcome.printed

    @pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
    def test_before_a_write_is_told_as_such(self, run, simulator, monkeypatch, check):
        def broken(rule, state):
            raise ZeroDivisionError(FULL_KEY)

        monkeypatch.setattr(Rule, "verdict", broken)
        outcome = run(check=check, order_id=[1001, 1002])
        assert [(order["outcome"], order["status"]) for order in outcome["orders"]] == [
            ("failed", "pending")
        ] * 2
        assert outcome.orders[1001]["error"]["message"].startswith(
            "Order 1001 was not changed: a defect in this collection ended the work on it (ZeroDivisionError in "
        )
        assert "may or may not" not in outcome.printed
        assert simulator.ledger.writes == []

    def test_while_a_write_waits_for_its_turn_is_one_before_it(self, run, simulator, monkeypatch):
        turn = Pacer.turn

        def broken(pacer):
            if simulator.ledger.reads:
                raise ZeroDivisionError
            return turn(pacer)

        monkeypatch.setattr(Pacer, "turn", broken)
        order = run(order_id=1001).orders[1001]
        assert (order["outcome"], order["status"]) == ("failed", "pending")
        assert simulator.ledger.writes == []

    def test_after_a_write_that_could_not_be_sent_has_changed_nothing(self, run, simulator, monkeypatch):
        turn, connect = Pacer.turn, _http._BoundedConnection.connect

        @contextmanager
        def broken(pacer):
            with turn(pacer):
                yield
            if unreachable:
                raise ZeroDivisionError

        def only_once(connection):
            if simulator.ledger.reads:
                unreachable.append(True)
                raise ConnectionRefusedError
            connect(connection)

        unreachable = []
        monkeypatch.setattr(Pacer, "turn", broken)
        monkeypatch.setattr(_http._BoundedConnection, "connect", only_once)
        order = run(order_id=1001).orders[1001]
        assert (order["outcome"], order["error"]["code"]) == ("failed", "internal_error")
        assert simulator.ledger.writes == []

    def test_in_telling_of_an_order_that_was_not_attempted_loses_no_other(self, run, simulator, monkeypatch):
        def broken(change, work, by):
            raise ZeroDivisionError(FULL_KEY)

        monkeypatch.setattr(StatusChange, "_stopped", broken)
        order_ids = simulator.add_orders(30)
        simulator.script(Fault(operation=Operation.READ, nth=2, times=None, status=401))
        outcome = run(order_id=order_ids)
        assert outcome["changed_order_ids"] == order_ids[:1]
        assert outcome["failed_order_ids"] == order_ids[1:]
        assert outcome.orders[order_ids[-1]]["error"]["code"] == "internal_error"

    def test_amid_the_handing_out_of_orders_loses_none(self, run, simulator, monkeypatch):
        def broken(do, items, threads):
            assert len(items) == 29
            do(items[0])
            raise MemoryError

        monkeypatch.setattr(_order_change, "each", broken)
        order_ids = simulator.add_orders(30)
        outcome = run(order_id=order_ids)
        assert outcome["changed"] is True
        assert outcome["changed_order_ids"] == [order.order_id for order in simulator.ledger.changes]
        assert outcome["changed_order_ids"] == order_ids[:2]
        assert outcome["failed_order_ids"] == order_ids[2:]
        assert outcome.orders[order_ids[2]]["error"]["message"].startswith(
            f"Order {order_ids[2]} was not changed: a defect in this collection ended the work on it (MemoryError in "
        )

    def test_is_told_where_no_file_can_be_read(self, run, simulator, monkeypatch):
        def broken(rule, state):
            raise ZeroDivisionError

        def unreadable(path):
            raise RuntimeError("too many open files")

        monkeypatch.setattr(Rule, "verdict", broken)
        monkeypatch.setattr("tokenize.open", unreadable)
        linecache.clearcache()
        assert "(ZeroDivisionError in test_order_status_many.py, line " in run(order_id=1001)["msg"]

    def test_of_the_machine_that_gives_no_threads_makes_it_slower_and_nothing_else(
        self, run, simulator, monkeypatch
    ):
        order_ids = simulator.add_orders(20)

        def no_more(thread):
            raise RuntimeError("can't start new thread")

        start = threading.Thread.start
        monkeypatch.setattr(
            threading.Thread,
            "start",
            lambda self: no_more(self) if self.daemon and self.name.startswith("Thread-") else start(self),
        )
        outcome = run(order_id=order_ids, rate_limits=[])
        assert outcome["changed_order_ids"] == order_ids


class TestEveryWriteFollowsOnAReading:
    """Of that very order, and at once: the same write would cancel the reissue of an order that was issued since."""

    def test_two_requests_an_order_are_all_that_is_sent(self, run, simulator):
        order_ids = simulator.add_orders(100)
        simulator.configure(rate_limits=())
        outcome = run(order_id=order_ids, rate_limits=[])
        assert outcome["msg"] == "100 of 100 orders canceled."
        assert (len(simulator.ledger.reads), len(simulator.ledger.writes)) == (100, 100)
        assert simulator.ledger.lists == []

    def test_an_order_that_was_reissued_while_the_task_waited_is_left_alone(
        self, run, simulator, monkeypatch
    ):
        def reissued_meanwhile(pacer, seconds):
            simulator.change_order(1001, "reissue_pending")

        monkeypatch.setattr(Pacer, "hold", reissued_meanwhile)
        simulator.script(Fault(operation=Operation.WRITE, **error(429, "request_limit_exceeded")))
        outcome = run(order_id=1001, retries=1)
        assert outcome.orders[1001]["outcome"] == "failed"
        assert outcome.orders[1001]["status"] == "reissue_pending"
        assert simulator.order(1001).status == "reissue_pending"
        assert len(simulator.ledger.writes) == 1

    def test_a_reading_is_as_old_as_its_request_however_long_the_reply_takes(
        self, run, simulator, monkeypatch
    ):
        monkeypatch.setattr(_certcentral, "FRESH_SECONDS", 0.3)
        simulator.script(
            Fault(operation=Operation.READ, drip=0.001),
            OtherActor(operation=Operation.READ, changes_to="reissue_pending"),
        )
        outcome = run(order_id=1001)
        assert outcome.orders[1001]["status"] == "reissue_pending"
        assert [request.method for request in simulator.ledger.requests] == ["GET", "GET"]

    @pytest.mark.parametrize("place", ["turn", "connect"])
    def test_a_reading_that_got_too_old_on_the_way_is_taken_again(self, run, simulator, monkeypatch, place):
        moved = []
        clock = _http.clock
        monkeypatch.setattr(_http, "clock", lambda: clock() + 10.0 * len(moved))
        target, name = (Pacer, "turn") if place == "turn" else (_http._BoundedConnection, "_new_conn")
        original = getattr(target, name)

        def delayed(self, *args):
            # The second request is the write; a reissue comes in between.
            if len(simulator.ledger.requests) == 1 and not moved:
                moved.append(1)
                simulator.change_order(1001, "reissue_pending")
            return original(self, *args)

        monkeypatch.setattr(target, name, delayed)
        outcome = run(order_id=1001)
        assert moved
        assert outcome.orders[1001]["status"] == "reissue_pending"
        assert simulator.ledger.writes == []
        assert [request.method for request in simulator.ledger.requests] == ["GET", "GET"]

    def test_a_write_that_never_gets_on_its_way_in_time_is_given_up(self, run, simulator, waits, monkeypatch):
        moments = iter(range(0, 10**6, 10))
        monkeypatch.setattr(_http, "clock", lambda: next(moments))
        outcome = run(order_id=1001, retries=0)
        assert outcome.orders[1001]["outcome"] == "failed"
        assert outcome["msg"] == (
            "Order 1001 is pending and was not changed: PUT /services/v2/order/certificate/1001/status was not sent "
            "(what it rests on got too old). The order was read too long ago, and somebody may have changed it since: run "
            "again. If that happens to every order, the service takes too long to answer."
        )
        assert (len(simulator.ledger.reads), simulator.ledger.writes) == (4, [])

    def test_a_window_of_one_request_has_the_write_follow_on_its_reading(self, run, simulator):
        order_ids = simulator.add_orders(4)
        outcome = run(order_id=order_ids, rate_limits=[{"requests": 1, "seconds": 0.1}])
        assert outcome["changed_order_ids"] == order_ids
        seen = [(request.method, request.order_id) for request in simulator.ledger.requests]
        assert seen == [(method, order_id) for order_id in sorted_by_first(seen) for method in ("GET", "PUT")]
        times = [request.at for request in simulator.ledger.requests]
        assert min(later - earlier for earlier, later in zip(times, times[1:])) > 0.09


def sorted_by_first(seen):
    """Give the orders in the order of their first request."""
    return list(dict.fromkeys(order_id for _method, order_id in seen))


def test_each_request_has_a_connection_of_its_own(run, simulator):
    order_ids = simulator.add_orders(30)
    run(order_id=order_ids, rate_limits=[])
    assert len({request.client_port for request in simulator.ledger.requests}) == 60


def test_an_answer_of_429_makes_everybody_wait(run, simulator):
    order_ids = simulator.add_orders(60)
    simulator.configure(rate_limits=[])
    simulator.script(Fault(operation=Operation.WRITE, nth=30, status=429, headers={"Retry-After": "1"}))
    outcome = run(order_id=order_ids, retries=1, rate_limits=[])
    assert not outcome.failed
    refused = next(request.at for request in simulator.ledger.writes if request.status == 429)
    # Those that were on their way when the 429 came are let be, on a slow machine two of each connection. 50 are still to come.
    early = [request for request in simulator.ledger.requests if refused < request.at < refused + 0.95]
    assert len(early) <= 16


class TestRateLimits:
    @pytest.mark.parametrize(
        ("wanted", "before", "requests"),
        # What an order reads after a rejection is looked at once.
        [("canceled", "pending", 50), ("rejected", "needs_approval", 51)],
    )
    def test_are_never_exceeded_by_the_task_itself(self, run, simulator, wanted, before, requests):
        order_ids = simulator.add_orders(25, before)
        simulator.configure(rate_limits=[RateLimit(10, 0.5), RateLimit(20, 1.2)])
        limits = [{"requests": 10, "seconds": 0.5}, {"requests": 20, "seconds": 1.2}]
        outcome = run(order_id=order_ids, status=wanted, rate_limits=limits)
        assert not outcome.failed
        assert len(simulator.ledger.requests) == requests
        assert {request.status for request in simulator.ledger.requests} == {200, 204}

    def test_are_the_documented_ones_by_default(self):
        assert connection_options()["rate_limits"]["default"] == [
            {"requests": 1000, "seconds": 180.0},
            {"requests": 100, "seconds": 5.0},
        ]

    def test_may_let_no_more_than_a_reading_and_its_write_through(self, run):
        assert run(order_id=1001, rate_limits=[{"requests": 2, "seconds": 60}])["changed_order_ids"] == [1001]

    def test_must_let_a_reading_and_its_write_through(self, run, simulator):
        outcome = run(order_id=1001, rate_limits=[{"requests": 1, "seconds": 5}])
        assert outcome["msg"] == (
            "rate_limits must let a second request through within 5 seconds, because an order is read just before it is "
            "written to."
        )
        assert simulator.ledger.requests == []
