# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""Whether anybody still wants the work that is left: a job can be canceled while its module goes on."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
import threading
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NamedTuple

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
# Between a module and the worker of Ansible are two shells, and with become some more.
_MOST_ANCESTORS = 10
# Options of Python that are followed by a word of their own.
_WITH_A_WORD = (b"-X", b"-W")


class Interruption:
    """Notices, while it is entered, that the module was told to end, and that nobody is left to read its result.

    What was begun is finished, so that its outcome can be told.
    """

    def __init__(self) -> None:
        """Begin with everybody present."""
        self._told: str | None = None
        self._parent = os.getppid()
        self._run = _run_of(self._parent)
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        """Take the signals by which a process is told to end."""
        # Only the main thread may, and no other one is in the way.
        for number in _SIGNALS if threading.current_thread() is threading.main_thread() else ():
            # nohup, for one, has it ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give them back, once everything that was printed is on its way."""
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def is_over(self) -> None:
        """Ignore the signals from here on: nothing is left but to print the result, which a signal could cut."""
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)

    def reason(self) -> str | None:
        """Tell why no further order may be begun; None as long as there is no reason."""
        if self._told:
            return f"The module was told to end ({self._told})."
        if os.getppid() != self._parent or _nobody_reads() or (self._run and self._run.has_ended()):
            return "Ansible is gone, and nobody would read the result."
        if self._run and nobody_reads(self._run.ansible):
            return "Nobody reads what Ansible prints any more."
        return None

    def _note(self, number: int, _frame: FrameType | None) -> None:
        # Nothing but this: whatever takes a lock could wait for the very thread that was interrupted.
        self._told = signal.Signals(number).name


def _nobody_reads() -> bool:
    try:
        return leads_nowhere(sys.__stdout__.fileno() if sys.__stdout__ else 1)
    except (OSError, ValueError, AttributeError):
        return False


class _Run(NamedTuple):
    """The processes of Ansible that a module is run by, by their IDs."""

    ansible: int
    worker: int

    def has_ended(self) -> bool:
        """Tell whether Ansible has left its worker behind."""
        return _parent_of(self.worker) != self.ansible


def _run_of(process: int) -> _Run | None:
    """Give the run of Ansible that a process belongs to; None where none of its ancestors looks like a worker.

    A worker is forked and has the command line of its parent. From ansible-core 2.19 on it has a session of its own, so that
    neither a terminal that is closed nor most signals reach it.
    """
    for _generation in range(_MOST_ANCESTORS):
        parent = _parent_of(process)
        words = _command_line(process)
        if parent is None or not words:
            return None
        if _is_ansible(words) and _command_line(parent) == words:
            return _Run(parent, process)
        process = parent
    return None


def _is_ansible(words: list[bytes]) -> bool:
    """Tell whether a command line is that of a program of Ansible, which Python may run with options."""
    programs = [word.rpartition(b"/")[2] for word in words]
    if b"py" in programs[0]:
        programs = programs[1:]
        while programs and programs[0].startswith(b"-"):
            programs = programs[2:] if programs[0] in _WITH_A_WORD else programs[1:]
    return bool(programs) and programs[0].startswith(b"ansible")


def _parent_of(process: int) -> int | None:
    """Give the ID of the parent of a process; None where it is gone, or where the system does not tell."""
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
        # The name of the program, in parentheses, can hold anything (proc(5)).
        return int(stat.rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _command_line(process: int) -> list[bytes]:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def nobody_reads(process: int) -> bool:
    """Tell whether what a process prints leads nowhere, such as into a pipe whose other end is closed.

    process: another one than this.
    """
    path = Path(f"/proc/{process}/fd/1")
    try:
        printed = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        # A terminal that was closed cannot be opened, nor a pipe with a name that has no reader (fifo(7)), nor any socket.
        return error.errno == errno.EIO or (error.errno == errno.ENXIO and path.is_fifo())
    try:
        return leads_nowhere(printed)
    finally:
        os.close(printed)


def leads_nowhere(descriptor: int) -> bool:
    """Tell whether what is written to a file descriptor gets lost, such as in a pipe whose other end is closed."""
    watched = select.poll()
    watched.register(descriptor, 0)
    # Events that need not be asked for: the other end was closed (poll(2)).
    return bool(watched.poll(0))
