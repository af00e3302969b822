# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures what a task of the collection costs, against a simulated CertCentral, and prints a table.

Every figure is a ratio or a difference of two things that were measured in turn, or a count, so that it means the
same on a slow machine and on a fast one. Needs ansible-core and what the simulator needs. This is no test: a target
that is not reached is printed as such, and the exit status is 0 unless something could not be measured.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from rows import Row, many_orders, memory, one_order, own_time, unapproved, within_limits
from simulated import SimulatedCertCentral
from users import NotMeasured, User

LINE = "{:<86} {:>9} {:>15} {:>10}  {}"


def main() -> int:
    """Print the table; gives the exit status."""
    began = time.monotonic()
    print(
        "What a task of community.digicert costs, against a simulated CertCentral on loopback (HTTPS).\n"
        f"ansible-core {version('ansible-core')}, Python {platform.python_version()}, "
        f"requests {version('requests')}, {os.cpu_count()} cores; local connection, pipelining.\n"
    )
    print(LINE.format("what", "median", "min - max", "target", ""))
    try:
        with tempfile.TemporaryDirectory() as folder, SimulatedCertCentral(Path(folder)) as service:
            for row in _rows(User(Path(folder), service), service):
                print(LINE.format(row.what, *row.told()), flush=True)
    except NotMeasured as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"\nMeasured in {time.monotonic() - began:.0f} seconds.")
    return 0


def _rows(user: User, service: SimulatedCertCentral) -> Iterator[Row]:
    measurements: tuple[Callable[[User, SimulatedCertCentral], Iterable[Row]], ...] = (
        one_order,
        own_time,
        many_orders,
        within_limits,
        unapproved,
        memory,
    )
    for measurement in measurements:
        yield from measurement(user, service)


if __name__ == "__main__":
    sys.exit(main())
