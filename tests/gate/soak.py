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
TESTS = ("test_order_status_truth.py", "test_inputs.py")
# One for so many schedules; never fewer than 2000.
SCHEDULES_PER_INPUT = 5
LEAST_INPUTS = 2000


def soak(pytest: str, tree: Path, schedules: int, seed: int) -> bool:
    """Play schedules and try inputs on every processor; print the sums and what failed, shrunk; tell whether all passed.

    tree: the folder above `ansible_collections`. seed: process n plays those of seed + n.
    """
    processes = os.cpu_count() or 1
    inputs = max(schedules // SCHEDULES_PER_INPUT, LEAST_INPUTS)
    print(f"{schedules} schedules, {inputs} inputs, seed {seed}, {processes} processes", flush=True)
    print(f"The same again: make soak SOAK_SCHEDULES={schedules} SOAK_SEED={seed}", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        summaries = [Path(folder, f"{number}.json") for number in range(processes)]
        running = [
            _start([pytest, "-q", "-p", "no:xdist", f"--hypothesis-seed={seed + number}",
                    *(str(tree / FOLDER / test) for test in TESTS)],
                   tree, -(-schedules // processes), -(-inputs // processes), summary)
            for number, summary in enumerate(summaries)
        ]  # fmt: skip
        outputs = [process.communicate()[0] for process in running]
        sums: Counter[str] = Counter()
        for summary in Path(folder).iterdir():
            sums.update(json.loads(summary.read_text(encoding="utf-8")))
    for process, output in zip(running, outputs):
        if process.returncode != 0:
            print(output)
    print(_table(sums))
    enough = sums["schedules"] >= schedules and sums["inputs"] >= inputs
    passed = enough and all(process.returncode == 0 for process in running)
    print(f"{'passed' if passed else 'FAILED'} in {time.monotonic() - start:.0f} s", flush=True)
    return passed


def _start(
    command: Sequence[str], tree: Path, schedules: int, inputs: int, summary: Path
) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "SCHEDULES": str(schedules),
        "INPUTS": str(inputs),
        "SOAK_SUMMARY": str(summary),
    }
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _table(sums: Counter[str]) -> str:
    return "\n".join(f"{count:9}  {what}" for what, count in sorted(sums.items()))
