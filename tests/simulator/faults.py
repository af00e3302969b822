# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripted faults and changes by another actor: which request they meet and what happens then."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Union
from urllib.parse import parse_qsl, urlencode

from .ledger import Operation, SeenRequest

THE_REPLY: Final = None
"""Where the reply goes among the parts of a fault's `wire`."""

Edit = Union[Mapping[str, Any], Callable[[Any], Any]]


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

    Which requests it meets: those of `operation` (and of `order_id`, if given, and with a path and query of more
    than `longer_than` bytes), from the `nth` on (1-based, counted from when it is scripted), `times` in a row (None:
    for ever). Of two faults that meet the same request the one scripted first happens; both count it.

    Whether the request is handled: with `applied` it is, and then the reply is spoiled. Without, a fault
    that has a reply of its own (`status`, `body`, `disconnect`, or a `wire` without the reply) keeps the request from
    the service; a fault that has none only disturbs the way, and the request is handled after the `delay`.

    What the service gets: the parameters in `query` replace those of the request, with all indices that they have
    (`filters[status]` is `filters[status][0]` as well); None takes one away. The ledger shows what was sent.

    What the service says: `edit` changes the JSON of its reply. It is a function that takes the content and gives
    another, or new values by JSON pointer (RFC 6901): `{"/orders/0/status": None, "/page/total": 5}`, where `-` stands
    for one more entry of a list. `remove` takes away what its pointers lead to. A pointer that leads nowhere gives an
    HTTP status of its own, 599, so that a test does not pass without its fault.

    The reply: after `delay` seconds, `status`, `headers` and `body` replace those of the service (a header
    set to None goes away; what is not given stays); `disconnect` ends the connection instead. `truncate`
    declares the whole length, sends that many bytes of the body and closes. `drip` waits that many seconds
    after every byte of the body, with `drip_headers` of the header as well.

    What goes over the wire: the parts of `wire` in their order, in which bytes are sent as they are, a number is a
    pause in seconds, and `THE_REPLY` is the reply, with a `Content-Length` that fits unless `headers` has one, or has
    `Transfer-Encoding`. The connection stays open then, unless `disconnect` ends it after the last part.
    """

    operation: Operation = Operation.ANY
    order_id: int | None = None
    longer_than: int = 0
    nth: int = 1
    times: int | None = 1
    query: Mapping[str, str | None] = field(default_factory=dict)
    edit: Edit = field(default_factory=dict)
    remove: Sequence[str] = ()
    applied: bool = False
    delay: float = 0.0
    drip: float = 0.0
    drip_headers: bool = False
    status: int | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes | str | GeneratedBody | None = None
    disconnect: Disconnect | None = None
    truncate: int | None = None
    wire: Sequence[bytes | float | None] | None = None
    name: str = ""

    @property
    def has_reply(self) -> bool:
        """Whether the fault answers (or hangs up) by itself."""
        if self.wire is not None:
            return self.status is not None or self.body is not None or THE_REPLY not in self.wire
        return self.status is not None or self.body is not None or self.disconnect is not None

    def asked(self, query: str) -> str:
        """Give the query that the service gets for the one that was sent."""
        if not self.query:
            return query
        replaced = tuple(self.query)
        kept = [
            (name, value)
            for name, value in parse_qsl(query, keep_blank_values=True)
            if not any(name == one or name.startswith(f"{one}[") for one in replaced)
        ]
        return urlencode(kept + [(name, value) for name, value in self.query.items() if value is not None])

    def edited(self, body: bytes) -> bytes:
        """Give the body with its JSON changed. Raises LookupError, TypeError or ValueError where that cannot be done."""
        if not self.edit and not self.remove:
            return body
        content = json.loads(body)
        if callable(self.edit):
            content = self.edit(content)
        else:
            for pointer, value in self.edit.items():
                put(content, pointer, value)
        for pointer in self.remove:
            take_away(content, pointer)
        return json.dumps(content).encode()


@dataclass(frozen=True)
class OtherActor:
    """Somebody else changes an order at a moment: right after the reply to a matching request is made.

    The matching fields are those of Fault. `changes_to` is the new status (None: stays), `is_renewed` the new
    mark (None: stays), `decides` what the order's open requests become, such as `approved` (None: they stay open),
    `changes_order` the order that changes (None: the one that the request is about).
    """

    operation: Operation = Operation.READ
    order_id: int | None = None
    longer_than: int = 0
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
            if entry.longer_than >= len(request.target):
                continue
            count[0] += 1
            if count[0] < entry.nth or (entry.times is not None and count[0] >= entry.nth + entry.times):
                continue
            if isinstance(entry, OtherActor):
                actors.append(entry)
            else:
                fault = fault or entry
        return fault, actors


def put(content: Any, pointer: str, value: Any) -> None:
    """Set what a JSON pointer leads to. Raises LookupError, TypeError or ValueError where it leads nowhere."""
    parent, last = _parent(content, pointer)
    if isinstance(parent, list) and last == "-":
        parent.append(value)
    elif isinstance(parent, list):
        parent[int(last)] = value
    else:
        parent[last] = value


def take_away(content: Any, pointer: str) -> None:
    """Remove what a JSON pointer leads to. Raises LookupError, TypeError or ValueError where it leads nowhere."""
    parent, last = _parent(content, pointer)
    del parent[int(last) if isinstance(parent, list) else last]


def _parent(content: Any, pointer: str) -> tuple[Any, str]:
    first, *names = pointer.split("/")
    if first or not names:
        raise ValueError(f"{pointer!r} is no JSON pointer")
    *path, last = [name.replace("~1", "/").replace("~0", "~") for name in names]
    for name in path:
        content = content[int(name) if isinstance(content, list) else name]
    if not isinstance(content, (dict, list)):
        raise TypeError(f"{pointer!r} leads into a {type(content).__name__}")
    return content, last


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
    "invalid_approver": Fault(
        status=403,
        headers=JSON,
        body='{"errors": [{"code": "access_denied|invalid_approver", "message": "You cannot decide this request."}]}',
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
    `generated_body` the size of a body to generate. `edit` has values by pointer; a `wire` has strings, whose
    characters are bytes (ISO 8859-1), numbers, and null for the reply. Raises ValueError or TypeError for anything else.
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
    if given.get("wire") is not None:
        given["wire"] = [_wire_part(part) for part in given["wire"]]
    return replace(base, **given)


def _wire_part(part: Any) -> bytes | float | None:
    if isinstance(part, bool) or not isinstance(part, (str, int, float, type(None))):
        raise TypeError(f"wire cannot have {part!r}")
    return part.encode("iso-8859-1") if isinstance(part, str) else part


TYPES: dict[str, tuple[type, ...]] = {
    "order_id": (int, type(None)),
    "longer_than": (int,),
    "nth": (int,),
    "times": (int, type(None)),
    "query": (dict,),
    "edit": (dict,),
    "remove": (list,),
    "applied": (bool,),
    "delay": (int, float),
    "drip": (int, float),
    "drip_headers": (bool,),
    "status": (int, type(None)),
    "headers": (dict,),
    "body": (str, bytes, GeneratedBody, type(None)),
    "truncate": (int, type(None)),
    "wire": (list, type(None)),
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
