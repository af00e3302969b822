# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several threads do the same for many items."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.community.digicert.plugins.module_utils._threads import each


def test_the_results_are_in_the_order_of_the_items():
    assert each(lambda number: time.sleep(0.02 * (3 - number)) or -number, range(3), threads=3) == [0, -1, -2]


def test_so_many_work_at_a_time_as_are_allowed():
    everybody = threading.Barrier(3)
    each(lambda _item: everybody.wait(timeout=30), range(3), threads=3)


@pytest.mark.parametrize(("items", "threads", "most"), [(6, 2, 2), (2, 6, 2), (3, 1, 1)])
def test_no_more_work_than_are_allowed_or_have_an_item(items, threads, most):
    seen = set()

    def work(_item):
        time.sleep(0.05)
        seen.add(threading.current_thread())

    before = threading.active_count()
    counts = each(lambda item: work(item) or threading.active_count() - before + 1, range(items), threads)
    assert len(seen) == max(counts) == most


def test_none_keeps_the_module_from_ending():
    everybody = threading.Barrier(2)
    workers = each(
        lambda _item: everybody.wait(timeout=30) + 1 and threading.current_thread(), range(2), threads=2
    )
    assert {worker.daemon for worker in workers if worker is not threading.current_thread()} == {True}


def test_what_one_raises_is_raised_and_nothing_more_is_begun():
    begun = []

    def work(item):
        begun.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        each(work, range(9), threads=1)
    assert begun == [0]


def test_fewer_work_where_no_more_threads_can_be_started(monkeypatch):
    def start(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert each(lambda item: item, range(5), threads=3) == [0, 1, 2, 3, 4]
