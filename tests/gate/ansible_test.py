# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test without its download host, and with every Python of the machine."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import nox
from packaging.version import Version

from gate.pythons import interpreters
from gate.tools import CACHE

TESTS = CACHE / "test"
HOME = CACHE / "home"
PYTHONS = CACHE / "pythons"
LIBRARY = "lib/python*/site-packages/ansible_test"

# What a sanity run may warn of: everything else, above all a skipped test, is a failure.
HARMLESS = re.compile(
    r'Skipping sanity test "(compile|import)" on Python \S+ because it could not be found\.'
    r"|may be slow due to missing libyaml support in PyYAML\."
    r"|cannot compare against the base commit"
    r'|Using locale "\S+" instead of'
    r"|Reviewing previous \d+ warning"
)

GET_PIP = '''"""Takes the place of get-pip.py: an environment gets to use what lies in the folder beside this file."""

import pathlib
import runpy
import sys
import sysconfig

pip = str(pathlib.Path(__file__).with_name("pip-{version}"))
pathlib.Path(sysconfig.get_path("purelib"), "pip.pth").write_text(f"{pip}\\nimport kept_bytecode\\n")
others = [given for given in sys.argv[1:] if "==" in given and not given.startswith("pip==")]
if others:
    sys.path.append(pip)
    sys.argv[1:] = ["install", "--disable-pip-version-check", *others]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


def variables() -> dict[str, str]:
    """Give the environment variables for ansible-test: the home folder, and a PATH on which every pythonX.Y runs."""
    # Version managers have shims that exit with 127 for a version that is not selected; ansible-test takes them for real.
    others = (folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder).name != "shims")
    return {"HOME": str(HOME), "PATH": os.pathsep.join([str(TESTS / "bin"), str(PYTHONS), *others])}


@nox.session(default=False, requires=["test"], name="ansible-test")
def prepare(_session: nox.Session) -> None:
    """Make a home folder for ansible-test, and links to the interpreters of the machine."""
    shutil.rmtree(PYTHONS, ignore_errors=True)
    PYTHONS.mkdir()
    for version, real in interpreters().items():
        (PYTHONS / f"python{version}").symlink_to(real)
    # ansible-test would fetch get-pip.py from a host that many networks do not let through; it looks here first.
    (library,) = TESTS.glob(f"{LIBRARY}/_internal/python_requirements.py")
    # The older ones have one for Python 2 as well.
    version = max(re.findall(r"\bpip='([\d.]+)'", library.read_text()), key=Version)
    get_pip = HOME / f".ansible/test/cache/get_pip_{version.replace('.', '_')}.py"
    if get_pip.exists():
        return
    shutil.rmtree(HOME, ignore_errors=True)
    get_pip.parent.mkdir(parents=True)
    # One pip for all the environments that it makes: to install it anew in each would take half of its time.
    beside = ("--target", str(get_pip.with_name(f"pip-{version}")))
    _pip("install", "--quiet", "--no-compile", "--no-deps", *beside, f"pip=={version}")
    shutil.copy2(Path(__file__).with_name("kept_bytecode.py"), beside[1])
    # In another home, and without the PIP_* variables, which ansible-test drops, pip would forget its settings.
    settings = HOME / ".config/pip/pip.conf"
    settings.parent.mkdir(parents=True)
    settings.touch(mode=0o600)
    with settings.open("w", encoding="utf-8") as file:
        _pip_settings().write(file)
    get_pip.write_text(GET_PIP.replace("{version}", version))


def unreachable() -> dict[str, str]:
    """Give the sanity tests that cannot be prepared here, each with the address that cannot be reached.

    A candidate of ansible-core may need a package from elsewhere than the package index.
    """
    return {
        path.name.split(".")[1]: address
        for path in TESTS.glob(f"{LIBRARY}/_data/requirements/sanity.*.txt")
        for address in re.findall(r"^\S+ @ (https://[^\s#]+)", path.read_text(), re.MULTILINE)
        if not _can_be_reached(address)
    }


def harmful_warnings(output: str) -> list[str]:
    """Give the warnings of a sanity run that mean that something was left out."""
    return [
        line for line in output.splitlines() if line.startswith("WARNING: ") and not HARMLESS.search(line)
    ]


def absent_pythons(output: str) -> list[str]:
    """Give the versions of Python that a sanity run would have used, had they been there."""
    found = re.findall(r'Skipping sanity test "\w+" on Python (\S+) because it could not be found', output)
    return sorted(set(found), key=Version)


def _can_be_reached(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):  # noqa: S310 (it is https)
            return True
    except OSError:
        return False


def _pip_settings() -> configparser.RawConfigParser:
    """Give the settings that pip has from its files and from the environment."""
    settings = configparser.RawConfigParser()
    # The environment comes first in this list and wins.
    for line in reversed(_pip("config", "list").splitlines()):
        name, value = line.split("=", 1)
        section, key = name.replace(":env:", "global").rsplit(".", 1)
        settings.read_dict({section: {key: str(ast.literal_eval(value))}})
    # What pip has to say when all is well would bury what ansible-test says.
    of_its_own = {"cache-dir": str(Path("~/.cache/pip").expanduser()), "quiet": "2"}
    settings.read_dict({"global": of_its_own, "install": {"no-compile": "true"}})
    return settings


def _pip(*arguments: str) -> str:
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
