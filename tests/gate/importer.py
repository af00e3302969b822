# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible Galaxy would say of a built collection when it is published there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gate.tools import Failed, run

SETTINGS = Path(__file__).with_name("importer.cfg")
GOOD_END = "Importer processing completed successfully"
# How the lines of its log begin that are not for information only.
BAD = ("WARNING: ", "ERROR: ", "CRITICAL: ")


def complaints(built: Path, bin_folder: Path) -> list[str]:
    """Give every warning and error of galaxy-importer, which ends well in spite of most of them.

    bin_folder: where the importer is, and what it calls: ansible-doc, ansible-lint, flake8.
    """
    # It writes its result into the folder in which it runs; there go the temporary files of ansible-lint as well.
    with tempfile.TemporaryDirectory() as folder:
        env = {"GALAXY_IMPORTER_CONFIG": str(SETTINGS), "GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP": folder}
        command = ("python", "-m", "galaxy_importer.main", str(built.resolve()))
        try:
            return judge(run(bin_folder, *command, cwd=Path(folder), env=env))
        except Failed as error:
            return str(error).splitlines()


def judge(log: str) -> list[str]:
    """Give the lines of a log that complain, and the whole log where it did not come to its end."""
    lines = log.splitlines()
    if GOOD_END not in lines:
        return [*lines, "galaxy-importer did not come to its end."]
    return [line for line in lines if line.startswith(BAD)]
