# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-playbook for tests that run it again and again: Ansible is imported once, and forked for each run.

What a start costs otherwise is more than most of what is tested. A run is the program's own all the same, in a process and a
folder of its own. So are its modules, which are sent as ever: modules.py says how they are started.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

PROGRAM = str(Path(sys.executable).with_name("ansible-playbook"))


class AnsiblePlaybook:
    """Runs ansible-playbook with an environment, and with what a run adds to that.

    Where a run has other settings of Ansible, it starts the program as anybody does. With `variables` as well, a shell
    finds this one where it looks for ansible-playbook.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment."""
        self._folder = Path(tempfile.mkdtemp(prefix="forked-"))
        settings = {"ANSIBLE_CONFIG": str(Path(__file__).with_name("ansible.cfg"))}
        self.environment = {**settings, **environment}
        self.variables = {
            **settings,
            "PATH": os.pathsep.join([str(self._folder), environment.get("PATH", os.defpath)]),
        }
        client = Path(__file__).with_name("client.py").read_text(encoding="utf-8")
        command = self._folder / "ansible-playbook"
        command.write_text(f"#!{sys.executable} -ISE\n{client}", encoding="utf-8")
        command.chmod(0o700)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self._folder / "socket"))
            listening.listen()
            self._server = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("server.py")), str(listening.fileno())],
                cwd=environment["HOME"],
                env=self.environment,
                pass_fds=[listening.fileno()],
                stdin=subprocess.PIPE,
            )

    def __enter__(self) -> AnsiblePlaybook:
        """Give this."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process that is forked."""
        self._server.communicate()
        shutil.rmtree(self._folder)

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
        added = {**self.environment, **environment}
        wanted = {name: value for name, value in added.items() if value is not None}
        command = [PROGRAM, *arguments]
        status = None
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            if forked:
                with Path(os.devnull).open() as nothing:
                    files = [nothing.fileno(), output.fileno(), errors.fileno()]
                    status = self._forked(command, folder, wanted, files)
            if status is None:
                return subprocess.run(
                    command,
                    cwd=folder,
                    env=wanted,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    check=False,
                )
            output.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(command, status, output.read(), errors.read())

    def _forked(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], files: Sequence[int]
    ) -> int | None:
        """Give the exit status of a run that is forked, None where it has other settings."""
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._folder / "socket"))
            socket.send_fds(server, [b"\n"], files)
            server.sendall(json.dumps([command, str(folder), environment]).encode())
            server.shutdown(socket.SHUT_WR)
            status = server.makefile().read()
            return int(status) if status else None
