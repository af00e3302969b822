# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How the same is done for many items at a time, with as many threads as can be had."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def each(do: Callable[[_Item], _Result], items: Sequence[_Item], threads: int) -> list[_Result]:
    """Give what `do` gives for each item, in the order of the items.

    threads: how many may work at a time; this one is the first of them. A container may allow fewer, and then fewer work.

    Raises what `do` raised, after all that was begun has ended.
    """
    results: dict[int, _Result] = {}
    raised: list[BaseException] = []
    left = iter(enumerate(items))
    lock = threading.Lock()

    def work() -> None:
        try:
            while not raised:
                with lock:
                    following = next(left, None)
                if following is None:
                    return
                number, item = following
                results[number] = do(item)
        except BaseException as error:  # noqa: BLE001 (raised again below, where somebody can handle it)
            raised.append(error)

    helpers = [threading.Thread(target=work, daemon=True) for _number in range(min(threads, len(items)) - 1)]
    started = []
    for helper in helpers:
        try:
            helper.start()
        except Exception:  # noqa: BLE001 (whatever it is, the work goes on without it)
            break
        started.append(helper)
    work()
    for helper in started:
        helper.join()
    if raised:
        raise raised[0]
    return [results[number] for number in range(len(items))]
