# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: the credential through AWX's own code, a private data directory, ansible-runner."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ansible_runner
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

# awx/settings/defaults.py: what begins with ANSIBLE_ is handed to each job.
OF_AWX = {
    "ANSIBLE_FORCE_COLOR": "True",
    "ANSIBLE_HOST_KEY_CHECKING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
}
# With which ansible-runner runs a playbook then.
SETTINGS = {
    **OF_AWX,
    "ANSIBLE_CALLBACK_PLUGINS": str(Path(ansible_runner.__file__).with_name("display_callback") / "callback"),
    "ANSIBLE_RETRY_FILES_ENABLED": "False",
    "ANSIBLE_STDOUT_CALLBACK": "awx_display",
}


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


def inject(inputs: Mapping[str, Any], injectors: Mapping[str, Any], folder: Path, **values: Any) -> Injected:
    """Take a credential through AWX's own code: the inputs and the injectors of its type, and what was saved in it."""
    kind = SimpleNamespace(
        inputs=inputs, injectors=injectors, managed=False, custom_injectors=None, namespace="", kind="cloud"
    )
    (folder / "env").mkdir(parents=True, exist_ok=True)
    found = Injected({}, {}, [], [])
    inject_credential(
        kind, StoredCredential(values), found.environment, found.shown, found.arguments, str(folder)
    )
    found.files.extend(str(path) for path in folder.rglob("*") if path.is_file())
    return found


@dataclass(frozen=True)
class Job:
    """A job that ran: whether it succeeded, what it handed on, and each text that it left, by the path of the file."""

    succeeded: bool
    artifacts: dict[str, Any]
    output: str
    left: dict[str, str]


def run(
    folder: Path,
    project: Path,
    playbook: str,
    extra_variables: Mapping[str, Any],
    host: Mapping[str, Any],
    environment: Mapping[str, str],
    job_type: str = "run",
) -> Job:
    """Run a playbook of a project.

    folder: the private data directory. extra_variables: of the template, then of the survey, then what the jobs before it
    in a workflow handed on. host: the variables of localhost. environment: what the credential sets, where collections
    are, and the PATH on which ansible-playbook is.
    """
    shutil.copytree(project, folder / "project", ignore=shutil.ignore_patterns(".git"))
    _write(folder / "env/extravars", extra_variables)
    _write(folder / "inventory/hosts.json", {"all": {"hosts": {"localhost": host}}})
    ended = ansible_runner.run(
        private_data_dir=str(folder),
        playbook=playbook,
        inventory=str(folder / "inventory/hosts.json"),
        envvars={**OF_AWX, **environment},
        cmdline="--check" if job_type == "check" else None,
        ident="job",
        quiet=True,
        # Unless the template says otherwise (awx/main/tasks/jobs.py).
        fact_cache_type="",
    )
    stats = [event["event_data"] for event in ended.events if event["event"] == "playbook_on_stats"]
    # The file `command` has the whole environment; it stays in the folder, which AWX removes with the job.
    files = [path for path in (folder / "artifacts").rglob("*") if path.is_file() and path.name != "command"]
    left = {str(path.relative_to(folder)): path.read_text(errors="replace") for path in files}
    return Job(
        ended.status == "successful",
        stats[0].get("artifact_data", {}) if stats else {},
        (folder / "artifacts/job/stdout").read_text(),
        left,
    )


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
