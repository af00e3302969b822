# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a complaint of Ansible Galaxy's importer."""

from __future__ import annotations

import pytest

from gate.importer import GOOD_END, judge


def test_a_log_of_nothing_but_information_has_no_complaint() -> None:
    assert judge(f"Importing\nLoading module a\n{GOOD_END}\n", 0) == []


@pytest.mark.parametrize("line", ["WARNING: E203 whitespace", "ERROR: no documentation", "CRITICAL: worse"])
def test_a_warning_is_a_complaint_although_the_importer_ends_well(line: str) -> None:
    assert judge(f"Importing\n{line}\n{GOOD_END}\n", 0) == [line]


@pytest.mark.parametrize(("log", "status"), [("Importing\n", 0), (f"Importing\n{GOOD_END}\n", 1)])
def test_an_importer_that_does_not_come_to_its_end_is_a_complaint(log: str, status: int) -> None:
    complaint = f"galaxy-importer did not come to its end (exit status {status})."
    assert judge(log, status) == [*log.splitlines(), complaint]
