# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which combinations `make matrix` tries, and how it tells of those that it does not."""

from __future__ import annotations

from gate.matrix import CORES, LOWEST_REQUESTS, combinations

PRESENT = {version: f"/usr/bin/python{version}" for version in ("3.9", "3.10", "3.11", "3.12", "3.13")}
ROWS = list(combinations(PRESENT, list(CORES)))


def test_each_python_that_a_core_supports_is_its_controller_and_a_target() -> None:
    for core, (controllers, targets) in CORES.items():
        rows = [row for row in ROWS if row.core == core]
        assert {row.controller for row in rows} == set(controllers)
        assert {row.target for row in rows} == set(targets)


def test_each_core_has_its_sanity_tests_once_on_the_newest_controller_of_the_machine() -> None:
    assert [(row.core, row.controller) for row in ROWS if row.sanity] == [
        ("2.16", "3.12"), ("2.17", "3.12"), ("2.18", "3.13"), ("2.19", "3.13"), ("2.20", "3.13"), ("2.21", "3.13"),
        ("2.22", "3.13"),
    ]  # fmt: skip


def test_the_lowest_requests_meets_the_lowest_and_the_newest_python() -> None:
    rows = [(row.core, row.target) for row in ROWS if row.requests == LOWEST_REQUESTS]
    assert rows == [("2.16", "3.9"), ("2.16", "3.12"), ("2.22", "3.10"), ("2.22", "3.13")]
