# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who waits for a turn, and for how long, with a clock that moves when it is told to."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.community.digicert.plugins.module_utils import _pacing
from ansible_collections.community.digicert.plugins.module_utils._pacing import Pacer, RateLimit
from hypothesis import given
from hypothesis import strategies as st

LIMITS = st.lists(st.builds(RateLimit, st.integers(1, 5), st.floats(0.5, 30)), min_size=1, max_size=3)


class Clock:
    """Moves on by what somebody waits."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(_pacing, "time", clock)
    return clock


def pacer_of(clock, limits, over=lambda: False):
    """Give a pacer whose waits take no time."""
    pacer = Pacer(limits, over)
    pacer._changed.wait = clock.sleep
    return pacer


def test_a_request_counts_from_its_reply_on(clock):
    pacer = pacer_of(clock, [RateLimit(requests=1, seconds=10.0)])
    with pacer.turn():
        clock.sleep(3.0)
    with pacer.turn():
        assert clock.now == 1013.0


def test_a_pair_waits_once_and_its_second_request_follows_at_once(clock):
    pacer = pacer_of(clock, [RateLimit(requests=3, seconds=10.0)])
    for _request in range(2):
        with pacer.turn():
            pass
    with pacer.pair():
        with pacer.turn():
            assert clock.now == 1010.0
        with pacer.turn():
            assert clock.now == 1010.0


def test_nobody_comes_in_between_a_pair(clock):
    pacer = pacer_of(clock, [RateLimit(requests=2, seconds=10.0)])
    with pacer.pair():
        assert pacer._seconds_to_wait(1, own=0) == float("inf")
        with pacer.turn():
            pass
        assert pacer._seconds_to_wait(1, own=0) == 10.0
    # What was not made use of is free again.
    assert pacer._seconds_to_wait(1, own=0) <= 0


def test_a_pair_in_a_window_of_one_request_waits_in_between(clock):
    pacer = pacer_of(clock, [RateLimit(requests=1, seconds=4.0)])
    with pacer.pair():
        with pacer.turn():
            pass
        with pacer.turn():
            assert clock.now == 1004.0


def test_a_hold_holds_for_everybody_and_the_longest_counts(clock):
    pacer = pacer_of(clock, [])
    pacer.hold(20.0)
    pacer.hold(5.0)
    with pacer.turn():
        assert clock.now == 1020.0


def test_a_rest_lasts_as_long_as_was_asked_for(clock):
    pacer_of(clock, []).rest(2.75)
    assert clock.now == 1002.75


def test_a_rest_ends_when_everything_is_over(clock):
    pacer = pacer_of(clock, [], over=lambda: clock.now > 1003.0)
    pacer.rest(100.0)
    assert 1003.0 < clock.now < 1004.0
    pacer.rest(100.0)
    assert clock.now < 1004.0


def test_whoever_waits_goes_on_once_everything_is_over():
    over = threading.Event()
    pacer = Pacer([RateLimit(requests=1, seconds=1000.0)], over.is_set)
    with pacer.turn():
        pass
    gone_on = threading.Event()

    def wait_for_a_turn():
        with pacer.turn():
            gone_on.set()

    waiting = threading.Thread(target=wait_for_a_turn, daemon=True)
    waiting.start()
    assert not gone_on.wait(0.1)
    over.set()
    assert gone_on.wait(30)
    waiting.join()


@given(LIMITS, st.lists(st.tuples(st.booleans(), st.floats(0, 3)), min_size=1, max_size=30))
def test_no_window_is_ever_overfull(limits, work):
    with pytest.MonkeyPatch.context() as patched:
        clock = Clock()
        patched.setattr(_pacing, "time", clock)
        pacer = pacer_of(clock, limits)
        sent = []

        def send(seconds):
            with pacer.turn():
                sent.append(clock.now)
                clock.sleep(seconds)

        for as_pair, seconds in work:
            if as_pair:
                with pacer.pair():
                    send(seconds)
                    send(seconds)
            else:
                send(seconds)
    for limit in limits:
        for first, beyond in zip(sent, sent[limit.requests :]):
            assert beyond - first >= limit.seconds - 1e-6
