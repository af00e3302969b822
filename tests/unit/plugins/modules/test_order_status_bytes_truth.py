# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever bytes come back, the report is true: properties of random replies that no HTTP server would send.

The same promises as in test_order_status_truth.py, with another witness. SCHEDULES and SOAK_SUMMARY are as there.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.community.digicert.plugins.module_utils._http import HttpClient, NoReply, Reply
from ansible_collections.community.digicert.plugins.modules import digicert_order_info, digicert_order_status
from ansible_collections.community.digicert.tests.simulator import FULL_KEY
from ansible_collections.community.digicert.tests.unit.plugins.module_args import patch_module_args
from ansible_collections.community.digicert.tests.unit.plugins.modules.bytes_on_the_wire import (
    FIRST_ID,
    LIST,
    NAMES,
    ONE_TWIST,
    PLANS,
    ByteService,
    Plan,
    name_of,
    number_of,
)
from ansible_collections.community.digicert.tests.unit.plugins.modules.schedules import (
    NOTE,
    Exchange,
    Played,
    Schedule,
    observed,
    printed_by_module,
)
from ansible_collections.community.digicert.tests.unit.plugins.modules.test_order_status_truth import (
    SETTINGS,
    SOAK_SUMMARY,
    SUMS,
    Known,
    assert_true,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES_BY_ID = {
    order_id: f"{name_of(order_id)}.example.com" for order_id in range(FIRST_ID, FIRST_ID + len(NAMES))
}
TIMEOUT = 0.15
MIB = 1024 * 1024
# A machine that is busy with something else may take so long for what takes no time.
SLACK = 20.0


@pytest.fixture(scope="module", autouse=True)
def _sums() -> Iterator[None]:
    """Write down the sums at the end."""
    SUMS.clear()
    yield
    if SOAK_SUMMARY:
        Path(SOAK_SUMMARY).write_text(json.dumps(SUMS))


def _play(schedule: Schedule, plans: dict[int, list[Plan]], module: Any = None) -> Played:
    """Run a module against a service whose orders are those of the schedule; look whether each reply is its own."""
    asked = [FIRST_ID + place for place in schedule.asked]
    exchanges: list[Exchange] = []
    with ByteService(
        {FIRST_ID + place: status for place, (status, _renewed) in enumerate(schedule.orders)},
        plans,
    ) as service:
        options = {
            **({"order_id": asked} if asked else {"all_orders": True}),
            "api_key": FULL_KEY,
            "api_url": service.url,
            "retries": schedule.retries,
            "timeout": TIMEOUT,
            "rate_limits": [],
            "_ansible_check_mode": schedule.check,
        }
        options |= {} if module else {"note": NOTE, "status": schedule.wanted}
        with observed(exchanges, schedule, lambda: None), patch_module_args(options):
            result = printed_by_module(module or digicert_order_status)
    _assert_each_reply_answers_its_own_request(service, exchanges)
    now = {order_id: (status, False) for order_id, status in service.orders.items()}
    return Played(asked, result, exchanges, service.changes, len(service.seen), now, [], [])


def _assert_each_reply_answers_its_own_request(service: ByteService, exchanges: list[Exchange]) -> None:
    assert not [seen for seen in service.seen if seen.more], "a connection was used again"
    # What is on its way in buffers takes some MiB; an endless reply has ten times as many.
    assert max((seen.sent for seen in service.seen), default=0) < 16 * MIB, "a reply was read without a limit"
    taken = []
    for exchange in exchanges:
        if isinstance(exchange.answer, Reply):
            assert exchange.answer.headers.get("x-number") != "interim"
            number = number_of(exchange.answer.headers)
            if number is not None:
                seen = service.seen[number]
                assert (seen.method, seen.path) == (exchange.method, exchange.path)
                taken.append(number)
    assert len(taken) == len(set(taken))


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, dict[int, list[Plan]]]:
    """Draw a task, and what becomes of the first requests about each of its orders."""
    count = draw(st.integers(1, len(NAMES)))
    status = st.sampled_from(["pending", "pending", "pending", "pending", "issued", "canceled"])
    schedule = Schedule(
        wanted="canceled",
        check=draw(st.sampled_from([False, False, False, False, True])),
        retries=draw(st.integers(0, 1)),
        orders=[(draw(status), False) for _order in range(count)],
        asked=range(count),
        threads=draw(st.sampled_from([1, 8, 8])),
    )
    # The first reading gets through more often than not: there would be little to write otherwise.
    first = st.sampled_from([[], [Plan()]])
    plans = {FIRST_ID + place: [*draw(first), *draw(st.lists(PLANS, max_size=4))] for place in range(count)}
    return schedule, plans


@SETTINGS
@given(drawn=schedules())
def test_the_report_is_true_whatever_bytes_come_back(drawn):
    schedule, plans = drawn
    began = time.monotonic()
    played = _play(schedule, plans)
    SUMS.update({"schedules": 1, "twisted replies": sum(len(of_order) for of_order in plans.values())})
    SUMS.update(f"twist: {name}" for of in plans.values() for plan in of for name, _value in plan.twists)
    assert_true(schedule, played)
    assert "internal_error" not in json.dumps(played.result)
    for order_id, order in played.orders.items():
        assert order["common_name"] in (None, NAMES_BY_ID[order_id])
        # Whoever got every reply as it was knows everything.
        if not plans[order_id] and order["outcome"] != "not_attempted":
            assert order["outcome"] != "unknown" or Known(order_id, played.exchanges).in_doubt
    assert time.monotonic() - began < TIMEOUT * len(played.exchanges) + SLACK


@SETTINGS
@given(
    by_id=st.booleans(),
    plans=st.lists(st.builds(Plan, twists=st.lists(ONE_TWIST, max_size=2)), min_size=1, max_size=3),
)
def test_what_is_read_of_orders_is_their_own(by_id, plans):
    schedule = Schedule(
        wanted="canceled",
        check=False,
        retries=1,
        orders=[("pending", False)] * 3,
        asked=range(3 if by_id else 0),
        threads=8,
    )
    played = _play(schedule, {FIRST_ID + 1 if by_id else LIST: plans}, digicert_order_info)
    assert "internal_error" not in json.dumps(played.result)
    told = {order["id"]: order["certificate"]["common_name"] for order in played.result.get("orders", [])}
    assert told.items() <= NAMES_BY_ID.items()
    assert played.result.get("failed") or len(told) == 3


@pytest.fixture(name="wire", scope="module")
def _wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


class Wire:
    """Answers whatever comes with the same bytes, as they are."""

    def __enter__(self) -> Wire:
        self.reply = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._answer).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                with self._listening.accept()[0] as connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(self.reply)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(65536)


PARTS = st.sampled_from(
    [
        b"HTTP/1.1 ", b"200", b" OK", b"204", b"102", b"100", b"\r\n", b"\r\n\r\n", b"\n", b"Content-Length:", b" 5", b"-1",
        b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", b"5\r\nhello\r\n", b"0\r\n\r\n", b"-5\r\n", b"hello", b":",
        b" ", b"\x00", b"\xff", b"Connection: keep-alive", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 102 Wait\r\n\r\n", b"x" * 9000,
    ]
)  # fmt: skip
ANY_BYTES = st.binary(max_size=200) | st.lists(PARTS, max_size=12).map(b"".join)


@SETTINGS
@given(reply=ANY_BYTES)
def test_any_bytes_are_a_reply_or_the_reason_why_there_is_none(wire, reply):
    wire.reply = reply
    client = HttpClient(wire.url, {}, verify=True, timeout=5.0)
    began = time.monotonic()
    answer = _answer(client)
    if isinstance(answer, NoReply):
        assert answer.sent
        assert answer.detail
    else:
        # Nothing is a reply that has no such status line, and nothing is a body that did not come.
        assert str(answer.status).encode() in reply
        assert 200 <= answer.status <= 999
        assert answer.body in reply or b"chunked" in reply
    assert time.monotonic() - began < 5 + SLACK


def _answer(client: HttpClient) -> Reply | NoReply:
    try:
        return client.request("PUT", "/order/certificate/1001/status", {"status": "canceled"})
    except NoReply as failure:
        return failure
