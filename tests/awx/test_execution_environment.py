# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-builder understands what the collection needs, and the definition of an execution environment with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml
from conftest import COLLECTIONS, ROOT


def builder(*arguments, folder):
    """Run ansible-builder; give what it printed."""
    command = [str(Path(sys.executable).with_name("ansible-builder")), *arguments]
    ended = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return ended.stdout


def test_the_collection_tells_that_it_needs_requests(tmp_path):
    told = yaml.safe_load(builder("introspect", COLLECTIONS.split(os.pathsep)[0], folder=tmp_path))
    assert told["python"] == ["requests>=2.25.1  # from collection community.digicert"]
    assert not told.get("system")


def test_the_definition_gives_an_image_with_the_collection(tmp_path):
    definition = str(ROOT / "execution-environment.yml")
    builder("create", "--file", definition, "--context", str(tmp_path / "context"), folder=tmp_path)
    wanted = yaml.safe_load((tmp_path / "context/_build/requirements.yml").read_text())
    assert wanted == {"collections": [{"name": "community.digicert"}]}
    # It is called Dockerfile where the machine has Docker and no Podman.
    (recipe,) = (tmp_path / "context").glob("*file")
    steps = recipe.read_text()
    assert "ansible-galaxy collection install" in steps
    assert "ansible-core>=2.16" in steps
