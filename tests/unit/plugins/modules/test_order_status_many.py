# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several orders in one task: each is handled and reported by itself, and only a refused key stops the rest."""

from __future__ import annotations

import shutil

import pytest
from ansible_collections.community.digicert.plugins.module_utils._http import CONNECTIONS
from ansible_collections.community.digicert.plugins.module_utils._options import connection_options
from ansible_collections.community.digicert.plugins.module_utils._order_change import StatusChange
from ansible_collections.community.digicert.tests.simulator import (
    FULL_KEY,
    VIEW_ONLY_KEY,
    Fault,
    IdFilter,
    Operation,
    RateLimit,
    Simulator,
)


def test_the_result_has_the_orders_in_the_order_of_the_input(run, simulator):
    outcome = run(order_id=[1005, 1014, 1001])
    assert [(order["order_id"], order["changed"], order["status"]) for order in outcome["orders"]] == [
        (1005, True, "canceled"),
        (1014, False, "canceled"),
        (1001, True, "canceled"),
    ]
    assert outcome["changed"] is True
    assert outcome["msg"] == "3 orders: 2 changed, 1 already as wanted."
    assert outcome["diff"] == {
        "before": "order 1005: waiting_pickup\norder 1014: canceled\norder 1001: pending\n",
        "after": "order 1005: canceled\norder 1014: canceled\norder 1001: canceled\n",
    }
    assert {change.order_id for change in simulator.ledger.changes} == {1005, 1001}


def test_check_mode_counts_what_would_be_changed(run, simulator):
    outcome = run(check=True, order_id=[1005, 1014, 1001])
    assert outcome["changed"] is True
    assert outcome["msg"] == "3 orders: 2 would be changed, 1 already as wanted."
    assert simulator.ledger.writes == []


def test_orders_that_are_all_as_wanted_change_nothing(run, simulator):
    simulator.change_order(1001, "canceled")
    outcome = run(order_id=[1001, 1014])
    assert (outcome.failed, outcome["changed"]) == (False, False)
    assert outcome["msg"] == "2 orders: 2 already as wanted."


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
def test_one_failure_does_not_stop_the_others_and_the_task_fails_naming_it(run, simulator, check):
    outcome = run(check=check, order_id=[1001, 1011, 9999, 1004])
    assert outcome.failed
    assert outcome["changed"] is True
    assert outcome["msg"] == (
        f"4 orders: 2 {'would be changed' if check else 'changed'}, 2 failed. "
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
    assert outcome["msg"].startswith("7 orders: 7 failed. Order 1007 is needs_approval, ")
    assert outcome["msg"].endswith(" Failed as well, see orders in the result: 1012, 1013.")


NOT_ATTEMPTED = {"changed": False, "previous_status": None, "status": "not_attempted", "is_renewed": None}


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_the_rest_after_one_request(run, simulator, check, status):
    simulator.script(Fault(times=None, status=status))
    outcome = run(check=check, order_id=[1004, 1002, 1005], retries=3)
    assert outcome.failed
    assert outcome["changed"] is False
    assert outcome["msg"].startswith("3 orders: 1 failed, 2 not attempted. Order 1004 could not be read, ")
    assert outcome["orders"][1:] == [{"order_id": order_id, **NOT_ATTEMPTED} for order_id in (1002, 1005)]
    assert outcome["error"] == {**outcome.orders[1004]["error"], "message": outcome["error"]["message"]}
    assert outcome["error"]["code"] == "access_denied"
    assert len(simulator.ledger.requests) == 1


def test_a_key_that_may_only_read_stops_at_the_first_write(run, simulator):
    outcome = run(order_id=[1001, 1002, 1003], api_key=VIEW_ONLY_KEY)
    assert [order["status"] for order in outcome["orders"]] == ["pending", "not_attempted", "not_attempted"]
    assert outcome.orders[1001]["error"]["code"] == "missing_permission"
    assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT"]


def test_a_key_that_is_refused_after_a_write_in_doubt_stops_the_rest_and_leaves_the_outcome_unknown(
    run, simulator
):
    simulator.script(
        Fault(operation=Operation.WRITE, applied=True, status=502),
        Fault(operation=Operation.READ, nth=2, times=None, status=403),
    )
    outcome = run(order_id=[1001, 1002])
    assert [order["status"] for order in outcome["orders"]] == ["unknown", "not_attempted"]
    assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]


def test_a_key_that_is_refused_on_the_way_stops_handing_out_orders(run, simulator):
    order_ids = simulator.add_orders(300)
    simulator.script(Fault(operation=Operation.WRITE, nth=50, times=None, status=403))
    outcome = run(order_id=order_ids)
    statuses = [order["status"] for order in outcome["orders"]]
    assert statuses.count("canceled") == len(simulator.ledger.changes) == 49
    assert 1 <= statuses.count("pending") <= CONNECTIONS
    assert set(statuses) == {"canceled", "pending", "not_attempted"}
    assert len(simulator.ledger.writes) <= 49 + CONNECTIONS
    assert {order["error"]["code"] for order in outcome["orders"] if "error" in order} == {"access_denied"}
    assert [order["order_id"] for order in outcome["orders"]] == order_ids
    # The first hundred had been read by then: their states are told, also of those that were not written to.
    known = [order for order in outcome["orders"][:101] if order["status"] == "not_attempted"]
    assert {(order["previous_status"], order["changed"], order["is_renewed"]) for order in known} == {
        ("pending", False, False)
    }
    assert outcome["diff"]["after"].count(": pending\n") == 101 - 49


def test_a_key_that_is_refused_by_the_list_is_told_although_no_order_failed(run, simulator):
    order_ids = simulator.add_orders(50)
    simulator.script(Fault(operation=Operation.LIST, times=None, status=403))
    outcome = run(order_id=order_ids)
    assert outcome.failed
    assert outcome["changed"] is True
    assert outcome["msg"].startswith(
        "50 orders: 1 changed, 49 not attempted. GET /services/v2/order/certificate?limit=49&"
    )
    assert outcome["error"]["code"] == "access_denied"
    assert [order["status"] for order in outcome["orders"]] == ["canceled"] + 49 * ["not_attempted"]


@pytest.mark.parametrize("status", [429])
def test_an_exhausted_retry_budget_stops_the_rest(run, simulator, waits, status):
    order_ids = simulator.add_orders(100)
    simulator.script(Fault(operation=Operation.WRITE, nth=20, times=None, status=status))
    outcome = run(order_id=order_ids, retries=2)
    statuses = [order["status"] for order in outcome["orders"]]
    assert statuses.count("canceled") == 19
    assert 1 <= statuses.count("pending") <= CONNECTIONS
    assert statuses.count("not_attempted") == 100 - 19 - statuses.count("pending")
    assert outcome["error"]["code"] == "rate_limited"


def test_a_service_that_goes_away_stops_the_rest(run, simulator, waits):
    with Simulator() as leaving:
        order_ids = leaving.add_orders(20)
        url, ca_path = leaving.api_url, leaving.ca_path
        copy = simulator.ca_path + ".copy"
        shutil.copy(ca_path, copy)
    outcome = run(order_id=order_ids, api_url=url, ca_path=copy, retries=1)
    assert [order["status"] for order in outcome["orders"]] == [None] + 19 * ["not_attempted"]
    assert outcome["error"]["code"] == "not_reached"
    assert waits == [1.0]


@pytest.mark.parametrize("broken", [1001, 1002], ids=["first", "later"])
def test_a_defect_ends_the_work_on_one_order_and_loses_no_other(run, simulator, monkeypatch, broken):
    write = StatusChange._write

    def sometimes(change, order_id, before):
        outcome = write(change, order_id, before)
        if order_id == broken:
            raise ZeroDivisionError(FULL_KEY)
        return outcome

    monkeypatch.setattr(StatusChange, "_write", sometimes)
    outcome = run(order_id=[1001, 1002, 1003])
    assert outcome.failed
    assert {order_id: order["status"] for order_id, order in outcome.orders.items()} == {
        **dict.fromkeys([1001, 1002, 1003], "canceled"),
        broken: "unknown",
    }
    assert outcome.orders[broken]["changed"] is None
    assert outcome.orders[broken]["error"]["code"] == "internal_error"
    assert f"Order {broken} may or may not have been changed: a defect in this collection" in outcome["msg"]
    assert "(ZeroDivisionError in test_order_status_many.py, line " in outcome["msg"]
    assert outcome["msg"].endswith("). Please report it. Running again is safe: it reads the order first.")
    assert FULL_KEY not in outcome.printed


class TestManyOrdersWithFewRequests:
    def test_their_states_come_from_lists_of_a_hundred(self, run, simulator):
        order_ids = simulator.add_orders(1000)
        simulator.configure(rate_limits=())
        outcome = run(order_id=order_ids, rate_limits=[])
        assert not outcome.failed
        assert outcome["msg"] == "1000 orders: 1000 changed."
        assert sorted(change.order_id for change in simulator.ledger.changes) == sorted(order_ids)
        assert (len(simulator.ledger.lists), len(simulator.ledger.reads)) == (10, 1)
        assert len(simulator.ledger.requests) <= 1050

    def test_check_mode_needs_the_lists_alone(self, run, simulator):
        order_ids = simulator.add_orders(300)
        outcome = run(check=True, order_id=order_ids)
        assert outcome["msg"] == "300 orders: 300 would be changed."
        assert (len(simulator.ledger.lists), len(simulator.ledger.reads)) == (3, 1)
        assert simulator.ledger.writes == []

    @pytest.mark.parametrize("id_filter", [IdFilter.IGNORED, IdFilter.REFUSED])
    def test_a_filter_that_does_not_work_is_given_up_and_each_order_read(self, run, simulator, id_filter):
        simulator.configure(id_filter=id_filter, rate_limits=())
        order_ids = simulator.add_orders(250)
        outcome = run(order_id=order_ids, rate_limits=[])
        assert not outcome.failed
        assert len(simulator.ledger.changes) == 250
        assert len(simulator.ledger.lists) == 1
        assert len(simulator.ledger.requests) <= 1 + 2 * 250

    def test_an_order_that_the_list_leaves_out_is_read_by_itself(self, run, simulator):
        order_ids = [*simulator.add_orders(20), 9999999]
        outcome = run(order_id=order_ids)
        assert outcome.orders[9999999]["error"]["code"] == "order_not_found"
        assert {request.order_id for request in simulator.ledger.reads} == {order_ids[0], 9999999}
        assert len(simulator.ledger.changes) == 20

    def test_orders_that_nobody_asked_for_are_left_alone(self, run, simulator):
        simulator.configure(id_filter=IdFilter.IGNORED)
        order_ids = [1001, 1002, *range(9000, 9020)]
        run(order_id=order_ids)
        assert {change.order_id for change in simulator.ledger.changes} == {1001, 1002}

    def test_a_list_is_judged_like_a_single_order(self, run, simulator):
        order_ids = simulator.add_orders(10)
        every = [order_ids[0], *range(1001, 1022)]
        outcome = run(order_id=every)
        assert {order_id for order_id, order in outcome.orders.items() if order["changed"]} == {
            order_ids[0], 1001, 1002, 1003, 1004, 1005,
        }  # fmt: skip
        assert len(simulator.ledger.reads) == 1
        assert outcome.orders[1017]["error"]["code"] == "status_unknown"

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "[]",
            "{}",
            '{"orders": null}',
            '{"orders": [1]}',
            '{"orders": [{"id": 1001}]}',
            '{"orders": [], "page": {"total": "1"}}',
            "<html>",
        ],
    )
    def test_a_list_that_is_none_is_no_ground_to_write(self, run, simulator, body):
        order_ids = simulator.add_orders(20)
        simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=body))
        outcome = run(order_id=order_ids)
        assert len(simulator.ledger.changes) == 20
        assert len(simulator.ledger.reads) == 20
        assert not outcome.failed

    @pytest.mark.parametrize(("count", "lists", "reads"), [(10, 0, 10), (11, 1, 1)])
    def test_few_orders_are_read_one_by_one(self, run, simulator, count, lists, reads):
        run(order_id=simulator.add_orders(count))
        assert (len(simulator.ledger.lists), len(simulator.ledger.reads)) == (lists, reads)


def test_few_connections_are_used_and_kept_alive(run, simulator):
    order_ids = simulator.add_orders(200)
    run(order_id=order_ids, rate_limits=[])
    assert 1 < len({request.client_port for request in simulator.ledger.requests}) <= CONNECTIONS


def test_an_answer_of_429_makes_everybody_wait(run, simulator):
    order_ids = simulator.add_orders(100)
    simulator.configure(rate_limits=[])
    simulator.script(Fault(operation=Operation.WRITE, nth=30, status=429, headers={"Retry-After": "1"}))
    outcome = run(order_id=order_ids, retries=1, rate_limits=[])
    assert not outcome.failed
    writes = simulator.ledger.writes
    refused = next(request.at for request in writes if request.status == 429)
    # Those that were on their way when the 429 came are let be.
    early = [request for request in writes if refused + 0.05 < request.at < refused + 0.95]
    assert early == []


class TestRateLimits:
    def test_are_never_exceeded_by_the_task_itself(self, run, simulator):
        order_ids = simulator.add_orders(25)
        simulator.configure(rate_limits=[RateLimit(10, 0.5), RateLimit(20, 1.2)])
        limits = [{"requests": 10, "seconds": 0.5}, {"requests": 20, "seconds": 1.2}]
        outcome = run(order_id=order_ids, rate_limits=limits)
        assert not outcome.failed
        assert len(simulator.ledger.requests) == 27
        assert {request.status for request in simulator.ledger.requests} == {200, 204}

    def test_are_the_documented_ones_by_default(self):
        assert connection_options()["rate_limits"]["default"] == [
            {"requests": 1000, "seconds": 180.0},
            {"requests": 100, "seconds": 5.0},
        ]

    @pytest.mark.parametrize("limit", [{"requests": 0, "seconds": 5}, {"requests": 5, "seconds": 0}])
    def test_must_let_something_through(self, run, simulator, limit):
        outcome = run(order_id=1001, rate_limits=[limit])
        assert outcome["msg"] == "rate_limits takes windows of at least 1 request in more than 0 seconds."
        assert simulator.ledger.requests == []
