# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a playbook as loudly as it gets and gathers every place where something could have leaked to."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import ansible_runner

HERE = Path(__file__).resolve().parent
LOUD = ["-vvvv", "--diff"]


class Played(NamedTuple):
    """What came of a playbook.

    status: 0 where it went through. places: the text of each place by its name. results: of each situation by name.
    """

    status: int
    places: dict[str, str]
    results: dict[str, dict[str, Any]]


class ProcessList:
    """Notes the command line of every process that has a text in its environment, while it is entered."""

    def __init__(self, mark: str) -> None:
        """Begin with none."""
        self.lines: set[str] = set()
        self._mark = mark.encode()
        self._known: set[tuple[str, bytes]] = set()
        self._others = _processes()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProcessList:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            present = _processes()
            self._others &= present
            for process in present - self._others:
                # It may belong to somebody else or be gone meanwhile.
                with contextlib.suppress(OSError):
                    self._note(process)

    def _note(self, process: str) -> None:
        line = Path("/proc", process, "cmdline").read_bytes()
        # A process has another command line once it has become another program.
        if (process, line) not in self._known:
            self._known.add((process, line))
            if self._mark in Path("/proc", process, "environ").read_bytes():
                self.lines.add(line.decode(errors="replace"))


def _processes() -> set[str]:
    with os.scandir("/proc") as entries:
        return {entry.name for entry in entries if entry.name.isdecimal()}


def play(
    playbook: str,
    folder: Path,
    collections: Path,
    variables: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    runner: bool = False,
) -> Played:
    """Run a playbook and give what came of it.

    folder: where to work; must be empty. collections: the folder that holds ansible_collections.
    variables: written into a file that is no place, as the user of Ansible wrote it. environment: added to it.
    runner: run it by way of ansible-runner.
    """
    given = folder / "given.json"
    places = folder / "places"
    results = places / "results.json"
    for name in ("home", "tmp", "remote_tmp", "local_tmp", "runner"):
        (places / name).mkdir(parents=True)
    given.write_text(json.dumps({"results": str(results), **variables}), encoding="utf-8")
    settings = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(HERE / "recorder"),
        "HOME": str(places / "home"),
        "TMPDIR": str(places / "tmp"),
        "LC_ALL": "C.UTF-8",
        "RECORDED_JOURNAL": str(places / "journal"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_LIBRARY": str(HERE / "library"),
        "ANSIBLE_CONFIG": str(HERE.parent / "forked/ansible.cfg"),
        "ANSIBLE_HOME": str(places / "home"),
        "ANSIBLE_REMOTE_TMP": str(places / "remote_tmp"),
        "ANSIBLE_LOCAL_TEMP": str(places / "local_tmp"),
        "ANSIBLE_LOG_PATH": str(places / "log"),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_NOCOWS": "true",
        **(environment or {}),
    }
    with ProcessList(str(places)) as processes:
        outputs, status = (_by_runner if runner else _by_command)(playbook, folder, given, settings)
    gathered = {**outputs, "processes": "\n".join(processes.lines)}
    for path in sorted(places.rglob("*")):
        if path.is_file():
            gathered[str(path.relative_to(places))] = path.read_text(encoding="utf-8", errors="replace")
    ended = json.loads(results.read_text(encoding="utf-8")) if results.exists() else []
    return Played(status, gathered, {result["item"]["name"]: result for result in ended})


def _by_command(
    playbook: str, folder: Path, given: Path, settings: Mapping[str, str]
) -> tuple[dict[str, str], int]:
    command = ["ansible-playbook", str(HERE / playbook), "-i", "localhost,", "-c", "local", "-e", f"@{given}"]
    ended = subprocess.run(
        [*command, *LOUD], cwd=folder, env=dict(settings), check=False, capture_output=True, text=True
    )
    return {"stdout": ended.stdout, "stderr": ended.stderr}, ended.returncode


def _by_runner(
    playbook: str, folder: Path, given: Path, settings: Mapping[str, str]
) -> tuple[dict[str, str], int]:
    # All that ansible-runner writes lies in this folder, and is searched with the rest of it.
    ended = ansible_runner.run(
        private_data_dir=str(folder / "places" / "runner"),
        playbook=str(HERE / playbook),
        inventory="localhost ansible_connection=local",
        cmdline=f"-e @{given} {' '.join(LOUD)}",
        envvars=dict(settings),
        ident="run",
        quiet=True,
    )
    return {}, ended.rc
