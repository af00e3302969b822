# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a release: `python -m gate.release 1.2.3` in the environment of requirements/release.txt.

All is done in a second worktree, so that a step that fails leaves no trace. Only when every step has passed, the
commit and its tag reach the checkout. Nothing is pushed or published: that is said in the end, and left to people.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import yaml
from ansible.utils.version import SemanticVersion

from gate import importer, tarball
from gate.materials import bill_of_materials
from gate.tools import ROOT, Failed, remark, run
from gate.trial import try_out

TOOLS = Path(sys.prefix, "bin")

NEXT = """
Version {version} is committed and tagged here. All that belongs to it lies in {folder}.
What is left to do, when you have looked at it:

Sign it (MANIFEST.json is what Ansible Galaxy and Automation Hub want signed: it has the checksums of all files):
  gpg --detach-sign --armor {folder}/MANIFEST.json
  gpg --detach-sign --armor {folder}/{archive}

Push the commit and its tag:
  git push --atomic origin HEAD {version}

Publish it, with the token of Ansible Galaxy in ~/.ansible/galaxy_token:
  ansible-galaxy collection publish {folder}/{archive}

Then whoever has installed it, and has your public key in a keyring, can tell that it is yours:
  ansible-galaxy collection verify community.digicert:{version} --keyring ~/.gnupg/pubring.kbx \\
    --signature file://$PWD/{folder}/MANIFEST.json.asc
"""


def objections(
    version: str, released: Sequence[str], changed: Sequence[str], fragments: Sequence[Path]
) -> Iterator[str]:
    """Give a sentence for everything that forbids the release of a version.

    released: the versions so far; tags that are none do not matter. changed: what `git status` lists. fragments: the files
    that tell of what is new.
    """
    if changed:
        yield "\n  ".join(["The tree has changes that are not committed:", *changed])
    if not fragments:
        yield "There is nothing to tell: changelogs/fragments is empty."
    wanted = _semantic(version)
    if wanted is None:
        yield f"VERSION is to be a semantic version such as 1.2.3, and not '{version}'."
        return
    last = max(filter(None, map(_semantic, released)), default=None)
    if last is not None and wanted <= last:
        yield f"{version} is not above {last.vstring}, the last release."


def _semantic(text: str) -> SemanticVersion | None:
    # ansible-core takes an empty text for a version, and one with the end of a line.
    if not text or text != text.strip():
        return None
    try:
        return SemanticVersion(text)
    except ValueError:
        return None


def release(checkout: Path, version: str, *, rehearsal: bool) -> Path:
    """Make a release, or all of it but its commit and tag; give the folder with what belongs to it.

    Raises Failed if anything is not as it should be, and leaves the checkout as it was then.
    """
    changelog = yaml.safe_load((checkout / "changelogs/changelog.yaml").read_text(encoding="utf-8"))
    released = [*changelog["releases"], *_git(checkout, "tag", "--list").splitlines()]
    changed = _git(checkout, "status", "--porcelain").splitlines()
    _object(list(objections(version, released, changed, [*checkout.glob("changelogs/fragments/*.y*ml")])))
    with tempfile.TemporaryDirectory() as name, _worktree(checkout, Path(name)) as tree:
        _write_version(tree, version)
        result = Path(name, "result")
        result.mkdir()
        built = _build(tree, result)
        _object(tarball.complaints(built))
        _object(importer.complaints(built, TOOLS))
        remark("galaxy-importer says nothing against it")
        requirements = _requirements(tree)
        _write_beside(built, requirements, try_out(built, requirements, Path(name, "trial")))
        kept = checkout / ".cache/release" / version
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(result, kept)
        if not rehearsal:
            _commit(checkout, tree, version)
    return kept


@contextmanager
def _worktree(checkout: Path, folder: Path) -> Iterator[Path]:
    """Give what is committed in a checkout at a path that Ansible's tools accept."""
    tree = folder / "ansible_collections/community/digicert"
    _git(checkout, "worktree", "add", "--quiet", "--detach", str(tree), "HEAD")
    try:
        yield tree
    finally:
        _git(checkout, "worktree", "remove", "--force", str(tree))


def _write_version(tree: Path, version: str) -> None:
    """Set the version and make the changelog of it out of the fragments, which are dropped."""
    galaxy = tree / "galaxy.yml"
    text, count = re.subn(r"(?m)^version: .*$", f"version: {version}", galaxy.read_text(encoding="utf-8"))
    if count != 1:
        raise Failed(f"galaxy.yml has {count} lines that begin with 'version:'.")
    galaxy.write_text(text, encoding="utf-8")
    for command in ("release", "lint"):
        said = run(TOOLS, "antsibull-changelog", command, cwd=tree)
        if "WARNING" in said:
            raise Failed(f"antsibull-changelog {command}:\n{said}")
    fragments = tree / "changelogs/fragments"
    # Git knows no empty folder, but ansible-galaxy would build it in.
    if not any(fragments.iterdir()):
        fragments.rmdir()


def _build(tree: Path, folder: Path) -> Path:
    """Build here and as somebody who checks the release out, and give the first archive if both hold the same.

    The archives themselves differ: ansible-galaxy writes the time of the build into them, and takes no other.
    """
    built = tarball.build(tree, folder, TOOLS)
    _git(tree, "add", "--all")
    with tempfile.TemporaryDirectory() as name:
        result = Path(name, "result")
        _git(tree, "checkout-index", "--all", f"--prefix={name}/tree/")
        again = tarball.build(Path(name, "tree"), result, TOOLS)
        if tarball.manifest(built) != tarball.manifest(again):
            raise Failed("A checkout of this release would be built into something else.")
    remark(f"{built.name}: {built.stat().st_size // 1024} KiB, and a checkout gives the same files")
    return built


def _requirements(tree: Path) -> list[str]:
    """Give what the collection needs at run time, as pip takes it."""
    runtime = yaml.safe_load((tree / "meta/runtime.yml").read_text(encoding="utf-8"))
    lines = (tree / "meta/ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    python = [line for line in lines if line and not line.startswith("#")]
    return [f"ansible-core{runtime['requires_ansible']}", *python]


def _write_beside(built: Path, requirements: Sequence[str], tried_with: Path) -> None:
    """Write the checksum, the bill of materials, and what is to be signed, beside the archive."""
    digest = sha256(built.read_bytes()).hexdigest()
    built.with_name(f"{built.name}.sha256").write_text(f"{digest}  {built.name}\n", encoding="utf-8")
    manifest = tarball.manifest(built)
    built.with_name("MANIFEST.json").write_bytes(manifest)
    about = json.loads(manifest)["collection_info"]
    bill = built.with_name(built.name.replace(".tar.gz", ".cdx.json"))
    bill.write_text(bill_of_materials(about, digest, requirements, tried_with, TOOLS), encoding="utf-8")
    remark(f"{bill.name} keeps to the schema of CycloneDX")


def _commit(checkout: Path, tree: Path, version: str) -> None:
    """Commit what was built, and give the checkout the commit and its tag, or neither."""
    # The hooks of a developer look for their tools in the checkout.
    _git(tree, "commit", "--quiet", "--no-verify", "--message", f"Release {version}")
    _git(tree, "tag", "--annotate", "--message", f"Release {version}", version)
    try:
        _git(checkout, "merge", "--quiet", "--ff-only", version)
    except Failed:
        _git(checkout, "tag", "--delete", version)
        raise


def _object(complaints: Sequence[str]) -> None:
    if complaints:
        raise Failed("\n".join(complaints))


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    ended = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if ended.returncode != 0:
        raise Failed(f"git {' '.join(arguments)}: {ended.stderr}")
    return ended.stdout


def main(arguments: Sequence[str]) -> int:
    """Make a release of this checkout; give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gate.release", allow_abbrev=False)
    parser.add_argument("version")
    parser.add_argument("--rehearsal", action="store_true", help="do all of it but the commit and the tag")
    options = parser.parse_args(arguments)
    try:
        folder = release(ROOT, options.version, rehearsal=options.rehearsal)
    except Failed as error:
        print(f"{error}\n\nThere is no release, and the tree is as it was.", file=sys.stderr)
        return 1
    shown = folder.relative_to(ROOT)
    if options.rehearsal:
        print(f"\nThat was a rehearsal: nothing is committed or tagged. What it made lies in {shown}.")
    else:
        (archive,) = folder.glob("*.tar.gz")
        print(NEXT.format(version=options.version, folder=shown, archive=archive.name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
