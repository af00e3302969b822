# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CONTRIBUTING.md shows can be done so."""

from __future__ import annotations

import re

import yaml
from documents import ROOT, examples_in

SHOWN = examples_in(ROOT / "CONTRIBUTING.md")


def test_a_fragment_that_it_shows_has_sections_of_the_changelog_and_all_of_the_kinds_that_it_needs():
    config = yaml.safe_load((ROOT / "changelogs/config.yaml").read_text(encoding="utf-8"))
    known = {name: list for name, _title in config["sections"]} | {config["prelude_section_name"]: str}
    shown = [yaml.safe_load(example.text) for example in SHOWN if example.language == "yaml"]
    kinds = {name: type(content) for fragment in shown for name, content in fragment.items()}
    assert {name: known[name] for name in kinds} == kinds
    assert config["prelude_section_name"] in kinds


def test_no_line_of_a_fragment_that_it_shows_is_longer_than_the_linter_lets_it_be():
    rules = yaml.safe_load((ROOT / ".yamllint").read_text(encoding="utf-8"))["rules"]
    lines = [line for example in SHOWN if example.language == "yaml" for line in example.text.splitlines()]
    assert lines
    assert [line for line in lines if len(line) > rules["line-length"]["max"]] == []


def test_every_make_command_that_it_names_is_a_target():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(
        r"(?:^|`)make (\w+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert named
    assert set(named) - set(targets) == set()
