# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact coverage of a folder: the report of ansible-test rounds to whole percents, 94.6 to 95."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET


class Report:
    """A coverage report in Cobertura's XML form."""

    def __init__(self, path: Path) -> None:
        """Read the report."""
        root = ET.parse(path)  # noqa: S314 - coverage wrote it a moment ago
        self._files = {f"/{file.get('filename')}": file for file in root.iter("class")}

    def percent_covered(self, folder: str) -> float:
        """Give the percentage of the lines and branches below a folder that are covered."""
        wanted = covered = 0
        for name, file in self._files.items():
            for line in file.iter("line") if f"/{folder}/" in name else ():
                wanted += 1
                covered += line.get("hits") != "0"
                # Such as "50% (1/2)".
                if branches := re.search(r"\((\d+)/(\d+)\)", line.get("condition-coverage", "")):
                    covered += int(branches[1])
                    wanted += int(branches[2])
        return 100 * covered / wanted if wanted else 0.0

    def unseen(self, names: Iterable[str]) -> list[str]:
        """Give those of the files that the report does not know, since nothing ever imported them."""
        return sorted(name for name in names if not any(known.endswith(f"/{name}") for known in self._files))
