# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What independent clients send is understood, byte by byte, and by choice where it is beside the documentation."""

from __future__ import annotations

import http.client
import json

import pytest
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Simulator

JSON = {"Content-Type": "application/json"}
ISSUED = [1011, 1012, 1018, 1019, 1020, 1021, 1109]


@pytest.fixture(scope="module")
def running():
    with Simulator(plain_http=True) as simulator:
        yield simulator


@pytest.fixture
def send(simulator):
    """Give a function that sends a target as it is, which `requests` does not, and gives status and content."""

    def send(method, target, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)
        try:
            connection.putrequest(method, "/services/v2" + target, skip_accept_encoding=True)
            for name, value in {"X-DC-DEVKEY": FULL_KEY, **(headers or {})}.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            reply = connection.getresponse()
            content = reply.read()
            return reply.status, json.loads(content) if content else None
        finally:
            connection.close()

    return send


def listed(content, kind="orders"):
    return [entry["id"] for entry in content[kind]]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        # A Ruby client, which escapes whole keys, and its command line, which numbers values.
        ("?limit=10&filters%5Bstatus%5D=issued&filters%5Bsearch%5D=www.example.com", [1011]),
        ("?filters%5Bstatus%5D%5B0%5D=pending&filters%5Bstatus%5D%5B1%5D=canceled", [1001, 1002, 1003, 1014]),
        ("?", [*range(1001, 1022), *range(1101, 1110)]),
        # A gateway in C#, which escapes nothing.
        ("?limit=1000&offset=0&filters[container_id]=303&filters[valid_till]=>2020-01-01", [1107, 1108, 1109]),
        # A Go client with a slash too many.
        ("/?limit=2&offset=1", [1002, 1003]),
        # A connector in Go that imports certificates.
        ("?filters[product_name_id]=ssl_ev_basic&filters[status]=issued&limit=2&offset=0&sort=order_id", [1011]),
        # A plugin in Python that pages through an organization.
        ("?filters%5Bstatus%5D=issued&filters%5Borganization_id%5D=503&offset=0&limit=40", [1021]),
        # A shell script with `curl -g`.
        ("?filters[common_name]=shop.example.com&sort=-order_id", [1001]),
        # Notes of somebody who tried the API.
        ("?filters[status][0]=pending&filters[date_created]=2017-05-10+00:00:00...2099-05-11+23:59:59", [1001, 1002, 1003]),
        ("?filters[valid_till]=<NOW&filters[status]=issued", [1012, 1019]),
    ],
)  # fmt: skip
def test_lists_of_orders(send, target, expected):
    status, content = send("GET", "/order/certificate" + target, headers=JSON)
    assert (status, listed(content)) == (200, expected)


@pytest.mark.parametrize(
    ("target", "setting", "expected"),
    [
        # The installer of a certificate authority, scripts, and a service of a browser's maker.
        (
            "filters[status]=issued&filters[product_type]=ssl_certificate",
            {"unknown_parameter": "ignored"},
            ISSUED,
        ),
        ("filters[status]=issued&content_type=json", {"unknown_parameter": "ignored"}, ISSUED),
        ("filters[status]=reissue_processing", {"status_filter": "honoured"}, [1108]),
    ],
)
def test_what_is_sent_beside_the_documentation_is_refused_unless_a_setting_takes_it(
    simulator, send, target, setting, expected
):
    status, content = send("GET", f"/order/certificate?{target}")
    assert (status, len(content["errors"])) == (400, 1)
    simulator.configure(**setting)
    status, content = send("GET", f"/order/certificate?{target}")
    assert (status, listed(content)) == (200, expected)


@pytest.mark.parametrize("limit", [7, 500])
def test_a_loop_that_ends_when_the_offset_is_the_total_ends(send, limit):
    offset, seen = 0, []
    while True:
        _status, content = send("GET", f"/order/certificate?offset={offset}&limit={limit}")
        seen += listed(content)
        offset += len(content["orders"])
        if offset == content["page"]["total"]:
            break
        assert content["orders"]
    assert seen == [*range(1001, 1022), *range(1101, 1110)]


@pytest.mark.parametrize("kind", ["serial_number", "thumbprint"])
def test_a_serial_number_or_a_thumbprint_leads_to_the_order(simulator, send, kind):
    number = getattr(simulator.order(1109), kind)
    assert send("GET", f"/order/certificate/{number}")[1]["id"] == 1109
    if kind == "serial_number":
        assert listed(send("GET", f"/order/certificate?filters%5Bserial_number%5D={number}&limit=1")[1]) == [
            1109
        ]


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":"CANCELED","send_emails":false,"note":"ordered twice"}',
        b'{"status": "CANCELED", "note": "ordered twice"}',
        b'{"status":"canceled","note":"ordered twice","orderID":1001}',
    ],
)
def test_cancellations(simulator, send, body):
    assert send("PUT", "/order/certificate/1001/status", body, JSON) == (204, None)
    assert simulator.order(1001).status == "canceled"


@pytest.mark.parametrize(
    "query", ["", "?", "?pending", "?filters%5Bstatus%5D=pending&filters%5Btype%5D=new_request"]
)
def test_lists_of_requests(send, query):
    status, content = send("GET", "/request" + query, headers=JSON)
    assert status == 200
    assert 11021 in listed(content, "requests")


def test_a_list_of_requests_by_a_plain_status(simulator, send):
    assert send("GET", "/request?status=pending")[0] == 400
    simulator.configure(unknown_parameter="ignored")
    assert 11011 in listed(send("GET", "/request?status=pending")[1], "requests")


def test_a_decision_twice_has_the_code_that_a_client_takes_for_success(send):
    body = b'{"status": "rejected", "processor_comment": "Bug 1234", "Resource": "services/v2/request/11011/status"}'
    assert send("PUT", "/request/11011/status", body, JSON) == (204, None)
    status, content = send("PUT", "/request/11011/status", body, JSON)
    assert (status, content["errors"][0]["code"]) == (400, "request_already_processed")


def test_a_decision_without_a_body_is_none(send):
    assert send("PUT", "/request/11011/status")[0] == 400


def test_the_first_open_request_of_an_order_can_be_found_in_the_order(send):
    requests = send("GET", "/order/certificate/1104")[1]["requests"]
    assert next(request["id"] for request in requests if request["status"] == "pending") == 11041
