# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault at every request of digicert_order_status: a table of faults, and the ledger as the witness.

The exact messages are the matter of test_order_status_requests.py.
"""

from __future__ import annotations

import json
import socket
import ssl
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

import pytest
from ansible_collections.community.digicert.plugins.module_utils._http import REPLY_LIMIT, HttpClient
from ansible_collections.community.digicert.tests.simulator import (
    Certificate,
    Disconnect,
    Fault,
    GeneratedBody,
    Operation,
    Simulator,
    gzip_bomb,
)
from ansible_collections.community.digicert.tests.simulator.application import classify

MIB = 1024 * 1024
SOON = 0.3


class Write(NamedTuple):
    """A write that faults happen to: what is wanted, of which order, and what that reads before and afterwards.

    spellings: how many values are sent, the second after a 400. looks: whether an order is read again after success.
    """

    wanted: str
    order_id: int
    operation: Operation
    before: str
    after: str
    spellings: int
    looks: bool


CANCELLATION = Write("canceled", 1001, Operation.WRITE, "pending", "canceled", spellings=2, looks=False)
REJECTION = Write("rejected", 1101, Operation.DECISION, "needs_approval", "rejected", spellings=1, looks=True)


class Way(Enum):
    """What becomes of a connection on its way to the service."""

    REFUSED = "refused"
    NO_NAME = "no such name"
    NO_TLS = "no TLS"


class Row(NamedTuple):
    """A fault, and what is to be seen of it when it lasts and requests are tried again once.

    fault: the fields of the simulator's fault, or what becomes of new connections.
    code, http_status: of the error; no code where trying again helps.
    read: the requests that are seen when the order cannot be read.
    write: the requests when a cancellation fails without an effect; None where the fault belongs to an effect.
    effect: the requests when it fails with an effect; None where a fault like that means there is none.
    """

    name: str
    fault: Mapping[str, Any] | Way
    code: str | None
    http_status: int | None
    read: str
    write: str | None
    effect: str | None

    @property
    def in_doubt(self) -> bool:
        """Whether a write may have had an effect, so that its outcome stays unknown unless the order reads otherwise."""
        return bool(self.write and self.effect)

    def seen_without_effect(self, write: Write) -> str | None:
        """Give the requests when a write fails without an effect."""
        return ONCE if write.spellings == 1 and self.http_status == 400 else self.write

    def seen_with_effect(self, write: Write) -> str | None:
        """Give the requests when a write fails with an effect, or what looks like a failure is none."""
        return ONCE if write.looks else self.effect

    def told_of(self, before: str | None) -> tuple[Any, ...]:
        """Give what is told of a write that failed without an effect, to an order that reads as before, or not at all."""
        if self.in_doubt:
            return None, before, "outcome_unknown", self.http_status, "PUT"
        return False, before, self.code, self.http_status, "PUT"


def _error(status: int, code: str) -> dict[str, Any]:
    return {"status": status, "body": json.dumps({"errors": [{"code": code, "message": "No."}]})}


def _html(status: int) -> dict[str, Any]:
    return {"status": status, "headers": {"Content-Type": "text/html"}, "body": "<html>Something</html>"}


def _redirect(status: int) -> dict[str, Any]:
    return {"status": status, "headers": {"Location": "/services/v2/order/certificate/1002"}, "body": ""}


CLOSED, RESET = {"disconnect": Disconnect.CLOSE}, {"disconnect": Disconnect.RESET}
LIMIT = _error(429, "request_limit_exceeded")
LATE = {"status": 204, "delay": 30.0}
CUT = {"status": 200, "body": "x" * 100, "truncate": 10}
DRIPS = {"status": 200, "body": "x" * 100, "drip": 1.0}
HUGE = {"status": 200, "body": GeneratedBody(100 * MIB)}
CACHED = {"status": 204, "headers": {"Age": "3600"}, "body": ""}
BOMB = {"status": 200, "headers": {"Content-Encoding": "gzip"}, "body": gzip_bomb(100 * MIB)}
# Not the simulator's usual way to reply, which leaves out the body of a 204.
FULL_204 = {"status": 204, "body": "not empty", "drip_headers": True}

# Sent again after reading: where the cause passes, and with the other spelling after a 400.
TWICE, ONCE = "GET PUT GET PUT GET", "GET PUT GET"

ROWS = [
    # name, fault, code, http_status, read, write, effect
    Row("connection-refused", Way.REFUSED, "not_reached", None, "", "GET", None),
    Row("name-not-found", Way.NO_NAME, "not_reached", None, "", "GET", None),
    Row("tls-refused", Way.NO_TLS, "tls_refused", None, "", "GET", None),
    Row("timeout", LATE, "timed_out", None, "GET GET", TWICE, ONCE),
    Row("reset", RESET, "reply_lost", None, "GET GET", TWICE, ONCE),
    Row("closed", CLOSED, "reply_lost", None, "GET GET", TWICE, ONCE),
    Row("truncated-body", CUT, "reply_lost", None, "GET GET", TWICE, ONCE),
    Row("dripping-body", DRIPS, "timed_out", None, "GET GET", TWICE, ONCE),
    Row("dripping-headers", {**DRIPS, "drip_headers": True}, "timed_out", None, "GET GET", TWICE, ONCE),
    Row("400", _error(400, "bad_request_format"), "rejected", 400, "GET", TWICE, None),
    Row(
        "400-errors-as-object",
        {"status": 400, "body": '{"errors": {"code": "odd", "message": "Odd."}}'},
        "rejected", 400, "GET", TWICE, None,
    ),
    Row("401", _error(401, "unauthorized"), "access_denied", 401, "GET", "GET PUT", None),
    Row("401-html", _html(401), "access_denied", 401, "GET", ONCE, ONCE),
    Row(
        "403-wrong-key",
        _error(403, "access_denied|access_denied_invalid_key"),
        "access_denied", 403, "GET", "GET PUT", None,
    ),
    Row(
        "403-missing-permission",
        _error(403, "access_denied|missing_permission"),
        "missing_permission", 403, "GET", "GET PUT", None,
    ),
    Row("403-another-code", _error(403, "other"), "forbidden", 403, "GET", "GET PUT", None),
    Row("403-html", _html(403), "blocked", 403, "GET", ONCE, ONCE),
    Row("404-order", _error(404, "not_found|order"), "order_not_found", 404, "GET", ONCE, None),
    Row("404-path", _error(404, "not_found|route"), "path_not_found", 404, "GET", "GET PUT", None),
    Row("400-html", _html(400), "unexpected_reply", 400, "GET", TWICE, ONCE),
    Row("408", _error(408, "timeout"), "service_unavailable", 408, "GET GET", TWICE, ONCE),
    Row("425", _error(425, "early"), "service_unavailable", 425, "GET GET", TWICE, ONCE),
    Row("499", _html(499), "service_unavailable", 499, "GET GET", TWICE, ONCE),
    Row("409", _error(409, "conflict"), "rejected", 409, "GET", ONCE, None),
    Row("429-once", {**LIMIT, "times": 1}, None, None, "GET GET", "GET PUT GET PUT", None),
    # The longest window is waited out once.
    Row("429-for-ever", LIMIT, "rate_limited", 429, "GET GET GET", "GET PUT GET PUT GET PUT", None),
    Row("500-html", _html(500), "service_unavailable", 500, "GET GET", TWICE, ONCE),
    Row("502-html", _html(502), "service_unavailable", 502, "GET GET", TWICE, ONCE),
    Row("503-html", _html(503), "service_unavailable", 503, "GET GET", TWICE, ONCE),
    Row("504-html", _html(504), "service_unavailable", 504, "GET GET", TWICE, ONCE),
    Row("200-html", _html(200), "unexpected_reply", 200, "GET", ONCE, ONCE),
    Row(
        "200-json-of-another-shape",
        {"status": 200, "body": '{"result": "ok"}'},
        "unexpected_reply", 200, "GET", ONCE, ONCE,
    ),
    Row("200-for-204", {"status": 200, "body": ""}, "unexpected_reply", 200, "GET", ONCE, ONCE),
    # A write that is answered 204 counts as done.
    Row("204-with-body", FULL_204, "unexpected_reply", 204, "GET", None, "GET PUT"),
    Row("301", _redirect(301), "redirected", 301, "GET", ONCE, ONCE),
    Row("302", _redirect(302), "redirected", 302, "GET", ONCE, ONCE),
    Row("307", _redirect(307), "redirected", 307, "GET", ONCE, ONCE),
    Row("308", _redirect(308), "redirected", 308, "GET", ONCE, ONCE),
    Row("100-MB", HUGE, "reply_too_large", None, "GET", ONCE, ONCE),
    Row("gzip-bomb", BOMB, "unexpected_reply", 200, "GET", ONCE, ONCE),
    Row("cache", CACHED, "from_a_cache", None, "GET GET", TWICE, ONCE),
]  # fmt: skip

# By hand and not from the table: a row must not go without being missed.
ALL = [
    "connection-refused", "name-not-found", "tls-refused", "timeout", "reset", "closed", "truncated-body",
    "dripping-body", "dripping-headers", "400", "400-errors-as-object", "401", "401-html",
    "403-wrong-key", "403-missing-permission", "403-another-code", "403-html", "404-order", "404-path", "400-html",
    "408", "425", "499", "409", "429-once",
    "429-for-ever", "500-html", "502-html", "503-html", "504-html", "200-html", "200-json-of-another-shape",
    "200-for-204", "204-with-body", "301", "302", "307", "308", "100-MB", "gzip-bomb",
    "cache",
]  # fmt: skip
BEFORE_AND_AFTER_AN_EFFECT = [
    "timeout", "reset", "closed", "truncated-body", "dripping-body", "dripping-headers", "401-html", "403-html",
    "400-html", "408", "425", "499", "500-html", "502-html", "503-html", "504-html",
    "200-html", "200-json-of-another-shape", "200-for-204", "301", "302", "307", "308", "100-MB", "gzip-bomb",
    "cache",
]  # fmt: skip


def _each(suits: Callable[[Row], object]) -> pytest.MarkDecorator:
    rows = [row for row in ROWS if suits(row)]
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


FAILING = _each(lambda row: row.code)
IN_CHECK_MODE_AND_REALLY = pytest.mark.parametrize("check", [True, False], ids=["check", "real"])


class Saboteur:
    """Lets a row's fault happen to one kind of request."""

    def __init__(self, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, ports: dict[Way, int]) -> None:
        self._simulator = simulator
        self._monkeypatch = monkeypatch
        self._ports = ports

    def hits(self, row: Row, operation: Operation, seen_before: int, applied: bool = False) -> None:
        """Spoil requests of `operation`; `seen_before` is how many others come first."""
        if isinstance(row.fault, Way):
            self._lose_the_way(row.fault, seen_before)
            return
        if row.code == "timed_out":
            self._hurry(operation)
        self._simulator.script(
            Fault(**{"operation": operation, "times": None, "applied": applied, **row.fault})
        )

    def _lose_the_way(self, way: Way, seen_before: int) -> None:
        # Every request then comes over a connection of its own.
        self._simulator.script(Fault(times=None, headers={"Connection": "close"}))
        connect, look_up = socket.socket.connect, socket.getaddrinfo

        def is_lost() -> bool:
            return len(self._simulator.ledger.requests) >= seen_before

        def connect_elsewhere(connecting: socket.socket, address: Any) -> None:
            port = self._ports.get(way, address[1]) if is_lost() else address[1]
            connect(connecting, (address[0], port))

        def look_up_in_vain(*args: Any, **options: Any) -> Any:
            if way is Way.NO_NAME and is_lost():
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return look_up(*args, **options)

        self._monkeypatch.setattr(socket.socket, "connect", connect_elsewhere)
        self._monkeypatch.setattr(socket, "getaddrinfo", look_up_in_vain)

    def _hurry(self, operation: Operation) -> None:
        """Leave little time to the requests that are to run out of it, and enough to all others."""
        request = HttpClient.request

        def hurried(client: HttpClient, method: str, path: str, *args: Any) -> Any:
            client.timeout = SOON if classify(method, path.partition("?")[0])[0] is operation else 30.0
            return request(client, method, path, *args)

        self._monkeypatch.setattr(HttpClient, "request", hurried)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[Way, int]]:
    """Ports to which a connection fails: one without a listener, one with a certificate of its own making."""
    with socket.socket() as unheard, Simulator(certificate=Certificate.SELF_SIGNED) as untrusted:
        unheard.bind(("127.0.0.1", 0))
        yield {Way.REFUSED: unheard.getsockname()[1], Way.NO_TLS: untrusted.port}


@pytest.fixture
def sabotage(simulator, monkeypatch, ports):
    return Saboteur(simulator, monkeypatch, ports)


@pytest.fixture(params=[CANCELLATION, REJECTION], ids=lambda write: write.wanted)
def write(request):
    """Each of the writes that the faults happen to."""
    return request.param


@pytest.fixture
def run_once_more(run, waits, write):
    """Run the module with one more try, which takes no wait."""
    given = {"order_id": write.order_id, "status": write.wanted, "retries": 1}
    return lambda **options: run(**{**given, **options})


def _seen(simulator: Simulator) -> str:
    return " ".join(request.method for request in simulator.ledger.requests)


def _told(order: dict[str, Any]) -> tuple[Any, ...]:
    """Give what is told of an order: whether it was changed, its status, and why it is not as wanted."""
    error = order.get("error", {})
    return order["changed"], order["status"], error.get("code"), error.get("http_status"), error.get("method")


def _assert_true(outcome, simulator, check=False) -> None:
    """Compare what is reported with what happened."""
    changed = [change.order_id for change in simulator.ledger.changes]
    assert len(changed) == len(set(changed))
    if check:
        assert (simulator.ledger.writes, changed) == ([], [])
        return
    assert outcome["changed"] is any(order["changed"] for order in outcome["orders"])
    for order_id, order in outcome.orders.items():
        if order["changed"] is not None:
            assert order["changed"] is (order_id in changed)
        if order["status"] not in (None, "unknown", "not_attempted"):
            assert order["status"] == simulator.order(order_id).status


def test_no_row_is_missing():
    assert [row.name for row in ROWS] == ALL
    assert [row.name for row in ROWS if row.in_doubt] == BEFORE_AND_AFTER_AN_EFFECT
    assert [row.name for row in ROWS if row.effect and not row.write] == ["204-with-body"]
    assert [row.name for row in ROWS if not row.code] == ["429-once"]


@IN_CHECK_MODE_AND_REALLY
@FAILING
def test_a_fault_at_the_read_keeps_the_order_from_being_written(
    run_once_more, simulator, sabotage, write, row, check
):
    sabotage.hits(row, Operation.READ, seen_before=0)
    outcome = run_once_more(check=check)

    assert outcome.failed
    assert outcome["changed"] is False
    assert _told(outcome.orders[write.order_id]) == (False, None, row.code, row.http_status, "GET")
    assert _seen(simulator) == row.read
    _assert_true(outcome, simulator, check)


@_each(lambda row: row.code and row.write)
def test_a_fault_at_the_write_before_an_effect_is_reported_as_not_changed_or_unknown(
    run_once_more, simulator, sabotage, write, row
):
    sabotage.hits(row, write.operation, seen_before=1)
    outcome = run_once_more()

    assert outcome.failed
    assert _told(outcome.orders[write.order_id]) == row.told_of(write.before)
    assert _seen(simulator) == row.seen_without_effect(write)
    _assert_true(outcome, simulator)


@_each(lambda row: row.effect)
def test_a_fault_at_the_write_after_an_effect_is_reported_as_changed(
    run_once_more, simulator, sabotage, write, row
):
    sabotage.hits(row, write.operation, seen_before=1, applied=True)
    outcome = run_once_more()

    assert not outcome.failed
    assert _told(outcome.orders[write.order_id]) == (True, write.after, None, None, None)
    assert _seen(simulator) == row.seen_with_effect(write)
    _assert_true(outcome, simulator)


@_each(lambda row: True)
def test_a_fault_at_the_write_is_never_met_in_check_mode(run_once_more, simulator, sabotage, write, row):
    expected = run_once_more(check=True)
    simulator.ledger.clear()
    sabotage.hits(row, write.operation, seen_before=1)
    outcome = run_once_more(check=True)

    assert outcome.result == expected.result
    assert _told(outcome.orders[write.order_id]) == (True, write.after, None, None, None)
    assert _seen(simulator) == "GET"
    _assert_true(outcome, simulator, check=True)


READ_BACK_FAILS = Fault(operation=Operation.READ, nth=2, times=None, status=500, body="")


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@_each(lambda row: row.in_doubt)
def test_a_write_in_doubt_that_cannot_be_read_back_is_reported_as_unknown(
    run_once_more, simulator, sabotage, write, row, applied
):
    simulator.script(READ_BACK_FAILS)
    sabotage.hits(row, write.operation, seen_before=1, applied=applied)
    outcome = run_once_more()

    assert outcome.failed
    assert outcome["changed"] is False
    assert _told(outcome.orders[write.order_id]) == row.told_of(None)
    # The last look is tried again once; a look in between is as good as another try.
    assert _seen(simulator) == (
        "GET PUT GET" if row.write == TWICE and row.http_status != 400 else "GET PUT GET GET"
    )
    assert len(simulator.ledger.changes) == applied
    _assert_true(outcome, simulator)


@_each(lambda row: row.code and row.write and not row.effect)
def test_a_write_that_surely_had_no_effect_is_not_in_doubt_even_if_it_cannot_be_read_back(
    run_once_more, simulator, sabotage, write, row
):
    simulator.script(READ_BACK_FAILS)
    sabotage.hits(row, write.operation, seen_before=1)
    outcome = run_once_more()

    assert outcome.failed
    # Such a refusal means that the order is not as it was: it is read back. A 429 is followed by another try.
    contradicted = row.code in {"rejected", "order_not_found"}
    status = None if contradicted else write.before
    assert _told(outcome.orders[write.order_id]) == (False, status, row.code, row.http_status, "PUT")
    expected = dict.fromkeys(("rejected", "order_not_found"), "GET PUT GET GET") | {
        "rate_limited": "GET PUT GET"
    }
    assert _seen(simulator) == expected.get(row.code, row.write)
    _assert_true(outcome, simulator)


@IN_CHECK_MODE_AND_REALLY
@pytest.mark.parametrize("at", ["read", "write"])
@_each(lambda row: not row.code)
def test_a_fault_that_passes_leaves_no_trace_in_the_result(
    run_once_more, simulator, sabotage, write, row, at, check
):
    order_ids = simulator.add_orders(12, write.before)
    operation = write.operation if at == "write" else Operation.READ
    sabotage.hits(row, operation, seen_before=0)
    outcome = run_once_more(check=check, order_id=order_ids)

    assert not outcome.failed
    assert {_told(order) for order in outcome["orders"]} == {(True, write.after, None, None, None)}
    spoiled = at == "read" or not check
    # A write that is sent again follows on another reading.
    assert len(simulator.ledger.reads) == 12 + spoiled + (write.looks and not check)
    assert len(simulator.ledger.writes) == (0 if check else 12 + (at == "write"))
    _assert_true(outcome, simulator, check)


# How much of a body is taken in.
LIMITS = {"100-MB": REPLY_LIMIT, "gzip-bomb": len(BOMB["body"])}


@pytest.fixture
def received(monkeypatch):
    """The sizes of the pieces that came in over TLS; the simulator does not receive that way."""
    sizes = []
    receive = ssl.SSLSocket.recv_into

    def count(*args, **options):
        sizes.append(receive(*args, **options))
        return sizes[-1]

    monkeypatch.setattr(ssl.SSLSocket, "recv_into", count)
    return sizes


@pytest.mark.parametrize("at", ["read", "write"])
@_each(lambda row: row.name in LIMITS)
def test_a_body_without_measure_is_neither_taken_in_whole_nor_unpacked(
    run_once_more, simulator, sabotage, write, received, row, at
):
    sabotage.hits(row, write.operation if at == "write" else Operation.READ, seen_before=1)
    tracemalloc.start()
    try:
        outcome = run_once_more()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert LIMITS[row.name] <= sum(received) < LIMITS[row.name] + MIB
    # The body, what it is copied to when it grows, and the simulator's own.
    assert peak < 3 * REPLY_LIMIT
    _assert_true(outcome, simulator)
