# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test without its download host, on whatever ansible-core and Python is asked for."""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nox

from gate.environments import alone, environment, install, run, tool
from gate.tree import copied_tree

OWN_PYTHON = "{}.{}".format(*sys.version_info)

# What a sanity run may warn of: everything else, above all a skipped test, is a failure.
HARMLESS = (
    re.compile(r'Skipping sanity test "(compile|import)" on Python \S+ because it could not be found\.'),
    re.compile(r"may be slow due to missing libyaml support in PyYAML\."),
    re.compile(r"cannot compare against the base commit"),
    re.compile(r'Using locale "\S+" instead of'),
    re.compile(r"Reviewing previous \d+ warning"),
)

GET_PIP = '''"""Takes the place of get-pip.py: an environment gets to use the pip that lies beside this file."""

import pathlib
import runpy
import sys
import sysconfig

pip = str(pathlib.Path(__file__).with_name("pip-{version}"))
pathlib.Path(sysconfig.get_path("purelib"), "pip.pth").write_text(pip)
others = [given for given in sys.argv[1:] if "==" in given and not given.startswith("pip==")]
if others:
    sys.path.append(pip)
    sys.argv[1:] = ["install", "--disable-pip-version-check", *others]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


@dataclass(frozen=True)
class Versions:
    """What to test on, as the arguments of a session say: `nox -s units -- --core 2.20 --target 3.9`.

    core: a series such as "2.20" in place of the pinned ansible-core. target: the Python that modules run with, in
    place of the controller's, which is the one that nox runs with. requests: its version, in place of the newest.
    """

    core: str | None = None
    target: str | None = None
    requests: str | None = None

    @classmethod
    def read(cls, arguments: Sequence[str]) -> Versions:
        """Take the arguments of a session."""
        parser = argparse.ArgumentParser(allow_abbrev=False)
        for name in ("core", "target", "requests"):
            parser.add_argument(f"--{name}")
        return cls(**vars(parser.parse_args(arguments)))

    @property
    def target_python(self) -> str:
        """The Python that modules run with, such as "3.9"."""
        return self.target or OWN_PYTHON

    @property
    def requirements(self) -> tuple[str, ...]:
        """What pip has to install beside, or in place of, what is pinned."""
        # A bound that names a candidate lets pip take candidates, which matters for a series that has nothing else.
        core = (f"ansible-core>={self.core}.0rc1,=={self.core}.*",) if self.core else ()
        return (*core, *((f"requests=={self.requests}",) if self.requests else ()))

    @property
    def where(self) -> tuple[str, ...]:
        """The arguments with which ansible-test runs integration targets."""
        if self.target_python == OWN_PYTHON:
            return ("--venv", "--python", OWN_PYTHON)
        return (
            "--controller",
            f"origin:python=venv/{OWN_PYTHON}",
            "--target",
            f"controller:python=venv/{self.target_python}",
        )


class AnsibleTest:
    """ansible-test in a copy of the collection, with a home folder of its own.

    Sessions that run at the same time differ in the purpose or the versions. The interpreter is the one that nox runs with.
    """

    def __init__(self, session: nox.Session, purpose: str, versions: Versions | None = None) -> None:
        """Prepare the environment, the copy of the collection and the home folder."""
        versions = versions or Versions()
        self._session = session
        self._tools = environment(session, "test", versions.requirements)
        name = f"{purpose}-{versions.target_python}"
        self.tree = copied_tree(f"{self._tools.name}-{name}")
        if versions.requests:
            for wanted in self.tree.glob("tests/*/requirements.txt"):
                text = re.sub(r"(?m)^requests\b.*", f"requests == {versions.requests}", wanted.read_text())
                wanted.write_text(text)
        home = self._tools / "home"
        with alone(f"{self._tools.name}-home"):
            if not (home / ".cache").exists():
                shutil.rmtree(home, ignore_errors=True)
                _prepare_home(session, self._tools, home)
        self._env = {"HOME": str(home), "PATH": _search_path(self._tools, self._tools / f"pythons-{name}")}

    def __call__(self, *arguments: str) -> str:
        """Run a command of ansible-test and give its output."""
        command = (tool(self._tools, "ansible-test"), *arguments, "--color", "no")
        with self._session.chdir(self.tree):
            return run(self._session, *command, env=self._env)

    def core_version(self) -> str:
        """Give the version of ansible-core."""
        program = "import ansible.release; print(ansible.release.__version__)"
        return run(self._session, tool(self._tools, "python"), "-c", program).strip()

    def unreachable(self) -> dict[str, str]:
        """Give the sanity tests that cannot be prepared here, each with the address that cannot be reached.

        A candidate of ansible-core may need a package from elsewhere than the package index.
        """
        listed = self._tools.glob("lib/python*/site-packages/ansible_test/_data/requirements/sanity.*.txt")
        return {
            path.name.split(".")[1]: address
            for path in listed
            for address in re.findall(r"^\S+ @ (https://[^\s#]+)", path.read_text(), re.MULTILINE)
            if not _can_be_reached(address)
        }


def harmful_warnings(output: str) -> list[str]:
    """Give the warnings of a sanity run that mean that something was left out."""
    warnings = [line for line in output.splitlines() if line.startswith("WARNING: ")]
    return [line for line in warnings if not any(form.search(line) for form in HARMLESS)]


def absent_pythons(output: str) -> list[str]:
    """Give the versions of Python that a sanity run would have used, had they been there."""
    found = re.findall(r'Skipping sanity test "\w+" on Python (\S+) because it could not be found', output)
    return sorted(set(found), key=lambda version: [int(part) for part in version.split(".")])


def _can_be_reached(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):  # noqa: S310 (it is https)
            return True
    except OSError:
        return False


def _prepare_home(session: nox.Session, tools: Path, home: Path) -> None:
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True)
    # ansible-test would fetch get-pip.py from a host that many networks do not let through; it looks here first.
    (library,) = tools.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py")
    # The older ones have one for Python 2 as well.
    versions = re.findall(r"\bpip='([\d.]+)'", library.read_text())
    version = max(versions, key=lambda found: [int(part) for part in found.split(".")])
    python = tool(tools, "python")
    # One pip for all the environments that it makes: to install it anew in each would take half of its time.
    beside = ("--target", str(cache / f"pip-{version}"))
    install(session, tools, (*beside, "--no-deps", f"pip=={version}"))
    get_pip = cache / f"get_pip_{version.replace('.', '_')}.py"
    get_pip.write_text(GET_PIP.replace("{version}", version))
    # In another home, and without the PIP_* variables, which ansible-test drops, pip would forget its settings.
    settings = home / ".config/pip/pip.conf"
    settings.parent.mkdir(parents=True)
    settings.touch(mode=0o600)
    settings.write_text(_pip_settings(python))
    pip_cache = Path.home() / ".cache/pip"
    pip_cache.mkdir(parents=True, exist_ok=True)
    (home / ".cache").mkdir()
    (home / ".cache/pip").symlink_to(pip_cache)


def _pip_settings(python: str) -> str:
    """Give the settings that pip has from its files and from the environment, in the form of pip.conf."""
    command = [python, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # What pip has to say when all is well would bury what ansible-test says.
    sections = {"global": {"quiet": "2"}, "install": {"no-compile": "true"}}
    for line in listed.splitlines():
        name, value = line.split("=", 1)
        section, key = name.rsplit(".", 1)
        # The environment comes first in this list and wins.
        section = "global" if section == ":env:" else section
        sections.setdefault(section, {}).setdefault(key, str(ast.literal_eval(value)).replace("\n", "\n    "))
    lines = []
    for section, settings in sections.items():
        lines += [f"[{section}]", *(f"{key} = {value}" for key, value in settings.items())]
    return "\n".join(lines) + "\n"


def interpreters() -> tuple[dict[str, str], set[Path]]:
    """Give the interpreters of this machine by their versions, and the folders whose interpreters do not run.

    Version managers put shims on PATH that exit with 127 for a version that is not selected, and ansible-test takes
    them for real.
    """
    found: dict[str, str] = {}
    broken = set()
    for folder in [*_path_folders(), *_version_manager_folders()]:
        for candidate in sorted(folder.glob("python3.*")) if folder.is_dir() else ():
            if not re.fullmatch(r"python3\.\d+", candidate.name):
                continue
            real = _real_interpreter(candidate)
            if real is None:
                broken.add(folder)
            else:
                found.setdefault(candidate.name.removeprefix("python"), real)
    return found, broken


def _search_path(tools: Path, links: Path) -> str:
    """Put links to interpreters into the folder `links` and give a PATH on which every pythonX.Y really runs."""
    shutil.rmtree(links, ignore_errors=True)
    links.mkdir()
    found, broken = interpreters()
    for version, real in found.items():
        (links / f"python{version}").symlink_to(real)
    kept = [tools / "bin", links, *(folder for folder in _path_folders() if folder not in broken)]
    return os.pathsep.join(str(folder) for folder in kept)


def _path_folders() -> list[Path]:
    return [Path(folder) for folder in os.environ["PATH"].split(os.pathsep) if folder]


def _version_manager_folders() -> list[Path]:
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return []
    root = subprocess.run([pyenv, "root"], check=False, capture_output=True, text=True).stdout.strip()
    return sorted(Path(root).glob("versions/*/bin"))


def _real_interpreter(candidate: Path) -> str | None:
    program = """if True:
        import os, sys
        print("python%d.%d" % sys.version_info[:2])
        print(os.path.realpath(sys.executable))
    """
    try:
        ended = subprocess.run([candidate, "-c", program], check=False, capture_output=True, text=True)
    except OSError:
        return None
    works = ended.returncode == 0 and ended.stdout.startswith(candidate.name + "\n")
    return ended.stdout.splitlines()[1] if works else None
