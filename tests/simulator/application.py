# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web side: takes requests from aiohttp, lets the scripted faults happen and sends the replies."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from . import rules
from .control import Control
from .faults import THE_REPLY, Disconnect, Fault, GeneratedBody, OtherActor
from .ledger import Operation, Outcome, SeenRequest
from .service import Body, Reply, Service

API_PREFIX = "/services/v2"
AN_ORDER, A_REQUEST = r"/order/certificate/(?P<order_id>[0-9]{1,18})", r"/request/(?P<request_id>[0-9]{1,18})"
ROUTES = tuple(
    (method, re.compile(path), operation)
    for method, path, operation in (
        # A client puts a slash before the question mark.
        ("GET", "/order/certificate/?", Operation.LIST),
        ("GET", AN_ORDER, Operation.READ),
        ("GET", "/order/certificate/(?P<certificate>[0-9A-Fa-f]{32,40})", Operation.READ),
        ("PUT", AN_ORDER + "/status", Operation.WRITE),
        ("GET", AN_ORDER + "/validation", Operation.VALIDATION),
        ("GET", "/request", Operation.REQUESTS),
        ("GET", A_REQUEST, Operation.REQUEST),
        ("PUT", A_REQUEST + "/status", Operation.DECISION),
        # There is nothing else, but the ledger tells what it was about.
        (None, f"(?:{AN_ORDER}|{A_REQUEST})(?:/.*)?", Operation.OTHER),
    )
)
"""Method and path below the host root or /services/v2 (contract 5), and what they ask for."""

NO_FAULT = Fault()
CANNOT_EDIT = 599
"""The HTTP status that tells a test that its fault could not edit the reply."""


class _NoReply(web.Response):
    """Makes aiohttp end the connection without a word."""

    async def prepare(self, request: web.BaseRequest) -> None:
        raise ConnectionResetError(f"no reply is meant to be sent to {request.path}")


class _Sent(web.Response):
    """Makes aiohttp go on with the connection, because all that is to be sent was sent."""

    def __init__(self) -> None:
        super().__init__()
        self._keep_alive = True

    async def prepare(self, request: web.BaseRequest) -> None:  # noqa: ARG002
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Send nothing more."""


class _Interrupted(Exception):
    """The simulator was reset or stopped while a request waited."""


class Application:
    """Takes requests from aiohttp, lets the scripted faults happen and sends what the service answers."""

    def __init__(self, service: Service, on_stop: Callable[[], None] | None = None) -> None:
        """Serve this service; `on_stop` is called when the control interface is told to stop."""
        self._service = service
        self._on_stop = on_stop
        self._interrupted = asyncio.Event()

    def web_application(self) -> web.Application:
        """Make the aiohttp application."""
        application = web.Application(client_max_size=0)
        control = Control(self._service, self.interrupt, self._on_stop)
        application.add_routes(control.routes())
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    def interrupt(self) -> None:
        """End all waiting of requests; to be called in the event loop."""
        self._interrupted.set()
        self._interrupted = asyncio.Event()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        service = self._service
        with service.lock:
            generation = service.generation
            seen = record(service, request, body)
            fault, actors = service.script.meet(seen)
            latency = service.settings.latency
        if fault is not None:
            seen.fault = fault.name or "unnamed"
        fault = fault or NO_FAULT

        async def pause(seconds: float) -> None:
            end = time.monotonic() + seconds
            while service.generation == generation and (left := end - time.monotonic()) > 0:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._interrupted.wait(), left)
            if service.generation != generation:
                raise _Interrupted

        try:
            await pause(latency)
            if not fault.applied:
                await pause(fault.delay)
            reply = self._handled(seen, body, fault, actors, generation)
            if fault.applied:
                await pause(fault.delay)
            return await self._send(request, seen, spoiled(reply, fault), fault, pause)
        except _Interrupted:
            seen.outcome = Outcome.STOPPED
            return _NoReply()
        except ConnectionError:
            seen.outcome = Outcome.CLIENT_LEFT
            return _NoReply()
        except asyncio.CancelledError:
            seen.outcome = Outcome.CLIENT_LEFT
            raise

    def _handled(
        self, seen: SeenRequest, body: bytes, fault: Fault, actors: Sequence[OtherActor], generation: int
    ) -> Reply:
        """Let the service and the other actors have their moment, in which no reset can come between."""
        with self._service.lock:
            if self._service.generation != generation:
                raise _Interrupted
            reply = Reply(200)
            if fault.applied or not fault.has_reply:
                reply = self._service.answer(seen, fault.asked(seen.query), body)
            self._service.act(actors, seen)
        return reply

    async def _send(
        self,
        request: web.Request,
        seen: SeenRequest,
        reply: Reply,
        fault: Fault,
        pause: Callable[[float], Awaitable[None]],
    ) -> web.StreamResponse:
        if fault.wire is None and fault.disconnect is not None:
            return _hang_up(request, seen, fault.disconnect)
        seen.status = reply.status
        seen.outcome = Outcome.REPLIED
        if fault.wire is not None or fault.drip_headers:
            await _send_raw(request, reply, fault, pause)
            if fault.drip_headers:
                return _NoReply()
            return _hang_up(request, seen, fault.disconnect) if fault.disconnect else _Sent()
        if fault.truncate is None and not fault.drip and isinstance(reply.body, bytes):
            return web.Response(status=reply.status, headers=reply.headers, body=reply.body or None)
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.content_length = len(reply.body)
        if fault.truncate is not None:
            seen.outcome = Outcome.TRUNCATED
            response.force_close()
        await response.prepare(request)
        for place, piece in enumerate(_pieces(reply.body, fault)):
            if place:
                await pause(fault.drip)
            await response.write(piece)
        return response


def record(service: Service, request: web.Request, body: bytes) -> SeenRequest:
    """Note a request in the ledger, as it came on the wire."""
    # A client that takes the simulator for a proxy sends the whole URL.
    target = request.raw_path
    if not target.startswith("/"):
        target = urlsplit(target)._replace(scheme="", netloc="").geturl()
    path, _mark, query = target.partition("?")
    route = classify(request.method, path)
    peer = request.transport.get_extra_info("peername") if request.transport else None
    seen = SeenRequest(
        operation=route.operation,
        method=request.method,
        path=path,
        query=query,
        # Their names as they came: aiohttp spells those that it knows in its own way.
        headers=tuple(
            (name.decode(errors="surrogateescape"), value.decode(errors="surrogateescape"))
            for name, value in request.raw_headers
        ),
        body=body.decode("utf-8", "backslashreplace"),
        order_id=service.order_of(route.order_id, route.request_id, route.certificate),
        request_id=route.request_id,
        key_name=rules.key_name(request.headers.get("X-DC-DEVKEY")),
        client_port=peer[1] if peer else 0,
    )
    service.ledger.record_request(seen)
    return seen


class Route(NamedTuple):
    """What a request asks for, and the order, the approver's request or the certificate in its path."""

    operation: Operation
    order_id: int | None = None
    request_id: int | None = None
    certificate: str | None = None


def classify(method: str, path: str) -> Route:
    """Tell what a method and a path ask for."""
    route = path.removeprefix(API_PREFIX)
    for known, pattern, operation in ROUTES:
        if known in (None, method) and (match := pattern.fullmatch(route)):
            named = match.groupdict()
            order_id, request_id = named.get("order_id"), named.get("request_id")
            return Route(
                operation,
                int(order_id) if order_id else None,
                int(request_id) if request_id else None,
                named.get("certificate"),
            )
    return Route(Operation.OTHER)


def spoiled(reply: Reply, fault: Fault) -> Reply:
    """Give the reply with its JSON edited, and the status, the headers and the body of the fault in place of its own."""
    body = reply.body
    if fault.body is not None:
        body = fault.body.encode() if isinstance(fault.body, str) else fault.body
    elif isinstance(body, bytes):
        try:
            body = fault.edited(body)
        except (LookupError, TypeError, ValueError) as error:
            return Reply(CANNOT_EDIT, {"Content-Type": "text/plain"}, f"Not edited: {error!r}".encode())
    replaced = {name.lower() for name in fault.headers}
    headers = {name: value for name, value in reply.headers.items() if name.lower() not in replaced}
    headers.update((name, value) for name, value in fault.headers.items() if value is not None)
    return Reply(reply.status if fault.status is None else fault.status, headers, body)


def _pieces(body: Body, fault: Fault) -> Iterable[bytes]:
    size = len(body) if fault.truncate is None else min(fault.truncate, len(body))
    if fault.drip:
        whole = body[:size] if isinstance(body, bytes) else b"".join(body.pieces(size))
        return (whole[place : place + 1] for place in range(size))
    return body.pieces(size) if isinstance(body, GeneratedBody) else [body[:size]]


def _hang_up(request: web.Request, seen: SeenRequest, disconnect: Disconnect) -> web.StreamResponse:
    seen.outcome = Outcome.CLOSED if disconnect is Disconnect.CLOSE else Outcome.RESET
    transport = request.transport
    if disconnect is Disconnect.RESET and transport is not None:
        # Closing a socket that lingers for no time at all sends RST instead of FIN.
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        transport.abort()
    return _NoReply()


async def _send_raw(
    request: web.Request, reply: Reply, fault: Fault, pause: Callable[[float], Awaitable[None]]
) -> None:
    """Send the parts of a fault's `wire`, or else the reply, past aiohttp."""
    for part in (THE_REPLY,) if fault.wire is None else fault.wire:
        if isinstance(part, (int, float)):
            await pause(part)
            continue
        pieces: Iterable[bytes] = (
            [part] if isinstance(part, bytes) else [_head(reply, fault), *_pieces(reply.body, fault)]
        )
        if fault.drip_headers:
            pieces = (bytes([byte]) for piece in pieces for byte in piece)
        for place, piece in enumerate(pieces):
            if place and fault.drip:
                await pause(fault.drip)
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError("the client left")
            request.transport.write(piece)


def _head(reply: Reply, fault: Fault) -> bytes:
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    measured = {"content-length", "transfer-encoding"} & {name.lower() for name in fault.headers}
    if not measured and (reply.body or reply.status != HTTPStatus.NO_CONTENT):
        lines.append(f"Content-Length: {len(reply.body)}")
    if fault.drip_headers:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode()
