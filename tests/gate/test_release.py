# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When there is a release, and when there is none."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from gate.release import objections, release
from gate.tools import Failed

READY = {"released": ["1.2.0", "1.10.0", "before-the-move"], "changed": [], "fragments": [Path("a.yml")]}


def objections_to(version: str, **other: Any) -> list[str]:
    return list(objections(version, **{**READY, **other}))


@pytest.mark.parametrize("version", ["1.10.1", "1.11.0", "2.0.0", "1.11.0-rc.1"])
def test_a_version_above_the_last_one_is_released(version: str) -> None:
    assert objections_to(version) == []


@pytest.mark.parametrize("version", ["1.9.0", "1.2.1", "1.10.0-rc.1", "1.10.0"])
def test_a_version_that_is_not_above_the_last_one_is_refused(version: str) -> None:
    assert objections_to(version) == [f"{version} is not above 1.10.0, the last release."]


@pytest.mark.parametrize("version", ["", "1", "1.11", "v1.11.0", "1.11.0.0", "01.11.0", "1.11.0\n", "one"])
def test_what_is_no_semantic_version_is_refused(version: str) -> None:
    assert objections_to(version) == [
        f"VERSION is to be a semantic version such as 1.2.3, and not '{version}'."
    ]


def test_the_first_release_may_have_any_version() -> None:
    assert objections_to("1.0.0", released=[]) == []


def test_a_release_of_which_there_is_nothing_to_tell_is_refused() -> None:
    assert objections_to("2.0.0", fragments=[]) == [
        "There is nothing to tell: changelogs/fragments is empty."
    ]


def test_a_tree_with_changes_is_refused_and_they_are_named() -> None:
    assert objections_to("2.0.0", changed=[" M README.md", "?? new.txt"]) == [
        "The tree has changes that are not committed:\n   M README.md\n  ?? new.txt"
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository in which everything is committed."""
    (tmp_path / "changelogs/fragments").mkdir(parents=True)
    (tmp_path / "changelogs/changelog.yaml").write_text("releases:\n  1.0.0: {}\n")
    (tmp_path / "changelogs/fragments/news.yml").write_text("bugfixes: [something]\n")
    (tmp_path / "galaxy.yml").write_text("version: 1.0.0\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    git(tmp_path, "tag", "1.0.0")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("tag", ["2.0.0", "1.1.0"])
def test_a_tag_counts_as_a_release(checkout: Path, tag: str) -> None:
    git(checkout, "tag", tag)
    with pytest.raises(Failed, match=f"^1.1.0 is not above {tag}, the last release.$"):
        release(checkout, "1.1.0", rehearsal=False)


@pytest.mark.parametrize("name", ["galaxy.yml", "new.txt"])
def test_a_file_that_is_changed_or_new_makes_the_tree_dirty(checkout: Path, name: str) -> None:
    (checkout / name).write_text("something else\n")
    with pytest.raises(Failed, match=f"(?s)changes that are not committed.*{name}"):
        release(checkout, "1.1.0", rehearsal=False)


def test_a_step_that_fails_leaves_no_trace(checkout: Path) -> None:
    (checkout / "galaxy.yml").write_text("version: 1.0.0\nversion: 1.0.0\n")
    git(checkout, "commit", "--quiet", "--all", "--message", "Make galaxy.yml useless")
    before = git(checkout, "rev-parse", "HEAD")
    with pytest.raises(Failed, match="has 2 lines that begin with"):
        release(checkout, "1.1.0", rehearsal=False)
    assert git(checkout, "rev-parse", "HEAD") == before
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "tag") == "1.0.0\n"
    assert len(git(checkout, "worktree", "list").splitlines()) == 1
    assert not (checkout / ".cache").exists()
