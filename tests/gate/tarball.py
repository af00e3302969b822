# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be in the built collection, and what must be."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

from gate.tools import Failed, run

ALLOWED = re.compile(
    r"""
    MANIFEST\.json | FILES\.json
    | README\.md | CHANGELOG\.md | CODE_OF_CONDUCT\.md | CONTRIBUTING\.md | SECURITY\.md
    | COPYING | REUSE\.toml | LICENSES/[\w.-]+\.txt
    | changelogs/(changelog|config)\.yaml | changelogs/fragments/[\w.-]+\.yml
    | docs/([\w-]+/)*[\w.-]+\.(md|rst|yml)
    | meta/(runtime|execution-environment)\.yml | meta/ee-requirements\.txt
    | playbooks/(tasks/|vars/)?[\w.-]+\.yml
    | plugins/(action|doc_fragments|module_utils|modules|plugin_utils)/\w+\.py
    | tests/config\.yml
    | tests/(demo|integration|simulator|unit)/([\w-]+/)*[\w.-]+
    """,
    re.VERBOSE,
)

NEVER = re.compile(
    r"(^|/)(__pycache__|\.[^/]+|venv|inventory)(/|$)|\.(py[co]|log|retry|tar\.gz|bak|orig)$|~$"
)

NEEDED = (
    "README.md",
    "CHANGELOG.md",
    "COPYING",
    "LICENSES/BSD-2-Clause.txt",
    "LICENSES/GPL-3.0-or-later.txt",
    "meta/runtime.yml",
    "meta/execution-environment.yml",
    "meta/ee-requirements.txt",
    "plugins/modules/digicert_order_status.py",
)

# What working in a checkout leaves behind: galaxy.yml has to keep it out when a developer builds there.
LEFTOVERS = (
    ".ansible/collections/x.yml",
    ".cache/3.11/nox/x.py",
    ".mypy_cache/x.json",
    ".nox/x/x.py",
    ".pytest_cache/x",
    ".ruff_cache/x",
    ".venv/x.py",
    "__pycache__/noxfile.cpython-311.pyc",
    "changelogs/.plugin-cache.yaml",
    "plugins/modules/__pycache__/x.cpython-311.pyc",
    "tests/integration/inventory",
    "tests/output/coverage/x",
)


def plant_leftovers(tree: Path) -> None:
    """Put into a copy of the checkout what working in it leaves behind."""
    for name in LEFTOVERS:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()


def build(tree: Path, folder: Path, bin_folder: Path) -> Path:
    """Build the collection that lies in `tree` into a folder, by the ansible-galaxy of `bin_folder`; give the archive."""
    run(bin_folder, "ansible-galaxy", "collection", "build", str(tree), "--output-path", str(folder))
    (built,) = folder.glob("*.tar.gz")
    return built


def manifest(built: Path) -> bytes:
    """Give MANIFEST.json out of an archive: its checksums, by way of FILES.json, are those of all files."""
    with tarfile.open(built) as archive:
        file = archive.extractfile("MANIFEST.json")
        if file is None:
            raise Failed(f"{built.name} has no MANIFEST.json")
        return file.read()


def complaints(built: Path) -> list[str]:
    """Give a sentence for each file that is in the built collection and should not be, and the other way round."""
    with tarfile.open(built) as archive:
        names = {member.name for member in archive if not member.isdir()}
    stray = sorted(name for name in names if NEVER.search(name) or not ALLOWED.fullmatch(name))
    missing = [name for name in NEEDED if name not in names]
    return [
        *(f"{name} should not be in the collection" for name in stray),
        *(f"{name} is missing from the collection" for name in missing),
    ]
