# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide on AWX shows the project that the jobs of these tests run in."""

from __future__ import annotations

import re

import pytest
import yaml
from conftest import PROJECT, ROOT

GUIDE = (ROOT / "docs/docsite/rst/guide_awx.rst").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"cat > (\S+) <<'END'\n((?: {4}.+\n)+?) {4}END\n", GUIDE))
FILES = {str(path.relative_to(PROJECT)): path for path in PROJECT.rglob("*.yml")}


def test_the_guide_shows_every_file_of_the_project():
    assert SHOWN.keys() == FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_project_is_as_the_guide_shows_it(name):
    assert yaml.safe_load(SHOWN[name]) == yaml.safe_load(FILES[name].read_text(encoding="utf-8"))
