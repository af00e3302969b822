# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface over HTTP, for playbooks and other processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from aiohttp import web

from .faults import scripted_from_json
from .service import Service
from .settings import Settings

CONTROL_PREFIX = "/simulator"
MOST_ADDED_ORDERS = 100_000


class Control:
    """The control interface below /simulator: for playbooks and other processes; not counted, no key."""

    def __init__(
        self, service: Service, interrupt: Callable[[], None], on_stop: Callable[[], None] | None
    ) -> None:
        """Control this service.

        interrupt: ends the waiting of requests at a reset. on_stop: ends the simulator; None where it cannot be ended.
        """
        self._on_stop = on_stop
        self._service = service
        self._interrupt = interrupt

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.get(CONTROL_PREFIX + "/ledger", self._ledger),
            web.get(CONTROL_PREFIX + "/orders", self._orders),
            web.post(CONTROL_PREFIX + "/orders", self._add_orders),
            web.post(CONTROL_PREFIX + "/orders/{order_id:[0-9]+}", self._change_order),
            web.get(CONTROL_PREFIX + "/requests", self._requests),
            web.post(CONTROL_PREFIX + "/faults", self._faults),
            web.post(CONTROL_PREFIX + "/reset", self._reset),
            web.post(CONTROL_PREFIX + "/stop", self._stop),
            web.get(CONTROL_PREFIX + "/settings", self._show_settings),
            web.post(CONTROL_PREFIX + "/settings", self._settings),
            web.route("*", CONTROL_PREFIX + "/{path:.*}", self._nothing_here),
        ]

    async def _ledger(self, _request: web.Request) -> web.Response:
        return web.json_response(self._service.ledger.as_json())

    async def _orders(self, _request: web.Request) -> web.Response:
        with self._service.lock:
            orders = [
                {"id": order.id, "status": order.status, "is_renewed": order.is_renewed}
                for order in self._service.account.orders.values()
            ]
        return web.json_response({"orders": orders})

    async def _add_orders(self, request: web.Request) -> web.Response:
        content = await _content(request, {"count", "status", "age_days", "first"})
        count = content.get("count")
        if not isinstance(count, int) or not 0 < count <= MOST_ADDED_ORDERS:
            raise _bad_request(f"count must be from 1 to {MOST_ADDED_ORDERS}")
        try:
            with self._service.lock:
                order_ids = self._service.account.add_orders(**content)
        except (TypeError, ValueError) as error:
            raise _bad_request(str(error)) from error
        return web.json_response({"order_ids": order_ids})

    async def _requests(self, _request: web.Request) -> web.Response:
        with self._service.lock:
            requests = [
                {"id": request.id, "order_id": order.id, "type": request.type, "status": request.status}
                for order in self._service.account.orders.values()
                for request in order.requests
            ]
        return web.json_response({"requests": requests})

    async def _change_order(self, request: web.Request) -> web.Response:
        content = await _content(request, {"status", "is_renewed", "decides"})
        for name, value in content.items():
            if not isinstance(value, bool if name == "is_renewed" else str):
                raise _bad_request(f"{name} cannot be {value!r}")
        decision = content.pop("decides", None)
        order_id = int(request.match_info["order_id"])
        try:
            if decision is not None:
                self._service.decide(order_id, decision)
            if content:
                self._service.change_order(order_id, **content)
        except KeyError:
            raise _not_found("no such order") from None
        return web.json_response({})

    async def _faults(self, request: web.Request) -> web.Response:
        try:
            entries = json.loads(await request.read())
        except ValueError as error:
            raise _bad_request(str(error)) from error
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            raise _bad_request("a list of objects is wanted")
        try:
            scripted = [scripted_from_json(entry) for entry in entries]
        except (ValueError, TypeError) as error:
            raise _bad_request(str(error)) from error
        with self._service.lock:
            self._service.script.add(*scripted)
        return web.json_response({"scripted": len(scripted)})

    async def _reset(self, request: web.Request) -> web.Response:
        content = await _content(request, {known.name for known in fields(Settings)})
        try:
            self._service.reset(content)
        except ValueError as error:
            raise _bad_request(str(error)) from error
        self._interrupt()
        return web.json_response({})

    async def _settings(self, request: web.Request) -> web.Response:
        content = await _content(request, {known.name for known in fields(Settings)})
        try:
            self._service.configure(content)
        except ValueError as error:
            raise _bad_request(str(error)) from error
        return web.json_response({})

    async def _stop(self, _request: web.Request) -> web.Response:
        if self._on_stop is None:
            raise _not_found("whoever started this simulator ends it")
        # The reply goes first.
        asyncio.get_running_loop().call_later(0.1, self._on_stop)
        return web.json_response({})

    async def _show_settings(self, _request: web.Request) -> web.Response:
        shown = {"settings": self._service.settings.as_json(), "described": Settings.describe()}
        return web.json_response(shown)

    async def _nothing_here(self, _request: web.Request) -> web.Response:
        raise _not_found("no such control")


async def _content(request: web.Request, known: set[str]) -> dict[str, Any]:
    try:
        content = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise _bad_request(str(error)) from error
    if not isinstance(content, dict):
        raise _bad_request("a JSON object is wanted")
    if content.keys() - known:
        raise _bad_request(f"unknown keys: {', '.join(sorted(content.keys() - known))}")
    return content


def _bad_request(message: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": message}), content_type="application/json")


def _not_found(message: str) -> web.HTTPNotFound:
    return web.HTTPNotFound(text=json.dumps({"error": message}), content_type="application/json")
