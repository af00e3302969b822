# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests on every ansible-core that the collection supports, and prints a table of how each combination went.

What needs a Python that the machine does not have stands in the table as not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from gate.ansible_test import interpreters
from gate.environments import NOT_RUN, ROOT, remarks

LOWEST_REQUESTS = "2.25.1"

# By ansible-core: the Pythons that run it, and those from 3.9 on that its modules run with.
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

STAGES = ("sanity", "units", "integration", "playbooks")


@dataclass(frozen=True)
class Combination:
    """A row of the table.

    controller: the Python that runs ansible-core. target: the one that modules run with. requests: None for the newest.
    sanity: whether sanity tests belong to it; they compile and import on every Python, whichever runs them.
    """

    core: str
    controller: str
    target: str
    requests: str | None = None
    sanity: bool = False

    @property
    def stages(self) -> tuple[str, ...]:
        """The sessions to run."""
        # Playbooks run with the Python of Ansible itself.
        left_out = {
            *(() if self.sanity else ("sanity",)),
            *(() if self.target == self.controller else ("playbooks",)),
        }
        return tuple(stage for stage in STAGES if stage not in left_out)

    @property
    def arguments(self) -> list[str]:
        """What a session is told about the combination."""
        requests = ["--requests", self.requests] if self.requests else []
        return ["--core", self.core, "--target", self.target, *requests]

    @property
    def name(self) -> str:
        """The name of the row, for the log files."""
        return "-".join(filter(None, [self.core, self.controller, self.target, self.requests]))


@dataclass(frozen=True)
class Result:
    """How a row went: the verdict on each session by its name, and what could not be run and why."""

    verdicts: dict[str, str]
    notes: list[str] = field(default_factory=list)


def combinations(present: Mapping[str, str], cores: list[str]) -> Iterator[Combination]:
    """Give the rows of the table.

    present: the Pythons of this machine; those that are absent get a row as controllers and as targets as well.
    cores: only rows with these series of ansible-core.
    """
    for core in cores:
        controllers, targets = CORES[core]
        newest = max(
            (python for python in controllers if python in present), key=_number, default=controllers[-1]
        )
        for controller in controllers:
            yield Combination(core, controller, controller, sanity=controller == newest)
        for target in targets:
            if target not in controllers:
                yield Combination(core, newest, target)
        # Where the lowest requests meets the lowest and the newest Python.
        if core in (min(CORES, key=_number), max(CORES, key=_number)):
            yield Combination(core, newest, min(targets, key=_number), LOWEST_REQUESTS)
            yield Combination(core, newest, newest, LOWEST_REQUESTS)


def run_row(combination: Combination, present: Mapping[str, str], end: float) -> Result:
    """Run the sessions of a row; give how they went.

    end: the moment of the monotonic clock, in seconds, from which no row is begun.
    """
    absent = [python for python in (combination.controller, combination.target) if python not in present]
    if absent or time.monotonic() > end:
        why = f"no Python {absent[0]} on this machine" if absent else "the time was up"
        return Result(dict.fromkeys(STAGES, NOT_RUN), [why])
    folder = ROOT / ".cache" / combination.controller / "nox"
    result = Result(dict.fromkeys(STAGES, "-"))
    for stage in combination.stages:
        start = time.monotonic()
        log = ROOT / ".cache" / "matrix" / f"{combination.name}-{stage}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(folder / "bin" / "nox"), "--session", stage, "--", *combination.arguments]
        with log.open("w", encoding="utf-8") as output:
            ended = subprocess.run(
                command,
                cwd=ROOT,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        verdict = "ok" if ended.returncode == 0 else "FAILED"
        result.verdicts[stage] = f"{verdict} {time.monotonic() - start:.0f} s"
        said = remarks(log.read_text(encoding="utf-8"))
        result.notes.extend(text for text in said if text.startswith(NOT_RUN))
        detail = "; ".join(said) if ended.returncode == 0 else f"see {log.relative_to(ROOT)}"
        print(f"{verdict:7}{combination.name} {stage}: {detail}", flush=True)
    return result


def make_nox(version: str, python: str) -> None:
    """Make the environment of nox for a version of Python such as "3.12", with that interpreter."""
    make = shutil.which("make") or "make"
    command = [make, "--silent", f"PYTHON={python}", f".cache/{version}/nox/ready"]
    subprocess.run(command, cwd=ROOT, check=True)


def table(rows: Mapping[Combination, Result]) -> str:
    """Give the table."""
    lines: list[tuple[str, ...]] = [("core", "controller", "target", "requests", *STAGES, "")]
    for row, result in rows.items():
        names = (row.core, row.controller, row.target, row.requests or "newest")
        lines.append((*names, *(result.verdicts[stage] for stage in STAGES), "; ".join(result.notes)))
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    )


def main() -> int:
    """Run the matrix, or the rows of the series given as arguments; give the exit status.

    MINUTES in the environment is when to begin no more rows.
    """
    cores = sys.argv[1:] or list(CORES)
    if unknown := [core for core in cores if core not in CORES]:
        print(
            f"No such ansible-core in the matrix: {', '.join(unknown)}. It has {', '.join(CORES)}.",
            file=sys.stderr,
        )
        return 2
    given = os.environ.get("MINUTES") or "inf"
    try:
        minutes = float(given)
    except ValueError:
        print(f"MINUTES takes a number, but it is {given}.", file=sys.stderr)
        return 2
    start = time.monotonic()
    present, _broken = interpreters()
    rows = list(combinations(present, cores))
    end = start + 60 * minutes
    # First of all what tells most: each ansible-core once with all its tests, then once with the lowest Python.
    lowest = {core: min(CORES[core][1], key=_number) for core in cores}
    queue = sorted(rows, key=lambda row: (not row.sanity, row.target != lowest[row.core], bool(row.requests)))
    for python in sorted({row.controller for row in rows} & set(present)):
        make_nox(python, present[python])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = dict(zip(queue, pool.map(lambda row: run_row(row, present, end), queue)))
    print(f"\n{table({row: results[row] for row in rows})}\n")
    verdicts = [verdict for result in results.values() for verdict in result.verdicts.values()]
    failed = sum(verdict.startswith("FAILED") for verdict in verdicts)
    passed = sum(verdict.startswith("ok") for verdict in verdicts)
    not_run = sum(NOT_RUN in result.verdicts.values() for result in results.values())
    took = (time.monotonic() - start) / 60
    print(f"{passed} passed, {failed} failed, {not_run} rows not run, in {took:.0f} minutes.")
    return 1 if failed else 0


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


if __name__ == "__main__":
    sys.exit(main())
