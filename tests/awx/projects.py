# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Git servers on this machine, and updates of projects as AWX makes them: with git, and with ansible-galaxy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# Which files AWX offers as playbooks: awx/main/utils/ansible.py.
PLAYBOOK = re.compile(r"^\s*-?\s*(hosts|(ansible\.builtin\.)?(include|import_playbook)):", re.MULTILINE)
AUTHOR = {
    f"GIT_{who}_{what}": f"example{'@example.com' if what == 'EMAIL' else ''}"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


class GitServers:
    """All Git servers of the world, in a folder: git takes them for those that a URL names, and reaches no other.

    environment: the variables by which git does so, and by which ansible-galaxy reaches nothing else either.
    """

    def __init__(self, folder: Path) -> None:
        """Begin with no repository."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "gitconfig"
        config.write_text(
            f'[url "file://{folder}/"]\n\tinsteadOf = https://\n[init]\n\tdefaultBranch = main\n'
        )
        self.environment: Mapping[str, str] = {
            "GIT_CONFIG_GLOBAL": str(config),
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_ALLOW_PROTOCOL": "file",
            "GIT_TERMINAL_PROMPT": "0",
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }

    def path(self, url: str) -> Path:
        """Give the folder of the repository that a URL names."""
        return self._folder / f"{urlsplit(url).netloc}{urlsplit(url).path}"

    def add(self, url: str) -> None:
        """Make an empty repository where a URL names it."""
        self.path(url).mkdir(parents=True)
        self._git(url, "init", "--quiet", "--bare")

    def add_files(self, url: str, folder: Path, names: Iterable[str], tag: str = "") -> None:
        """Make a repository with a commit of files of a folder, named relative to it, and a tag on the commit."""
        repository = self.path(url)
        for name in names:
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / name, repository / name)
        self._git(url, "init", "--quiet")
        self._git(url, "add", "--all")
        self._git(url, "commit", "--quiet", "--message", "All of it")
        if tag:
            self._git(url, "tag", tag)

    def add_checkout(self, url: str, folder: Path, tag: str) -> None:
        """Make a repository of what git tracks, or would track, of a checkout, and a tag on its commit."""
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=folder, check=True, capture_output=True, text=True).stdout.split(
            "\0"
        )
        self.add_files(url, folder, [name for name in names if name and (folder / name).exists()], tag)

    def _git(self, url: str, *arguments: str) -> None:
        command = ["git", *arguments]
        settings = {**os.environ, **self.environment, **AUTHOR}
        subprocess.run(command, cwd=self.path(url), check=True, capture_output=True, env=settings)


@dataclass(frozen=True)
class Updated:
    """What came of an update of a project: the revision, or nothing if it failed; the playbooks; what was said."""

    revision: str = ""
    playbooks: tuple[str, ...] = ()
    output: str = ""


@dataclass(frozen=True)
class Content:
    """The content of a project: its files, and the collections that AWX installed for it."""

    files: Path
    collections: Path


def content_of(folder: Path, number: int) -> Content:
    """Give where the content of a project lies below the folder of all projects."""
    return Content(folder / str(number) / "files", folder / str(number) / "requirements_collections")


def update(
    content: Content, url: str, branch: str, installs: bool, environment: Mapping[str, str]
) -> Updated:
    """Fetch a project and install the collections that it asks for, as awx/playbooks/project_update.yml does.

    installs: whether the organization has a Galaxy credential. Without one AWX installs nothing, from wherever it is.
    environment: the variables with which git finds the servers.
    """
    home = content.files.parent
    shutil.rmtree(home / "new", ignore_errors=True)
    new = Content(home / "new/files", home / "new/collections")
    new.collections.mkdir(parents=True)
    settings = {
        **os.environ,
        **environment,
        "HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": str(new.collections),
    }
    galaxy = [str(Path(sys.executable).with_name("ansible-galaxy")), "collection", "install"]
    try:
        said = _output(
            ["git", "clone", *(["--branch", branch] if branch else []), url, str(new.files)], settings
        )
        revision = _output(["git", "-C", str(new.files), "rev-parse", "HEAD"], settings)
        requirements = new.files / "collections/requirements.yml"
        if installs and requirements.exists():
            said += _output([*galaxy, "-r", str(requirements), "-p", str(new.collections)], settings)
    except subprocess.CalledProcessError as error:
        return Updated(output=error.stdout)
    # What an update that failed has fetched is not used.
    for fetched, kept in ((new.files, content.files), (new.collections, content.collections)):
        shutil.rmtree(kept, ignore_errors=True)
        fetched.rename(kept)
    playbooks = [path.name for path in content.files.glob("*.yml") if PLAYBOOK.search(path.read_text())]
    return Updated(revision.strip(), tuple(sorted(playbooks)), said)


def _output(command: Sequence[str], settings: Mapping[str, str]) -> str:
    """Give what a command said; raises CalledProcessError, with that in it, if it fails."""
    together = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return str(subprocess.run(command, check=True, env=settings, **together).stdout)
