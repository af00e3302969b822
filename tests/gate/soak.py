# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many random schedules of trouble, several at a time, and the sum of what they met."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

TESTS = "ansible_collections/community/digicert/tests/unit/plugins/modules"
# Schedules of trouble with whole replies, and of bytes that no server would send.
TRUTH = ("test_order_status_truth.py", "test_order_status_bytes_truth.py")


def soak(pytest: str, tree: Path, schedules: int, seed: int) -> bool:
    """Play as many schedules of each kind; print the sums and, of a failure, the shrunk schedule; tell whether all passed.

    tree: the folder above `ansible_collections`. seed: process n plays those of seed + n.
    """
    print(f"{schedules} schedules, seed {seed}, {os.cpu_count() or 1} processes", flush=True)
    print(f"The same again: make soak SOAK_SCHEDULES={schedules} SOAK_SEED={seed}", flush=True)
    start = time.monotonic()
    went = [_play(pytest, tree, test, schedules, seed) for test in TRUTH]
    passed = all(went)
    print(f"{'passed' if passed else 'FAILED'} in {time.monotonic() - start:.0f} s", flush=True)
    return passed


def _play(pytest: str, tree: Path, test: str, schedules: int, seed: int) -> bool:
    """Play those of one test on every processor."""
    processes = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        summaries = [Path(folder, f"{number}.json") for number in range(processes)]
        running = [
            _start([pytest, "-q", "-p", "no:xdist", f"--hypothesis-seed={seed + number}", str(tree / TESTS / test)],
                   tree, -(-schedules // processes), summary)
            for number, summary in enumerate(summaries)
        ]  # fmt: skip
        outputs = [process.communicate()[0] for process in running]
        sums: Counter[str] = Counter()
        for summary in summaries:
            if summary.exists():
                sums.update(json.loads(summary.read_text(encoding="utf-8")))
    for process, output in zip(running, outputs):
        if process.returncode != 0:
            print(output)
    print(f"{test}\n{_table(sums)}", flush=True)
    return sums["schedules"] >= schedules and all(process.returncode == 0 for process in running)


def _start(command: Sequence[str], tree: Path, schedules: int, summary: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "SCHEDULES": str(schedules),
        "SOAK_SUMMARY": str(summary),
    }
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _table(sums: Counter[str]) -> str:
    return "\n".join(f"{count:9}  {what}" for what, count in sorted(sums.items()))
