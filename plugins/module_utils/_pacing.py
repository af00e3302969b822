# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""When a request may be sent: rolling windows that are never overfull, and waits that hold for everybody."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple


class RateLimit(NamedTuple):
    """A rolling window: at most so many `requests` in any span of so many `seconds`."""

    requests: int
    seconds: float


class Pacer:
    """Gives turns to send, to all threads of a task."""

    def __init__(self, limits: Sequence[RateLimit]) -> None:
        """Take the windows that must never be overfull; without any, only `hold` makes anybody wait."""
        self._limits = limits
        self._changed = threading.Condition()
        self._under_way = 0
        self._ended: deque[float] = deque(maxlen=max((limit.requests for limit in limits), default=0))
        self._held_until = 0.0
        self._open = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a request may be sent; the turn lasts until its reply is there."""
        with self._changed:
            while not self._open and (seconds := self._seconds_to_wait()) > 0:
                self._changed.wait(min(seconds, threading.TIMEOUT_MAX))
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._ended.append(time.monotonic())
                self._changed.notify_all()

    def hold(self, seconds: float) -> None:
        """Give no turn to anybody for that long."""
        with self._changed:
            self._held_until = max(self._held_until, time.monotonic() + seconds)

    def open(self) -> None:
        """Let everybody who waits go on at once, because nothing is going to be sent any more."""
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def _seconds_to_wait(self) -> float:
        now = time.monotonic()
        waits = [self._held_until - now]
        for limit in self._limits:
            # A request counts from before it is sent until a window's length after its reply: when in between it
            # arrives at the service is not known, and so the service never sees more of them than this.
            free = limit.requests - self._under_way
            if free <= 0:
                waits.append(float("inf"))
            elif len(self._ended) >= free:
                waits.append(self._ended[-free] + limit.seconds - now)
        return max(waits)
