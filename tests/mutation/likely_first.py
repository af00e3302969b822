# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has pytest begin with the tests that are most likely to notice a change: those that use few functions and little time.

mutmut names the tests that use a changed function in no order, and is content with the first one that fails.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

STATISTICS = Path("mutmut-stats.json")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by what mutmut knows of them; it knows nothing yet while it collects that."""
    if STATISTICS.exists():
        told = json.loads(STATISTICS.read_text(encoding="utf-8"))
        functions = Counter(
            test for tests in told["tests_by_mangled_function_name"].values() for test in tests
        )
        seconds = told["duration_by_test"]
        # pytest escapes a backslash in a given ID once more in each run of one process, and mutmut takes a test that is not
        # found for one that noticed the change.
        if renamed := sorted({test.nodeid for test in items} - set(seconds)):
            raise pytest.UsageError("these tests had other names before: " + ", ".join(renamed))
        # Whatever takes no time at all has to be started as well.
        items.sort(key=lambda test: functions[test.nodeid] * (seconds.get(test.nodeid, 0.0) + 0.05))
        # The likeliest resemble each other, so that what one does not notice the next one hardly does.
        others = random.Random(0).sample(items, len(items))
        items[:] = dict.fromkeys(test for pair in zip(items, others) for test in pair)
