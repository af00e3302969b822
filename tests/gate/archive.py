# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built collection, and what may and must be in it."""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

import nox

from gate.tools import CACHE, run

FOLDER = CACHE / "archive"

GENERATED = {"FILES.json", "MANIFEST.json"}
# What must not be lost, from the checkout either.
NEEDED = {
    "README.md",
    "CHANGELOG.md",
    "COPYING",
    "LICENSES/BSD-2-Clause.txt",
    "LICENSES/GPL-3.0-or-later.txt",
    "meta/runtime.yml",
    "meta/execution-environment.yml",
    "meta/ee-requirements.txt",
    "plugins/modules/digicert_order_status.py",
}

# Of the files of a checkout, those for people who install the collection.
SHIPPED = re.compile(
    r"""
    (README|CHANGELOG|CODE_OF_CONDUCT|CONTRIBUTING|SECURITY)\.md
    | COPYING | REUSE\.toml | LICENSES/[\w.-]+\.txt
    | changelogs/(changelog|config)\.yaml | changelogs/fragments/[\w.-]+\.yml
    | docs/([\w-]+/)*[\w.-]+\.(md|rst|yml)
    | meta/(runtime|execution-environment)\.yml | meta/ee-requirements\.txt
    | playbooks/(tasks/|vars/)?[\w.-]+\.yml
    | plugins/(action|doc_fragments|module_utils|modules|plugin_utils)/\w+\.py
    | tests/config\.yml
    | tests/demo/(demo\.py|\w+\.yml)
    | tests/(integration|simulator|unit)/([\w-]+/)*(aliases|\w[\w.-]*\.(cfg|j2|py|txt|yml))
    """,
    re.VERBOSE,
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


def build(session: nox.Session, tree: Path, folder: Path = FOLDER) -> Path:
    """Build the collection that lies in `tree` into a folder, which is made anew; give the archive."""
    shutil.rmtree(folder, ignore_errors=True)
    run(session, "test", "ansible-galaxy", "collection", "build", str(tree), "--output-path", str(folder))
    return built(folder)


def built(folder: Path = FOLDER) -> Path:
    """Give the archive that lies in a folder."""
    (archive,) = folder.glob("*.tar.gz")
    return archive


def manifest(archive: Path) -> bytes:
    """Give MANIFEST.json out of an archive: its checksums, by way of FILES.json, are those of all files."""
    with tarfile.open(archive) as opened:
        file = opened.extractfile("MANIFEST.json")
        return file.read() if file else b""


def complaints(archive: Path, checkout: Iterable[str]) -> list[str]:
    """Give a sentence for each file that is in the archive and should not be, and the other way round.

    checkout: the names of the files of which it was built.
    """
    with tarfile.open(archive) as opened:
        names = {member.name for member in opened if not member.isdir()}
    wanted = GENERATED.union(NEEDED, filter(SHIPPED.fullmatch, checkout))
    return [
        *(f"{name} should not be in the collection" for name in sorted(names - wanted)),
        *(f"{name} is missing from the collection" for name in sorted(wanted - names)),
    ]
