# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries a built collection as somebody does who has nothing else: an empty home, no other collection, no other package."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from simulator import FULL_KEY, Simulator

from gate.environments import remark, run_outside, tool

COLLECTION = "community.digicert"
PLAYBOOK = "ansible_collections/community/digicert/tests/demo/cancel_orders.yml"
ORDER = 1001

# Packages tell their licence by an expression, by a text, or among the classifiers, newer ones in this order.
METADATA = """if True:
    import importlib.metadata, json, sys
    known = importlib.metadata.metadata(sys.argv[1])
    classifiers = known.get_all("Classifier", [])
    classified = [line.split(" :: ")[-1] for line in classifiers if line.startswith("License :: ")]
    licence = known["License-Expression"] or known["License"] or " and ".join(classified)
    print(json.dumps([known["Name"], known["Version"], licence]))
"""


class TrialFailed(Exception):
    """What went wrong when the collection was tried."""


@dataclass(frozen=True)
class Package:
    """A Python package that the collection was tried with: the requirement that brought it, and what came."""

    requirement: str
    name: str
    version: str
    licence: str


def packages_of_a_trial(built: Path, requirements: Sequence[str]) -> list[Package]:
    """Install an archive where there is nothing but its requirements, and use it; give the packages it was tried with.

    Raises TrialFailed if a step fails, or if the ledger of the simulator tells of something else than was asked for.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools, home, collections = folder / "venv", folder / "home", folder / "collections"
        home.mkdir()
        _run([sys.executable, "-m", "venv", str(tools)], tools)
        pip = [tool(tools, "python"), "-m", "pip"]
        _run([*pip, "install", "--quiet", "--disable-pip-version-check", *requirements], tools)
        env = {
            "HOME": str(home),
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_NOCOLOR": "true",
        }
        galaxy = [tool(tools, "ansible-galaxy"), "collection"]
        play = tool(tools, "ansible-playbook")
        _run([*galaxy, "install", str(built), "-p", str(collections), "--offline"], tools, home, env)
        _run([*galaxy, "verify", COLLECTION, "--offline"], tools, home, env)
        _run([play, f"{COLLECTION}.smoke"], tools, home, env)
        _cancel([play, str(collections / PLAYBOOK), "-e", f"order_id={ORDER}"], tools, home, env)
        packages = [_package(requirement, tools) for requirement in requirements]
    installed = " and ".join(f"{package.name} {package.version}" for package in packages)
    remark(f"installed beside nothing but {installed}: verified, and it canceled one order of the simulator")
    return packages


def _cancel(command: Sequence[str], tools: Path, home: Path, env: Mapping[str, str]) -> None:
    """Cancel an order of the simulator in check mode and for real, and hear from its ledger what happened."""
    with Simulator() as simulator:
        reached = {
            **env,
            "DIGICERT_API_KEY": FULL_KEY,
            "DIGICERT_API_URL": simulator.api_url,
            "REQUESTS_CA_BUNDLE": simulator.ca_path,
        }
        output = _run([*command, "--check"], tools, home, reached)
        if simulator.ledger.writes or not simulator.ledger.reads:
            raise TrialFailed(f"Check mode has to read and not to write:\n{output}")
        output = _run(command, tools, home, reached)
        changes = [(change.order_id, change.before, change.after) for change in simulator.ledger.changes]
        if changes != [(ORDER, "pending", "canceled")]:
            raise TrialFailed(f"Order {ORDER} was to be canceled, and the ledger has {changes}:\n{output}")


def _package(requirement: str, tools: Path) -> Package:
    """Ask the Python that has what a requirement brought about it."""
    asked = _run([tool(tools, "python"), "-c", METADATA, Requirement(requirement).name], tools)
    name, version, licence = json.loads(asked)
    if not licence:
        raise TrialFailed(f"{name} {version} does not say what its licence is")
    return Package(requirement, name, version, licence)


def _run(
    command: Sequence[str], tools: Path, folder: Path | None = None, env: Mapping[str, str] | None = None
) -> str:
    ended = run_outside(command, tools, folder, env)
    if ended.returncode != 0:
        raise TrialFailed(f"{' '.join(command)}\n{ended.stdout}")
    return ended.stdout
