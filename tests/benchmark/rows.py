# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of the table, and how each is measured."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulated import SimulatedCertCentral
from users import NotMeasured, User

# The names of tasks.
MODULE = "Cancel with the module"
URI = "Cancel with uri"
BARE = "Cancel with the bare module"

DOCUMENTED_LIMITS = ((1000, 180.0), (100, 5.0))
# The windows and nothing else are shorter by this: the module's own delays count ten times what they would.
TIME_SCALE = 0.1

PAIRS = 21
MANY = 100
REPETITIONS = 3


class Target(NamedTuple):
    """What is wanted of a figure."""

    sign: str
    limit: float

    def reached(self, figure: float) -> bool:
        """Tell whether a figure is as wanted."""
        return figure <= self.limit if self.sign == "<=" else figure >= self.limit


class Row(NamedTuple):
    """What was measured, the figures, their unit, how many digits of them to show, and what is wanted, if anything."""

    what: str
    figures: Sequence[float]
    unit: str
    digits: int
    target: Target | None = None

    def told(self) -> tuple[str, str, str, str]:
        """Give the columns: median, range, target, verdict."""
        median = statistics.median(self.figures)
        lowest, middle, highest = (
            f"{figure:.{self.digits}f}" for figure in (min(self.figures), median, max(self.figures))
        )
        columns = (f"{middle}{self.unit}", f"{lowest} - {highest}")
        if self.target is None:
            return (*columns, "", "")
        verdict = "reached" if self.target.reached(median) else "NOT reached"
        return (*columns, f"{self.target.sign} {self.target.limit:g}{self.unit}", verdict)


def one_order(user: User, service: SimulatedCertCentral) -> Iterator[Row]:
    """Compare a task with one order to a task of `uri` that only writes, in turn within one playbook.

    The same of a module that does no more than it must tells how much of it is the price of `requests`.
    """
    service.reset()
    taken = user.play("one_order.yml", {"order_ids": service.add_orders(3 * (PAIRS + 1))})

    def shares(name: str) -> list[float]:
        # The first of each is warm-up.
        return [seconds / bare_put for seconds, bare_put in list(zip(taken[name], taken[URI]))[1:]]

    what = "one order, time of the task: share of that of a bare PUT with uri"
    yield Row(what, shares(MODULE), "", 2, Target("<=", 0.95))
    yield Row("the same of a bare module with requests, for comparison", shares(BARE), "", 2)


def own_time(user: User, service: SimulatedCertCentral) -> Iterator[Row]:
    """Compare the module's process to that of a module with the same two requests and nothing else."""
    service.reset()
    order_id, bare_order_id = service.add_orders(2)
    modules = user.payloads({"order_ids": [order_id], "bare_order_id": bare_order_id})
    differences = []
    for _pair in range(PAIRS):
        service.reset()
        service.add_orders(2)
        ours, bare = (user.run_payload(modules[name]) for name in ("digicert_order_status", "bare_requests"))
        differences.append(1000 * (ours.cpu_seconds - bare.cpu_seconds))
    yield Row(
        "one order, CPU time of the module: above a bare one with the same requests",
        differences,
        " ms",
        1,
        Target("<=", 15),
    )


def many_orders(user: User, service: SimulatedCertCentral) -> Iterator[Row]:
    """Compare one task for many orders to a loop of `uri` over as many that only writes."""
    one_by_one = []
    for latency, least in ((0.0, 30), (0.1, 15)):
        service.reset(latency=latency)
        tasks = [service.add_orders(MANY) for _task in range(6)]
        # A loop of so many needs no repetition. Tasks before and after it show it if the machine changes.
        taken = user.play(
            "many_orders.yml",
            {"before": tasks[:3], "one_by_one": tasks[3], "after": tasks[4:], "rate_limits": []},
        )
        one_by_one += taken[URI]
        ratios = [taken[URI][0] / seconds for seconds in taken[MODULE]]
        what = f"{MANY} orders, no limits, {1000 * latency:.0f} ms a reply: one task, times as fast as a loop of uri"
        yield Row(what, ratios, "", 1, Target(">=", least))
    # The loop is so slow that it meets no window; the task has twice as many requests as the short one lets pass.
    service.reset(rate_limits=DOCUMENTED_LIMITS)
    taken = user.play(
        "many_orders.yml",
        {
            "before": [service.add_orders(MANY)],
            "one_by_one": [],
            "after": [],
            "rate_limits": [{"requests": count, "seconds": seconds} for count, seconds in DOCUMENTED_LIMITS],
        },
    )
    ratios = [one_by_one[0] / seconds for seconds in taken[MODULE]]
    yield Row(f"{MANY} orders, documented limits, 0 ms a reply: the same, for comparison", ratios, "", 1)


def within_limits(user: User, service: SimulatedCertCentral) -> Iterator[Row]:
    """Compare the time of 1000 orders to that of a client that wastes nothing of the windows; count requests."""
    limits = [{"requests": count, "seconds": seconds * TIME_SCALE} for count, seconds in DOCUMENTED_LIMITS]
    shares, refused, per_order = [], [], []
    for _repetition in range(REPETITIONS):
        service.reset(rate_limits=DOCUMENTED_LIMITS, time_scale=TIME_SCALE)
        order_ids = service.add_orders(1000)
        user.play(
            "many_orders.yml", {"before": [order_ids], "one_by_one": [], "after": [], "rate_limits": limits}
        )
        requests = service.requests()
        taken = requests[-1]["at"] - requests[0]["at"]
        shares.append(100 * TIME_SCALE * least_seconds(len(requests)) / taken)
        refused.append(sum(request["status"] == 429 for request in requests))
        per_order.append(len(requests) / len(order_ids))
    yield Row(
        f"1000 orders, limits with time times {TIME_SCALE:g}: share of its time that the windows force",
        shares,
        " %",
        1,
        Target(">=", 95),
    )
    yield Row(
        f"1000 orders, limits with time times {TIME_SCALE:g}: replies with 429",
        refused,
        "",
        0,
        Target("<=", 0),
    )
    # Each is read just before it is written to; release 1.0.0, which believed lists, took 1.04.
    yield Row("1000 orders: requests for each", per_order, "", 3, Target("<=", 2.02))


def unapproved(user: User, service: SimulatedCertCentral) -> Iterator[Row]:
    """Count the requests for finding and rejecting orders that need approval."""
    service.reset()
    order_ids = service.add_orders(500, "needs_approval")
    user.play("unapproved.yml", {"container_id": 301, "rate_limits": []})
    requests = service.requests()
    rejected = sum(request["operation"] == "decision" and request["status"] == 204 for request in requests)
    # One is in the account already.
    if rejected != len(order_ids) + 1:
        raise NotMeasured(f"{rejected} orders were rejected")
    yield Row(
        f"{rejected} orders that need approval, found and rejected: requests for each",
        [len(requests) / rejected],
        "",
        3,
        Target("<=", 2.1),
    )


def memory(user: User, service: SimulatedCertCentral) -> Iterator[Row]:
    """Look at the peak memory of the module's process."""
    for count in (100, 1000, 5000):
        service.reset()
        modules = user.payloads({"order_ids": service.add_orders(count)})
        peaks = []
        for _repetition in range(2):
            service.reset()
            service.add_orders(count)
            peaks.append(user.run_payload(modules["digicert_order_status"]).peak_mib)
        yield Row(f"{count} orders: peak memory of the module", peaks, " MiB", 1, Target("<=", 100))


def least_seconds(requests: int) -> float:
    """Give the seconds from the first to the last request of a client for which sending takes no time."""
    sent: list[float] = []
    for number in range(requests):
        opens = [sent[number - count] + seconds for count, seconds in DOCUMENTED_LIMITS if number >= count]
        sent.append(max(opens, default=0.0))
    return sent[-1]
