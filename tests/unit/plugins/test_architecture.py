# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the collection use each other as the table in docs/architecture.md says, and one of them writes."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "ansible_collections.community.digicert.plugins."


def _told():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w/]+)` \|[^|]*\|([^|]*)\|$", text, re.MULTILINE)
    return {name: set(re.findall(r"`([\w/]+)`", used)) for name, used in rows}


def _imported():
    """Give what each part uses; those in module_utils go without the name of that folder."""
    found = {}
    for path in sorted(ROOT.glob("plugins/*/*.py")):
        name = path.relative_to(ROOT / "plugins").with_suffix("").as_posix().removeprefix("module_utils/")
        statements = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        ]
        # "from package import module" names the module among the names.
        modules = [node.module or "" for node in statements]
        modules += [f"{node.module}.{alias.name}" for node in statements for alias in node.names]
        own = {module.removeprefix(PACKAGE) for module in modules if module.startswith(PACKAGE)}
        used = {module.replace(".", "/").removeprefix("module_utils/") for module in own}
        found[name] = {part for part in used if (ROOT / "plugins" / f"{part}.py").exists() or _is_util(part)}
    # What is nothing but documentation uses nothing, and is no component.
    return {
        name: used
        for name, used in found.items()
        if used or not name.startswith(("modules/", "doc_fragments/"))
    }


def _is_util(part):
    return (ROOT / "plugins/module_utils" / f"{part}.py").exists()


def test_each_part_uses_those_that_the_table_names():
    assert _told() == _imported()


def test_no_part_is_used_by_one_that_it_uses():
    used = _imported()

    def all_used(name):
        return used[name].union(*map(all_used, used[name]))

    assert [name for name in used if name in all_used(name)] == []


def test_only_the_rules_are_sent():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("plugins/*/*.py")))
    # One place speaks HTTP, one method writes through it, and what calls that takes the status from the rule.
    assert len(re.findall(r"_http\.request\(", sources)) == 1
    sent = re.findall(r"_once\(\s*\"(\w+)\"", sources)
    assert (set(sent), sent.count("PUT")) == ({"GET", "PUT"}, 1)
    (given,) = re.findall(r"\.update_status\(([^)]*)", sources)
    assert given.split() == [
        "endpoint,",
        "number,",
        "spelling,",
        "self._note,",
        "reading.asked_at,",
        "work.sendings[-1]",
    ]
    assert "endpoint, spelling = self._rule.sent_to, work.spellings[0]" in sources
