# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripted faults and changes by another actor: which request they meet and what happens then."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from functools import lru_cache
from typing import Any, Union

from .ledger import Operation, SeenRequest


class Disconnect(str, Enum):
    """How a connection ends without a reply: CLOSE sends FIN, RESET sends RST."""

    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True)
class GeneratedBody:
    """A body of `size` bytes made while it is sent, by repeating `pattern`."""

    size: int
    pattern: bytes = b"x"

    def __len__(self) -> int:
        """Give the size in bytes."""
        return self.size

    def pieces(self, size: int) -> Iterator[bytes]:
        """Give the first `size` bytes in pieces of about 64 KiB."""
        piece = self.pattern * (65536 // len(self.pattern) or 1)
        while size > 0:
            yield piece[:size]
            size -= len(piece)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Which requests it meets: those of `operation` (and of `order_id`, if given), from the `nth` on (1-based,
    counted from when it is scripted), `times` in a row (None: for ever). Of two faults that meet the same
    request the one scripted first happens; both count it.

    Whether the request is handled: with `applied` it is, and then the reply is spoiled. Without, a fault
    that has a reply of its own (`status`, `body` or `disconnect`) keeps the request from the service; a
    fault that has none only disturbs the way, and the request is handled after the `delay`.

    The reply: after `delay` seconds, `status`, `headers` and `body` replace those of the service (a header
    set to None goes away; what is not given stays); `disconnect` ends the connection instead. `truncate`
    declares the whole length, sends that many bytes of the body and closes. `drip` waits that many seconds
    after every byte of the body, with `drip_headers` of the header as well.
    """

    operation: Operation = Operation.ANY
    order_id: int | None = None
    nth: int = 1
    times: int | None = 1
    applied: bool = False
    delay: float = 0.0
    drip: float = 0.0
    drip_headers: bool = False
    status: int | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes | str | GeneratedBody | None = None
    disconnect: Disconnect | None = None
    truncate: int | None = None
    name: str = ""

    @property
    def has_reply(self) -> bool:
        """Whether the fault answers (or hangs up) by itself."""
        return self.status is not None or self.body is not None or self.disconnect is not None


@dataclass(frozen=True)
class OtherActor:
    """Somebody else changes an order at a moment: right after the reply to a matching request is made.

    The matching fields are those of Fault. `changes_to` is the new status (None: stays), `is_renewed` the new
    mark (None: stays), `decides` what the order's open requests become, such as `approved` (None: they stay open),
    `changes_order` the order that changes (None: the one that the request is about).
    """

    operation: Operation = Operation.READ
    order_id: int | None = None
    nth: int = 1
    times: int | None = 1
    changes_to: str | None = None
    is_renewed: bool | None = None
    decides: str | None = None
    changes_order: int | None = None


Scripted = Union[Fault, OtherActor]


class Script:
    """What is scripted, with a count of the requests that each entry has met."""

    def __init__(self) -> None:
        """Start with nothing scripted."""
        self._entries: list[tuple[Scripted, list[int]]] = []

    def add(self, *entries: Scripted) -> None:
        """Script entries; they count requests from now on."""
        self._entries.extend((entry, [0]) for entry in entries)

    def meet(self, request: SeenRequest) -> tuple[Fault | None, list[OtherActor]]:
        """Count a request and give the fault and the other actors that it meets."""
        fault: Fault | None = None
        actors: list[OtherActor] = []
        for entry, count in self._entries:
            if entry.operation not in (Operation.ANY, request.operation):
                continue
            if entry.order_id not in (None, request.order_id):
                continue
            count[0] += 1
            if count[0] < entry.nth or (entry.times is not None and count[0] >= entry.nth + entry.times):
                continue
            if isinstance(entry, OtherActor):
                actors.append(entry)
            else:
                fault = fault or entry
        return fault, actors


@lru_cache(maxsize=4)
def gzip_bomb(size: int) -> bytes:
    """Give a gzip stream that unpacks to `size` zero bytes; send it with `Content-Encoding: gzip`."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = [packer.compress(piece) for piece in GeneratedBody(size, b"\0").pieces(size)]
    return b"".join(packed) + packer.flush()


HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}

CATALOGUE: dict[str, Fault] = {
    # No reply.
    "closed": Fault(disconnect=Disconnect.CLOSE),
    "reset": Fault(disconnect=Disconnect.RESET),
    "closed_after_applying": Fault(disconnect=Disconnect.CLOSE, applied=True),
    "reset_after_applying": Fault(disconnect=Disconnect.RESET, applied=True),
    # No good reply from the service or from what stands in front of it (contract 3).
    "maintenance": Fault(
        status=503, headers=HTML, body="<html><body><h1>Scheduled maintenance</h1></body></html>"
    ),
    "firewall": Fault(status=403, headers=HTML, body="<html><body>The request was blocked.</body></html>"),
    "bad_gateway": Fault(status=502, headers=HTML, body="<html><body>Bad gateway</body></html>"),
    "gateway_timeout_after_applying": Fault(
        status=504, headers=HTML, body="<html><body>Gateway timeout</body></html>", applied=True
    ),
    "server_error": Fault(
        status=500, headers=JSON, body='{"errors": [{"code": "server_error", "message": "Something broke."}]}'
    ),
    "rate_limited": Fault(
        status=429,
        headers=JSON,
        body='{"errors": [{"code": "request_limit_exceeded",'
        ' "message": "Service unavailable, please limit request volume"}]}',
    ),
    "errors_as_object": Fault(
        status=400, headers=JSON, body='{"errors": {"code": "bad_request_format", "message": "Malformed."}}'
    ),
    "unauthorized": Fault(
        status=401, headers=JSON, body='{"errors": [{"code": "unauthorized", "message": "Not authorized."}]}'
    ),
    # A reply that cannot be used.
    "redirect": Fault(status=302, headers={"Location": "https://other.example.com/"}, body=""),
    "truncated": Fault(truncate=10),
    "empty_ok": Fault(status=200, headers=JSON, body=""),
    "html_ok": Fault(status=200, headers=HTML, body="<html><body>Welcome</body></html>"),
    "json_list": Fault(status=200, headers=JSON, body="[]"),
    "huge": Fault(status=200, headers=JSON, body=GeneratedBody(100 * 1024 * 1024)),
    # A reply that takes its time.
    "slow": Fault(delay=30.0),
    "slow_after_applying": Fault(delay=30.0, applied=True),
    "dripping": Fault(drip=0.2),
}
"""Ready-made faults by name; `dataclasses.replace` aims them at an operation, an order, an nth request."""


def scripted_from_json(entry: Mapping[str, Any]) -> Scripted:
    """Read one entry of the control interface.

    Its keys are the fields of Fault, or of OtherActor when `changes_to`, `is_renewed` or `decides` is among them.
    `catalogue` names a ready-made fault to start from. `body` is a string; `body_base64` gives bytes,
    `generated_body` the size of a body to generate. Raises ValueError for anything else.
    """
    given = dict(entry)
    base: Scripted = OtherActor() if {"changes_to", "is_renewed", "decides"} & given.keys() else Fault()
    if "catalogue" in given:
        name = given.pop("catalogue")
        if name not in CATALOGUE:
            raise ValueError(f"no ready-made fault {name!r}; there are: {', '.join(CATALOGUE)}")
        base = replace(CATALOGUE[name], name=name)
    if "body_base64" in given:
        given["body"] = base64.b64decode(given.pop("body_base64"), validate=True)
    if "generated_body" in given:
        given["body"] = GeneratedBody(int(given.pop("generated_body")))
    unknown = given.keys() - {known.name for known in fields(base)}
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
    for name, value in given.items():
        _check_type(name, value)
    if "operation" in given:
        given["operation"] = Operation(given["operation"])
    if given.get("disconnect") is not None:
        given["disconnect"] = Disconnect(given["disconnect"])
    if "headers" in given:
        given["headers"] = {
            header: None if value is None else str(value) for header, value in given["headers"].items()
        }
    return replace(base, **given)


TYPES: dict[str, tuple[type, ...]] = {
    "order_id": (int, type(None)),
    "nth": (int,),
    "times": (int, type(None)),
    "applied": (bool,),
    "delay": (int, float),
    "drip": (int, float),
    "drip_headers": (bool,),
    "status": (int, type(None)),
    "headers": (dict,),
    "body": (str, bytes, GeneratedBody, type(None)),
    "truncate": (int, type(None)),
    "name": (str,),
    "changes_to": (str, type(None)),
    "is_renewed": (bool, type(None)),
    "decides": (str, type(None)),
    "changes_order": (int, type(None)),
}


def _check_type(name: str, value: Any) -> None:
    known = TYPES.get(name)
    if known and (not isinstance(value, known) or (isinstance(value, bool) and bool not in known)):
        raise ValueError(f"{name} cannot be {value!r}")
