# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the collection use each other as the table in docs/architecture.md says, and not otherwise."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "ansible_collections.community.digicert.plugins.module_utils."


def _told():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(?:modules/)?(\w+)` \|[^|]*\|([^|]*)\|$", text, re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", used)) for name, used in rows}


def _imported():
    files = [*ROOT.glob("plugins/module_utils/*.py"), *ROOT.glob("plugins/modules/*.py")]
    return {
        path.stem: {
            node.module[len(PACKAGE) :]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE)
        }
        for path in files
    }


def test_each_part_uses_those_that_the_table_names():
    assert _told() == _imported()


def test_no_part_is_used_by_one_that_it_uses():
    used = _imported()

    def all_used(name):
        return used[name].union(*map(all_used, used[name]))

    assert [name for name in used if name in all_used(name)] == []
