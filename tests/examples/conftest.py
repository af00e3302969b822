# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place to run an example: an account, a folder, and an environment in which nothing real is reached."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.community.digicert.tests.awx.projects import GitServers
from ansible_collections.community.digicert.tests.forked import AnsiblePlaybook
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Operation, Simulator
from ansible_collections.community.digicert.tests.simulator.running import Running
from documents import ROOT
from expected import REPLACED, TYPED

COLLECTION = "https://github.com/ansible-collections/community.digicert.git"
COLLECTIONS = os.environ["ANSIBLE_COLLECTIONS_PATH"]
# What makes commands go on where those before ended.
LASTING = """\
if [[ -e ~/shell ]]; then source ~/shell; fi
{}
{{ export -p; printf 'cd %q\\n' "$PWD"; }} > ~/shell
"""

WRITING = (Operation.WRITE.value, Operation.DECISION.value)

# The modules' own examples name these, which look more like those of an account than 1001 does.
ORDERS_OF_THE_MODULES = [
    {"id": 123456788, "status": "needs_approval"},
    {"id": 123456789, "status": "pending"},
    {"id": 123456790, "status": "issued"},
    {"id": 123456791, "status": "reissue_pending"},
    {"id": 123456792, "status": "issued", "migrated": True, "valid_days_left": 20},
]
# They are younger than every order that the examples look for, and of no organization that these name.
COMMON = {"common_name": "x.example.com", "organization": 599, "container": 301, "product": "ssl_basic"}


@dataclass(frozen=True)
class Ended:
    """A run that ended: its exit status, its standard output, and that with its errors."""

    status: int
    output: str
    errors: str


class Chat(ThreadingHTTPServer):
    """A server that takes messages for a chat and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Message)
        self.messages: list[str] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Message(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        """Keep a message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body)["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (likewise)
        """Say nothing."""


@dataclass(frozen=True)
class Place:
    """Where an example is run.

    account: the simulator that is meant as long as no example has started one. program: what runs playbooks.
    collections: the folders with collections; what an example installs goes to the first one. awx_url: where AWX is, if
    there is one. chat: what stands for a chat. settings: further environment variables. key: the API key of whoever runs
    it, None for nobody's.
    """

    account: Simulator
    program: AnsiblePlaybook
    folder: Path
    home: Path
    collections: str
    awx_url: str = ""
    chat: Chat | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    key: str | None = FULL_KEY

    def path(self, name: str) -> Path:
        """Give the path of a file that a command would name so."""
        return self.home / name[2:] if name.startswith("~/") else self._where_the_shell_is() / name

    def put(self, name: str, content: str) -> None:
        """Make a file."""
        self.path(name).write_text(self.replaced(content), encoding="utf-8")

    def make_checkout(self) -> None:
        """Put a checkout of the repository there."""
        shutil.copytree(os.environ["CHECKOUT"], self.folder, dirs_exist_ok=True)

    def make_tools(self) -> Path:
        """Put there what `make` installs, and give the folder."""
        tools = self._cache / "demo"
        tools.mkdir(parents=True)
        for part in Path(sys.prefix).iterdir():
            (tools / part.name).symlink_to(part)
        (tools / "ready").touch()
        return self._cache.parent

    def replaced(self, text: str) -> str:
        """Give the text of an example with what cannot be run here replaced."""
        for replaced in REPLACED:
            by = replaced.by.format(api_url=self._api_url, awx_url=self.awx_url)
            text = text.replace(replaced.text, by)
        return text

    def run(self, commands: str, connected: bool = True, lasting: bool = False) -> Ended:
        """Run commands in a shell that stops at the first one that fails.

        connected: whether the environment says how to reach the service. lasting: whether the shell is that of the
        commands before: in the folder that they went to, with the variables that they exported.
        """
        typed = [TYPED[name] for name in re.findall(r"read -rs (\w+)", commands)]
        ended = subprocess.run(
            [
                "/bin/bash",
                "-euo",
                "pipefail",
                "-c",
                (LASTING if lasting else "{}").format(self.replaced(commands)),
            ],
            cwd=self.folder,
            env={**self._environment(), **(self.connection if connected else {})},
            input="".join(f"{line}\n" for line in typed).format(
                api_key=self.key or "", chat_url=self.chat.url if self.chat else ""
            ),
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ended(ended.returncode, ended.stdout, ended.stdout + ended.stderr)

    def play(self, variables: Mapping[str, Any], connected: bool = True, lasting: bool = False) -> Ended:
        """Run the playbook example.yml with extra variables, connected and lasting as commands are."""
        told = self.connection if connected else {}
        ended = self.program.run(
            ["example.yml", "-e", json.dumps(variables)],
            self._where_the_shell_is(),
            {**self._environment(), **told, **(self._exported() if lasting else {})},
        )
        return Ended(ended.returncode, ended.stdout, ended.stdout + ended.stderr)

    def changes(self) -> list[Mapping[str, object]]:
        """Give what happened to orders, oldest first, by the ledger of the simulator."""
        return list(self._ledger()["changes"])

    def written_to(self) -> set[int]:
        """Give the orders that somebody tried to change, by the ledger of the simulator."""
        return {
            request["order_id"] for request in self._ledger()["requests"] if request["operation"] in WRITING
        }

    def clear(self) -> None:
        """End the simulator that an example started in the background."""
        if self._state_file.exists():
            Running.find(self._state_file).stop()

    @property
    def connection(self) -> dict[str, str]:
        """How to reach the service, as environment variables."""
        url = {"DIGICERT_API_URL": self.account.api_url}
        return {**url, "DIGICERT_API_KEY": self.key} if self.key else url

    def _where_the_shell_is(self) -> Path:
        shell = self.home / "shell"
        went = (
            re.findall(r"^cd (.*)$", shell.read_text(encoding="utf-8"), re.MULTILINE)
            if shell.exists()
            else []
        )
        return Path(*shlex.split(went[-1])) if went else self.folder

    def _exported(self) -> dict[str, str]:
        """Give the variables of the shell."""
        command = [
            "/bin/bash",
            "-c",
            'if [[ -e $0 ]]; then source "$0"; env --null; fi',
            str(self.home / "shell"),
        ]
        shown = subprocess.run(command, env={}, check=True, capture_output=True, text=True).stdout
        return dict(variable.split("=", 1) for variable in shown.split("\0") if variable)

    @property
    def _cache(self) -> Path:
        return self.folder / ".cache" / f"{sys.version_info.major}.{sys.version_info.minor}"

    @property
    def _state_file(self) -> Path:
        """Where `make` keeps what it knows of the simulator that it started."""
        return self._cache / "simulator.json"

    @property
    def _api_url(self) -> str:
        if self._state_file.exists():
            return str(json.loads(self._state_file.read_text(encoding="utf-8"))["api_url"])
        return self.account.api_url

    def _ledger(self) -> dict[str, list[dict[str, Any]]]:
        if self._state_file.exists():
            return dict(Running.find(self._state_file).call("GET", "ledger"))
        return self.account.ledger.as_json()

    def _environment(self) -> dict[str, str]:
        own = {"HOME": str(self.home), "ANSIBLE_COLLECTIONS_PATH": self.collections}
        return {**usual_environment(self.account), **own, **self.settings, **self.program.variables}


def usual_environment(account: Simulator) -> dict[str, str]:
    """Give the environment variables that all have who run an example, but for their home."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "REQUESTS_CA_BUNDLE": account.ca_path,
        # awx.awx reads the usual CAs anew for each request, even where it encrypts nothing.
        "SSL_CERT_FILE": os.devnull,
        # Nothing beyond this machine is reached.
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def became(changes: Iterable[Mapping[str, object]]) -> dict[object, str]:
    """Give what became of each order that was changed."""
    return {change["order_id"]: _after(change) for change in changes}


def _after(change: Mapping[str, object]) -> str:
    if change["is_renewed_before"] != change["is_renewed_after"]:
        return "marked renewed" if change["is_renewed_after"] else "not marked renewed"
    return str(change["after"])


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulator with the usual account and the orders that the modules' examples name."""
    account = yaml.safe_load((ROOT / "tests/simulator/account.yml").read_text(encoding="utf-8"))
    account["organizations"].append({"id": 599, "name": "Example Quarry"})
    account["orders"] += [{**COMMON, **order} for order in ORDERS_OF_THE_MODULES]
    path = tmp_path_factory.mktemp("account") / "account.yml"
    path.write_text(yaml.safe_dump(account), encoding="utf-8")
    with Simulator(account=path) as running:
        yield running


@pytest.fixture(scope="session")
def program(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnsiblePlaybook]:
    """What runs playbooks."""
    home = str(tmp_path_factory.mktemp("home"))
    with AnsiblePlaybook({**usual_environment(simulator), "HOME": home}) as running:
        yield running


@pytest.fixture
def place(simulator: Simulator, program: AnsiblePlaybook, tmp_path: Path) -> Iterator[Place]:
    """A place to run an example, with the account as seeded."""
    simulator.reset()
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    (home / ".ansible/collections").mkdir(parents=True)
    made = Place(simulator, program, folder, home, COLLECTIONS)
    yield made
    made.clear()


@pytest.fixture
def chat() -> Iterator[Chat]:
    """A chat, or what stands for one."""
    with Chat() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def reader(place: Place, chat: Chat) -> Place:
    """A place for somebody who follows a guide: they are in a checkout, and have not set a key yet."""
    place.make_checkout()
    place.make_tools()
    return replace(place, chat=chat, settings={"DIGICERT_API_URL": place.account.api_url})


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> GitServers:
    """Git servers with the collection, in the version that the documents name."""
    made = GitServers(tmp_path_factory.mktemp("servers") / "git")
    wanted = yaml.safe_load((ROOT / "examples/awx-project/collections/requirements.yml").read_text())
    made.add_checkout(COLLECTION, ROOT, wanted["collections"][0]["version"])
    return made


@pytest.fixture
def newcomer(place: Place, servers: GitServers) -> Place:
    """A place for somebody who has neither the collection nor a checkout nor a key."""
    settings = {
        **servers.environment,
        "DIGICERT_API_URL": place.account.api_url,
        "TOOLS": str(place.make_tools()),
    }
    return replace(place, collections=str(place.home / ".ansible/collections"), settings=settings)
