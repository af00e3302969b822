# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which combinations `make matrix` tries, and how it tells of those that it does not."""

from __future__ import annotations

import pytest

from gate.matrix import (
    CORES,
    LOWEST_REQUESTS,
    STAGES,
    Combination,
    Result,
    combinations,
    main,
    run_row,
    table,
)

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


def test_a_row_whose_python_is_not_on_the_machine_is_shown_as_not_run() -> None:
    row = Combination("2.22", "3.15", "3.15")
    result = run_row(row, PRESENT, end=float("inf"))
    assert result == Result(dict.fromkeys(STAGES, "not run"), ["no Python 3.15 on this machine"])
    assert table({row: result}).splitlines()[1].split(maxsplit=4) == [
        "2.22", "3.15", "3.15", "newest",
        "not run  not run  not run      not run    no Python 3.15 on this machine",
    ]  # fmt: skip


def test_a_row_that_was_not_begun_in_time_is_shown_as_not_run() -> None:
    result = run_row(Combination("2.19", "3.13", "3.13"), PRESENT, end=0.0)
    assert result == Result(dict.fromkeys(STAGES, "not run"), ["the time was up"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["2.15"],
            "no such ansible-core in the matrix: 2.15. It has 2.16, 2.17, 2.18, 2.19, 2.20, 2.21, 2.22.\n",
        ),
        (["--minutes", "soon"], "argument --minutes: invalid float value: 'soon'\n"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(arguments)
    assert capsys.readouterr().err.endswith(f"error: {complaint}")
