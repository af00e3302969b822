# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, routes, reads of one order, and all that real clients do to a URL."""

from __future__ import annotations

import re
import socket
import ssl
import statistics
import time

import pytest
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, VIEW_ONLY_KEY, Operation


def test_an_order_has_the_documented_fields(call):
    order = call("GET", "/order/certificate/1011").json()
    assert order["id"] == 1011
    assert order["status"] == "issued"
    assert order["is_renewed"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", order["date_created"])
    assert order["certificate"]["common_name"] == "www.example.com"
    assert order["certificate"]["dns_names"] == ["www.example.com", "example.com"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", order["certificate"]["valid_till"])
    assert order["organization"] == {"id": 501, "name": "Example Bakery"}
    assert order["container"] == {"id": 301, "name": "Shops"}
    assert order["product"] == {"name_id": "ssl_ev_basic", "name": "Basic EV", "type": "ssl_certificate"}
    (request,) = order["requests"]
    assert (request["id"], request["type"], request["status"]) == (10111, "new_request", "approved")


def test_before_issuance_the_certificate_of_an_order_has_neither_id_nor_dates(call):
    certificate = call("GET", "/order/certificate/1002").json()["certificate"]
    assert set(certificate) == {"common_name", "dns_names", "signature_hash"}


def test_an_order_tells_who_placed_it(call):
    assert call("GET", "/order/certificate/1101").json()["user"] == {
        "id": 403,
        "first_name": "Casey",
        "last_name": "Miller",
        "email": "casey.miller@example.com",
    }
    assert "user" not in call("GET", "/order/certificate/1106").json()


def test_the_requests_of_an_order_have_the_documented_fields(call):
    (request,) = call("GET", "/order/certificate/1101").json()["requests"]
    assert set(request) == {"id", "type", "status", "date", "comments"}
    assert (request["id"], request["status"], request["comments"]) == (11011, "submitted", "For the entrance")


def test_the_date_of_a_request_may_have_another_name(simulator, call):
    simulator.configure(request_date="date_created")
    (request,) = call("GET", "/order/certificate/1101").json()["requests"]
    assert "date" not in request
    assert request["date_created"]


def test_processed_requests_may_leave_their_order(simulator, call):
    simulator.configure(processed_requests="dropped")
    assert call("GET", "/order/certificate/1001").json()["requests"] == []
    assert [request["id"] for request in call("GET", "/order/certificate/1109").json()["requests"]] == [
        11092,
        11093,
    ]


def test_the_mark_of_a_renewed_order_may_never_be_shown(simulator, call):
    simulator.configure(renewed_mark="hidden")
    assert call("GET", "/order/certificate/1018").json()["is_renewed"] is False
    assert call("PUT", "/order/certificate/1020/status", json={"status": "renewed"}).status_code == 204
    assert call("GET", "/order/certificate/1020").json()["is_renewed"] is False
    assert simulator.order(1020).is_renewed is True


def test_a_canceled_order_can_be_read(call):
    reply = call("GET", "/order/certificate/1014")
    assert (reply.status_code, reply.json()["status"]) == (200, "canceled")


@pytest.mark.parametrize("key", [None, "", "wrong", FULL_KEY + "x", FULL_KEY.upper(), "\x80\xff"])
def test_any_other_key_is_denied_with_403(call, key):
    reply = call("GET", "/order/certificate/1001", key=key and key.encode("latin-1"))
    assert reply.status_code == 403
    assert reply.headers["Content-Type"] == "application/json"
    assert "Retry-After" not in reply.headers
    assert reply.json() == {
        "errors": [
            {
                "code": "access_denied|access_denied_invalid_key",
                "message": "Access denied due to access_denied_invalid_key.",
            }
        ]
    }


def test_the_key_is_checked_before_the_route(call):
    assert call("GET", "/nothing", key="wrong").status_code == 403
    reply = call("GET", "/nothing")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, "not_found|route")


def test_a_view_only_key_may_read_and_list(call):
    assert call("GET", "/order/certificate/1001", key=VIEW_ONLY_KEY).status_code == 200
    assert call("GET", "/order/certificate", key=VIEW_ONLY_KEY).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/order/certificate/1001"),
        ("POST", "/order/certificate"),
        ("GET", "/order/certificate/1001/status"),
        ("GET", "/order/certificate/abc"),
        ("GET", "/order/certificate/" + "9" * 5000),
        ("GET", "/order/certificate/1001/"),
        ("GET", "/order/certificate/" + "g" * 32),
        ("GET", "/order/certificate/1001/validation/"),
        ("GET", "/order/certificate/status-changes"),
        ("GET", "/order"),
        ("GET", "/request/"),
        ("GET", "/request/abc"),
        ("GET", "/requests"),
    ],
)
def test_an_unknown_route_is_not_found(simulator, call, method, path):
    reply = call(method, path)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, "not_found|route")
    assert simulator.ledger.requests[0].operation is Operation.OTHER
    assert simulator.ledger.requests[0].error == "not_found|route"
    assert simulator.ledger.refused == simulator.ledger.requests


@pytest.mark.parametrize("change", [str.upper, str.lower])
@pytest.mark.parametrize("name", ["serial_number", "thumbprint"])
def test_a_serial_number_or_a_thumbprint_serves_as_the_id(simulator, call, name, change):
    number = change(getattr(simulator.order(1011), name))
    assert call("GET", f"/order/certificate/{number}").json()["id"] == 1011
    (seen,) = simulator.ledger.reads
    assert seen.order_id == 1011


@pytest.mark.parametrize("number", ["A" * 32, "0" * 40])
def test_an_unknown_serial_number_is_no_order(simulator, call, number):
    reply = call("GET", f"/order/certificate/{number}")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, "not_found|order")
    assert simulator.ledger.reads[0].order_id is None


def test_a_serial_number_takes_no_status_update(simulator, call):
    number = simulator.order(1020).serial_number
    reply = call("PUT", f"/order/certificate/{number}/status", json={"status": "renewed"})
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, "not_found|route")


def test_an_unknown_order_is_not_found(call):
    reply = call("GET", "/order/certificate/9999")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, "not_found|order")


def test_a_trailing_question_mark_and_a_body_on_get_are_tolerated(simulator, call):
    # requests drops a lone "?", so this one is sent by hand.
    assert call("GET", "/order/certificate/1001", json={"odd": True}).status_code == 200
    assert raw_get(simulator, "/services/v2/order/certificate/1001?").startswith(b"HTTP/1.1 200 ")
    assert [seen.operation for seen in simulator.ledger.requests] == [Operation.READ, Operation.READ]


def test_the_host_root_serves_as_base_url(simulator):
    assert raw_get(simulator, "/order/certificate/1001").startswith(b"HTTP/1.1 200 ")


def test_a_request_may_come_without_accept_and_user_agent(simulator):
    assert raw_get(simulator, "/services/v2/order/certificate/1001").startswith(b"HTTP/1.1 200 ")
    names = {name for name, value in simulator.ledger.requests[0].headers}
    assert names == {"Host", "X-DC-DEVKEY", "Connection"}


def test_a_client_that_takes_the_simulator_for_a_proxy_is_served(simulator):
    target = simulator.api_url + "/order/certificate/1001?x=y"
    assert raw_get(simulator, target).startswith(b"HTTP/1.1 200 ")
    (seen,) = simulator.ledger.requests
    assert (seen.path, seen.query) == ("/services/v2/order/certificate/1001", "x=y")


def test_a_kept_connection_answers_at_once(simulator, call):
    times = []
    for _number in range(40):
        start = time.perf_counter()
        call("GET", "/order/certificate/1001")
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.01
    assert len({seen.client_port for seen in simulator.ledger.requests}) == 1


def raw_get(simulator, target):
    context = ssl.create_default_context(cafile=simulator.ca_path)
    reply = b""
    plain = socket.create_connection(("127.0.0.1", simulator.port), timeout=10)
    with context.wrap_socket(plain, server_hostname="localhost") as connection:
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: localhost\r\nX-DC-DEVKEY: {FULL_KEY}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        while piece := connection.recv(65536):
            reply += piece
    return reply
