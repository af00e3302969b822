# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks of the collection, run by their full names in a process of their own, against a simulator in this one."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.community.digicert.tests.forked import AnsiblePlaybook
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Simulator

COLLECTION = "community.digicert."


@dataclass(frozen=True)
class Played:
    """A run that ended.

    status: its exit status. shown: what it showed, standard output and errors, with one space for any white space.
    lines: its standard output, line by line. stats: what it handed on.
    """

    status: int
    shown: str
    lines: Sequence[str]
    stats: dict[str, Any]


Play = Callable[..., Played]


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    """A simulator for the whole session."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def account(running_simulator: Simulator) -> Simulator:
    """The simulator with the account as seeded, an empty ledger and no faults."""
    running_simulator.reset()
    return running_simulator


@pytest.fixture(scope="session")
def ansible_playbook(
    running_simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnsiblePlaybook]:
    """ansible-playbook as the user of the simulator has it."""
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(tmp_path_factory.mktemp("home")),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_SHOW_CUSTOM_STATS": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "DIGICERT_API_KEY": FULL_KEY,
        "DIGICERT_API_URL": running_simulator.api_url,
        "REQUESTS_CA_BUNDLE": running_simulator.ca_path,
    }
    with AnsiblePlaybook(environment) as program:
        yield program


@pytest.fixture
def play(account: Simulator, ansible_playbook: AnsiblePlaybook, tmp_path: Path) -> Play:  # noqa: ARG001
    """Give a function that runs playbooks of the collection, one after the other in one run.

    Its arguments: the names; `variables` as extra variables, in JSON; `arguments` of the command line; `plays` to import
    in place of names, each a mapping with the name, its variables and a condition, or a play of its own; `inventory` as YAML;
    `environment`; `forked`, False for a process of which the test is the parent. The folder is empty but for what the
    test put there.
    """

    def run(
        *names: str,
        variables: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
        plays: Sequence[Mapping[str, Any]] = (),
        inventory: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        forked: bool = True,
    ) -> Played:
        playbooks = [COLLECTION + name for name in names]
        if plays:
            (tmp_path / "plays.yml").write_text(yaml.safe_dump([_imported(each) for each in plays]))
            playbooks.append("plays.yml")
        inventory_arguments = ["-i", "localhost,"]
        if inventory is not None:
            (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory))
            inventory_arguments = ["-i", "inventory.yml"]
        extra = ["-e", json.dumps(variables)] if variables else []
        ended = ansible_playbook.run(
            [*inventory_arguments, *playbooks, *extra, *arguments],
            tmp_path,
            {"HOME": str(tmp_path), **(environment or {})},
            forked=forked,
        )
        handed_on = re.search(r"^\tRUN: (.*)$", ended.stdout, re.MULTILINE)
        return Played(
            ended.returncode,
            " ".join(f"{ended.stdout} {ended.stderr}".split()),
            ended.stdout.splitlines(),
            json.loads(handed_on[1]) if handed_on else {},
        )

    return run


def written(account: Simulator) -> list[int | None]:
    """Give the IDs of the orders that the service was asked to change, in the order of the requests."""
    return [request.order_id for request in account.ledger.writes]


def canceled(account: Simulator) -> set[int]:
    """Give the IDs of the orders that really were canceled since the last reset."""
    return {change.order_id for change in account.ledger.changes if change.after == "canceled"}


def _imported(play: Mapping[str, Any]) -> dict[str, Any]:
    if "playbook" not in play:
        return dict(play)
    name = COLLECTION + play["playbook"]
    condition = {"when": play["when"]} if "when" in play else {}
    return {"ansible.builtin.import_playbook": name, "vars": dict(play.get("vars", {})), **condition}
