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
from conftest import COLLECTION_URL, COLLECTIONS, ROOT


def run(tool, *arguments, folder, **environment):
    """Run a tool of this environment; give what it printed."""
    command = [str(Path(sys.executable).with_name(tool)), *arguments]
    settings = {**os.environ, **environment}
    ended = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=settings)
    return ended.stdout


def test_the_collection_tells_that_it_needs_requests(tmp_path):
    told = yaml.safe_load(
        run("ansible-builder", "introspect", COLLECTIONS.split(os.pathsep)[0], folder=tmp_path)
    )
    assert told["python"] == ["requests>=2.25.1  # from collection community.digicert"]
    assert not told.get("system")


def test_the_definition_gives_an_image_with_the_collection_out_of_git(tmp_path, servers, version):
    definition = str(ROOT / "execution-environment.yml")
    run(
        "ansible-builder",
        "create",
        "--file",
        definition,
        "--context",
        str(tmp_path / "made"),
        folder=tmp_path,
    )
    # It is called Dockerfile where the machine has Docker and no Podman.
    (recipe,) = (tmp_path / "made").glob("*file")
    steps = recipe.read_text()
    stage = steps.partition("FROM base AS galaxy")[2].partition("\nFROM ")[0]
    git, collection = (stage.index(step) for step in ("install --assumeyes git-core", "collection install"))
    assert git < collection
    assert "ansible-core>=2.16" in steps

    # What the stage does, with the list that it does it by.
    wanted, folder = tmp_path / "made/_build/requirements.yml", tmp_path / "collections"
    galaxy = ("ansible-galaxy", "collection", "install", "-r", str(wanted), "--collections-path", str(folder))
    servers.add_checkout(COLLECTION_URL, ROOT, version)
    run(*galaxy, folder=tmp_path, HOME=str(tmp_path), **servers.environment)
    told = yaml.safe_load(run("ansible-builder", "introspect", str(folder), folder=tmp_path))
    assert told["python"] == ["requests>=2.25.1  # from collection community.digicert"]
