# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that run in a fork of a Python that has imported what modules take from elsewhere than Ansible.

It has not imported anything of Ansible, nor of a collection: that comes with each module, as ever. A module is the child of a
process of its own, has the folder, the environment and the outputs that it would have, and ends as Python does. But where
Ansible is gone, that process is not: a module notices it by its output alone.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace, TracebackType
from typing import Any

# What takes most of the time that a module needs to start.
_IMPORTED = (
    "argparse",
    "ctypes",
    "datetime",
    "decimal",
    "distro",
    "email.parser",
    "encodings.cp437",
    "fcntl",
    "glob",
    "grp",
    "http.client",
    "http.cookiejar",
    "inspect",
    "pkgutil",
    "platform",
    "pwd",
    "requests",
    "runpy",
    "shlex",
    "syslog",
    "typing_extensions",
    "urllib.request",
    "yaml",
    "zipfile",
)

# How the releases of ansible-core start a module: the older ones wait for its output, the oldest have this in bytes.
_WAYS = [f"/bin/sh -c {shlex.quote(command)}" for command in (sys.executable, f"{sys.executable} && sleep 0")]
_COMMANDS = (*_WAYS, *(way.encode() for way in _WAYS))


class Modules:
    """The process that is forked for modules."""

    def __init__(self) -> None:
        """Start it."""
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def __enter__(self) -> Modules:
        """Give this."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._socket.close()
        self._process.wait()

    def take_over(self, connection: ModuleType) -> None:
        """Have the connection plugin `local` run modules so, but not what it runs otherwise."""
        connection.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": self._popen})  # type: ignore[attr-defined]

    def _popen(self, command: Any, **how: Any) -> Any:
        if command in _COMMANDS:
            return _Module(self._socket, how["cwd"])
        return subprocess.Popen(command, **how)


class _Module:
    """A process that becomes a module, as far as the connection plugin wants one."""

    returncode: int

    def __init__(self, server: socket.socket, folder: str | bytes | None) -> None:
        self._server = server
        self._folder = os.fsdecode(folder or Path.cwd())

    def communicate(self, program: bytes) -> tuple[bytes, bytes]:
        """Run it and give what it printed."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
            given.write(json.dumps([self._folder, dict(os.environ)]).encode() + b"\n" + program)
            given.seek(0)
            read, write = os.pipe()
            read_status, write_status = os.pipe()
            socket.send_fds(self._server, [b"\n"], [given.fileno(), write, errors.fileno(), write_status])
            os.close(write)
            os.close(write_status)
            with os.fdopen(read, "rb") as output, os.fdopen(read_status, "rb") as status:
                printed = output.read()
                self.returncode = int(status.read())
            errors.seek(0)
            return printed, errors.read()


def serve(requests: socket.socket) -> None:
    """Run whatever is asked for, also at the same time."""
    for name in _IMPORTED:
        # Not all of them are there with every Python.
        with contextlib.suppress(ImportError):
            import_module(name)
    # Nor is the garbage of what is there to be collected again in each module.
    gc.freeze()
    while True:
        message, files, _flags, _address = socket.recv_fds(requests, 1, 4)
        if not message:
            return
        if not os.fork():
            requests.close()
            _become_parent(*files)
            return
        for file in files:
            os.close(file)
        forget_those_that_ended()


def forget_those_that_ended() -> None:
    """Wait for the processes that were forked and have ended, so that the system need not remember them."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def take(files: Sequence[int]) -> None:
    """Have these files as standard input, output and errors, in this order, as far as they go."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)


def be_in(folder: str, environment: Mapping[str, str]) -> None:
    """Have this folder and this environment, and no more of the old one."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


def _become_parent(given: int, output: int, errors: int, told: int) -> None:
    """Tell the exit status of a module, and end; return in the module."""
    module = os.fork()
    if module:
        status = os.waitstatus_to_exitcode(os.waitpid(module, 0)[1])
        # As a shell says that there was a signal.
        os.write(told, str(status if status >= 0 else 128 - status).encode())
        os._exit(0)
    os.close(told)
    take((given, output, errors))
    with os.fdopen(0, "rb", closefd=False) as all_given:
        folder, environment = json.loads(all_given.readline())
        program = all_given.read()
    be_in(folder, environment)
    time.tzset()
    sys.argv = sys.path[:1] = [""]
    sys.modules["__main__"] = ModuleType("__main__")
    exec(compile(program, "<stdin>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102 (it is Ansible's own)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
