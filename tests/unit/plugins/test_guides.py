# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides have every error code, every fault and every option of the simulator there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.community.digicert.plugins.module_utils._errors import ErrorCode
from ansible_collections.community.digicert.plugins.module_utils._order_change import OrderErrorCode
from ansible_collections.community.digicert.tests.simulator import CATALOGUE, Settings
from ansible_collections.community.digicert.tests.simulator.__main__ import OWN_OPTIONS, _parser

GUIDES = Path(__file__).resolve().parents[3] / "docs/docsite/rst"


def rows_of(guide, heading):
    """Give the first cell of each row of the table that has this first heading."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    table = text.partition(f"   * - {heading}\n")[2].partition("\n\n")[0]
    return re.findall(r"^   \* - (.*)$", table, re.MULTILINE)


def test_the_guide_explains_every_error_code_and_no_other():
    text = (GUIDES / "guide_results_and_errors.rst").read_text(encoding="utf-8")
    explained = re.findall(r"^``(\w+)``\n  ", text, re.MULTILINE)
    codes = ["invalid_option", "library_missing", *(code.value for code in (*ErrorCode, *OrderErrorCode))]
    assert sorted(explained) == sorted(codes)


def test_the_guide_explains_every_fault_of_the_simulator_and_no_other():
    cells = rows_of("guide_rehearse.rst", "``catalogue``")
    assert sorted(re.findall(r"\w+", " ".join(cells))) == sorted(CATALOGUE)


def test_the_guide_explains_every_option_of_the_simulator_and_gives_values_that_it_takes():
    cells = [cell.strip("`") for cell in rows_of("guide_rehearse.rst", "Option")]
    for cell in cells:
        _parser().parse_args(cell.split())
    options = re.findall(r"--[a-z-]+", _parser().format_help())
    assert sorted(cell.split()[0] for cell in cells) == sorted(set(options) - {"--help"})


def test_the_guide_has_every_setting_of_the_simulator_with_its_values_the_default_first():
    cells = [re.findall(r"``(\w+)``", cell) for cell in rows_of("guide_rehearse.rst", "Setting")]
    settings = {
        name: sorted(described.get("choices", []), key=lambda choice: choice != described["default"])
        for name, described in Settings.describe().items()
        if name not in (*OWN_OPTIONS, "rate_limits")
    }
    assert {name: values for name, *values in cells} == settings
