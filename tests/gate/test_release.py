# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When there is a release, and when there is none."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from gate.release import hand_over, objections, worktree
from gate.tree import git


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository in which everything is committed."""
    (tmp_path / "galaxy.yml").write_text("version: 1.9.0\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "Somebody")
    git(tmp_path, "config", "user.email", "somebody@example.com")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    for tag in ("1.2.0", "1.10.0", "before-the-move"):
        git(tmp_path, "tag", tag)
    return tmp_path


@pytest.mark.parametrize("version", ["1.10.1", "1.11.0", "2.0.0", "1.11.0-rc.1"])
def test_a_version_above_the_last_one_is_released(checkout: Path, version: str) -> None:
    assert objections(checkout, version) == []


@pytest.mark.parametrize("version", ["1.9.0", "1.2.1", "1.10.0-rc.1", "1.10.0"])
def test_a_version_that_is_not_above_the_last_tag_is_refused(checkout: Path, version: str) -> None:
    assert objections(checkout, version) == [f"{version} is not above 1.10.0, the last release."]


def test_a_version_that_is_not_above_that_of_the_collection_is_refused(checkout: Path) -> None:
    git(checkout, "tag", "--delete", "1.10.0")
    assert objections(checkout, "1.9.0") == ["1.9.0 is not above 1.9.0, the last release."]


@pytest.mark.parametrize("version", ["", "1", "1.11", "v1.11.0", "1.11.0.0", "01.11.0", "1.11.0\n", "one"])
def test_what_is_no_semantic_version_is_refused(checkout: Path, version: str) -> None:
    assert objections(checkout, version) == [
        f"VERSION is to be a semantic version such as 1.2.3, and not '{version}'."
    ]


def test_a_tree_with_changes_is_refused_and_they_are_named(checkout: Path) -> None:
    (checkout / "galaxy.yml").write_text("version: 1.10.0\n")
    (checkout / "new.txt").touch()
    assert objections(checkout, "2.0.0") == [
        "The tree has changes that are not committed:\n M galaxy.yml\n?? new.txt\n"
    ]


def test_a_step_that_fails_leaves_no_trace(checkout: Path) -> None:
    before = git(checkout, "rev-parse", "HEAD")
    with suppress(ValueError), worktree(checkout) as tree:
        git(tree, "commit", "--quiet", "--allow-empty", "--message", "Release 2.0.0")
        raise ValueError("A step that fails")
    assert git(checkout, "rev-parse", "HEAD") == before
    assert git(checkout, "status", "--porcelain") == ""
    assert len(git(checkout, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("moved_on", [False, True])
def test_a_checkout_gets_the_commit_and_its_tag_or_neither(checkout: Path, moved_on: bool) -> None:
    with worktree(checkout) as tree:
        git(tree, "commit", "--quiet", "--allow-empty", "--message", "Release 2.0.0")
        if moved_on:
            git(checkout, "commit", "--quiet", "--allow-empty", "--message", "Something else")
            with pytest.raises(subprocess.CalledProcessError):
                hand_over(checkout, tree, "2.0.0")
        else:
            hand_over(checkout, tree, "2.0.0")
    assert ("2.0.0" in git(checkout, "tag")) is not moved_on
    assert ("Release 2.0.0" in git(checkout, "log")) is not moved_on
