# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many random schedules of trouble and many inputs, several at a time, and the sum of what they met."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

FOLDER = "ansible_collections/community/digicert/tests/unit/plugins/modules"
# Trouble with whole replies, bytes that no server would send, and options that nobody would give: each test counts its
# examples under the name of the environment variable that says how many are wanted. Inputs are one for so many schedules.
TESTS = {
    "test_order_status_truth.py": ("SCHEDULES", 1),
    "test_order_status_bytes_truth.py": ("SCHEDULES", 1),
    "test_inputs.py": ("INPUTS", 5),
}


def soak(pytest: str, tree: Path, schedules: int, seed: int) -> bool:
    """Play as many schedules of each kind, and try inputs; print the sums and what failed, shrunk; tell whether all passed.

    tree: the folder above `ansible_collections`. seed: process n plays those of seed + n.
    """
    print(f"{schedules} schedules, seed {seed}, {os.cpu_count() or 1} processes", flush=True)
    print(f"The same again: make soak SOAK_SCHEDULES={schedules} SOAK_SEED={seed}", flush=True)
    start = time.monotonic()
    passed = [
        _play(
            [pytest, "-q", "-p", "no:xdist", str(tree / FOLDER / test)],
            tree,
            variable,
            -(-schedules // fraction),
            seed,
        )
        for test, (variable, fraction) in TESTS.items()
    ]
    print(f"{'passed' if all(passed) else 'FAILED'} in {time.monotonic() - start:.0f} s", flush=True)
    return all(passed)


def _play(command: Sequence[str], tree: Path, variable: str, wanted: int, seed: int) -> bool:
    """Run a test on every processor, with so many examples in all; print what it counted; tell whether all passed."""
    processes = os.cpu_count() or 1
    environment = {**os.environ, "PYTHONPATH": str(tree), variable: str(-(-wanted // processes))}
    with tempfile.TemporaryDirectory() as folder:
        running = [
            subprocess.Popen(
                [*command, f"--hypothesis-seed={seed + number}"],
                env={**environment, "SOAK_SUMMARY": str(Path(folder, f"{number}.json"))},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for number in range(processes)
        ]
        outputs = [process.communicate()[0] for process in running]
        sums: Counter[str] = Counter()
        for summary in Path(folder).iterdir():
            sums.update(json.loads(summary.read_text(encoding="utf-8")))
    for process, output in zip(running, outputs):
        if process.returncode != 0:
            print(output)
    print(command[-1].rpartition("/")[2])
    print("\n".join(f"{count:9}  {what}" for what, count in sorted(sums.items())), flush=True)
    return sums[variable.lower()] >= wanted and all(process.returncode == 0 for process in running)
