# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several orders in one task: each is handled and reported by itself, and only a refused key stops the rest."""

from __future__ import annotations

import pytest
from ansible_collections.community.digicert.tests.simulator import VIEW_ONLY_KEY, Fault, Operation


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
    assert [change.order_id for change in simulator.ledger.changes] == [1005, 1001]


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
    assert [change.order_id for change in simulator.ledger.changes] == ([] if check else [1001, 1004])


def test_every_failed_order_is_named_but_only_the_first_five_are_told_in_full(run):
    outcome = run(order_id=[1007, 1008, 1009, 1010, 1011, 1012, 1013])
    assert outcome["msg"].count("so nothing was written") == 5
    assert outcome["msg"].startswith("7 orders: 7 failed. Order 1007 is needs_approval, ")
    assert outcome["msg"].endswith(" Failed as well, see orders in the result: 1012, 1013.")


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_the_rest_at_once(run, simulator, check, status):
    simulator.script(Fault(operation=Operation.READ, order_id=1004, times=None, status=status))
    outcome = run(check=check, order_id=[1001, 1004, 1002, 1005], retries=3)
    assert outcome.failed
    assert outcome["changed"] is True
    assert outcome["msg"].startswith(
        f"4 orders: 1 {'would be changed' if check else 'changed'}, 1 failed, 2 not attempted. Order 1004 could not be"
    )
    assert outcome["orders"][2:] == [
        {
            "order_id": order_id,
            "changed": False,
            "previous_status": None,
            "status": "not_attempted",
            "is_renewed": None,
        }
        for order_id in (1002, 1005)
    ]
    assert {request.order_id for request in simulator.ledger.requests} == {1001, 1004}


def test_a_key_that_may_only_read_stops_at_the_first_write(run, simulator):
    outcome = run(order_id=[1014, 1001, 1002], api_key=VIEW_ONLY_KEY)
    assert [order["status"] for order in outcome["orders"]] == ["canceled", "pending", "not_attempted"]
    assert outcome.orders[1001]["error"]["code"] == "missing_permission"
    assert [request.method for request in simulator.ledger.requests] == ["GET", "GET", "PUT"]


def test_a_key_that_is_refused_after_a_write_in_doubt_stops_the_rest_and_leaves_the_outcome_unknown(run, simulator):
    simulator.script(
        Fault(operation=Operation.WRITE, applied=True, status=502),
        Fault(operation=Operation.READ, nth=2, times=None, status=403),
    )
    outcome = run(order_id=[1001, 1002])
    assert [order["status"] for order in outcome["orders"]] == ["unknown", "not_attempted"]
    assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]
