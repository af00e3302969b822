# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as a complaint of galaxy-importer, with which Ansible Galaxy looks at a collection."""

from __future__ import annotations

GOOD_END = "Importer processing completed successfully"
# How the lines of its log begin that are not for information only.
BAD = ("WARNING: ", "ERROR: ", "CRITICAL: ")


def complaints(log: str) -> list[str]:
    """Give the lines of a log that complain, and the whole log where it did not come to its end.

    It ends well in spite of most warnings and errors.
    """
    lines = log.splitlines()
    if GOOD_END not in lines:
        return [*lines, "galaxy-importer did not come to its end."]
    return [line for line in lines if line.startswith(BAD)]
