# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the nox sessions of the gate, tells how each went and what it took, and gives the verdict.

The output of a session is shown only when it failed, but for what it has to tell.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gate.environments import ROOT, remarks

# The stages of a group run one after the other, because they share a folder or take a second each. The groups that take
# longest come first.
GROUPS = (
    ("integration",),
    ("sanity",),
    ("awx",),
    ("playbooks",),
    ("examples",),
    (
        "ruff",
        "mypy",
        "ansible-lint",
        "docs",
        "changelog",
        "community",
        "spelling",
        "workflows",
        "gate",
        "build",
        "importer",
    ),
    ("coverage",),
    ("units",),
    ("secrets",),
    ("schedules",),
    ("live",),
)
# One more than processors: some tests wait for a timeout or a rate limit.
AT_A_TIME = (os.cpu_count() or 1) + 1

# How pytest, ansible-test and mypy begin the line that says what is wrong.
VERDICTS = ("FAILED ", "ERROR ", "ERROR: ", "E   ")


def run_group(stages: Iterable[str]) -> list[str]:
    """Run sessions one after the other, whether they fail or not; give the names of those that failed."""
    return [stage for stage in stages if not run_stage(stage)]


def run_stage(stage: str) -> bool:
    """Run a session; tell how it went."""
    start = time.monotonic()
    command = [str(Path(sys.executable).with_name("nox")), "--session", stage]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as kept:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=kept, stderr=subprocess.STDOUT
        )
        # Popen itself would not tell what the process and those below it took.
        _process_id, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        kept.seek(0)
        output = kept.read()
    seconds = time.monotonic() - start
    lines = output.splitlines()
    passed = process.returncode == 0
    if process.returncode < 0:
        lines.append(f"It was ended by signal {-process.returncode}.")
    # Who sees only the beginning of a long output shall see what failed.
    failures = [line for line in lines if line.startswith(VERDICTS)]
    lines = remarks(output) if passed else failures + lines
    verdict = "ok" if passed else "FAILED"
    took = f"{seconds:4.0f} s, {used.ru_utime + used.ru_stime:4.0f} s of a processor"
    # One write, so that stages do not mix.
    print("\n".join([f"{verdict:7}{stage:13}{took}", *(f"         {line}" for line in lines)]), flush=True)
    return passed


def main() -> int:
    """Run all groups, some at the same time; give the exit status."""
    start = time.monotonic()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        failed = [stage for group in pool.map(run_group, GROUPS) for stage in group]
    took = f"{time.monotonic() - start:.0f} s"
    if failed:
        print(f"\nFAILED after {took}: {', '.join(failed)}")
        return 1
    print(f"\nAll {sum(len(group) for group in GROUPS)} stages passed in {took}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
