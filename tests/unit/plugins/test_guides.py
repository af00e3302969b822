# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides have every error code, every variable, every fault and every option of the simulator, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.community.digicert.plugins.module_utils._diagnosis import ADVICE
from ansible_collections.community.digicert.plugins.module_utils._errors import ErrorCode
from ansible_collections.community.digicert.plugins.module_utils._order_change import OrderErrorCode
from ansible_collections.community.digicert.plugins.plugin_utils._request import (
    CANCEL_ORDERS,
    CANCEL_STALE_ORDERS,
    PLAYBOOKS,
    VARIABLES,
)
from ansible_collections.community.digicert.tests.simulator import CATALOGUE, Settings
from ansible_collections.community.digicert.tests.simulator.__main__ import OWN_OPTIONS, _parser

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ROOT / "docs/docsite/rst"


def rows_of(guide, heading):
    """Give the first cell of each row of the table that has this first heading."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    table = text.partition(f"   * - {heading}\n")[2].partition("\n\n")[0]
    return re.findall(r"^   \* - (.*)$", table, re.MULTILINE)


def variables_below(heading):
    """Give what the reference says of each variable below a heading: its cells by its name."""
    text = (GUIDES / "guide_variables.rst").read_text(encoding="utf-8")
    section = re.split(r"\n-{3,}\n", text.partition(f"\n\n{heading}\n{'-' * len(heading)}\n")[2], maxsplit=1)[
        0
    ]
    rows = re.findall(r"^   \* - ``(\w+)``\n((?:     - .*\n)+)", section, re.MULTILINE)
    return {name: re.findall(r"^     - (.*)$", cells.replace("\\", ""), re.MULTILINE) for name, cells in rows}


def shown_default(variable):
    """Give how the reference shows what a variable is if it is left out; None where it is left to words."""
    if variable.required:
        return "required"
    if variable.default in (None, {}):
        return None
    text = (
        ", ".join(variable.default) if isinstance(variable.default, list) else str(variable.default).lower()
    )
    return f"``{text}``"


def test_the_guide_explains_every_error_code_and_no_other():
    text = (GUIDES / "guide_results_and_errors.rst").read_text(encoding="utf-8")
    explained = re.findall(r"^``(\w+)``\n  ", text, re.MULTILINE)
    codes = [
        "invalid_variable",
        "invalid_option",
        "library_missing",
        *(code.value for code in (*ErrorCode, *OrderErrorCode)),
    ]
    assert sorted(explained) == sorted(codes)


def test_the_guide_leads_from_the_words_of_every_message_about_a_request_to_its_code():
    text = (GUIDES / "guide_results_and_errors.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^   \* - (.*)\n     - ``(\w+)``$", text, re.MULTILINE)
    found = {code.value: words for code, advice in ADVICE.items() for words, _code in rows if words in advice}
    assert found == {code.value: words for words, of in rows for code in ADVICE if code.value == of}
    assert found.keys() == {code.value for code in ADVICE}


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


@pytest.mark.parametrize(
    ("heading", "playbooks"),
    [
        ("cancel_orders and cancel_stale_orders", PLAYBOOKS),
        ("cancel_orders", (CANCEL_ORDERS,)),
        ("cancel_stale_orders", (CANCEL_STALE_ORDERS,)),
    ],
)
def test_the_reference_has_every_variable_with_what_it_takes_and_its_default_and_no_other(heading, playbooks):
    described = variables_below(heading)
    table = {name: variable for name, variable in VARIABLES.items() if variable.playbooks == playbooks}
    assert {name: takes for name, (takes, *_others) in described.items()} == {
        name: variable.takes for name, variable in table.items()
    }
    defaults = {name: default for name in table if (default := shown_default(table[name]))}
    assert {name: described[name][1] for name in defaults} == defaults


def test_the_reference_has_every_name_that_awx_configure_takes_with_its_default_and_no_other():
    text = (ROOT / "playbooks/vars/awx.yml").read_text(encoding="utf-8").replace("!unsafe ", "")
    given = yaml.safe_load(text).items()
    names = {name: value for name, value in given if isinstance(value, (str, int)) and "{{" not in str(value)}
    described = variables_below("awx_configure")
    assert sorted(described) == sorted([*names, "digicert_awx_project_url"])
    defaults = {name: f"``{value}``" for name, value in names.items() if value}
    assert {name: described[name][0] for name in defaults} == defaults
