# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the picture that the README begins with, out of what the demo prints."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs/demo.svg"
COLUMNS = 100
# The parts of the demo that are shown, by words of their titles.
PARTS = ("A preview", "The same for real", "must not be canceled", "account after")
# Paragraphs and lines that repeat what is shown: the same banner and recap each time, and where and in which form
# Ansible tells once more why the task failed.
REPEATED = re.compile(r"PLAY |fatal: |Origin: |\s*\d+ {2,}.*:")


def picture(printed: str) -> str:
    """Give the picture of what the demo printed, in colours, as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    parts = re.split(r"(?m)^=== (.*) ===\n", printed)
    for title, text in zip(parts[1::2], parts[2::2]):
        if any(words in title for words in PARTS):
            console.print(Text(f"{title}\n", style="bold"))
            for paragraph in _paragraphs(text):
                console.print(Text("\n").join([*paragraph, Text()]))
    # The same output gives the same file.
    drawn = console.export_svg(title="make demo", unique_id="demo")
    return re.sub(r"(?m)[ \t]+$", "", drawn)


def _paragraphs(text: str) -> Iterator[list[Text]]:
    """Give the paragraphs that do not repeat anything, as lines without those that do."""
    lines: list[Text] = []
    for line in (*map(Text.from_ansi, text.splitlines()), Text()):
        if line.plain.strip():
            lines.append(line)
        elif lines:
            if not REPEATED.match(lines[0].plain):
                yield [line for line in lines if not REPEATED.match(line.plain)]
            lines = []


def main() -> None:
    """Run the demo and make the picture."""
    demo = [sys.executable, str(ROOT / "tests/demo/demo.py")]
    env = {**os.environ, "FORCE_COLOR": "1"}
    drawn = picture(subprocess.run(demo, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout)
    if str(ROOT) in drawn:
        sys.exit(f"The picture would show {ROOT}, so it was not written.")
    PICTURE.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
