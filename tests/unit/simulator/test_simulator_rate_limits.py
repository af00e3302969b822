# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolling rate limits per API key."""

from __future__ import annotations

import time

import pytest
from ansible_collections.community.digicert.tests.simulator import DOCUMENTED_LIMITS, VIEW_ONLY_KEY, RateLimit
from ansible_collections.community.digicert.tests.simulator.rate_limits import RateLimiter


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def statuses(call, count, **arguments):
    return [call("GET", "/order/certificate/1001", **arguments).status_code for _number in range(count)]


def test_the_documented_limits():
    assert (RateLimit(1000, 180), RateLimit(100, 5)) == DOCUMENTED_LIMITS


def test_the_window_rolls():
    clock = Clock()
    limiter = RateLimiter([RateLimit(2, 10)], clock=clock)
    assert limiter.admit("full") is None
    clock.now += 4
    assert limiter.admit("full") is None
    assert limiter.admit("full") == 6
    clock.now += 5.5
    assert limiter.admit("full") == 1
    clock.now += 0.5
    assert limiter.admit("full") is None
    assert limiter.admit("full") == 4


def test_the_longest_wait_counts():
    clock = Clock()
    limiter = RateLimiter([RateLimit(2, 100), RateLimit(2, 5)], clock=clock)
    assert [limiter.admit("full") for _number in range(3)] == [None, None, 100]


def test_a_refused_request_does_not_count():
    clock = Clock()
    limiter = RateLimiter([RateLimit(1, 10)], clock=clock)
    assert limiter.admit("full") is None
    clock.now += 9
    assert limiter.admit("full") == 1
    clock.now += 1
    assert limiter.admit("full") is None


def test_the_time_scale_shortens_the_window():
    clock = Clock()
    limiter = RateLimiter([RateLimit(1, 180)], time_scale=0.01, clock=clock)
    assert limiter.admit("full") is None
    clock.now += 1.79
    assert limiter.admit("full") == 1
    clock.now += 0.02
    assert limiter.admit("full") is None


def test_the_101st_request_in_5_seconds_gets_429(call):
    assert statuses(call, 101) == [200] * 100 + [429]
    reply = call("GET", "/nothing")
    assert reply.status_code == 429
    assert "Retry-After" not in reply.headers
    assert reply.json() == {
        "errors": [
            {
                "code": "request_limit_exceeded",
                "message": "Service unavailable, please limit request volume",
            }
        ]
    }


def test_each_key_has_its_own_window(simulator, call):
    simulator.configure(rate_limits=[RateLimit(2, 60)])
    assert statuses(call, 3) == [200, 200, 429]
    assert statuses(call, 3, key=VIEW_ONLY_KEY) == [200, 200, 429]


def test_a_wrong_key_gets_403_whatever_the_limit(simulator, call):
    simulator.configure(rate_limits=[RateLimit(1, 60)])
    assert statuses(call, 3, key="wrong") == [403, 403, 403]


def test_the_window_drains(simulator, call):
    simulator.configure(rate_limits=[RateLimit(1, 20)], time_scale=0.01)
    assert statuses(call, 2) == [200, 429]
    time.sleep(0.25)
    assert statuses(call, 1) == [200]


def test_limits_can_be_switched_off(simulator, call):
    simulator.configure(rate_limits=[])
    assert statuses(call, 150) == [200] * 150


def test_retry_after_can_be_sent(simulator, call):
    simulator.configure(rate_limits=[RateLimit(1, 60)], retry_after=True)
    call("GET", "/order/certificate/1001")
    assert call("GET", "/order/certificate/1001").headers["Retry-After"] == "60"


def test_a_reset_empties_the_windows(simulator, call):
    simulator.reset(rate_limits=[[1, 60]])
    assert statuses(call, 2) == [200, 429]
    simulator.reset(rate_limits=[[1, 60]])
    assert statuses(call, 1) == [200]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"spelling": "mixed"}, "'mixed' is not a valid Spelling"),
        ({"colour": 1}, "unknown settings: colour"),
        ({"rate_limits": [[1]]}, "a setting does not fit"),
        ({"rate_limits": 5}, "a setting does not fit"),
        ({"latency": "x"}, "could not convert string to float"),
    ],
)
def test_settings_that_do_not_fit_are_refused(simulator, settings, reason):
    simulator.change_order(1001, "issued")
    with pytest.raises(ValueError, match=reason):
        simulator.reset(**settings)
    with pytest.raises(ValueError, match=reason):
        simulator.configure(**settings)
    assert simulator.order(1001).status == "issued"
