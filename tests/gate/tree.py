# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of the collection at a path that ends with ansible_collections/community/digicert."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from gate.tools import CACHE, ROOT


def listed_files() -> list[Path]:
    """Give the files of the checkout, relative to it: all that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return [Path(name) for name in sorted(names) if name and (ROOT / name).exists()]


def copied_tree(purpose: str) -> Path:
    """Copy the checkout as it is now and give the copy.

    ansible-test refuses a link, and wants a git repository that knows the files.
    """
    tree = CACHE / "trees" / purpose / "ansible_collections" / "community" / "digicert"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in listed_files():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    for command in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=tree, check=True, capture_output=True)
    return tree


def collections_folder(tree: Path) -> Path:
    """Give the folder that Ansible wants in its collections path: the one that holds ansible_collections."""
    return tree.parents[2]


def linked_tree() -> Path:
    """Give a folder that holds `ansible_collections`, in which the collection is a link to the checkout."""
    folder = CACHE / "trees" / "linked"
    link = folder / "ansible_collections" / "community" / "digicert"
    if not link.is_symlink() or link.resolve() != ROOT:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT)
    return folder
