# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a release, in a second worktree, so that a step that fails leaves no trace.

Only when every step has passed, the commit and its tag reach the checkout. Nothing is pushed or published: that is said in
the end, and left to people.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from subprocess import CalledProcessError

import nox
from packaging.version import Version

from gate import archive
from gate.tools import CACHE, ROOT, install, remark, run, with_environment
from gate.tree import INSIDE, git

SEMANTIC = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-(alpha|beta|rc)\.\d+)?")
VERSION_LINE = re.compile(r"(?m)^version: (.*)$")

NEXT = """
Version {version} is committed and tagged here. When you have looked at it and at {folder}, sign it, push it, publish it:

  gpg --detach-sign --armor {folder}/MANIFEST.json  # what Ansible Galaxy and Automation Hub want signed
  gpg --detach-sign --armor {folder}/{archive}
  git push --atomic origin HEAD {version}
  ansible-galaxy collection publish {folder}/{archive}  # with the token in ~/.ansible/galaxy_token

Then whoever has installed it, and has your public key in a keyring, can tell that it is yours:

  ansible-galaxy collection verify community.digicert:{version} --keyring ~/.gnupg/pubring.kbx \\
    --signature file://$PWD/{folder}/MANIFEST.json.asc
"""


@with_environment(default=False)
def bare(session: nox.Session) -> None:
    """Make an environment with nothing but what the collection needs."""
    install(session, "--upgrade", *requirements())


@nox.session(default=False, requires=["bare", "linters", "test"])
def rehearsal(session: nox.Session) -> None:
    """Do all of a release but its commit and its tag: `nox -s rehearsal -- 1.2.3`."""
    with prepared(session) as (_tree, built):
        print(f"\nNothing is committed or tagged. What was made lies in {built.parent.relative_to(ROOT)}.")


@nox.session(default=False, requires=["bare", "linters", "test"])
def release(session: nox.Session) -> None:
    """Make a release, and publish nothing: `nox -s release -- 1.2.3`."""
    with prepared(session) as (tree, built):
        (version,) = session.posargs
        hand_over(ROOT, tree, version)
        print(NEXT.format(version=version, folder=built.parent.relative_to(ROOT), archive=built.name))


@contextmanager
def prepared(session: nox.Session) -> Iterator[tuple[Path, Path]]:
    """Give a worktree in which a release is committed, and its archive, beside which lies what belongs to it."""
    version = " ".join(session.posargs)
    if complaints := objections(ROOT, version):
        session.error("\n".join(complaints))
    with worktree(ROOT) as tree, tempfile.TemporaryDirectory() as folder:
        commit(session, tree, version)
        # The environments are those of the checkout.
        (tree / ".cache").symlink_to(ROOT / ".cache")
        with session.chdir(tree):
            run(session, "nox", "nox", "--session", "changelog", "build", "importer", quiet=False)
        built = build(session, tree, Path(folder))
        try_out(session, built)
        python = str(CACHE / "bare/bin/python")
        run(session, "linters", "python", "tests/gate/bill.py", str(built), python, *requirements())
        kept = ROOT / ".cache/release" / version
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept)
        yield tree, kept / built.name


def requirements() -> list[str]:
    """Give what the collection needs at run time, as pip takes it."""
    (ansible,) = re.findall(r'(?m)^requires_ansible: "(.*)"$', (ROOT / "meta/runtime.yml").read_text())
    python = re.findall(r"(?m)^[^#\n].*", (ROOT / "meta/ee-requirements.txt").read_text())
    return [f"ansible-core{ansible}", *python]


def objections(checkout: Path, version: str) -> list[str]:
    """Give a sentence for everything that forbids the release of a version."""
    found = []
    if changed := git(checkout, "status", "--porcelain"):
        found.append(f"The tree has changes that are not committed:\n{changed}")
    known = VERSION_LINE.findall((checkout / "galaxy.yml").read_text()) + git(checkout, "tag").split()
    last = max(filter(SEMANTIC.fullmatch, known), key=Version)
    if not SEMANTIC.fullmatch(version):
        found.append(f"VERSION is to be a semantic version such as 1.2.3, and not '{version}'.")
    elif Version(version) <= Version(last):
        found.append(f"{version} is not above {last}, the last release.")
    return found


@contextmanager
def worktree(checkout: Path) -> Iterator[Path]:
    """Give what is committed in a checkout at a path that Ansible's tools accept."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, INSIDE)
        git(checkout, "worktree", "add", "--quiet", "--detach", str(tree), "HEAD")
        try:
            yield tree
        finally:
            git(checkout, "worktree", "remove", "--force", str(tree))


def commit(session: nox.Session, tree: Path, version: str) -> None:
    """Commit the version and its changelog, made out of the fragments, which are dropped."""
    galaxy = tree / "galaxy.yml"
    text, count = VERSION_LINE.subn(f"version: {version}", galaxy.read_text())
    if count != 1:
        session.error(f"galaxy.yml has {count} lines that begin with 'version:'.")
    galaxy.write_text(text)
    with session.chdir(tree):
        said = run(session, "linters", "antsibull-changelog", "release")
    # It warns of a release without a summary, and of one that is in the changelog already. Ansible warns, in lines of a
    # terminal, of a collection inside of itself that has no version.
    if any("_protomatter" not in "".join(warning.split()) for warning in said.split("WARNING")[1:]):
        session.error(said)
    fragments = tree / "changelogs/fragments"
    # Git knows no empty folder, but ansible-galaxy would build it in.
    if not any(fragments.iterdir()):
        fragments.rmdir()
    git(tree, "add", "--all")
    # The hooks of a developer look for their tools in the checkout.
    git(tree, "commit", "--quiet", "--no-verify", "--message", f"Release {version}")


def build(session: nox.Session, tree: Path, folder: Path) -> Path:
    """Build the collection into a folder, with its checksum and what is to be signed; give the archive.

    It must not differ from what the session `build` made of the files that git knows. The archives themselves differ:
    ansible-galaxy writes the time of the build into them, and takes no other.
    """
    built = archive.build(session, tree, folder)
    (folder / "MANIFEST.json").write_bytes(archive.manifest(built))
    if archive.manifest(built) != archive.manifest(archive.built()):
        session.error("A checkout of this release would be built into something else.")
    digest = sha256(built.read_bytes()).hexdigest()
    built.with_name(f"{built.name}.sha256").write_text(f"{digest}  {built.name}\n")
    return built


def try_out(session: nox.Session, built: Path) -> None:
    """Use an archive as somebody does who has nothing else: an empty home, no other collection, no other package."""
    with tempfile.TemporaryDirectory() as home, session.chdir(home):
        collections = f"{home}/collections"
        env = {"HOME": home, "ANSIBLE_COLLECTIONS_PATH": collections, "ANSIBLE_NOCOLOR": "true"}
        galaxy = ("ansible-galaxy", "collection")
        run(session, "bare", *galaxy, "install", str(built), "-p", collections, "--offline", env=env)
        run(session, "bare", *galaxy, "verify", "community.digicert", "--offline", env=env)
        run(session, "bare", "ansible-playbook", "community.digicert.smoke", env=env)
        program = str(CACHE / "bare/bin/ansible-playbook")
        playbook = f"{collections}/{INSIDE}/tests/demo/cancel_orders.yml"
        run(session, "test", "python", str(ROOT / "tests/gate/trial.py"), program, playbook, env=env)
    remark(f"installed beside nothing but {' and '.join(requirements())}: verified, and it canceled an order")


def hand_over(checkout: Path, tree: Path, version: str) -> None:
    """Give the checkout the commit of a worktree and its tag, or neither."""
    git(tree, "tag", "--annotate", "--message", f"Release {version}", version)
    try:
        git(checkout, "merge", "--quiet", "--ff-only", version)
    except CalledProcessError:
        git(checkout, "tag", "--delete", version)
        raise
