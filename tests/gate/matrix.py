# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests on every ansible-core that the collection supports, and prints a table of how each combination went.

What needs a Python that the machine does not have stands in the table as not run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from packaging.version import Version

from gate.ansible_test import interpreters
from gate.tools import NOT_RUN, REMARK, ROOT

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
        wanted = {"sanity": self.sanity, "playbooks": self.target == self.controller}
        return tuple(stage for stage in STAGES if wanted.get(stage, True))

    @property
    def settings(self) -> dict[str, str]:
        """What the sessions are told about the combination, as environment variables."""
        return {"TEST_CORE": self.core, "TEST_TARGET": self.target, "TEST_REQUESTS": self.requests or ""}


@dataclass(frozen=True)
class Result:
    """How a row went: the verdict on each session by its name, and what could not be run and why."""

    verdicts: dict[str, str]
    notes: list[str] = field(default_factory=list)


def combinations(present: Mapping[str, str], cores: Sequence[str]) -> Iterator[Combination]:
    """Give the rows of the table.

    present: the Pythons of this machine; those that are absent get a row as controllers and as targets as well.
    cores: only rows with these series of ansible-core.
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
        if core in (min(CORES, key=Version), max(CORES, key=Version)):
            yield Combination(core, newest, targets[0], LOWEST_REQUESTS)
            yield Combination(core, newest, newest, LOWEST_REQUESTS)


def run_row(row: Combination, present: Mapping[str, str], end: float) -> Result:
    """Run the sessions of a row; give how they went.

    end: the moment of the monotonic clock, in seconds, from which no row is begun.
    """
    absent = [python for python in (row.controller, row.target) if python not in present]
    if absent or time.monotonic() > end:
        why = f"no Python {absent[0]} on this machine" if absent else "the time was up"
        return Result(dict.fromkeys(STAGES, NOT_RUN), [why])
    name = "-".join(filter(None, [row.core, row.controller, row.target, row.requests]))
    log, report = (ROOT / ".cache" / "matrix" / f"{name}.{kind}" for kind in ("log", "json"))
    log.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    nox = str(ROOT / ".cache" / row.controller / "nox/bin/nox")
    with log.open("w", encoding="utf-8") as output:
        subprocess.run(
            [nox, "--report", str(report), "--session", *row.stages],
            cwd=ROOT,
            env={**os.environ, **row.settings},
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    # Where an environment cannot be made, nox tells of the sessions that need it as aborted; if it breaks, of none.
    told = json.loads(report.read_text(encoding="utf-8"))["sessions"] if report.exists() else []
    verdicts = {**dict.fromkeys(STAGES, "-"), **dict.fromkeys(row.stages, "FAILED")}
    for session in told:
        if session["name"] in row.stages and session["result"] == "success":
            verdicts[session["name"]] = f"ok {session['duration']:.0f} s"
    said = [
        line.removeprefix(REMARK)
        for line in log.read_text(encoding="utf-8").splitlines()
        if line.startswith(REMARK)
    ]
    failed = "FAILED" in verdicts.values()
    detail = f"see {log.relative_to(ROOT)}" if failed else "; ".join(said)
    print(f"{'FAILED' if failed else 'ok':7}{name}: {detail}", flush=True)
    return Result(verdicts, [text for text in said if text.startswith(NOT_RUN)])


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


def main(arguments: Sequence[str]) -> int:
    """Run the matrix; give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gate.matrix", allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="when to begin no more rows")
    parser.add_argument("cores", nargs="*", metavar="core", help=f"of {', '.join(CORES)}; all when absent")
    options = parser.parse_args(arguments)
    cores = options.cores or list(CORES)
    if unknown := [core for core in cores if core not in CORES]:
        parser.error(f"no such ansible-core in the matrix: {', '.join(unknown)}. It has {', '.join(CORES)}.")
    start = time.monotonic()
    present = interpreters()
    rows = list(combinations(present, cores))
    # First of all what tells most: each ansible-core once with all its tests, then once with the lowest Python.
    queue = sorted(
        rows, key=lambda row: (not row.sanity, row.target != CORES[row.core][1][0], bool(row.requests))
    )
    for python in sorted({row.controller for row in rows} & set(present)):
        command = ["make", "--silent", f"PYTHON={present[python]}", f".cache/{python}/nox/ready"]
        subprocess.run(command, cwd=ROOT, check=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = dict(
            zip(queue, pool.map(lambda row: run_row(row, present, start + 60 * options.minutes), queue))
        )
    print(f"\n{table({row: results[row] for row in rows})}\n")
    verdicts = [verdict for result in results.values() for verdict in result.verdicts.values()]
    failed, passed = (sum(verdict.startswith(word) for verdict in verdicts) for word in ("FAILED", "ok"))
    not_run = sum(NOT_RUN in result.verdicts.values() for result in results.values())
    took = (time.monotonic() - start) / 60
    print(f"{passed} passed, {failed} failed, {not_run} rows not run, in {took:.0f} minutes.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
