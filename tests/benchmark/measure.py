# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a Python file and prints, as JSON, its output and what it cost.

A process of its own, because Linux counts the memory of whoever starts a process as that process's first peak.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

MAXRSS_PER_MIB = 1024 * (1024 if sys.platform == "darwin" else 1)


def main() -> None:
    """Measure the file that the command line names."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([sys.executable, sys.argv[1]], stdout=output)
        _pid, _status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        measured = {
            "output": output.read().decode(),
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_mib": usage.ru_maxrss / MAXRSS_PER_MIB,
        }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
