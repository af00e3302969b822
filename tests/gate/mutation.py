# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of changing the code in many small ways: how many changes the unit tests noticed, and which not."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import nox

from gate.tools import ROOT, install_pinned, run, with_environment
from gate.tree import collections_folder, copied_tree

# Without the changes that survivors.txt lists, each with the reason why nobody would see it.
NOTICED_WANTED = 98.0
# A change that makes a test wait for ever is noticed as well.
NOTICED = frozenset({"killed", "timeout"})


@with_environment(default=False)
def mutation(session: nox.Session) -> None:
    """Change the code in many small ways and see how many of them the unit tests notice; takes an hour or two."""
    install_pinned(session, "mutation")
    folder = collections_folder(copied_tree(session.name))
    shutil.rmtree(folder / "mutants", ignore_errors=True)
    shutil.copy2(ROOT / "tests/mutation/setup.cfg", folder)
    mutmut = partial(run, session, "mutation", "mutmut")
    with session.chdir(folder):
        mutmut("run", "--max-children", str(os.cpu_count()))
        verdicts = read_verdicts(mutmut("results", "--all", "true"))
    with session.chdir(folder / "mutants"):
        # mutmut gives their names to pytest, and takes a name that pytest does not know for a change that was noticed.
        collect = ("-m", "pytest", "--collect-only", "-qq", "--rootdir=.")
        names = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))["duration_by_test"]
        run(session, "mutation", "python", *collect, *names, env={"MUTANT_UNDER_TEST": ""})
    survivors = read_survivors(ROOT / "tests/mutation/survivors.txt")
    whole, percent = percent_noticed(verdicts, {}), percent_noticed(verdicts, survivors)
    print(f"{whole:.1f} % of {len(verdicts)} small changes to the code were noticed by the unit tests.")
    print(f"{percent:.1f} % are noticed of those that change what anybody would see.")
    # It is no error by itself: a test that waits notices a change on one machine and not on another.
    print("Other than tests/mutation/survivors.txt says:")
    print(*complaints(verdicts, survivors), sep="\n")
    if percent < NOTICED_WANTED:
        session.error(f"{NOTICED_WANTED} % are wanted")


def read_verdicts(output: str) -> dict[str, str]:
    """Read what `mutmut results` prints: what became of each change, by its name.

    Raises ValueError if a line about a change cannot be read: it would count for nothing.
    """
    verdicts = dict(re.findall(r"(?m)^ *(\S+__mutmut_\d+): (.+)$", output))
    if len(verdicts) != output.count("__mutmut_"):
        raise ValueError("mutmut prints lines about changes that are not understood")
    return verdicts


def read_survivors(path: Path) -> dict[str, int]:
    """Read how many changes to a function may go unnoticed: `function | count | reason`, a line each.

    Raises ValueError for another line.
    """
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    parts = [[part.strip() for part in line.split("|", 2)] for line in lines]
    return {function: int(count) for function, count, _reason in parts}


def percent_noticed(verdicts: Mapping[str, str], survivors: Mapping[str, int]) -> float:
    """Give the share of the changes that a test noticed, without those that are listed as changes of nothing."""
    counts = {function: len(mutants) for function, mutants in unnoticed(verdicts).items()}
    harmless = sum(min(count, survivors.get(function, 0)) for function, count in counts.items())
    return 100.0 * (1 - (sum(counts.values()) - harmless) / (len(verdicts) - harmless))


def complaints(verdicts: Mapping[str, str], survivors: Mapping[str, int]) -> Iterator[str]:
    """Give a sentence for each function of which another number of changes went unnoticed than the list says."""
    by_function = unnoticed(verdicts)
    for function in sorted({*by_function, *survivors}):
        mutants, listed = by_function.get(function, []), survivors.get(function, 0)
        if len(mutants) != listed:
            yield f"{function}: {len(mutants)} unnoticed, {listed} listed: {', '.join(mutants)}"


def unnoticed(verdicts: Mapping[str, str]) -> Mapping[str, list[str]]:
    """Give the changes that no test noticed, by the function that they change."""
    by_function: dict[str, list[str]] = defaultdict(list)
    for mutant, status in verdicts.items():
        if status not in NOTICED:
            by_function[function_of(mutant)].append(mutant)
    return by_function


def function_of(mutant: str) -> str:
    """Give the name that mutmut has for a function, from the folder in plugins/ on."""
    return mutant.partition(".plugins.")[2].rpartition("__mutmut_")[0]
