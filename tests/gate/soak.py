# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many random schedules of trouble and many inputs, several at a time, and the sum of what they met."""

from __future__ import annotations

import json
import os
from collections import Counter
from math import ceil

import nox

from gate.tools import CACHE, run
from gate.tree import linked_tree

# Trouble with whole replies, bytes that no server would send, and options that nobody would give: each test counts its
# examples under the name of the environment variable that says how many are wanted. Inputs are one for so many schedules.
TESTS = {
    "test_order_status_truth": ("SCHEDULES", 1),
    "test_order_status_bytes_truth": ("SCHEDULES", 1),
    "test_inputs": ("INPUTS", 5),
}
FOLDER = "tests/unit/plugins/modules"
PARTS = os.cpu_count() or 1
SCHEDULES = int(os.environ.get("SOAK_SCHEDULES") or 20_000)
SEED = int(os.environ.get("SOAK_SEED") or 20_261_124)
SUMS = CACHE / "soak"


@nox.session(default=False, requires=["test"], name="soak-part")
@nox.parametrize("test", list(TESTS), ids=list(TESTS))
@nox.parametrize("part", range(PARTS))
def soak_part(session: nox.Session, test: str, part: int) -> None:
    """Play some of the schedules, or try some of the inputs, which a seed chooses."""
    variable, few = TESTS[test]
    SUMS.mkdir(exist_ok=True)
    env = {"PYTHONPATH": str(linked_tree()), "SOAK_SUMMARY": str(SUMS / f"{test}-{part}")}
    env[variable] = str(ceil(SCHEDULES / few / PARTS))
    path = f"{FOLDER}/{test}.py"
    run(session, "test", "pytest", "-p", "no:xdist", path, f"--hypothesis-seed={SEED + part}", env=env)


@nox.session(default=False, requires=["soak-part"])
def soak(session: nox.Session) -> None:
    """Play thousands of random schedules of trouble and of odd bytes, and try inputs: SOAK_SCHEDULES, SOAK_SEED."""
    for test, (variable, few) in TESTS.items():
        sums: Counter[str] = Counter()
        for path in SUMS.glob(f"{test}-*"):
            sums.update(json.loads(path.read_text(encoding="utf-8")))
            path.unlink()
        print(test, *(f"{count:9}  {what}" for what, count in sorted(sums.items())), sep="\n")
        if sums[variable.lower()] < ceil(SCHEDULES / few):
            session.error(f"{test} did less than it was to do")
    print(f"The same again: make soak SOAK_SCHEDULES={SCHEDULES} SOAK_SEED={SEED}")
