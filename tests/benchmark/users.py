# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody who uses the collection: it is built and installed, playbooks run, modules run as Ansible sends them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from simulated import SimulatedCertCentral

HERE = Path(__file__).resolve().parent


class NotMeasured(Exception):
    """What was to be measured did not do its work; the text says what it said."""


class Cost(NamedTuple):
    """What a process cost: user and system seconds, and its peak memory in MiB."""

    cpu_seconds: float
    peak_mib: float


class User:
    """Runs playbooks and modules against one service."""

    def __init__(self, folder: Path, service: SimulatedCertCentral) -> None:
        """Install the collection below `folder`."""
        self._folder = folder
        self._connection = {
            "api_url": service.api_url,
            "api_key": service.api_key,
            "ca_path": service.ca_path,
            "note": "Nobody finished it",
        }
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "ANSIBLE_COLLECTIONS_PATH": str(folder),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_STDOUT_CALLBACK": "task_times",
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        }
        galaxy = ["ansible-galaxy", "collection"]
        self._run([*galaxy, "build", str(HERE.parent.parent), "--output-path", str(folder)])
        (built,) = folder.glob("*.tar.gz")
        self._run([*galaxy, "install", str(built), "--collections-path", str(folder), "--offline"])

    def play(
        self, playbook: str, variables: Mapping[str, Any], environment: Mapping[str, str] | None = None
    ) -> dict[str, list[float]]:
        """Run a playbook that has to succeed; gives the seconds of its tasks by their names."""
        variables_file = self._folder / "variables.json"
        variables_file.write_text(json.dumps({**self._connection, **variables}), encoding="utf-8")
        output = self._run(
            ["ansible-playbook", str(HERE / playbook), "-e", f"@{variables_file}"], environment or {}
        )
        seconds: dict[str, list[float]] = {}
        for line in output.splitlines():
            name, _tab, taken = line.rpartition("\t")
            if name:
                seconds.setdefault(name, []).append(float(taken))
        return seconds

    def payloads(self, variables: Mapping[str, Any]) -> dict[str, Path]:
        """Give the files that Ansible makes of modules and their options, by module; each runs once for that."""
        folder = tempfile.mkdtemp(dir=self._folder)
        self.play(
            "payloads.yml",
            variables,
            {"ANSIBLE_KEEP_REMOTE_FILES": "true", "ANSIBLE_REMOTE_TEMP": folder},
        )
        files = Path(folder).glob("*/AnsiballZ_*.py")
        return {file.stem.removeprefix("AnsiballZ_"): file for file in files}

    def run_payload(self, payload: Path) -> Cost:
        """Run a module that has to change something, as Ansible runs it but without Ansible around it."""
        measured = json.loads(self._run([sys.executable, str(HERE / "measure.py"), str(payload)]))
        if not json.loads(measured["output"]).get("changed"):
            raise NotMeasured(f"{payload.name} did not do its work: {measured['output']}")
        return Cost(measured["cpu_seconds"], measured["peak_mib"])

    def _run(self, command: list[str], environment: Mapping[str, str] | None = None) -> str:
        ended = subprocess.run(
            command,
            env={**self._environment, **(environment or {})},
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        if ended.returncode:
            raise NotMeasured(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}")
        return ended.stdout
