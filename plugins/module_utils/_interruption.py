# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""Whether anybody still wants the work that is left: a job can be canceled while its module goes on."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


class Interruption:
    """Notices, while it is entered, that the module was told to end, and that nobody is left to read its result.

    What was begun is finished, so that its outcome can be told.
    """

    def __init__(self) -> None:
        """Begin with everybody present."""
        self._told: str | None = None
        self._parent = os.getppid()
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
        if os.getppid() != self._parent or _nobody_reads():
            return "Ansible is gone, and nobody would read the result."
        return None

    def _note(self, number: int, _frame: FrameType | None) -> None:
        # Nothing but this: whatever takes a lock could wait for the very thread that was interrupted.
        self._told = signal.Signals(number).name


def _nobody_reads() -> bool:
    try:
        return leads_nowhere(sys.__stdout__.fileno() if sys.__stdout__ else 1)
    except (OSError, ValueError, AttributeError):
        return False


def leads_nowhere(descriptor: int) -> bool:
    """Tell whether what is written to a file descriptor gets lost, such as in a pipe whose other end is closed."""
    watched = select.poll()
    watched.register(descriptor, 0)
    # Events that need not be asked for: the other end was closed (poll(2)).
    return bool(watched.poll(0))
