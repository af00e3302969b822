# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data for AWX as a playbook sees it, jobs with it, and Git servers for an AWX."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.community.digicert.tests.awx import jobs
from ansible_collections.community.digicert.tests.awx.projects import GitServers
from ansible_collections.community.digicert.tests.forked import AnsiblePlaybook
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Simulator

ROOT = Path(__file__).resolve().parents[2]
# Both folders that hold ansible_collections: that of this collection, and that of awx.awx.
COLLECTIONS = os.environ["ANSIBLE_COLLECTIONS_PATH"]
PROJECT = ROOT / "examples/awx-project"
PROJECT_URL = "https://git.example.com/pki/digicert.git"
COLLECTION_URL = "https://github.com/ansible-collections/community.digicert.git"
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
# A module that is written to a file first is not forked.
OF_FORKED_JOBS = {"ANSIBLE_PIPELINING": "true"}

Ansible = Callable[..., "subprocess.CompletedProcess[str]"]
RunJob = Callable[..., jobs.Job]


def inject(data: Mapping[str, Any], folder: Path, **values: Any) -> jobs.Injected:
    """Take a credential of our type through AWX's own code."""
    return jobs.inject(data["credential_type_inputs"], data["credential_type_injectors"], folder, **values)


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


@pytest.fixture
def servers(tmp_path: Path) -> GitServers:
    """Git servers with the repository of the project, in which there are the playbooks only: no collection is fetched."""
    return git_servers(tmp_path)


@pytest.fixture(scope="class")
def lasting_servers(tmp_path_factory: pytest.TempPathFactory) -> GitServers:
    """The same for all tests of a class."""
    return git_servers(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="session")
def version() -> str:
    """The version of the collection that the project takes."""
    (wanted,) = yaml.safe_load((PROJECT / "collections/requirements.yml").read_text())["collections"]
    return str(wanted["version"])


def git_servers(folder: Path) -> GitServers:
    """Make Git servers with the playbooks of the project."""
    made = GitServers(folder / "git")
    made.add_files(PROJECT_URL, PROJECT, [path.name for path in PROJECT.glob("*.yml")])
    return made


@pytest.fixture(scope="session")
def ansible(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ansible]:
    """Give a function that runs ansible-playbook in an empty folder; a variable that is None is not there."""
    usual = {
        "PATH": PATH,
        "HOME": str(tmp_path_factory.mktemp("home")),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_PIPELINING": "true",
        # awx.awx reads the usual CAs anew for each request, even where it encrypts nothing.
        "SSL_CERT_FILE": os.devnull,
    }
    with AnsiblePlaybook(usual) as program:

        def run(
            playbook: str, *arguments: str, **environment: str | None
        ) -> subprocess.CompletedProcess[str]:
            folder = tmp_path_factory.mktemp("ansible")
            command = ["-i", "localhost,", playbook, *arguments]
            return program.run(command, folder, {"HOME": str(folder), **environment})

        yield run


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


@pytest.fixture(scope="session")
def ansible_of_jobs() -> Iterator[AnsiblePlaybook]:
    """The ansible-playbook that ansible-runner finds."""
    own = {**jobs.SETTINGS, **OF_FORKED_JOBS, "PATH": PATH, "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS}
    with AnsiblePlaybook({**os.environ, **own}) as program:
        yield program


@pytest.fixture
def run_job(
    data: dict[str, Any], account: Simulator, ansible_of_jobs: AnsiblePlaybook, tmp_path: Path
) -> RunJob:
    """Give a function that runs a job of a template."""
    numbers = iter(range(100))

    def run(
        name: str,
        answers: Mapping[str, Any],
        job_type: str = "run",
        handed_on: Mapping[str, Any] | None = None,
        *,
        forked: bool = True,
    ) -> jobs.Job:
        template = next(template for template in data["job_templates"] if template["name"] == name)
        folder = tmp_path / f"job{next(numbers)}"
        injected = inject(data, folder, api_key=FULL_KEY, own_api_url=account.api_url)
        extra_variables = {**template.get("extra_vars", {}), **answers, **(handed_on or {})}
        environment = {
            **({**ansible_of_jobs.variables, **OF_FORKED_JOBS} if forked else {"PATH": PATH}),
            **injected.environment,
            "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
            "REQUESTS_CA_BUNDLE": account.ca_path,
        }
        return jobs.run(
            folder, PROJECT, template["playbook"], extra_variables, data["host"], environment, job_type
        )

    return run
