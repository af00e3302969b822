# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger tells what came and what changed."""

from __future__ import annotations

import time

from ansible_collections.community.digicert.tests.simulator import (
    FULL_KEY,
    VIEW_ONLY_KEY,
    Operation,
    Outcome,
)


def test_a_request_is_shown_as_it_came(simulator, call):
    before = time.monotonic()
    call(
        "PUT",
        "/order/certificate/1001/status?a=%5B",
        json={"status": "CANCELED", "note": "n"},
        headers={"X-Odd": "1"},
    )
    (seen,) = simulator.ledger.requests
    assert seen.number == 1
    assert before <= seen.at <= time.monotonic()
    assert seen.operation is Operation.WRITE
    assert (seen.method, seen.path, seen.query) == (
        "PUT",
        "/services/v2/order/certificate/1001/status",
        "a=%5B",
    )
    assert seen.header("x-dc-devkey") == FULL_KEY
    assert ("X-Odd", "1") in seen.headers
    assert seen.json == {"status": "CANCELED", "note": "n"}
    assert seen.order_id == 1001
    assert seen.key_name == "full"
    assert (seen.status, seen.outcome, seen.handled) == (204, Outcome.REPLIED, True)


def test_operations_orders_and_keys(simulator, call):
    call("GET", "/order/certificate?limit=1")
    call("GET", "/order/certificate/1001", key=VIEW_ONLY_KEY)
    call("PUT", "/order/certificate/1002/status", key=None)
    call("POST", "/elsewhere", key="wrong")
    shown = [(seen.operation.value, seen.order_id, seen.key_name) for seen in simulator.ledger.requests]
    assert shown == [
        ("list", None, "full"),
        ("read", 1001, "view_only"),
        ("write", 1002, "missing"),
        ("other", None, "unknown"),
    ]
    assert [seen.number for seen in simulator.ledger.lists] == [1]
    assert [seen.number for seen in simulator.ledger.reads] == [2]
    assert [seen.number for seen in simulator.ledger.writes] == [3]
    assert [seen.number for seen in simulator.ledger.requests_for(1002)] == [3]


def test_odd_input_does_not_fail(simulator, call):
    call("PUT", "/order/certificate/1001/status", key=b"\xff\xfe", data=b"\xff{", headers={"X-Odd": b"\xfa"})
    (seen,) = simulator.ledger.requests
    assert seen.key_name == "unknown"
    assert seen.body == "\\xff{"
    assert seen.json is None


def test_a_change_names_its_request(simulator, call):
    call("GET", "/order/certificate/1001")
    call("PUT", "/order/certificate/1001/status", json={"status": "CANCELED", "note": " ordered twice "})
    (change,) = simulator.ledger.changes
    assert (change.number, change.order_id) == (1, 1001)
    assert (change.before, change.after) == ("pending", "canceled")
    assert (change.by, change.request, change.note) == ("request", 2, "ordered twice")


def test_a_mark_is_a_change(simulator, call):
    call("PUT", "/order/certificate/1020/status", json={"status": "renewed"})
    (change,) = simulator.ledger.changes_of(1020)
    assert (change.before, change.after) == ("issued", "issued")
    assert (change.is_renewed_before, change.is_renewed_after) == (False, True)


def test_another_actor_is_named(simulator):
    simulator.change_order(1001, "issued")
    (change,) = simulator.ledger.changes
    assert (change.before, change.after, change.by, change.request) == (
        "pending",
        "issued",
        "another actor",
        None,
    )
