# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of changing the code in many small ways: how many changes the unit tests noticed, and which not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

# A change that makes a test wait for ever is noticed as well.
NOTICED = frozenset({"killed", "timeout"})
# The name of a mutant holds that of the method between two letters that no identifier of this collection has.
_RESULT = re.compile(
    r"\s*(?P<mutant>\S+?\.plugins\.\w+\.(?P<module>\w+)\.x(?:_|ǁ(?P<type>\w+)ǁ)(?P<function>\w+)__mutmut_\d+): "
    r"(?P<status>.+)"
)


def read_verdicts(output: str) -> dict[tuple[str, str], str]:
    """Read what `mutmut results` prints: what became of each change, by its function, as `module.function`, and its name.

    Raises ValueError for a line about a change that cannot be read: it would count for nothing.
    """
    verdicts = {}
    for line in output.splitlines():
        result = _RESULT.fullmatch(line)
        if result:
            function = ".".join(filter(None, result.group("module", "type", "function")))
            verdicts[function, result["mutant"]] = result["status"]
        elif "__mutmut_" in line:
            raise ValueError(f"this is not understood: {line.strip()}")
    return verdicts


def read_tests(path: Path) -> list[str]:
    """Read the names of the tests that mutmut ran, from its statistics."""
    return list(json.loads(path.read_text(encoding="utf-8"))["duration_by_test"])


def read_survivors(path: Path) -> dict[str, int]:
    """Read how many changes to a function may go unnoticed: `function | count | reason`, a line each.

    Raises ValueError for another line.
    """
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    parts = [[part.strip() for part in line.split("|", 2)] for line in lines]
    return {function: int(count) for function, count, _reason in parts}


def percent_noticed(verdicts: Mapping[tuple[str, str], str]) -> float:
    """Give the share of the changes that a test noticed."""
    return 100.0 * sum(status in NOTICED for status in verdicts.values()) / len(verdicts)


def complaints(verdicts: Mapping[tuple[str, str], str], survivors: Mapping[str, int]) -> Iterator[str]:
    """Give a sentence for each function of which another number of changes went unnoticed than the list says."""
    unnoticed: dict[str, list[str]] = {}
    for (function, mutant), status in verdicts.items():
        if status not in NOTICED:
            unnoticed.setdefault(function, []).append(mutant)
    for function in sorted({*unnoticed, *survivors}):
        mutants, listed = unnoticed.get(function, []), survivors.get(function, 0)
        if len(mutants) != listed:
            yield f"{function}: {len(mutants)} unnoticed, {listed} listed: {', '.join(mutants)}"
