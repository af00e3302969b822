# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible Galaxy would say of a built collection when it is published there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gate.environments import run_outside, tool

SETTINGS = Path(__file__).with_name("importer.cfg")
GOOD_END = "Importer processing completed successfully"
# How the lines of its log begin that are not for information only.
BAD = ("WARNING: ", "ERROR: ", "CRITICAL: ")


def complaints(built: Path, tools: Path) -> list[str]:
    """Give every warning and error of galaxy-importer, which ends well in spite of most of them.

    tools: the environment with the importer and what it calls: ansible-doc, ansible-lint, flake8.
    """
    with tempfile.TemporaryDirectory() as folder:
        env = {
            "GALAXY_IMPORTER_CONFIG": str(SETTINGS),
            # Here go the temporary files and caches of ansible-lint.
            "GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP": folder,
        }
        # It writes its result into the folder in which it runs.
        command = [tool(tools, "python"), "-m", "galaxy_importer.main", str(built.resolve())]
        ended = run_outside(command, tools, Path(folder), env)
    return judge(ended.stdout, ended.returncode)


def judge(log: str, status: int) -> list[str]:
    """Give the lines of a log that complain, and the whole log where it did not come to its end."""
    lines = log.splitlines()
    if status != 0 or GOOD_END not in lines:
        return [*lines, f"galaxy-importer did not come to its end (exit status {status})."]
    return [line for line in lines if line.startswith(BAD)]
