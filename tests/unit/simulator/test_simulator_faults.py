# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripted faults and other actors."""

from __future__ import annotations

import gzip
import threading
import time

import pytest
import requests
from ansible_collections.community.digicert.tests.simulator import (
    CATALOGUE,
    FULL_KEY,
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
