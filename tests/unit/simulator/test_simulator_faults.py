# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripted faults and other actors."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from dataclasses import replace

import pytest
import requests
from ansible_collections.community.digicert.tests.simulator import (
    CATALOGUE,
    FULL_KEY,
    THE_REPLY,
    Disconnect,
    Fault,
    GeneratedBody,
    Operation,
    OtherActor,
    Outcome,
    Simulator,
    gzip_bomb,
)

CANCEL = {"status": "CANCELED", "note": "ordered twice"}


def read(call, order_id=1001, **arguments):
    return call("GET", f"/order/certificate/{order_id}", **arguments)


def cancel(call, order_id=1001, **arguments):
    return call("PUT", f"/order/certificate/{order_id}/status", json=CANCEL, **arguments)


def until(condition):
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_a_fault_happens_once_and_at_the_first_request(simulator, call):
    simulator.script(Fault(status=503))
    assert [read(call).status_code for _number in range(3)] == [503, 200, 200]


def test_a_fault_happens_at_the_nth_request_and_some_times(simulator, call):
    read(call)
    simulator.script(Fault(status=503, nth=2, times=2))
    assert [read(call).status_code for _number in range(4)] == [200, 503, 503, 200]


def test_a_fault_happens_for_ever(simulator, call):
    simulator.script(Fault(status=503, times=None))
    assert [read(call).status_code for _number in range(5)] == [503] * 5


def test_a_fault_meets_only_its_operation_and_order(simulator, call):
    simulator.script(Fault(operation=Operation.WRITE, order_id=1002, status=503))
    assert read(call, 1002).status_code == 200
    assert cancel(call, 1001).status_code == 204
    assert cancel(call, 1002).status_code == 503
    assert [seen.fault for seen in simulator.ledger.requests] == [None, None, "unnamed"]


def test_faults_count_the_same_requests_and_the_first_one_wins(simulator, call):
    simulator.script(Fault(status=503, nth=1), Fault(status=502, nth=1, times=2), Fault(status=504, nth=3))
    assert [read(call).status_code for _number in range(4)] == [503, 502, 504, 200]


def test_a_fault_that_is_not_applied_keeps_the_request_from_the_service(simulator, call):
    simulator.script(Fault(status=504))
    assert cancel(call).status_code == 504
    assert simulator.order(1001).status == "pending"
    (seen,) = simulator.ledger.requests
    assert (seen.status, seen.handled) == (504, False)


def test_a_fault_that_is_applied_spoils_the_reply_after_the_change(simulator, call):
    simulator.script(Fault(status=504, applied=True))
    assert cancel(call).status_code == 504
    assert simulator.order(1001).status == "canceled"
    (seen,) = simulator.ledger.requests
    assert (seen.status, seen.handled) == (504, True)


def test_headers_and_body_replace_those_of_the_service(simulator, call):
    simulator.script(Fault(headers={"content-type": "text/html", "X-Odd": "1"}, body="<html>"))
    reply = read(call)
    assert (reply.status_code, reply.text) == (200, "<html>")
    assert (reply.headers["Content-Type"], reply.headers["X-Odd"]) == ("text/html", "1")


def test_a_header_replaces_that_of_the_service_in_any_case(simulator, call):
    simulator.script(Fault(headers={"CONTENT-TYPE": "text/html"}))
    assert read(call).headers["Content-Type"] == "text/html"
    simulator.script(Fault(headers={"content-type": None}))
    assert "json" not in read(call).headers.get("Content-Type", "")


def test_only_a_header_is_added(simulator, call):
    simulator.script(Fault(headers={"X-Odd": "1"}))
    reply = read(call)
    assert (reply.json()["id"], reply.headers["X-Odd"]) == (1001, "1")


def test_a_redirect(simulator, call):
    simulator.script(Fault(status=307, headers={"Location": "https://other.example.com/"}))
    reply = read(call)
    assert (reply.status_code, reply.headers["Location"]) == (307, "https://other.example.com/")


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("disconnect", list(Disconnect))
def test_a_connection_ends_without_a_reply(simulator, call, disconnect, applied):
    simulator.script(Fault(disconnect=disconnect, applied=applied))
    with pytest.raises(requests.exceptions.ConnectionError):
        cancel(call)
    (seen,) = simulator.ledger.requests
    expected = Outcome.CLOSED if disconnect is Disconnect.CLOSE else Outcome.RESET
    assert (seen.status, seen.outcome, seen.handled) == (None, expected, applied)
    assert simulator.order(1001).status == ("canceled" if applied else "pending")


@pytest.mark.parametrize(
    ("disconnect", "expected"),
    [(Disconnect.CLOSE, "RemoteDisconnected"), (Disconnect.RESET, "ConnectionResetError")],
)
def test_close_sends_fin_and_reset_sends_rst(disconnect, expected):
    with Simulator(plain_http=True) as simulator:
        simulator.script(Fault(disconnect=disconnect))
        with requests.Session() as session:
            session.trust_env = False
            with pytest.raises(requests.exceptions.ConnectionError, match=expected):
                session.get(simulator.api_url, timeout=10)


def test_a_truncated_body_declares_its_whole_length(simulator, call):
    simulator.script(Fault(truncate=7))
    reply = read(call, stream=True)
    assert int(reply.headers["Content-Length"]) > 300
    assert reply.raw.read(7) == b'{"id": '
    with pytest.raises(Exception, match="IncompleteRead"):
        reply.raw.read()
    assert simulator.ledger.requests[0].outcome is Outcome.TRUNCATED


def test_a_delay_comes_before_the_reply(simulator, call):
    simulator.script(Fault(delay=0.2))
    start = time.monotonic()
    assert cancel(call).status_code == 204
    assert 0.2 <= time.monotonic() - start < 2


def test_a_client_that_leaves_during_a_delay_changes_nothing(simulator, call):
    simulator.script(Fault(delay=0.3))
    with pytest.raises(requests.exceptions.ReadTimeout):
        cancel(call, timeout=0.1)
    until(lambda: simulator.ledger.requests[0].outcome is Outcome.CLIENT_LEFT)
    time.sleep(0.3)
    assert simulator.order(1001).status == "pending"
    assert simulator.ledger.requests[0].handled is False


def test_a_client_that_leaves_after_the_change_does_not_undo_it(simulator, call):
    simulator.script(Fault(delay=5, applied=True))
    with pytest.raises(requests.exceptions.ReadTimeout):
        cancel(call, timeout=0.1)
    assert simulator.order(1001).status == "canceled"
    until(lambda: simulator.ledger.requests[0].outcome is Outcome.CLIENT_LEFT)


def test_a_body_drips(simulator, call):
    simulator.script(Fault(body="0123456789", drip=0.02))
    start = time.monotonic()
    assert read(call).text == "0123456789"
    assert 0.18 <= time.monotonic() - start < 3


def test_a_kept_connection_survives_a_reset_right_after_a_dripping_reply(simulator, call):
    for _number in range(20):
        simulator.script(Fault(body="ok", drip=0.001))
        assert read(call).text == "ok"
        simulator.reset()
        assert read(call).status_code == 200


def test_the_header_drips_too(simulator, call):
    simulator.script(Fault(status=200, body="ok", headers={"X-Odd": "1"}, drip=0.002, drip_headers=True))
    start = time.monotonic()
    reply = read(call)
    assert (reply.status_code, reply.text, reply.headers["X-Odd"]) == (200, "ok", "1")
    assert time.monotonic() - start > 0.1


def test_latency_delays_every_request(simulator, call):
    simulator.configure(latency=0.1)
    start = time.monotonic()
    assert [read(call).status_code for _number in range(2)] == [200, 200]
    assert time.monotonic() - start >= 0.2


def test_a_big_body_is_made_while_it_is_sent(simulator, call):
    simulator.script(Fault(body=GeneratedBody(20_000_000, b"ab")))
    reply = read(call, stream=True)
    assert reply.headers["Content-Length"] == "20000000"
    size = sum(len(piece) for piece in reply.iter_content(1 << 20))
    assert size == 20_000_000


def test_a_gzip_bomb_unpacks_to_its_size(simulator, call):
    assert gzip.decompress(gzip_bomb(1_000_000)) == bytes(1_000_000)
    simulator.script(Fault(headers={"Content-Encoding": "gzip"}, body=gzip_bomb(1_000_000)))
    reply = read(call)
    assert int(reply.headers["Content-Length"]) < 10_000
    assert reply.content == bytes(1_000_000)


def ends_early(call):
    try:
        reply = read(call)
    except requests.exceptions.RequestException:
        return True
    # With urllib3 1.26 a body that ends early is no error.
    return len(reply.content) < int(reply.headers["Content-Length"])


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - {"huge", "slow", "slow_after_applying", "dripping"}))
def test_a_ready_made_fault_happens(simulator, call, name):
    simulator.script(CATALOGUE[name])
    fault = CATALOGUE[name]
    if fault.disconnect:
        with pytest.raises(requests.exceptions.RequestException):
            read(call)
    elif fault.truncate:
        assert ends_early(call)
    else:
        assert read(call).status_code == (fault.status or 200)
    assert simulator.ledger.requests[0].handled is (fault.applied or not fault.has_reply)
    assert read(call).status_code == 200


def test_a_reset_forgets_faults_and_frees_waiting_requests(simulator, call):
    simulator.script(Fault(delay=30), Fault(status=503, nth=2, times=None))
    caught = []

    def wait():
        try:
            requests.put(
                simulator.api_url + "/order/certificate/1001/status",
                json=CANCEL,
                headers={"X-DC-DEVKEY": FULL_KEY},
                verify=simulator.ca_path,
                timeout=20,
            )
        except requests.exceptions.ConnectionError as error:
            caught.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    until(lambda: simulator.ledger.requests)
    (seen,) = simulator.ledger.requests
    simulator.reset()
    waiting.join(5)
    assert len(caught) == 1
    assert seen.outcome is Outcome.STOPPED
    assert simulator.order(1001).status == "pending"
    assert read(call).status_code == 200
    assert len(simulator.ledger.requests) == 1


def test_another_actor_comes_right_after_the_kth_read(simulator, call):
    simulator.script(OtherActor(order_id=1001, nth=2, changes_to="issued"))
    assert [read(call).json()["status"] for _number in range(3)] == ["pending", "pending", "issued"]
    (change,) = simulator.ledger.changes
    assert (change.by, change.after) == ("another actor", "issued")


def test_another_actor_changes_an_order_after_a_list(simulator, call):
    simulator.script(OtherActor(operation=Operation.LIST, changes_order=1002, changes_to="canceled"))
    listed = call("GET", "/order/certificate?filters[id]=1002").json()["orders"]
    assert listed[0]["status"] == "pending"
    assert simulator.order(1002).status == "canceled"


def test_another_actor_and_a_fault_meet_the_same_request(simulator, call):
    simulator.script(OtherActor(Operation.WRITE, changes_to="issued"), Fault(Operation.WRITE, status=504))
    assert cancel(call).status_code == 504
    assert simulator.order(1001).status == "issued"


def test_another_actor_sets_the_mark(simulator, call):
    simulator.script(OtherActor(order_id=1020, is_renewed=True))
    assert read(call, 1020).json()["is_renewed"] is False
    assert simulator.order(1020).is_renewed is True


class TestAnEditedReply:
    """The mechanism behind pages that cannot be right: totals, missing keys, odd orders."""

    def listed(self, call, query=""):
        reply = call("GET", "/order/certificate?" + query)
        assert reply.status_code == 200
        return reply.json()

    @pytest.mark.parametrize("total", [0, 3, 10**9, None, "30", -1])
    def test_has_another_total(self, simulator, call, total):
        simulator.script(Fault(Operation.LIST, edit={"/page/total": total}))
        content = self.listed(call)
        assert (content["page"]["total"], len(content["orders"])) == (total, 30)
        assert self.listed(call)["page"]["total"] == 30

    def test_has_a_total_that_grows_for_ever(self, simulator, call):
        def grow(content):
            content["page"]["total"] += content["page"]["offset"] + 1
            return content

        simulator.script(Fault(Operation.LIST, times=None, edit=grow))
        assert [self.listed(call, f"offset={offset}")["page"]["total"] for offset in (0, 10, 20)] == [
            31,
            41,
            51,
        ]

    def test_has_no_orders_in_the_middle(self, simulator, call):
        simulator.script(Fault(Operation.LIST, nth=2, edit={"/orders": []}))
        assert [len(self.listed(call, f"limit=10&offset={offset}")["orders"]) for offset in (0, 10, 20)] == [
            10,
            0,
            10,
        ]

    @pytest.mark.parametrize(
        ("change", "expected"),
        [({"remove": ["/orders"]}, {}), ({"edit": {"/orders": None}}, {"orders": None})],
    )
    def test_lacks_the_list(self, simulator, call, change, expected):
        simulator.script(Fault(Operation.LIST, **change))
        content = self.listed(call)
        del content["page"]
        assert content == expected

    def test_lacks_the_page(self, simulator, call):
        simulator.script(Fault(Operation.REQUESTS, remove=["/page", "/requests/0/requester"]))
        content = call("GET", "/request").json()
        assert set(content) == {"requests"}
        assert "requester" not in content["requests"][0]

    def test_has_one_order_with_a_null_status(self, simulator, call):
        simulator.script(Fault(Operation.LIST, edit={"/orders/1/status": None}))
        assert [order["status"] for order in self.listed(call, "filters[status]=pending")["orders"]] == [
            "pending", None, "pending",
        ]  # fmt: skip

    def test_has_an_order_twice_with_different_states(self, simulator, call):
        simulator.script(Fault(Operation.LIST, edit={"/orders/-": {"id": 1001, "status": "issued"}}))
        orders = self.listed(call, "filters[status]=pending")["orders"]
        assert [(order["id"], order["status"]) for order in orders if order["id"] == 1001] == [
            (1001, "pending"),
            (1001, "issued"),
        ]

    def test_shows_another_state_of_one_order_than_a_read_of_it(self, simulator, call):
        simulator.script(Fault(Operation.READ, order_id=1011, edit={"/status": "revoked"}))
        assert read(call, 1011).json()["status"] == "revoked"
        assert simulator.order(1011).status == "issued"

    def test_is_that_of_a_write_that_was_handled(self, simulator, call):
        simulator.script(Fault(Operation.WRITE, edit=lambda content: content, status=200))
        assert cancel(call).status_code == 599
        assert simulator.ledger.requests[0].status == 599

    @pytest.mark.parametrize(
        ("edit", "remove"),
        [
            ({"/orders/99/status": None}, ()),
            ({"/nothing/status": None}, ()),
            ({}, ["/orders/99"]),
            ({"status": 1}, ()),
            ({"/page/total/x": 1}, ()),
        ],
    )
    def test_tells_where_a_pointer_leads_nowhere(self, simulator, call, edit, remove):
        simulator.script(Fault(Operation.LIST, edit=edit, remove=remove))
        reply = call("GET", "/order/certificate")
        assert reply.status_code == 599
        assert reply.text.startswith("Not edited: ")

    def test_keeps_its_other_headers_and_its_status(self, simulator, call):
        simulator.script(Fault(Operation.READ, order_id=9999, edit={"/errors": {"code": "not_found|order"}}))
        reply = read(call, 9999)
        assert (reply.status_code, reply.headers["Content-Type"]) == (404, "application/json")
        assert reply.json() == {"errors": {"code": "not_found|order"}}


class TestAnotherQueryThanWasSent:
    def ids(self, call, query):
        return [order["id"] for order in call("GET", f"/order/certificate?{query}").json()["orders"]]

    def test_the_offset_is_ignored(self, simulator, call):
        simulator.script(Fault(Operation.LIST, times=None, query={"offset": None}))
        assert self.ids(call, "limit=2&offset=2") == self.ids(call, "limit=2&offset=4") == [1001, 1002]
        assert simulator.ledger.lists[0].query == "limit=2&offset=2"

    def test_pages_are_shorter_than_was_asked_for(self, simulator, call):
        simulator.script(Fault(Operation.LIST, query={"limit": "3"}))
        assert self.ids(call, "limit=100&offset=1") == [1002, 1003, 1004]

    def test_a_filter_is_ignored_with_all_its_values(self, simulator, call):
        simulator.script(Fault(Operation.LIST, query={"filters[status]": None}))
        wanted = "filters%5Bstatus%5D%5B0%5D=pending&filters%5Bstatus%5D%5B1%5D=canceled&filters[organization_id]=503"
        assert self.ids(call, wanted) == [1004, 1005, 1009, 1010, 1015, 1016, 1021]

    def test_an_order_moves_between_pages(self, simulator, call):
        simulator.script(OtherActor(Operation.LIST, changes_order=1001, changes_to="issued"))
        seen = [self.ids(call, f"filters[status]=pending&limit=1&offset={offset}") for offset in (0, 1)]
        assert seen == [[1001], [1003]]


class TestWhichRequestsItMeets:
    def test_only_those_that_are_long(self, simulator, call):
        simulator.script(Fault(Operation.LIST, longer_than=200, times=None, status=414))
        many = "&".join(f"filters[id][{place}]={1001 + place}" for place in range(20))
        statuses = [
            call("GET", f"/order/certificate?{query}").status_code for query in ("limit=1", many, "limit=2")
        ]
        assert statuses == [200, 414, 200]

    def test_the_length_is_that_of_path_and_query(self, simulator, call):
        target = "/services/v2/order/certificate?limit=1"
        simulator.script(
            Fault(longer_than=len(target), status=503), Fault(longer_than=len(target) - 1, status=502)
        )
        assert call("GET", "/order/certificate?limit=1").status_code == 502

    def test_one_order_is_refused_as_a_key_would_be(self, simulator, call):
        simulator.script(replace(CATALOGUE["invalid_approver"], operation=Operation.WRITE, order_id=1002))
        assert [cancel(call, order_id).status_code for order_id in (1001, 1002, 1003)] == [204, 403, 204]


@pytest.mark.parametrize("status", [403, 408, 425, 499, 502])
@pytest.mark.parametrize("applied", [False, True])
def test_a_box_in_the_middle_answers_before_or_after_the_change(simulator, call, status, applied):
    page = "<html><body>Something in between</body></html>"
    simulator.script(
        Fault(
            Operation.WRITE, applied=applied, status=status, headers={"Content-Type": "text/html"}, body=page
        )
    )
    reply = cancel(call)
    assert (reply.status_code, reply.headers["Content-Type"], reply.text) == (status, "text/html", page)
    assert simulator.order(1001).status == ("canceled" if applied else "pending")


@pytest.fixture
def plain():
    """A simulator over plain HTTP, whose bytes can be looked at."""
    with Simulator(plain_http=True) as simulator:
        yield simulator


CLOSED = b"(closed)"


@pytest.fixture
def exchange(plain):
    """Give a function that sends a request over one connection, and reads until what came ends as is wanted."""
    with socket.create_connection(("127.0.0.1", plain.port), timeout=5) as connection:

        def read_until(end):
            came = b""
            while not came.endswith(end):
                piece = connection.recv(65536)
                came += piece or CLOSED
                assert piece or came.endswith(end), came
            return came

        def send(end=b"}", method="GET", path="/order/certificate/1001"):
            connection.sendall(
                f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-DC-DEVKEY: {FULL_KEY}\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )
            return read_until(end)

        send.read_until = read_until
        yield send


class TestTheWire:
    """The mechanism behind replies that HTTP does not allow, or that hardly anybody expects."""

    HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"

    def test_interim_replies_come_before_the_final_one(self, plain, exchange):
        plain.script(Fault(wire=(self.HINTS, b"HTTP/1.1 102 Processing\r\n\r\n", THE_REPLY)))
        assert exchange().startswith(self.HINTS + b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n")
        assert exchange().startswith(b"HTTP/1.1 200 OK\r\n")

    def test_a_pause_lies_between_the_parts(self, plain, exchange):
        plain.script(Fault(wire=(self.HINTS, 0.3, THE_REPLY)))
        assert exchange(end=self.HINTS) == self.HINTS
        start = time.monotonic()
        assert exchange.read_until(b"}").startswith(b"HTTP/1.1 200 OK")
        assert time.monotonic() - start > 0.2

    def test_surplus_bytes_follow_the_reply(self, plain, exchange):
        plain.script(Fault(wire=(THE_REPLY, b"surplus")))
        assert b'"id": 1001' in exchange(end=b"}surplus")

    def test_two_replies_answer_one_request(self, plain, exchange):
        plain.script(Fault(wire=(THE_REPLY, THE_REPLY, b"end")))
        assert exchange(end=b"}end").count(b"HTTP/1.1 200 OK\r\n") == 2
        assert len(plain.ledger.requests) == 1

    def test_surplus_may_wait_until_the_next_request(self, plain, exchange):
        plain.script(Fault(wire=(THE_REPLY, b"HTTP/1.1 204 No Content\r\n\r\n")))
        exchange(end=b"HTTP/1.1 204 No Content\r\n\r\n")
        assert b'"id": 1002' in exchange(path="/order/certificate/1002")

    @pytest.mark.parametrize("length", ["3", "100000", "-1", "x"])
    def test_a_content_length_does_not_fit(self, plain, exchange, length):
        plain.script(
            Fault(headers={"Content-Length": length}, wire=(THE_REPLY,), disconnect=Disconnect.CLOSE)
        )
        came = exchange(end=b"}" + CLOSED)
        assert f"Content-Length: {length}\r\n".encode() in came
        assert came.count(b"Content-Length") == 1

    @pytest.mark.parametrize("size", [b"-5", b"-1", b"zz", b"FFFFFFFFFFFFFFFFF"])
    def test_a_chunk_has_a_size_that_is_none(self, plain, exchange, size):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        plain.script(Fault(wire=(head, size, b"\r\n{}\r\n0\r\n\r\n")))
        assert exchange(end=b"0\r\n\r\n") == head + size + b"\r\n{}\r\n0\r\n\r\n"

    def test_bytes_alone_keep_the_request_from_the_service_unless_it_is_applied(self, plain, exchange):
        path = "/request/11011/status"
        plain.script(Fault(wire=(b"\x00",)), Fault(wire=(b"\x00",), nth=2, applied=True))
        assert [exchange(b"\x00", "PUT", path), exchange(b"\x00", "PUT", path)] == [b"\x00", b"\x00"]
        assert [seen.handled for seen in plain.ledger.requests] == [False, True]

    def test_the_reply_on_the_wire_is_that_of_the_service_edited_and_spoiled(self, plain, exchange):
        plain.script(Fault(edit={"/status": "odd"}, headers={"X-Odd": "1"}, wire=(THE_REPLY,)))
        came = exchange()
        assert b"X-Odd: 1\r\n" in came
        assert b'"status": "odd"' in came

    def test_a_reset_ends_a_pause_on_the_wire(self, plain, exchange):
        plain.script(Fault(wire=(self.HINTS, 30.0, THE_REPLY)))
        exchange(end=self.HINTS)
        plain.reset()
        assert exchange.read_until(CLOSED) == CLOSED
