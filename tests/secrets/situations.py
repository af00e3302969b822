# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task can meet, and the error code with which it has to end."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from ansible_collections.community.digicert.tests.simulator import CATALOGUE, Fault, Operation, Simulator
from leaks import forms

HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Situation:
    """A task and what it meets.

    name: tells it apart. expected: the code of its error, None where it succeeds. faults: aimed at its order.
    options: of the task.
    """

    name: str
    expected: str | None
    faults: Sequence[Fault] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def as_item(self) -> dict[str, Any]:
        """Give what the loop of the playbook takes."""
        return {"name": self.name, **self.options}


def changes(key: str, closed_port: int, other_ca: str) -> list[Situation]:
    """Give the situations of digicert_order_status: what can go wrong, and replies that hold `key`."""
    nowhere = f"https://127.0.0.1:{closed_port}/services/v2"
    return [
        Situation("preview", None, options={"check": True}),
        Situation("success", None),
        Situation("refused connection", "not_reached", options={"api_url": nowhere}),
        Situation("unknown name", "not_reached", options={"api_url": "https://nowhere.invalid/"}),
        Situation("refused certificate", "tls_refused", options={"ca_path": other_ca}),
        Situation("timeout", "timed_out", [Fault(delay=30.0)], {"timeout": 0.3}),
        Situation("reset", "reply_lost", [CATALOGUE["reset"]]),
        Situation("truncated", "reply_lost", [CATALOGUE["truncated"]]),
        Situation(
            "reset of a write",
            "outcome_unknown",
            [replace(CATALOGUE["reset"], operation=Operation.WRITE, times=None)],
        ),
        *_statuses(key),
        Situation("HTML", "unexpected_reply", [CATALOGUE["html_ok"]]),
        Situation("other JSON", "unexpected_reply", [CATALOGUE["json_list"]]),
        Situation(
            "redirect", "redirected", [_echo(302, {"Location": f"https://localhost/?key={quote(key)}"}, key)]
        ),
        Situation(
            "retried",
            "service_unavailable",
            [replace(_echo(503, {"Retry-After": "0"}, key), times=2)],
            {"retries": 1},
        ),
        Situation("echo of the request", "unexpected_reply", [_echo(200, {}, f"X-DC-DEVKEY: {key}\r\n")]),
        Situation("echo in HTML", "unexpected_reply", [_echo(200, HTML, f"<pre>X-DC-DEVKEY: {key}</pre>")]),
        Situation(
            "echo in a header", "service_unavailable", [_echo(500, {"Content-Type": f"text/{key}"}, "x")]
        ),
        Situation(
            "echo in a message", "rejected", [_error(400, "bad", f"No {key}, no {quote(key, safe='')}.")]
        ),
        Situation("echo in a code", "rejected", [_error(400, key, "Bad.")]),
        Situation("echo at the cut", "rejected", [_error(400, "bad", "x" * 285 + key)]),
        Situation(
            "echo in base64", "rejected", [_error(400, "bad", base64.b64encode(key.encode()).decode())]
        ),
        Situation(
            "echo after a write", "rejected", [replace(_error(409, "bad", key), operation=Operation.WRITE)]
        ),
        Situation(
            "echo in an order", "status_unknown", [_order({"status": key, "name": key, key: {"note": [key]}})]
        ),
        Situation("bad URL", "invalid_option", options={"api_url": "ftp://localhost"}),
    ]


def looks(key: str, closed_port: int) -> list[Situation]:
    """Give the situations of digicert_order_info."""
    nowhere = f"https://127.0.0.1:{closed_port}/services/v2"
    return [
        Situation("look at all", None),
        Situation("look at one", None, [_order({"status": "pending", "name": key, key: {"note": [key]}})]),
        Situation("look refused", "forbidden", [_error(403, "access_denied", key)]),
        Situation("look at nothing", "not_reached", options={"api_url": nowhere}),
        Situation("look at HTML", "unexpected_reply", [_echo(200, HTML, key)]),
        Situation("look at a bad URL", "invalid_option", options={"api_url": "ftp://localhost"}),
    ]


def asks(key: str, closed_port: int) -> list[Situation]:
    """Give the situations of digicert_request_info, in the order in which they have to be met."""
    nowhere = f"https://127.0.0.1:{closed_port}/services/v2"
    echo = Fault(edit={"/requests/0/comments": {key: [key]}})
    faults = [echo, _error(403, "access_denied", key), _echo(200, HTML, key)]
    met = [[replace(fault, operation=Operation.REQUESTS, nth=nth)] for nth, fault in enumerate(faults, 1)]
    return [
        Situation("ask", None, met[0]),
        Situation("ask refused", "forbidden", met[1]),
        Situation("ask HTML", "unexpected_reply", met[2]),
        Situation("ask nothing", "not_reached", options={"api_url": nowhere}),
        Situation("ask a bad URL", "invalid_option", options={"api_url": "ftp://localhost"}),
    ]


def with_key(name: str, given: Sequence[Situation]) -> list[Situation]:
    """Give the situations with a key out of the file of variables."""
    return [replace(situation, options={"key": name, **situation.options}) for situation in given]


def with_each_key() -> list[Situation]:
    """Give a few situations with each key out of the file, and with the one of the environment."""
    told = [Situation("success", None), Situation("bad URL", "invalid_option", options={"api_url": "x"})]
    named = [
        replace(situation, name=f"{situation.name}, {key} key", options={"key": key, **situation.options})
        for situation in told
        for key in ("hard", "usual")
    ]
    return [*told, *named, Situation("broken key", "invalid_option", options={"key": "broken"})]


def echoes(keys: Mapping[str, str]) -> list[Situation]:
    """Give looks at orders in which the service describes each key in all its spellings."""
    return [
        Situation(
            f"echo of the {name} key", None, [_order({"status": "pending", **spellings(key)})], {"key": name}
        )
        for name, key in keys.items()
    ]


def spellings(key: str) -> dict[str, str]:
    """Give a key as a reply could hold it: in its forms, and encoded by itself, with its header, as a user name."""
    encoded = {
        "base64": key,
        "base64 of the header": f"X-DC-DEVKEY: {key}\r\n",
        "base64 of a user name": f"{key}:password",
    }
    return {
        **{name: text for name, text in forms(key).items() if "base64" not in name},
        **{name: base64.b64encode(text.encode()).decode() for name, text in encoded.items()},
    }


def defects() -> tuple[list[Situation], list[Situation]]:
    """Give the situations, of either module, in which the module itself breaks."""
    broken = [
        Situation(
            f"{where}, {key} key", "internal_error", options={"key": key, "environment": {"DEFECT": where}}
        )
        for where in ("request", "main")
        for key in ("hard", "usual")
    ]
    return broken, [replace(situation, name=f"look: {situation.name}") for situation in broken]


def prepare(simulator: Simulator, situations: Sequence[Situation]) -> list[Situation]:
    """Give each situation an order of its own and script its faults; those of a list of requests meet no order."""
    orders = simulator.add_orders(len(situations))
    prepared = []
    for situation, order_id in zip(situations, orders):
        for fault in situation.faults:
            body = fault.body
            if isinstance(body, str):
                body = body.replace("THIS ORDER", str(order_id))
            aimed_at = None if fault.operation is Operation.REQUESTS else order_id
            simulator.script(replace(fault, order_id=aimed_at, body=body, name=situation.name))
        options = {} if situation.name == "look at all" else {"order_id": order_id}
        prepared.append(replace(situation, options={**options, **situation.options}))
    return prepared


def code_of(result: dict[str, Any]) -> str | None:
    """Give the code of the error in a result, None where the task succeeded."""
    if not result.get("failed"):
        return None
    told = [result, *result.get("orders", [])]
    return next((one["error"]["code"] for one in told if "error" in one), "no code")


def _statuses(key: str) -> Iterator[Situation]:
    codes = {
        400: "unexpected_reply",
        401: "access_denied",
        403: "blocked",
        404: "path_not_found",
        409: "unexpected_reply",
        429: "rate_limited",
        500: "service_unavailable",
        503: "service_unavailable",
    }
    for status, code in codes.items():
        # Over the limit the longest window would be waited out but for the header.
        reply = _echo(status, {**HTML, "Retry-After": "1"}, f"<h1>{key}</h1>")
        yield Situation(f"{status} in HTML", code, [reply])


def _echo(status: int, headers: dict[str, str], body: str) -> Fault:
    return Fault(status=status, headers=headers, body=body)


def _error(status: int, code: str, message: str) -> Fault:
    return _echo(status, JSON, json.dumps({"errors": [{"code": code, "message": message}]}))


def _order(description: dict[str, Any]) -> Fault:
    return _echo(200, JSON, json.dumps({"id": "THIS ORDER", **description}))
