# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place to run an example: an account, a folder, and an environment in which nothing real is reached."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
import yaml
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Simulator
from documents import ROOT
from expected import REPLACED, TYPED

COLLECTIONS = os.environ["ANSIBLE_COLLECTIONS_PATH"]
# What makes commands go on where those before ended.
LASTING = """\
if [[ -e ~/shell ]]; then source ~/shell; fi
{}
{{ export -p; printf 'cd %q\\n' "$PWD"; }} > ~/shell
"""

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


@dataclass(frozen=True)
class Place:
    """Where an example is run.

    collections: the folders with collections; what an example installs goes to the first one. awx_url: where AWX is, if
    there is one. settings: further environment variables. key: the API key of whoever runs it, None for nobody's.
    """

    account: Simulator
    folder: Path
    home: Path
    collections: str
    awx_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    key: str | None = FULL_KEY

    def path(self, name: str) -> Path:
        """Give the path of a file that a command would name so."""
        return self.home / name[2:] if name.startswith("~/") else self.folder / name

    def put(self, name: str, content: str) -> None:
        """Make a file."""
        self.path(name).write_text(self.replaced(content), encoding="utf-8")

    def make_checkout(self) -> None:
        """Put a checkout of the repository there, in which `make` finds its tools installed."""
        shutil.copytree(os.environ["CHECKOUT"], self.folder, dirs_exist_ok=True)
        tools = self.folder / ".cache" / f"{sys.version_info.major}.{sys.version_info.minor}" / "demo"
        tools.mkdir(parents=True)
        for part in Path(sys.prefix).iterdir():
            (tools / part.name).symlink_to(part)
        (tools / "ready").touch()

    def replaced(self, text: str) -> str:
        """Give the text of an example with what cannot be run here replaced."""
        for replaced in REPLACED:
            by = replaced.by.format(api_url=self.account.api_url, awx_url=self.awx_url)
            text = text.replace(replaced.text, by)
        return text

    def run(self, commands: str, connected: bool = True, lasting: bool = False) -> Ended:
        """Run commands in a shell that stops at the first one that fails.

        connected: whether the environment says how to reach the service. lasting: whether the shell is that of the
        commands before: in the folder that they went to, with the variables that they exported.
        """
        typed = [TYPED[name] for name in re.findall(r"read -rs (\w+)", commands)]
        connection = {"DIGICERT_API_URL": self.account.api_url}
        if self.key:
            connection["DIGICERT_API_KEY"] = self.key
        ended = subprocess.run(
            [
                "/bin/bash",
                "-euo",
                "pipefail",
                "-c",
                (LASTING if lasting else "{}").format(self.replaced(commands)),
            ],
            cwd=self.folder,
            env={**self._environment(), **(connection if connected else {})},
            input="".join(f"{line}\n" for line in typed).format(api_key=self.key or ""),
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ended(ended.returncode, ended.stdout, ended.stdout + ended.stderr)

    def changes(self) -> Mapping[int, str]:
        """Give what became of the orders that were written to, by the ledgers of all simulators that ran here."""
        changes = [change.as_json() for change in self.account.ledger.changes]
        for state in self.folder.glob("*.env"):
            told = state.read_text(encoding="utf-8")
            (ledger,) = re.findall(r"^# Ledger: curl .* (\S+)$", told, re.MULTILINE)
            (ca_path,) = re.findall(r"^export REQUESTS_CA_BUNDLE=(.*)$", told, re.MULTILINE)
            changes += requests.get(ledger, verify=ca_path, timeout=10).json()["changes"]
        return {change["order_id"]: _after(change) for change in changes}

    def clear(self) -> None:
        """End the simulators that an example started in the background."""
        for state in self.folder.glob("*.env"):
            (number,) = re.findall(r"kill (\d+)$", state.read_text(encoding="utf-8"), re.MULTILINE)
            os.kill(int(number), signal.SIGTERM)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": self.collections,
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "REQUESTS_CA_BUNDLE": self.account.ca_path,
            # Nothing beyond this machine is reached.
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1,localhost",
            **self.settings,
        }


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


@pytest.fixture
def place(simulator: Simulator, tmp_path: Path) -> Iterator[Place]:
    """A place to run an example, with the account as seeded."""
    simulator.reset()
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    installs = home / ".ansible/collections"
    installs.mkdir(parents=True)
    made = Place(simulator, folder, home, os.pathsep.join([str(installs), COLLECTIONS]))
    yield made
    made.clear()
