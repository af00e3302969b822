# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolling rate limits per API key (contract 3)."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimit:
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float


DOCUMENTED_LIMITS = (RateLimit(1000, 180.0), RateLimit(100, 5.0))


class RateLimiter:
    """Counts the requests of each key.

    Assumed: only admitted requests count; a refused one (429), one without a valid key and one that a
    scripted fault keeps from the service do not.
    """

    def __init__(
        self,
        limits: Sequence[RateLimit],
        time_scale: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the limits, the factor for their seconds and a clock in seconds."""
        self._limits = [RateLimit(limit.requests, limit.seconds * time_scale) for limit in limits]
        self._clock = clock
        self._admitted: dict[str, list[deque[float]]] = {}

    def admit(self, key: str) -> int | None:
        """Count a request of `key`.

        Gives None when it may pass, otherwise after how many whole seconds the next one may.
        """
        now = self._clock()
        windows = self._admitted.setdefault(key, [deque() for _limit in self._limits])
        wait = 0.0
        for limit, window in zip(self._limits, windows):
            while window and window[0] <= now - limit.seconds:
                window.popleft()
            if len(window) >= limit.requests:
                wait = max(wait, (window[0] + limit.seconds - now) if window else limit.seconds)
        if wait:
            return math.ceil(wait)
        for window in windows:
            window.append(now)
        return None
