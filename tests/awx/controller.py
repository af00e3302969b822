# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWX in memory: as much of the API as awx.awx needs to make and find things, and AWX's refusals."""

from __future__ import annotations

import asyncio
import base64
import secrets
import shutil
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from ansible_collections.community.digicert.tests.awx.kinds import (
    CHANGE,
    CREATE,
    DELETE,
    KINDS,
    LIST,
    SHOW,
    TEMPLATES,
)
from ansible_collections.community.digicert.tests.awx.projects import Content, Updated, content_of, update
from ansible_collections.community.digicert.tests.awx.store import Item, Refused, Store

TOKEN = "a-token-for-this-test"  # noqa: S105 (it is invented)
USER, PASSWORD = "admin", "a-password-for-this-test"
PAGE = 25
# A change of one of them makes AWX update a project: Project.FIELDS_TRIGGER_UPDATE.
FETCHED_BY = ("scm_url", "scm_branch", "scm_type", "scm_refspec")
NOT_FOUND = {"detail": "The requested resource could not be found."}


class Controller:
    """An AWX on a port of its own, as it is after an installation.

    store: the objects. asked: the requests that were to change something, each as method and path. forbidden: what
    the user may not do, each as method and kind. tokens: the tokens that are valid, each with its number. headers: what
    the requests had as their authorization. outputs: what the updates of projects said.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        prefix: str = "/api/",
        offers_tokens: bool = True,
    ) -> None:
        """Begin with the organization Default, which has the credential Ansible Galaxy.

        environment: the variables with which git finds the servers of projects. prefix: what the paths begin with.
        offers_tokens: whether a user may make tokens, as in no AWX that is newer than 24.6.1.
        """
        self.store = Store()
        self.asked: list[str] = []
        self.forbidden: set[tuple[str, str]] = set()
        self.tokens: dict[str, int] = {TOKEN: 0}
        self.headers: set[str | None] = set()
        self.outputs: list[str] = []
        self.url = ""
        self._environment = dict(environment or {})
        self._prefix = f"{prefix}v2/"
        self._offers_tokens = offers_tokens
        self._updates: dict[int, asyncio.Future[Updated]] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="awx-projects-"))
        self._loop = asyncio.new_event_loop()
        galaxy = self.store.add(
            "credential_types",
            name="Ansible Galaxy/Automation Hub API Token",
            kind="galaxy",
            namespace="galaxy_api_token",
            managed=True,
        )
        scm = {"name": "Source Control", "kind": "scm", "namespace": "scm", "managed": True}
        self.store.add("credential_types", **scm, inputs={"fields": [{"id": "username", "type": "string"}]})
        credential = self.store.add(
            "credentials", name="Ansible Galaxy", credential_type=galaxy, managed=True
        )
        default = self.store.add("organizations", name="Default")
        self.store.members("organizations", default, "galaxy_credentials").append(credential)

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
        shutil.rmtree(self._folder)

    def named(self, kind: str, name: str, organization: str = "") -> Item:
        """Give the one object of a name or an identifier, in an organization if one is named."""
        (number,) = (
            number
            for number, item in self.store.items[kind].items()
            if name in (item.get("name"), item.get("identifier"))
            and organization in ("", self._organization(kind, item))
        )
        return {"id": number, **self.store.items[kind][number]}

    def members(self, kind: str, number: int, name: str) -> list[str]:
        """Give the names of the objects in a list of an object."""
        items = self.store.items[KINDS[kind].lists[name]]
        return [
            items[member].get("identifier") or items[member]["name"]
            for member in self.store.members(kind, number, name)
        ]

    def content(self, project: int) -> Content:
        """Give where the content of a project lies."""
        return content_of(self._folder, project)

    def _organization(self, kind: str, item: Item) -> str:
        if kind == "organizations":
            return str(item["name"])
        if "organization" in item:
            return str(self.store.items["organizations"].get(item["organization"], {}).get("name"))
        for field in ("inventory", "workflow_job_template"):
            if field in item:
                of_kind = KINDS[kind].refers[field]
                return self._organization(of_kind, self.store.items[of_kind][item[field]])
        return ""

    async def _serve(self, ready: Future[int]) -> None:
        self._stopping = asyncio.Event()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.set_result(runner.addresses[0][1])
        await self._stopping.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            status, body = self._done(request, await request.json() if request.can_read_body else {})
        except Refused as refused:
            status, body = refused.status, refused.body
        headers = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
        if status == 204:
            return web.Response(status=204, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    def _done(self, request: web.Request, body: Item) -> tuple[int, Any]:
        # The raw path: what is encoded in a named URL is decoded part by part.
        path = request.rel_url.raw_path
        if not path.startswith(self._prefix) or not path.endswith("/"):
            raise Refused(404, NOT_FOUND)
        self._check_user(request)
        kind, *rest = path.removeprefix(self._prefix).rstrip("/").split("/")
        if kind not in KINDS or (kind == "tokens" and not self._offers_tokens):
            raise Refused(404, NOT_FOUND)
        method = request.method
        if method != "GET" and kind != "tokens":
            self.asked.append(f"{method} {path}")
        if (method, kind) in self.forbidden:
            raise Refused(403, {"detail": "You do not have permission to perform this action."})
        self._settle()
        query = dict(request.query)
        if not rest:
            return self._with_kind(method, kind, query, body)
        number = self.store.number(kind, rest[0])
        self.store.item(kind, number)
        if len(rest) == 1:
            return self._with_item(method, kind, number, body)
        if len(rest) == 2 and rest[1] in KINDS[kind].lists:
            return self._with_list(method, kind, number, rest[1], query, body)
        if len(rest) == 2 and rest[1] in KINDS[kind].parts:
            return self._with_part(method, kind, number, rest[1], query, body)
        raise Refused(404, NOT_FOUND)

    def _check_user(self, request: web.Request) -> None:
        given = request.headers.get("Authorization")
        self.headers.add(given)
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        valid = {f"Basic {basic}"} | {f"Bearer {token}" for token in self.tokens if self._offers_tokens}
        if given not in valid:
            detail = "Authentication credentials were not provided. To establish a login session, visit /api/login/."
            raise Refused(401, {"detail": detail})

    def _with_kind(self, method: str, kind: str, query: dict[str, str], body: Item) -> tuple[int, Any]:
        offers = KINDS[kind].offers
        if not {LIST, CREATE} & offers:
            raise Refused(404, NOT_FOUND)
        if method == "GET" and LIST in offers:
            found = [{"username": USER}] if kind == "me" else self._all_shown(self.store.found(kind, query))
            return 200, self._page(kind, query, found)
        if method == "POST" and CREATE in offers:
            number = self.store.create(kind, body)
            if kind == "tokens":
                token = secrets.token_hex(15)
                self.store.items[kind][number]["token"] = token
                self.tokens[token] = number
            if kind == "projects":
                self._start_update(number)
            return 201, self._shown(kind, number)
        raise _not_allowed(method)

    def _with_item(self, method: str, kind: str, number: int, body: Item) -> tuple[int, Any]:
        offers = KINDS[kind].offers
        if SHOW not in offers:
            raise Refused(404, NOT_FOUND)
        before = dict(self.store.items[kind][number])
        if method == "DELETE" and DELETE in offers:
            self.tokens.pop(self.store.items[kind].pop(number)["token"])
            return 204, None
        if method == "PATCH" and CHANGE in offers:
            self.store.change(kind, number, body)
            now = self.store.items[kind][number]
            if kind == "projects" and any(before[name] != now[name] for name in FETCHED_BY):
                self._start_update(number)
        elif method != "GET":
            raise _not_allowed(method)
        return 200, self._shown(kind, number)

    def _with_part(
        self, method: str, kind: str, number: int, part: str, query: dict[str, str], body: Item
    ) -> tuple[int, Any]:
        if (part, method) == ("survey_spec", "GET"):
            return 200, self.store.surveys.get((kind, number), {})
        if (part, method) == ("survey_spec", "POST"):
            self.store.set_survey(kind, number, body)
            return 200, {}
        if (part, method) == ("create_approval_template", "POST"):
            return 201, self._shown("workflow_approval_templates", self.store.create_approval(number, body))
        if (part, method) == ("update", "POST"):
            return 202, self._shown("project_updates", self._start_update(number))
        if (part, method) == ("playbooks", "GET"):
            return 200, list(self.store.playbooks.get(number, ()))
        if (part, method) == ("input_sources", "GET"):
            sources = "credential_input_sources"
            found = self.store.found(sources, {**query, "target_credential": str(number)})
            return 200, self._page(sources, query, self._all_shown(found))
        raise _not_allowed(method)

    def _with_list(
        self, method: str, kind: str, number: int, name: str, query: dict[str, str], body: Item
    ) -> tuple[int, Any]:
        of_kind = KINDS[kind].lists[name]
        if method == "GET":
            members = [(of_kind, member) for member in self.store.members(kind, number, name)]
            return 200, self._page(f"{kind}/{number}/{name}", query, self._all_shown(members))
        if method != "POST":
            raise _not_allowed(method)
        if not isinstance(body.get("id"), int):
            raise Refused(400, {"msg": '"id" field must be an integer.'})
        change = self.store.detach if body.get("disassociate") else self.store.attach
        change(kind, number, name, body["id"])
        return 204, None

    def _start_update(self, project: int) -> int:
        item = self.store.items["projects"][project]
        number = self.store.add("project_updates", name=item["name"], project=project)
        galaxy = self.store.members("organizations", item["organization"], "galaxy_credentials")
        work = partial(
            update,
            self.content(project),
            item["scm_url"],
            item["scm_branch"],
            bool(galaxy),
            self._environment,
        )
        self._updates[number] = self._loop.run_in_executor(None, work)
        item["status"] = "pending"
        return number

    def _settle(self) -> None:
        """Take over what came of the updates that ended, as RunProjectUpdate.post_run_hook does."""
        for number in [number for number, running in self._updates.items() if running.done()]:
            ended = self._updates.pop(number).result()
            status = "successful" if ended.revision else "failed"
            record = self.store.items["project_updates"][number]
            record.update(status=status, failed=not ended.revision, scm_revision=ended.revision)
            record.update(finished="2026-11-25T00:00:00Z", event_processing_finished=True)
            project = self.store.items["projects"][record["project"]]
            project.update(status=status, last_update_failed=not ended.revision)
            if ended.revision:
                project["scm_revision"] = ended.revision
                self.store.playbooks[record["project"]] = ended.playbooks
            self.outputs.append(ended.output)

    def _all_shown(self, found: list[tuple[str, int]]) -> list[Item]:
        return [self._shown(kind, number) for kind, number in found]

    def _page(self, path: str, query: dict[str, str], results: list[Item]) -> Item:
        size, page = int(query.get("page_size", PAGE)), int(query.get("page", 1))
        more = len(results) > size * page
        following = f"{self._prefix}{path}/?{urlencode({**query, 'page': page + 1})}" if more else None
        shown = results[size * (page - 1) : size * page]
        return {"count": len(results), "next": following, "previous": None, "results": shown}

    def _shown(self, kind: str, number: int) -> Item:
        item = self.store.item(kind, number)
        url = f"{self._prefix}{kind}/{number}/"
        described = KINDS[kind]
        related = {name: f"{url}{name}/" for name in (*described.lists, *described.parts)}
        summary: Item = {"user_capabilities": {"edit": ("PATCH", kind) not in self.forbidden}}
        for field, refers in described.refers.items():
            if item[field] is not None:
                kinds = TEMPLATES if refers == "unified_job_templates" else (refers,)
                (of_kind,) = [one for one in kinds if item[field] in self.store.items[one]]
                related[field] = f"{self._prefix}{of_kind}/{item[field]}/"
        running = [
            one for one in self._updates if self.store.items["project_updates"][one]["project"] == number
        ]
        if running:
            summary["current_update"] = {"id": running[0], "status": "running"}
        shown = {**item, "id": number, "url": url, "type": _type(described.title), "related": related}
        if kind == "credentials":
            shown["inputs"] = self.store.shown_inputs(item)
        return {**shown, "summary_fields": summary}


def _not_allowed(method: str) -> Refused:
    return Refused(405, {"detail": f'Method "{method}" not allowed.'})


def _type(title: str) -> str:
    """Give the name of a type as AWX shows it: job_template for JobTemplate."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in title).removeprefix("_")
