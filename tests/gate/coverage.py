# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact coverage of a folder: the report of ansible-test rounds to whole percents, 94.6 to 95."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET


def percent_covered(report: Path, folder: str) -> float:
    """Give the percentage of lines and branches below a folder that a report in Cobertura's XML form has as covered."""
    wanted = covered = 0
    for file in ET.parse(report).iter("class"):  # noqa: S314 - coverage wrote it a moment ago
        if f"/{folder}/" not in f"/{file.get('filename')}":
            continue
        for line in file.iter("line"):
            wanted += 1
            covered += line.get("hits") != "0"
            # Such as "50% (1/2)".
            if branches := re.search(r"\((\d+)/(\d+)\)", line.get("condition-coverage", "")):
                covered += int(branches[1])
                wanted += int(branches[2])
    return 100 * covered / wanted if wanted else 0.0
