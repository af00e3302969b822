# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""When a request may be sent: rolling windows that are never overfull, and waits that hold for everybody."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

# The longest time between two looks at whether to go on waiting, in seconds.
_LOOK_EVERY = 0.5


class RateLimit(NamedTuple):
    """A rolling window: at most so many `requests` in any span of so many `seconds`."""

    requests: int
    seconds: float


class Pacer:
    """Gives turns to send, to all threads of a task."""

    def __init__(self, limits: Sequence[RateLimit], over: Callable[[], object] = lambda: False) -> None:
        """Take the windows that must never be overfull; without any, only `hold` makes anybody wait.

        over: whether to wait no longer, because nothing is going to be sent any more.
        """
        self._limits = limits
        self._over = over
        self._changed = threading.Condition()
        self._under_way = 0
        self._promised = 0
        self._ended: deque[float] = deque(maxlen=max((limit.requests for limit in limits), default=0))
        self._held_until = 0.0
        self._own = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a request may be sent; the turn lasts until its reply has arrived."""
        own = getattr(self._own, "promised", 0)
        with self._changed:
            self._wait_for(1, own)
            if own:
                self._own.promised -= 1
                self._promised -= 1
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._ended.append(time.monotonic())
                self._changed.notify_all()

    @contextmanager
    def pair(self) -> Iterator[None]:
        """Wait until two requests may be sent; inside, the next two turns of this thread come without another wait.

        Where a window takes a single request, the second turn waits for as long as that one lasts, and nobody comes in between.
        """
        with self._changed:
            self._wait_for(2, 0)
            self._promised += 2
            self._own.promised = 2
        try:
            yield
        finally:
            with self._changed:
                self._promised -= self._own.promised
                self._own.promised = 0
                self._changed.notify_all()

    def hold(self, seconds: float) -> None:
        """Give no turn to anybody for that long."""
        with self._changed:
            self._held_until = max(self._held_until, time.monotonic() + seconds)

    def rest(self, seconds: float) -> None:
        """Let this thread wait for that long."""
        end = time.monotonic() + seconds
        while not self._over() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_EVERY))

    def _wait_for(self, count: int, own: int) -> None:
        """Wait until `count` requests may be sent; `own` are promised to this thread."""
        while not self._over() and (seconds := self._seconds_to_wait(count, own)) > 0:
            self._changed.wait(min(seconds, _LOOK_EVERY))

    def _seconds_to_wait(self, count: int, own: int) -> float:
        now = time.monotonic()
        waits = [self._held_until - now]
        for limit in self._limits:
            # A request counts from before it is sent until a window's length after its reply: when in between it
            # arrives at the service is not known, and so the service never sees more of them than this.
            free = limit.requests - (self._under_way + self._promised - own)
            wanted = min(count, limit.requests)
            if free < wanted:
                waits.append(math.inf)
            elif len(self._ended) > free - wanted:
                waits.append(self._ended[-(free - wanted + 1)] + limit.seconds - now)
        return max(waits)
