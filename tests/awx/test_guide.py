# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide on AWX shows the files of the repository that it is about, and all name one version of the collection."""

from __future__ import annotations

import re

import pytest
import yaml
from conftest import COLLECTION_URL, PROJECT, ROOT

GUIDE = (ROOT / "docs/docsite/rst/guide_awx.rst").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"cat > (\S+) <<'END'\n((?: {4}.+\n)+?) {4}END\n", GUIDE))
FILES = {str(path.relative_to(PROJECT)): path for path in PROJECT.rglob("*.yml")}
FILES["execution-environment.yml"] = ROOT / "execution-environment.yml"


def test_the_guide_shows_every_file_of_the_project_and_the_execution_environment():
    assert SHOWN.keys() == FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_the_guide_shows_it(name):
    assert yaml.safe_load(SHOWN[name]) == yaml.safe_load(FILES[name].read_text(encoding="utf-8"))


def test_every_place_takes_the_same_version_from_git(version):
    from_git = {"name": COLLECTION_URL, "type": "git", "version": version}
    project = yaml.safe_load(FILES["collections/requirements.yml"].read_text())
    environment = yaml.safe_load(FILES["execution-environment.yml"].read_text())
    assert project["collections"] == environment["dependencies"]["galaxy"]["collections"] == [from_git]
    assert f"ansible-galaxy collection install git+{COLLECTION_URL},{version}\n" in GUIDE
    assert f"``community.digicert:{version}``" in GUIDE
