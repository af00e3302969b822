# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make mutation` counts, and what it complains of."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.mutation import complaints, percent_noticed, read_survivors, read_verdicts

FOLDER = "ansible_collections.community.digicert.plugins.module_utils"
VERDICTS = {
    f"{FOLDER}._pacing.x_wait__mutmut_1": "killed",
    f"{FOLDER}._pacing.x_wait__mutmut_12": "survived",
    f"{FOLDER}._http.xǁExchangeǁ_send__mutmut_1": "timeout",
    f"{FOLDER}._http.xǁExchangeǁ_send__mutmut_2": "no tests",
}


def test_every_verdict_is_read() -> None:
    assert (
        read_verdicts("".join(f"    {mutant}: {status}\n" for mutant, status in VERDICTS.items())) == VERDICTS
    )


def test_a_line_about_a_change_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="not understood"):
        read_verdicts(f"    {FOLDER}._pacing.x_wait__mutmut_1 killed\n")


def test_what_makes_a_test_fail_or_wait_for_ever_is_noticed_and_nothing_else() -> None:
    assert percent_noticed(VERDICTS, {}) == 50.0


def test_a_listed_survivor_does_not_count_and_excuses_no_other() -> None:
    assert percent_noticed(VERDICTS, {"module_utils._pacing.x_wait": 2}) == pytest.approx(200 / 3)


def test_a_list_of_survivors_has_a_function_a_number_and_a_reason_a_line(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# why\n\nmodule_utils._pacing.x_wait | 2 | a | b\n", encoding="utf-8")
    assert read_survivors(tmp_path / "list") == {"module_utils._pacing.x_wait": 2}
    (tmp_path / "list").write_text("module_utils._pacing.x_wait | 2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unpack"):
        read_survivors(tmp_path / "list")


def test_more_and_fewer_survivors_than_listed_are_complained_of() -> None:
    survivors = {"module_utils._pacing.x_wait": 1, "module_utils._masking.x_gone": 2}
    assert list(complaints(VERDICTS, survivors)) == [
        f"module_utils._http.xǁExchangeǁ_send: 1 unnoticed, 0 listed: {FOLDER}._http.xǁExchangeǁ_send__mutmut_2",
        "module_utils._masking.x_gone: 0 unnoticed, 2 listed: ",
    ]
