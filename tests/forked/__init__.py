# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-playbook for tests that run it again and again: Ansible is imported once, and forked for each run.

What a start costs otherwise is more than most of what is tested. A run is the program's own all the same, in a process and a
folder of its own. So are its modules, which are sent as ever: modules.py says how they are started.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

PROGRAM = str(Path(sys.executable).with_name("ansible-playbook"))
# What begins so is read while Ansible is imported.
_SETTINGS = ("ANSIBLE_", "LC_", "PYTHON")


class AnsiblePlaybook:
    """Runs ansible-playbook with an environment, and with what a run adds to that.

    Where a run has other settings of Ansible, it starts the program as anybody does.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment."""
        self._environment = {"ANSIBLE_CONFIG": str(Path(__file__).with_name("ansible.cfg")), **environment}
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server.py"))],
            cwd=environment["HOME"],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> AnsiblePlaybook:
        """Give this."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process that is forked."""
        self._server.communicate()

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str | None],
        *,
        forked: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run it in a folder and give how it ended.

        environment: added to the usual one; a variable that is None is not there. forked: False for the program itself.
        """
        added = {**self._environment, **environment}
        wanted = {name: value for name, value in added.items() if value is not None}
        if not forked or _settings(wanted) != _settings(self._environment):
            command = [PROGRAM, *arguments]
            return subprocess.run(
                command,
                cwd=folder,
                env=wanted,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        with tempfile.TemporaryDirectory() as name:
            outputs = [Path(name, "stdout"), Path(name, "stderr")]
            request = {
                "arguments": [PROGRAM, *arguments],
                "folder": str(folder),
                "environment": wanted,
                "outputs": [str(path) for path in outputs],
            }
            if not (self._server.stdin and self._server.stdout):
                raise ValueError("It was ended.")
            self._server.stdin.write(json.dumps(request) + "\n")
            self._server.stdin.flush()
            status = int(self._server.stdout.readline())
            return subprocess.CompletedProcess(
                [PROGRAM, *arguments], status, *(path.read_text() for path in outputs)
            )


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_SETTINGS)}
