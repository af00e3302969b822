# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of changing the code in many small ways: how many changes the unit tests noticed, and which not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A change that makes a test wait for ever is noticed as well.
NOTICED = frozenset({"killed", "timeout"})
# The name of a mutant holds that of the method between two letters that no identifier of this collection has.
_RESULT = re.compile(
    r"\s*\S+?\.plugins\.(?:modules|module_utils)\.(?P<module>\w+)\.x(?:_|ǁ(?P<type>\w+)ǁ)"
    r"(?P<function>\w+)__mutmut_\d+: (?P<status>.+)"
)


@dataclass(frozen=True)
class Mutant:
    """A small change to the code: the function that it is in, as `module.function`, and what became of it."""

    name: str
    function: str
    status: str


@dataclass(frozen=True)
class Survivor:
    """How many changes to a function may go unnoticed, and why."""

    function: str
    count: int
    reason: str


def read_mutants(output: str) -> list[Mutant]:
    """Read what `mutmut results` prints."""
    return [
        Mutant(
            line.strip().partition(":")[0],
            ".".join(filter(None, (found["module"], found["type"], found["function"]))),
            found["status"],
        )
        for line in output.splitlines()
        if (found := _RESULT.fullmatch(line))
    ]


def read_survivors(path: Path) -> list[Survivor]:
    """Read the list of the survivors: `function | count | reason`, a line each; raises ValueError for another line."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    survivors = []
    for line in lines:
        function, count, reason = (part.strip() for part in line.split("|", 2))
        survivors.append(Survivor(function, int(count), reason))
    return survivors


def percent_noticed(mutants: list[Mutant]) -> float:
    """Give the share of the changes that a test noticed."""
    return 100.0 * sum(mutant.status in NOTICED for mutant in mutants) / len(mutants)


def complaints(mutants: list[Mutant], survivors: list[Survivor]) -> Iterator[str]:
    """Give a sentence for each function of which another number of changes went unnoticed than the list says."""
    unnoticed = Counter(mutant.function for mutant in mutants if mutant.status not in NOTICED)
    listed = {survivor.function: survivor.count for survivor in survivors}
    for function in sorted(unnoticed | listed):
        if unnoticed[function] != listed.get(function, 0):
            names = [
                mutant.name
                for mutant in mutants
                if mutant.function == function and mutant.status not in NOTICED
            ]
            yield f"{function}: {unnoticed[function]} unnoticed, {listed.get(function, 0)} listed: {', '.join(names)}"
