# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as a complaint of Ansible Galaxy's importer."""

from __future__ import annotations

import pytest

from gate.importer import GOOD_END, complaints


def test_a_log_of_nothing_but_information_has_no_complaint() -> None:
    assert complaints(f"Importing\nLoading module a\n{GOOD_END}\n") == []


@pytest.mark.parametrize("line", ["WARNING: E203 whitespace", "ERROR: no documentation", "CRITICAL: worse"])
def test_a_warning_is_a_complaint_although_the_importer_ends_well(line: str) -> None:
    assert complaints(f"Importing\n{line}\n{GOOD_END}\n") == [line]


def test_an_importer_that_does_not_come_to_its_end_is_a_complaint() -> None:
    assert complaints("Importing\n") == ["Importing", "galaxy-importer did not come to its end."]
