# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service at the level of bytes, without any library that speaks HTTP: it knows the truth, and its replies are twisted.

The simulator says what is wrong in whole replies that a server would send. This one says it in bytes that none would.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.community.digicert.tests.simulator import Change
from hypothesis import strategies as st

BASE = "/services/v2"
# Names that no odd byte turns into each other.
NAMES = ["bakery", "harbour", "library", "orchard", "quarry", "tannery", "windmill"]
FIRST_ID = 1001
# Stands for the list of orders where the others have their IDs.
LIST = 0
ENDLESS = b"y" * 4096
PAUSE = 0.02


@dataclass(frozen=True)
class Plan:
    """What becomes of one request.

    answer: the status of what a middle box says in place of the service ("box"), or of the service's own refusal
        ("refused"); None for the service's true answer.
    applied: whether a write that a middle box answers has its effect. twists: what becomes of the reply, by `TWISTS`.
    """

    answer: tuple[str, int] | None = None
    applied: bool = False
    twists: Sequence[tuple[str, Any]] = ()


@dataclass
class Draft:
    """A reply, in the parts that a twist may change.

    about: the ID of the order. before, after: bytes around it. late: seconds between it and what comes after.
    drip: seconds for each byte.
    flips: places (0 to 1) where a byte is another one. cut: the place where it ends. stays: whether the connection
    stays open then. endless: whether it goes on and on. reset: whether the connection ends with a reset.
    """

    status_line: bytes
    headers: list[bytes]
    body: bytes
    about: int = LIST
    before: bytes = b""
    after: bytes = b""
    late: float = 0.0
    drip: float = 0.0
    line_end: bytes = b"\r\n"
    flips: list[tuple[float, int]] = field(default_factory=list)
    cut: float = 1.0
    stays: bool = False
    endless: bool = False
    reset: bool = False

    def reply(self) -> bytes:
        """Give the bytes of the reply itself."""
        head = self.line_end.join([self.status_line, *self.headers, b"", b""])
        whole = bytearray(head + self.body)
        for place, byte in self.flips:
            at = int(place * (len(whole) - 1))
            # Nothing but an order that cannot be read may come of it: what it says stays true.
            whole[at] = byte if at < len(head) else 0xFF
        return self.before + bytes(whole[: round(self.cut * len(whole))])


@dataclass
class Seen:
    """A request: what it asked for, how many bytes it was answered, how many more came over the same connection."""

    method: str
    path: str
    sent: int = 0
    more: int = 0


def _with_length(draft: Draft, values: Sequence[str]) -> None:
    draft.headers = [header for header in draft.headers if not header.startswith(b"Content-Length")]
    own = len(draft.body)
    draft.headers += [
        b"Content-Length: " + value.format(own=own, more=own + 7, less=max(0, own - 7)).encode("latin-1")
        for value in values
    ]


def _in_chunks(draft: Draft, value: tuple[Sequence[str], bool]) -> None:
    sizes, keeps_length = value
    if not keeps_length:
        _with_length(draft, [])
    draft.headers.append(b"Transfer-Encoding: chunked")
    half = len(draft.body) // 2
    parts = [draft.body[:half], draft.body[half:], b""]
    draft.body = b"".join(
        (size.format(own=len(part)) if size != "{own}" else f"{len(part):x}").encode("latin-1")
        + b"\r\n"
        + part
        + b"\r\n"
        for size, part in zip([*sizes, "{own}", "{own}", "{own}"], parts)
    )


def _with_interim(draft: Draft, statuses: Sequence[int]) -> None:
    draft.before += b"".join(
        b"HTTP/1.1 %d Go on\r\nX-Number: interim\r\n\r\n" % status for status in statuses
    )


def _set(name: str) -> Callable[[Draft, Any], None]:
    return lambda draft, value: setattr(draft, name, value)


def _with_header(draft: Draft, header: bytes) -> None:
    draft.headers.insert(0, header)


def _surplus(draft: Draft, value: tuple[bytes, float]) -> None:
    more, draft.late = value
    draft.after += more or draft.reply()
    draft.stays = True


def _other_body(draft: Draft, further: int) -> None:
    draft.body = json.dumps(_described(draft.about + further, "canceled")).encode()
    _with_length(draft, ["{own}"])


def _endless(draft: Draft, lengths: Sequence[str]) -> None:
    _with_length(draft, lengths)
    draft.endless = True


STATUS_LINES = [
    b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/2 200 OK", b"HTTP/1.1 99 Low", b"HTTP/1.1 1000 High", b"HTTP/1.1 -1 Odd",
    b"HTTP/1.1 +200 OK", b"HTTP/1.1 2_00 OK", b"HTTP/1.1   200   OK", b"ICY 200 OK", b"", b"HTTP/1.1", b"HTTP/1.1 abc",
    b"HTTP/1.1 102 Wait", b"HTTP/1.1 100", b"HTTP/1.1 101 Switching", b"HTTP/1.1 600 New", b"HTTP/1.1 200 \xff",
    b"SSH-2.0-example", b"HTTP/1.1 200 " + b"x" * 70_000, b"\x00" * 10, b"HTTP/1.1 304 Not Modified",
]  # fmt: skip
LENGTHS = [
    "{own}", "{more}", "{less}", "-1", "+{own}", "{own}, {own}", "{own}, {more}", "", " ", "0", "1_0", "0x10", "none", "1.5",
    "99999999999999999999999", "\xb2",
]  # fmt: skip
SIZES = [
    "{own}", "-1", "-5", "+5", "0x5", "5;extension=x", "5 ", "", "zz", "1_0", "ffffffff", "FFFFFFFFFFFFFFFFFFFF", "0", "00",
    "5\n", "1" * 70_000,
]  # fmt: skip
HEADERS = [
    b"X-Long: " + b"x" * 70_000, b"X-Many: y\r\n" * 200, b"No colon", b": no name", b" folded", b"X-\xff: \x00\x7f",
    b"Connection: keep-alive", b"Connection: upgrade\r\nUpgrade: h2c", b"Transfer-Encoding: gzip", b"Content-Encoding: gzip",
    b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked, chunked", b"Location: /services/v2/order/certificate/1002",
    b"Retry-After: 1", b"Retry-After: -1", b"Retry-After: Sat, 99 Foo 10000 99:99:99 GMT", b"Retry-After: " + b"9" * 5000,
    b"Content-Type: text/html; charset=\xff", b"Set-Cookie: a=b", b"Trailer: Content-Length", b"Content-Length : 5",
]  # fmt: skip
TWISTS: dict[str, tuple[st.SearchStrategy[Any], Callable[[Draft, Any], None]]] = {
    "interim": (
        st.lists(st.sampled_from([100, 102, 103, 199, 101]), min_size=1, max_size=4),
        _with_interim,
    ),
    "many interim": (st.just([102] * 4000), _with_interim),
    "status line": (st.sampled_from(STATUS_LINES) | st.binary(max_size=30), _set("status_line")),
    "length": (st.lists(st.sampled_from(LENGTHS), max_size=2), _with_length),
    "chunks": (
        st.tuples(st.lists(st.sampled_from(SIZES), max_size=3), st.booleans()),
        _in_chunks,
    ),
    "header": (st.sampled_from(HEADERS) | st.binary(max_size=40), _with_header),
    "surplus": (
        st.tuples(
            st.sampled_from(
                [
                    b"",
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                    b"HTTP/1.1 204 No Content\r\n\r\n",
                    b"\r\n",
                    b"\x00" * 100,
                ]
            ),
            st.sampled_from([0.0, PAUSE]),
        ),
        _surplus,
    ),
    "flips": (
        st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=3),
        _set("flips"),
    ),
    "line end": (st.sampled_from([b"\n", b"\r", b"\n\r", b"\r\r\n"]), _set("line_end")),
    "cut": (st.floats(0, 1), _set("cut")),
    "reset": (st.just(True), _set("reset")),
    "other body": (st.sampled_from([-1, 1, 2]), _other_body),
    "endless": (st.sampled_from([[], ["999999999999"]]), _endless),
    "drip": (st.just(PAUSE), _set("drip")),
    "stays": (st.just(True), _set("stays")),
}
# Those that make a task wait for its timeout are drawn less often.
ONE_TWIST = st.one_of(
    [
        st.tuples(st.just(name), values)
        for name, (values, _apply) in TWISTS.items()
        for _time in range(1 if name in {"drip", "stays"} else 3)
    ]
)
PLANS = st.builds(
    Plan,
    answer=st.none()
    | st.none()
    | st.tuples(
        st.just("box"),
        st.sampled_from([200, 202, 301, 400, 401, 403, 404, 408, 409, 425, 429, 499, 500, 502, 503, 504]),
    )
    | st.tuples(st.just("refused"), st.sampled_from([400, 403, 404, 409, 422, 429])),
    applied=st.booleans(),
    twists=st.lists(ONE_TWIST, max_size=2),
)


def name_of(order_id: int) -> str:
    """Give the name of an organization that no other order has."""
    return NAMES[order_id % len(NAMES)]


def _described(order_id: int, status: str) -> dict[str, Any]:
    name = name_of(order_id)
    return {
        "id": order_id,
        "status": status,
        "is_renewed": False,
        "certificate": {"common_name": f"{name}.example.com"},
        "organization": {"name": name},
    }


class ByteService:
    """Takes one request a connection, and answers it by the plan for it.

    orders: the status of each order. plans: of the requests about an order, by its ID and in their order; those that
    follow are answered truly. seen: every request. changes: every change of an order.
    """

    def __init__(self, orders: dict[int, str], plans: dict[int, Sequence[Plan]]) -> None:
        """Take the orders and the plans."""
        self.orders = dict(orders)
        self.plans = {order_id: iter(of_order) for order_id, of_order in plans.items()}
        self.seen: list[Seen] = []
        self.changes: list[Change] = []
        self._lock = threading.Lock()
        self._accepting = threading.Thread(target=self._accept)
        self._answering: list[threading.Thread] = []

    def __enter__(self) -> ByteService:
        """Listen."""
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}{BASE}"
        self._accepting.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Take no more connections, and wait until no reply is under way any more."""
        # Closing alone does not wake up whoever accepts.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()
        for thread in self._answering:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._listening.accept()[0]
                thread = threading.Thread(target=self._serve, args=[connection])
                self._answering.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            request = _read(connection)
            method, target = request.split(b" ", 2)[:2]
            seen = Seen(method.decode(), target.decode().removeprefix(BASE))
            with self._lock:
                number = len(self.seen)
                self.seen.append(seen)
                draft = self._answered(seen, number)
            for piece in _pieces(draft):
                connection.sendall(piece)
                seen.sent += len(piece)
            if draft.reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if not draft.stays:
                connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):
                seen.more += more.count(b"HTTP/1.1\r\n")

    def _answered(self, seen: Seen, number: int) -> Draft:
        order_id = int(re.sub(r"\D", "", seen.path.partition("?")[0]) or LIST)
        plan = next(self.plans.get(order_id, iter(())), Plan())
        status = self.orders.get(order_id)
        writes = seen.method == "PUT"
        refused = writes and status != "pending"
        applied = writes and not refused and (plan.applied if plan.answer else True)
        if plan.answer and plan.answer[0] == "refused":
            applied = False
        if applied:
            self.orders[order_id] = "canceled"
            at = len(self.changes), time.monotonic()
            self.changes.append(
                Change(*at, order_id, "pending", "canceled", False, False, "a key", number, "")
            )
        if plan.answer and plan.answer[0] == "box":
            draft = _draft(number, plan.answer[1], b"<html>Somebody else</html>")
        elif order_id == LIST:
            listed = [_described(*order) for order in self.orders.items()]
            draft = _draft(
                number, 200, json.dumps({"orders": listed, "page": {"total": len(listed)}}).encode()
            )
        elif plan.answer or refused or status is None:
            code = plan.answer[1] if plan.answer else 404 if status is None else 400
            error = {"errors": [{"code": "not_found|order" if code == 404 else "odd", "message": "No."}]}
            draft = _draft(number, code, json.dumps(error).encode())
        elif writes:
            draft = _draft(number, 204, b"")
        else:
            draft = _draft(number, 200, json.dumps(_described(order_id, status)).encode())
        draft.about = order_id
        return self._twisted(draft, plan, lies=writes and not applied)

    @staticmethod
    def _twisted(draft: Draft, plan: Plan, lies: bool) -> Draft:
        """Give the reply as it leaves; `lies` says that a 204 would be a lie, which nobody could see through."""
        true = Draft(draft.status_line, list(draft.headers), draft.body)
        for name, value in plan.twists:
            TWISTS[name][1](draft, value)
        alone = len(plan.twists) == 1
        if lies and (b"204" in draft.reply() or (b"204" in draft.after and not alone)):
            return true
        return draft


def _draft(number: int, status: int, body: bytes) -> Draft:
    length = [b"Content-Length: %d" % len(body)] if status != 204 else []
    mark = b"X-Number: " + b"-".join([b"%d" % number] * 4)
    return Draft(b"HTTP/1.1 %d Status" % status, [b"Content-Type: application/json", *length, mark], body)


def number_of(headers: dict[str, str]) -> int | None:
    """Give the number of the request that a reply was made for; None where a twist took it away."""
    numbers = headers.get("x-number", "").split("-")
    return int(numbers[0]) if len(numbers) == 4 and len(set(numbers)) == 1 and numbers[0].isdigit() else None


def _read(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += _received(connection)
    length = re.search(rb"(?i)content-length: (\d+)", request)
    while length and len(request.partition(b"\r\n\r\n")[2]) < int(length[1]):
        request += _received(connection)
    return request


def _received(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise OSError("nobody is there any more")
    return received


def _pieces(draft: Draft) -> Iterator[bytes]:
    reply = draft.reply()
    if draft.drip:
        for byte in reply:
            yield bytes([byte])
            time.sleep(draft.drip)
    else:
        yield reply
    # Far more than any limit; whoever reads all of it has none.
    for _time in range(25_000 if draft.endless else 0):
        yield ENDLESS
    if draft.after:
        time.sleep(draft.late)
        yield draft.after
