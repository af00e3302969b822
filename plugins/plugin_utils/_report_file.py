# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""Reports as files: CSV that stays text in a spreadsheet, Markdown that shows what it holds, written whole or not at all."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# Words with an underscore inside, and punctuation that means nothing; but no link and no :emoji:.
_PLAIN = re.compile(
    r"(?!.*(://|www\.|:([^\W\d]|[+-]|100|1234)[\w+-]*:))([^\W_]|(?<=[^\W_])_(?=[^\W_])|[ ,.:;()'\"/=+?-])*",
    re.IGNORECASE,
)


class Column(NamedTuple):
    """A column of a report: its name for programs, its heading for people, and whether it holds numbers."""

    name: str
    heading: str
    number: bool = False


class Table(NamedTuple):
    """What a report says: a title, facts about the whole by their names, and the cells of each line by columns."""

    title: str
    facts: Mapping[str, str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]


def report_path(given: str) -> str:
    """Give the absolute path of a report, which may be relative to the current folder and may begin with a tilde.

    Raises ValueError if no report can be written there; the text says why, to follow "but it".
    """
    path = Path(os.path.realpath(os.path.expanduser(given)))  # noqa: PTH111 (Path raises where there is no such user)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"is '{given}'")
    if not path.parent.is_dir():
        raise ValueError(
            f"is '{given}', and there is no folder {path.parent}: create it first, or name another one"
        )
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "it is not a file")
        os.unlink(_written_beside(path, ""))  # noqa: PTH108 (it comes from mkstemp)
    except OSError as error:
        raise ValueError(f"is '{given}', which cannot be written: {error.strerror}") from None
    return str(path)


def write_report(path: str, table: Table) -> None:
    """Write a report in the format that the file extension names. Raises OSError, and leaves an older file then."""
    target = Path(path)
    written = Path(_written_beside(target, FORMATS[target.suffix.lower()](table)))
    try:
        written.replace(target)
    except OSError:
        written.unlink()
        raise


def _written_beside(path: Path, content: str) -> str:
    """Write a file into the folder of `path`, with the permissions that a file there should have; give its path."""
    # Where everybody may write, such as in /tmp, only the owner can replace a file.
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 (likewise)
            file.write(content.encode())
            os.fchmod(file.fileno(), path.stat().st_mode & 0o777 if path.exists() else 0o640)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(name)  # noqa: PTH108 (likewise)
        raise
    return name


def one_line(text: object) -> str:
    """Give a text on one line, without control characters and others that are not seen."""
    visible = "".join(character if character.isprintable() else " " for character in str(text))
    return " ".join(visible.split())


def as_csv(table: Table) -> str:
    """Give a report as CSV (RFC 4180), without its title and the facts."""
    written = io.StringIO()
    lines = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    lines.writerow([column.name for column in table.columns])
    for row in table.rows:
        lines.writerow([cell if isinstance(cell, int) else _harmless(cell) for cell in row])
    return written.getvalue()


def as_markdown(table: Table) -> str:
    """Give a report as Markdown (CommonMark, and the tables of GitHub)."""
    lines = [f"# {table.title}", ""]
    lines += [f"- {name}: {_verbatim(value)}" for name, value in table.facts.items()]
    lines += ["", _table_row([column.heading for column in table.columns])]
    lines.append("|" + "|".join("---:" if column.number else "---" for column in table.columns) + "|")
    lines += [_table_row([_in_table(_verbatim(cell)) for cell in row]) for row in table.rows]
    return "\n".join(lines) + "\n"


FORMATS: Mapping[str, Callable[[Table], str]] = {".csv": as_csv, ".md": as_markdown}


def _harmless(cell: object) -> str:
    """Give a text that a spreadsheet takes for text.

    A semicolon would begin a cell of its own in countries with a decimal comma, and that cell could be a formula.
    """
    text = one_line("" if cell is None else cell).replace(";", ",")
    # Full-width forms are taken for formulas as well.
    begins = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if begins and begins in "=+-@" else text


def _verbatim(text: object) -> str:
    """Give a text that stands for itself in Markdown: no markup, no link, nobody who is mentioned.

    Only code does that everywhere. What programs of a website look for, such as @name, they find behind a backslash too.
    """
    line = one_line("" if text is None else text)
    if _PLAIN.fullmatch(line):
        return line
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    space = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{space}{line}{space}{fence}"


def _in_table(cell: str) -> str:
    # Programs differ in how they take a backslash in front of the one that keeps a bar from ending the cell.
    return cell.replace("\\|", "\\ |").replace("|", "\\|")


def _table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
