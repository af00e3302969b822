# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface over HTTP."""

from __future__ import annotations

import base64

import pytest
import requests


def test_the_ledger_is_json_and_hides_a_key_that_is_not_the_simulators(call, control):
    call("GET", "/order/certificate/1001", key="a-real-key-used-by-mistake")
    call("PUT", "/order/certificate/1001/status", json={"status": "CANCELED", "note": "n"})
    ledger = control("GET", "/ledger").json()
    first, second = ledger["requests"]
    assert (first["operation"], first["order_id"], first["status"], first["key_name"]) == (
        "read",
        1001,
        403,
        "unknown",
    )
    assert ["X-DC-DEVKEY", "(hidden)"] in first["headers"]
    assert second["json"] == {"status": "CANCELED", "note": "n"}
    (change,) = ledger["changes"]
    assert (change["order_id"], change["before"], change["after"]) == (1001, "pending", "canceled")
    assert (change["by"], change["request"], change["note"]) == ("request", 2, "n")


def test_control_is_neither_counted_nor_limited(simulator, control):
    simulator.configure(rate_limits=[[1, 60]])
    assert [control("GET", "/orders").status_code for _number in range(3)] == [200, 200, 200]
    assert simulator.ledger.requests == []


def test_orders_are_listed_shortly(control):
    orders = control("GET", "/orders").json()["orders"]
    assert orders[0] == {"id": 1001, "status": "pending", "is_renewed": False}
    assert len(orders) == 30


def test_orders_are_added(simulator, control):
    reply = control("POST", "/orders", json={"count": 3, "status": "waiting_pickup", "age_days": 40})
    assert reply.json() == {"order_ids": [1110, 1111, 1112]}
    assert simulator.order(1112).status == "waiting_pickup"


def test_orders_are_added_from_an_id_on(control):
    assert control("POST", "/orders", json={"count": 2, "first": 1022}).json() == {"order_ids": [1022, 1023]}
    reply = control("POST", "/orders", json={"count": 2, "first": 1000})
    assert (reply.status_code, reply.json()) == (400, {"error": "not all of 1000 to 1001 are free"})


def test_another_actor_changes_an_order(simulator, control):
    assert control("POST", "/orders/1001", json={"status": "issued"}).status_code == 200
    assert simulator.order(1001).status == "issued"
    assert control("POST", "/orders/9999", json={"status": "issued"}).status_code == 404


def test_faults_are_scripted(simulator, call, control):
    faults = [
        {"operation": "read", "status": 502, "headers": {"Retry-After": 7}, "body": "<html>"},
        {"operation": "read", "nth": 2, "status": 200, "body_base64": base64.b64encode(b"\xff").decode()},
        {"operation": "read", "nth": 3, "generated_body": 5},
        {"operation": "read", "nth": 4, "disconnect": "close"},
        {"operation": "write", "catalogue": "maintenance", "order_id": 1001},
        {"operation": "list", "changes_order": 1002, "changes_to": "issued"},
    ]
    assert control("POST", "/faults", json=faults).json() == {"scripted": 6}
    reply = call("GET", "/order/certificate/1001")
    assert (reply.status_code, reply.headers["Retry-After"], reply.text) == (502, "7", "<html>")
    assert call("GET", "/order/certificate/1001").content == b"\xff"
    assert call("GET", "/order/certificate/1001").content == b"xxxxx"
    with pytest.raises(requests.exceptions.ConnectionError):
        call("GET", "/order/certificate/1001")
    assert call("PUT", "/order/certificate/1001/status").status_code == 503
    assert simulator.ledger.writes[0].fault == "maintenance"
    call("GET", "/order/certificate")
    assert simulator.order(1002).status == "issued"


@pytest.mark.parametrize(
    "entry",
    [
        {"operation": "delete"},
        {"colour": "red"},
        {"catalogue": "no_such"},
        {"disconnect": "explode"},
        {"nth": "first"},
        {"status": True},
        {"headers": []},
        {"body_base64": "%"},
        {"wire": [True]},
        {"wire": "HTTP/1.1"},
        {"edit": ["/orders"]},
        {"remove": "/orders"},
        {"query": "offset"},
        {"longer_than": "long"},
        {"changes_to": "issued", "status": 503},
    ],
)
def test_a_wrong_fault_is_refused_and_nothing_scripted(call, control, entry):
    reply = control("POST", "/faults", json=[{"status": 503}, entry])
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert call("GET", "/order/certificate/1001").status_code == 200


def test_a_fault_is_scripted_with_all_its_parts(call, control):
    fault = {
        "operation": "list",
        "longer_than": 40,
        "query": {"offset": None},
        "edit": {"/page/total": 5, "/orders/-": {"id": 1, "status": None}},
        "remove": ["/orders/0"],
        "wire": ["HTTP/1.1 100 Continue\r\n\r\n", 0.01, None],
    }
    assert control("POST", "/faults", json=[fault]).status_code == 200
    content = call("GET", "/order/certificate?limit=2&offset=7").json()
    assert [order["id"] for order in content["orders"]] == [1002, 1]
    assert content["page"] == {"total": 5, "limit": 2, "offset": 0}


def test_settings_are_changed_and_reset(call, control):
    body = {"status": "CANCELED", "note": "n"}
    assert control("POST", "/settings", json={"spelling": "lower", "latency": 0.01}).status_code == 200
    assert call("PUT", "/order/certificate/1001/status", json=body).status_code == 400
    assert control("POST", "/reset").status_code == 200
    assert control("GET", "/ledger").json() == {"requests": [], "changes": []}
    assert call("PUT", "/order/certificate/1001/status", json=body).status_code == 204
    assert control("POST", "/reset", json={"spelling": "lower"}).status_code == 200
    assert call("PUT", "/order/certificate/1001/status", json=body).status_code == 400


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/settings", {"colour": "red"}),
        ("/settings", {"spelling": "mixed"}),
        ("/settings", {"decision_status": 201}),
        ("/settings", {"refused_change": 500}),
        ("/settings", {"invalid_approver": "forbidden"}),
        ("/settings", {"retry_after": "perhaps"}),
        ("/settings", {"list_lag": "long"}),
        ("/settings", []),
        ("/reset", {"latency": "x"}),
        ("/orders", {"count": "many"}),
        ("/orders", {"count": 10**9}),
        ("/orders", {"count": 1, "age_days": "x"}),
        ("/orders/1001", {"status": 5}),
    ],
)
def test_wrong_content_is_refused(control, path, content):
    reply = control("POST", path, json=content)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_an_unknown_control_is_not_found(control):
    assert control("GET", "/nothing").status_code == 404


def test_every_setting_is_told_with_its_choices(simulator, control):
    simulator.configure(spelling="lower", rate_limits=[[5, 1]])
    shown = control("GET", "/settings").json()
    assert shown["settings"]["spelling"] == "lower"
    assert shown["settings"]["rate_limits"] == [[5, 1.0]]
    assert shown["described"]["spelling"] == {
        "about": "which spelling of the cancel value is taken",
        "default": "any",
        "choices": ["any", "upper", "lower"],
    }
    assert control("POST", "/settings", json=shown["settings"]).status_code == 200


def test_a_simulator_of_this_process_is_not_stopped_from_outside(control):
    assert control("POST", "/stop").status_code == 404
    assert control("GET", "/orders").status_code == 200
