# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of AWX's API as the modules of awx.awx need to make and find things again."""

from __future__ import annotations

import asyncio
import copy
import itertools
import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Any

from aiohttp import web

Item = dict[str, Any]
ENCRYPTED = "$encrypted$"
# What AWX gives a thing that is made without saying so, as far as the modules compare it.
DEFAULTS: dict[str, Item] = {
    "job_templates": {"extra_vars": "---", "survey_enabled": False},
    "projects": {"scm_branch": "", "scm_revision": ""},
    "inventories": {"kind": ""},
    "workflow_job_templates": {"survey_enabled": False},
}
LISTS_OF_RELATED = {"credentials", "success_nodes", "always_nodes", "failure_nodes"}


class Controller:
    """An AWX in memory, on a port of its own, with one organization; `writes` counts what was asked to change."""

    def __init__(self) -> None:
        """Begin with the organization Default and nothing else."""
        self.items: dict[str, dict[int, Item]] = {"organizations": {1: {"name": "Default"}}}
        self.surveys: dict[tuple[str, int], Any] = {}
        self.related: dict[tuple[str, int, str], list[int]] = {}
        self.approvals: dict[int, Item] = {}
        self.writes: list[str] = []
        self.tokens: set[str | None] = set()
        self.url = ""
        self._ids = itertools.count(2)
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Controller:
        """Start."""
        ready: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve(ready)), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{ready.result()}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()

    def named(self, kind: str, name: str) -> Item:
        """Give a thing by its name or identifier."""
        return next(
            self._shown(kind, number) for number, item in self.items[kind].items() if _name(item) == name
        )

    def names(self, kind: str, numbers: list[int]) -> list[str]:
        """Give the names of things by their numbers."""
        return [_name(self.items[kind][number]) for number in numbers]

    async def _serve(self, ready: Future[int]) -> None:
        self._stopping = asyncio.Event()
        application = web.Application()
        application.router.add_route("*", "/api/v2/{kind}/", self._on_kind)
        application.router.add_route("*", "/api/v2/{kind}/{number}/", self._on_item)
        application.router.add_route("*", "/api/v2/{kind}/{number}/{part}/", self._on_part)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.set_result(runner.addresses[0][1])
        await self._stopping.wait()
        await runner.cleanup()

    async def _on_kind(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self.tokens.add(request.headers.get("Authorization"))
        if request.method == "GET":
            return self._list(kind, dict(request.query))
        number = next(self._ids)
        self.items.setdefault(kind, {})[number] = {**DEFAULTS.get(kind, {}), **await self._body(request)}
        return web.json_response(self._shown(kind, number), status=201)

    async def _on_item(self, request: web.Request) -> web.Response:
        kind, number = request.match_info["kind"], int(request.match_info["number"])
        if kind == "workflow_approval_templates":
            if request.method == "PATCH":
                self.approvals[number].update(await self._body(request))
            return web.json_response(self._approval(number))
        if request.method == "PATCH":
            self.items[kind][number].update(await self._body(request))
        return web.json_response(self._shown(kind, number))

    async def _on_part(self, request: web.Request) -> web.Response:
        kind, number, part = (
            request.match_info["kind"],
            int(request.match_info["number"]),
            request.match_info["part"],
        )
        if part == "survey_spec":
            if request.method == "POST":
                self.surveys[kind, number] = await self._body(request)
            return web.json_response(self.surveys.get((kind, number), {}))
        if part == "create_approval_template":
            self.approvals[number] = await self._body(request)
            self.items[kind][number]["unified_job_template"] = number
            return web.json_response(self._approval(number), status=201)
        members = self.related.setdefault((kind, number, part), [])
        if request.method == "POST":
            members.append((await self._body(request))["id"])
            return web.Response(status=204)
        return _page([{"id": member} for member in members])

    async def _body(self, request: web.Request) -> Any:
        self.writes.append(f"{request.method} {request.path}")
        return await request.json()

    def _list(self, kind: str, wanted: dict[str, str]) -> web.Response:
        kinds = ["job_templates"] if kind == "unified_job_templates" else [kind]
        found = [self._shown(kind, number) for kind in kinds for number in self.items.get(kind, {})]
        unknown = wanted.keys() - {"name", "identifier", "organization", "inventory", "workflow_job_template",
                                   "credential_type", "kind", "managed"}  # fmt: skip
        if unknown:
            return web.json_response({"detail": f"unknown filters {unknown}"}, status=400)
        return _page(
            [item for item in found if all(str(item.get(name)) == value for name, value in wanted.items())]
        )

    def _shown(self, kind: str, number: int) -> Item:
        url = f"/api/v2/{kind}/{number}/"
        shown = {
            **copy.deepcopy(self.items[kind][number]),
            "id": number,
            "url": url,
            "type": kind[:-1],
            "summary_fields": {},
        }
        shown["related"] = {"survey_spec": f"{url}survey_spec/"}
        if number in self.approvals:
            shown["related"]["unified_job_template"] = f"/api/v2/workflow_approval_templates/{number}/"
        if kind == "credentials" and "api_key" in shown.get("inputs", {}):
            shown["inputs"]["api_key"] = ENCRYPTED
        return shown

    def _approval(self, number: int) -> Item:
        url = f"/api/v2/workflow_approval_templates/{number}/"
        return {**self.approvals[number], "id": number, "url": url, "type": "workflow_approval_template"}


def _name(item: Item) -> str:
    return str(item.get("identifier") or item["name"])


def _page(results: list[Item]) -> web.Response:
    return web.json_response({"count": len(results), "next": None, "previous": None, "results": results})
