# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of `make matrix`: the tests on every ansible-core that the collection supports, and every Python of this machine.

Each is named after the series of ansible-core, the Python that runs it, the one of its modules, and requests where that is
not the newest. CORES in the environment names some of the series; END is when to begin no more, as `date +%s` tells it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import nox
from packaging.version import Version

sys.path.insert(0, str(Path(__file__).parents[1]))

from gate.pythons import interpreters
from gate.tools import ROOT

LOWEST_REQUESTS = "2.25.1"

# By ansible-core, the oldest first: the Pythons that run it, and those from 3.9 on that its modules run with.
# https://docs.ansible.com/ansible/latest/reference_appendices/release_and_maintenance.html#ansible-core-support-matrix
CORES = {
    "2.16": (("3.10", "3.11", "3.12"), ("3.9", "3.10", "3.11", "3.12")),
    "2.17": (("3.10", "3.11", "3.12"), ("3.9", "3.10", "3.11", "3.12")),
    "2.18": (("3.11", "3.12", "3.13"), ("3.9", "3.10", "3.11", "3.12", "3.13")),
    "2.19": (("3.11", "3.12", "3.13"), ("3.9", "3.10", "3.11", "3.12", "3.13")),
    "2.20": (("3.12", "3.13", "3.14"), ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")),
    "2.21": (("3.12", "3.13", "3.14"), ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")),
    "2.22": (("3.13", "3.14", "3.15"), ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")),
}
OLDEST, *_between, NEWEST = CORES

nox.options.default_venv_backend = "none"
nox.options.allow_parallel = True


class Combination(NamedTuple):
    """What is tested together.

    controller: the Python that runs ansible-core. target: the one that modules run with. requests: empty for the newest.
    sanity: whether sanity tests belong to it; they compile and import on every Python, whichever runs them.
    """

    core: str
    controller: str
    target: str
    requests: str = ""
    sanity: bool = False


def combinations(present: Collection[str], cores: Sequence[str]) -> Iterator[Combination]:
    """Give what is tested together with some series of ansible-core.

    present: the Pythons of this machine; those that are absent are among the controllers and the targets as well.
    """
    for core in cores:
        controllers, targets = CORES[core]
        newest = max(filter(present.__contains__, controllers), key=Version, default=controllers[-1])
        for controller in controllers:
            yield Combination(core, controller, controller, sanity=controller == newest)
        for target in targets:
            if target not in controllers:
                yield Combination(core, newest, target)
        # Where the lowest requests meets the lowest and the newest Python.
        if core in (OLDEST, NEWEST):
            yield Combination(core, newest, targets[0], LOWEST_REQUESTS)
            yield Combination(core, newest, newest, LOWEST_REQUESTS)


def most_telling_first(row: Combination) -> tuple[bool, bool, bool]:
    """Order by this: each ansible-core once with all its tests, then once with the lowest Python."""
    return (not row.sanity, row.target != CORES[row.core][1][0], bool(row.requests))


wanted = os.environ.get("CORES", "").split() or list(CORES)
if unknown := ", ".join(core for core in wanted if core not in CORES):
    sys.exit(f"no such ansible-core in the matrix: {unknown}. It has {', '.join(CORES)}.")
PRESENT = interpreters()
ROWS = sorted(combinations(PRESENT, wanted), key=most_telling_first)


@nox.session(default=False)
def tools(session: nox.Session) -> None:
    """Make the environment of the task runner for each Python."""
    for python in sorted({row.controller for row in ROWS} & set(PRESENT)):
        with session.chdir(ROOT):
            ready = f".cache/{python}/nox/ready"
            session.run("make", "--silent", f"PYTHON={PRESENT[python]}", ready, external=True)


@nox.session(requires=["tools"])
@nox.parametrize(Combination._fields, ROWS, ids=["-".join(filter(None, row[:-1])) for row in ROWS])
def matrix(
    session: nox.Session, core: str, controller: str, target: str, requests: str, *, sanity: bool
) -> None:
    """Run the tests that belong to a combination."""
    if absent := {controller, target} - set(PRESENT):
        session.skip(f"not run: no Python {', '.join(absent)} on this machine")
    if time.time() > float(os.environ.get("END") or "inf"):
        session.skip("not run: the time was up")
    sessions = ["sanity"] * sanity + ["units", "integration"]
    # Playbooks run with the Python of Ansible itself.
    if target == controller:
        sessions.append("playbooks")
    settings = {"TEST_CORE": core, "TEST_TARGET": target, "TEST_REQUESTS": requests}
    runner = str(ROOT / ".cache" / controller / "nox/bin/nox")
    with session.chdir(ROOT):
        session.run(runner, "--session", *sessions, env=settings, external=True)
