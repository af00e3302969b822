# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make mutation` counts, and what it complains of."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.mutation import complaints, percent_noticed, read_survivors, read_tests, read_verdicts

PLUGINS = "ansible_collections.community.digicert.plugins"
VERDICTS = {
    ("_pacing.wait", "a"): "killed",
    ("_pacing.wait", "b"): "survived",
    ("_http.send", "c"): "timeout",
    ("_http.send", "d"): "no tests",
}


@pytest.mark.parametrize("folder", ["modules", "module_utils", "plugin_utils", "action"])
def test_the_changes_of_every_folder_count(folder: str) -> None:
    name = f"{PLUGINS}.{folder}._some.x_function__mutmut_12"
    assert read_verdicts(f"    {name}: killed\n") == {("_some.function", name): "killed"}


def test_a_method_is_named_with_its_class() -> None:
    name = f"{PLUGINS}.action.some.xǁActionModuleǁ_run__mutmut_1"
    assert read_verdicts(f"    {name}: no tests") == {("some.ActionModule._run", name): "no tests"}


def test_a_change_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="this is not understood: elsewhere"):
        read_verdicts("    elsewhere.x_function__mutmut_1: killed")


def test_what_makes_a_test_fail_or_wait_for_ever_is_noticed_and_nothing_else() -> None:
    assert percent_noticed(VERDICTS) == 50.0


def test_a_list_of_survivors_has_a_function_a_number_and_a_reason_a_line(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# why\n\n_pacing.wait | 2 | a | b\n", encoding="utf-8")
    assert read_survivors(tmp_path / "list") == {"_pacing.wait": 2}
    (tmp_path / "list").write_text("_pacing.wait | 2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unpack"):
        read_survivors(tmp_path / "list")


def test_more_and_fewer_survivors_than_listed_are_complained_of() -> None:
    assert list(complaints(VERDICTS, {"_pacing.wait": 1, "_masking.gone": 2})) == [
        "_http.send: 1 unnoticed, 0 listed: d",
        "_masking.gone: 0 unnoticed, 2 listed: ",
    ]


def test_the_tests_are_those_of_the_statistics(tmp_path: Path) -> None:
    (tmp_path / "statistics").write_text(
        '{"duration_by_test": {"a::b": 0.1, "c::d[e]": 2}}', encoding="utf-8"
    )
    assert read_tests(tmp_path / "statistics") == ["a::b", "c::d[e]"]
