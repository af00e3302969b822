# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of the collection at a path that ends with ansible_collections/community/digicert."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from gate.tools import CACHE, ROOT

INSIDE = "ansible_collections/community/digicert"


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; give its output. Raises CalledProcessError if its exit status is not 0."""
    command = ("git", *arguments)
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def listed_files(checkout: Path) -> list[str]:
    """Give the files of a checkout, relative to it: all that git tracks or would track."""
    names = git(checkout, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return [name for name in sorted(names) if name and (checkout / name).exists()]


def copied_tree(purpose: str) -> Path:
    """Copy the checkout as it is now and give the copy.

    ansible-test refuses a link, and wants a git repository that knows the files.
    """
    tree = CACHE / "trees" / purpose / INSIDE
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in listed_files(ROOT):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    return tree


def collections_folder(tree: Path) -> Path:
    """Give the folder that Ansible wants in its collections path: the one that holds ansible_collections."""
    return tree.parents[2]


def linked_tree() -> Path:
    """Give a folder that holds `ansible_collections`, in which the collection is a link to the checkout."""
    folder = CACHE / "trees" / "linked"
    link = folder / INSIDE
    if not link.is_symlink() or link.resolve() != ROOT:
        link.parent.mkdir(parents=True, exist_ok=True)
        # Another session may make it at the same time.
        with tempfile.TemporaryDirectory(dir=folder) as beside:
            made = Path(beside, "link")
            made.symlink_to(ROOT)
            made.replace(link)
    return folder
