# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SECURITY.md names tests as its proof; each of them exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What is not in the built collection is named by its address.
WEB = re.escape("https://github.com/ansible-collections/community.digicert/blob/main/")
# Such as `tests/unit/plugins/module_utils/test_http.py` with `test_a`, `TestB`: the file comes first.
NAMED = [
    (file, name)
    for row in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    for file, names in re.findall(rf"\[\w+\]\((?:{WEB})?([\w/]+\.py)\): ((?:`\w+`(?:, )?)+)", row)
    for name in re.findall(r"`(\w+)`", names)
]


def test_every_promise_names_a_test():
    promises = re.findall(
        r"^\| (?!promise|---).*\|$", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(promises) >= 10
    assert [promise for promise in promises if not re.search(r"\.py\): `[tT]est", promise)] == []


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file, name):
    found = ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
    assert name in {node.name for node in found if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
