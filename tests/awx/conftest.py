# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data for AWX as a playbook sees it, and jobs run in a private data directory as AWX lays it out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ansible_runner
import pytest
import yaml
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Simulator
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

ROOT = Path(__file__).resolve().parents[2]
# Both folders that hold ansible_collections: that of this collection, and that of awx.awx.
COLLECTIONS = os.environ["ANSIBLE_COLLECTIONS_PATH"]
PROJECT = ROOT / "examples/awx-project"

Ansible = Callable[..., "subprocess.CompletedProcess[str]"]


class StoredCredential:
    """A credential as AWX hands it to its injection code: the inputs that were saved."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        """Take the inputs."""
        self._inputs = dict(inputs)

    def get_input_keys(self) -> list[str]:
        """Give the names of the inputs."""
        return list(self._inputs)

    def get_input(self, name: str, default: Any = "") -> Any:
        """Give an input."""
        return self._inputs.get(name, default)

    def has_input(self, name: str) -> bool:
        """Tell whether there is an input of that name."""
        return name in self._inputs


@dataclass(frozen=True)
class Injected:
    """What AWX makes of a credential: environment, the copy of it that is shown, arguments, files."""

    environment: dict[str, str]
    shown: dict[str, str]
    arguments: list[str]
    files: list[str]


def inject(data: Mapping[str, Any], folder: Path, **inputs: Any) -> Injected:
    """Take a credential of our type through AWX's own code."""
    kind = SimpleNamespace(
        inputs=data["credential_type_inputs"],
        injectors=data["credential_type_injectors"],
        managed=False,
        custom_injectors=None,
        namespace="",
        kind="cloud",
    )
    (folder / "env").mkdir(parents=True, exist_ok=True)
    found: Injected = Injected({}, {}, [], [])
    inject_credential(
        kind, StoredCredential(inputs), found.environment, found.shown, found.arguments, str(folder)
    )
    found.files.extend(str(path) for path in folder.rglob("*") if path.is_file())
    return found


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """A simulator of CertCentral."""
    with Simulator() as running:
        yield running


@pytest.fixture
def account(simulator: Simulator) -> Simulator:
    """The simulator with the account as seeded."""
    simulator.reset()
    return simulator


@pytest.fixture(scope="session")
def ansible(tmp_path_factory: pytest.TempPathFactory) -> Ansible:
    """Give a function that runs ansible-playbook in an empty folder."""

    def run(playbook: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path_factory.mktemp("ansible")
        settings = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
            "ANSIBLE_NOCOLOR": "true",
            **environment,
        }
        command = ["ansible-playbook", "-i", "localhost,", playbook, *arguments]
        return subprocess.run(command, cwd=folder, env=settings, check=False, capture_output=True, text=True)

    return run


@pytest.fixture(scope="session")
def data(ansible: Ansible, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the variables of vars/awx.yml without their prefix, as a playbook hands them to awx.awx."""
    folder = tmp_path_factory.mktemp("data")
    source = ROOT / "playbooks/vars/awx.yml"
    names = [
        name
        for name in yaml.load(source.read_text(), Loader=WithUnsafe)  # noqa: S506 (safe, with one more tag)
        if name.startswith("digicert_awx_")
    ]
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "vars_files": [str(source)],
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "content": "{{ {" + ", ".join(f"'{name}': {name}" for name in names) + "} | to_json }}",
                    "dest": str(folder / "data.json"),
                    "mode": "0600",
                },
            }
        ],
    }
    (folder / "play.yml").write_text(json.dumps([play]))
    ended = ansible(str(folder / "play.yml"))
    if ended.returncode != 0:
        raise ValueError(ended.stdout)
    found = json.loads((folder / "data.json").read_text())
    return {name.removeprefix("digicert_awx_"): value for name, value in found.items()}


class WithUnsafe(yaml.SafeLoader):
    """Reads Ansible's YAML."""


WithUnsafe.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


@dataclass(frozen=True)
class Job:
    """A job that ran: whether it succeeded, what it handed on, and each text that it left, by the path of the file."""

    succeeded: bool
    artifacts: dict[str, Any]
    output: str
    left: dict[str, str]


RunJob = Callable[..., Job]


@pytest.fixture
def run_job(data: dict[str, Any], account: Simulator, tmp_path: Path) -> RunJob:
    """Give a function that runs a job of a template."""
    numbers = iter(range(100))

    def run(
        name: str,
        answers: Mapping[str, Any],
        job_type: str = "run",
        handed_on: Mapping[str, Any] | None = None,
    ) -> Job:
        template = next(template for template in data["job_templates"] if template["name"] == name)
        folder = tmp_path / f"job{next(numbers)}"
        injected = inject(data, folder, api_key=FULL_KEY, own_api_url=account.api_url)
        shutil.copytree(PROJECT, folder / "project")
        # As AWX does it: of the template, then of the survey, then what the jobs before it in a workflow handed on.
        extra_variables = {**template.get("extra_vars", {}), **answers, **(handed_on or {})}
        _write(folder / "env/extravars", extra_variables)
        _write(folder / "inventory/hosts.json", {"all": {"hosts": {"localhost": data["host"]}}})
        environment = {
            **injected.environment,
            "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
            "REQUESTS_CA_BUNDLE": account.ca_path,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        ended = ansible_runner.run(
            private_data_dir=str(folder),
            playbook=template["playbook"],
            inventory=str(folder / "inventory/hosts.json"),
            envvars=environment,
            cmdline="--check" if job_type == "check" else None,
            ident="job",
            quiet=True,
        )
        stats = [event["event_data"] for event in ended.events if event["event"] == "playbook_on_stats"]
        # The file `command` has the whole environment; it stays in the folder, which AWX removes with the job.
        files = [
            path for path in (folder / "artifacts").rglob("*") if path.is_file() and path.name != "command"
        ]
        left = {str(path.relative_to(folder)): path.read_text(errors="replace") for path in files}
        return Job(
            ended.status == "successful",
            stats[0].get("artifact_data", {}) if stats else {},
            (folder / "artifacts/job/stdout").read_text(),
            left,
        )

    return run


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
