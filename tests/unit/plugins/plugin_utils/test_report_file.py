# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports are written whole or not at all, and what certificates are called runs in no spreadsheet and marks nothing up."""

from __future__ import annotations

import csv
import os
import unicodedata
from pathlib import Path

import pytest
from ansible_collections.community.digicert.plugins.plugin_utils import _report_file
from ansible_collections.community.digicert.plugins.plugin_utils._report_file import (
    Column,
    Table,
    as_csv,
    as_markdown,
    one_line,
    report_path,
    write_report,
)
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

COLUMNS = (Column("order_id", "Order", number=True), Column("name", "Name"), Column("reason", "Reason"))
# What a name could be made of by somebody who means harm, and everything else.
NAMES = st.lists(
    st.sampled_from([*"=+-@;,|\"'\t\r\n `*_[]<>()&\\!$#~:/", "http", "www.", "<b>", "x", "\u200b"])
    | st.text(max_size=3)
)
NAME = NAMES.map("".join)


def table(*names, title="Title", facts=None):
    """Give a report with a line for each name."""
    rows = [(number, name, None) for number, name in enumerate(names, start=1001)]
    return Table(title, facts or {}, COLUMNS, rows)


class TestCSV:
    def test_has_a_line_for_each_order_below_the_names_of_the_columns(self):
        assert as_csv(table('The "Bakery"', "x")) == (
            '"order_id","name","reason"\n1001,"The ""Bakery""",""\n1002,"x",""\n'
        )

    @pytest.mark.parametrize(
        "name", ["=1+1", " =1+1", "\t=1+1", "\u200b=1+1", "+1", "-1", "@x", "\uff1d1+1", "\uff20x"]
    )
    def test_a_formula_gets_an_apostrophe(self, name):
        ((_head), (_id, cell, _reason)) = csv.reader(as_csv(table(name)).splitlines())
        assert cell == f"'{one_line(name)}"

    def test_a_semicolon_begins_no_cell(self):
        assert as_csv(table("x;=1+1")).splitlines()[1] == '1001,"x,=1+1",""'


@given(NAME)
def test_the_name_stays_readable(name):
    cell = list(csv.reader(as_csv(table(name)).splitlines()))[1][1]
    assert cell.removeprefix("'").lstrip("'") == one_line(name).replace(";", ",").lstrip("'")


@given(NAME)
def test_no_cell_runs_whatever_separates_cells(name):
    text = as_csv(table(name))
    assert len(text.splitlines()) == 2
    for separator in ",;\t":
        lines = list(csv.reader(text.splitlines(), delimiter=separator))
        assert {len(line) for line in lines} == {3 if separator == "," else 1}
        cells = [unicodedata.normalize("NFKC", cell) for line in lines for cell in line]
        assert [cell for cell in cells if cell.strip()[:1] in tuple("=+-@")] == []


class TestMarkdown:
    def test_has_a_title_facts_and_a_table(self):
        facts = {"Note": "a *bold* one", "Service": "https://x.example.com"}
        assert as_markdown(table("Bakery | <b>", facts=facts)) == (
            "# Title\n"
            "\n"
            "- Note: `a *bold* one`\n"
            "- Service: `https://x.example.com`\n"
            "\n"
            "| Order | Name | Reason |\n"
            "|---:|---|---|\n"
            "| 1001 | `Bakery \\| <b>` |  |\n"
        )

    @pytest.mark.parametrize(
        "name",
        [
            "@security",
            "www.example.com",
            "https://x.example.com",
            "a #12",
            "$x$",
            "x@example.com",
            ":x:",
            "%1",
            "_x_",
        ],
    )
    def test_what_a_website_makes_something_of_is_code(self, name):
        assert f"| `{name}` |" in as_markdown(table(name))

    @pytest.mark.parametrize(
        "name",
        [
            "shop.example.com",
            "Example (Bakery), Ltd.",
            "ssl_basic",
            "2026-09-26T16:06:40+00:00",
            "Order 1011 is issued: revoke it.",
            "M\u00fcller",
        ],
    )
    def test_other_text_is_as_it_is(self, name):
        assert f"| {name} |" in as_markdown(table(name))

    @pytest.mark.parametrize("name", ["`x", "x`"])
    def test_a_backtick_at_an_end_keeps_a_blank_from_the_fence(self, name):
        assert f"| `` {name} `` |" in as_markdown(table(name))

    def test_a_backslash_in_front_of_a_bar_gets_a_blank(self):
        assert r"a\ \|b" in as_markdown(table(r"a\|b"))


def test_a_text_that_begins_with_a_letter_is_as_it_is_in_csv():
    assert '"Xenon"' in as_csv(table("Xenon"))


@given(NAME)
def test_a_name_stands_for_itself(name):
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(as_markdown(table(name)))
    cells = [token for token in shown if token.type == "inline"][-3:]
    parts = [part for cell in cells for part in cell.children or ()]
    assert {part.type for part in parts} <= {"text", "code_inline"}
    expected = one_line(name).replace("\\|", "\\ |")
    assert "".join(part.content for part in parts) == "1001" + expected


@given(st.text())
def test_one_line_is_one_visible_line(text):
    assert one_line(text).isprintable()
    assert one_line(one_line(text)) == one_line(text)


class TestReportPath:
    def test_is_relative_to_the_current_folder_and_knows_the_tilde(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path))
        assert report_path("report.md") == str(tmp_path / "report.md")
        assert report_path("~/report.CSV") == str(tmp_path / "report.CSV")
        assert list(tmp_path.iterdir()) == []

    def test_leaves_an_older_report_alone(self, tmp_path):
        (tmp_path / "report.md").write_text("older")
        report_path(str(tmp_path / "report.md"))
        assert [path.read_text() for path in tmp_path.iterdir()] == ["older"]

    def test_follows_a_link(self, tmp_path):
        (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
        assert report_path(str(tmp_path / "link.csv")) == str(tmp_path / "real.csv")

    @pytest.mark.parametrize("name", ["report.txt", "report", "csv", ""])
    def test_has_to_tell_the_format(self, tmp_path, name):
        path = f"{tmp_path}/{name}"
        with pytest.raises(ValueError, match=f"^is '{path}'$"):
            report_path(path)

    def test_has_to_be_in_a_folder_that_is_there(self, tmp_path):
        path = f"{tmp_path}/nowhere/report.md"
        text = (
            f"^is '{path}', and there is no folder {tmp_path}/nowhere: create it first, or name another one$"
        )
        with pytest.raises(ValueError, match=text):
            report_path(path)

    def test_is_not_that_of_something_else_than_a_file(self, tmp_path):
        (tmp_path / "x.csv").mkdir()
        os.mkfifo(tmp_path / "y.md")
        for name in ("x.csv", "y.md"):
            with pytest.raises(
                ValueError, match=f"^is '{tmp_path}/{name}', which cannot be written: it is not a file$"
            ):
                report_path(f"{tmp_path}/{name}")

    def test_has_to_be_writable(self, tmp_path, monkeypatch):
        (tmp_path / "report.md").touch()
        monkeypatch.setattr(_report_file.os, "access", lambda path, mode: False)
        with pytest.raises(ValueError, match=r"which cannot be written: Permission denied$"):
            report_path(f"{tmp_path}/report.md")
        with pytest.raises(ValueError, match=r"^is '/proc/report\.md', which cannot be written: "):
            report_path("/proc/report.md")


class TestWriteReport:
    @pytest.mark.parametrize(("name", "begins"), [("x.csv", '"order_id"'), ("x.MD", "# Title")])
    def test_writes_by_the_file_extension_in_place_of_an_older_one(self, tmp_path, name, begins):
        (tmp_path / name).write_text("older")
        (tmp_path / name).chmod(0o600)
        write_report(str(tmp_path / name), table("x"))
        assert (tmp_path / name).read_text().startswith(begins)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir()] == [name]

    def test_a_new_one_is_not_for_everybody(self, tmp_path):
        write_report(str(tmp_path / "x.csv"), table("x"))
        assert (tmp_path / "x.csv").stat().st_mode & 0o777 == 0o640

    def test_what_is_not_finished_is_a_hidden_file_that_begins_with_the_name(self, tmp_path, monkeypatch):
        names = []
        monkeypatch.setattr(
            _report_file.os, "fsync", lambda _file: names.extend(path.name for path in tmp_path.iterdir())
        )
        write_report(str(tmp_path / "x.csv"), table("x"))
        assert [name[:7] for name in names] == [".x.csv."]

    def test_leaves_the_older_one_and_nothing_else_if_it_fails(self, tmp_path, monkeypatch):
        path = tmp_path / "x.csv"
        path.write_text("older")

        def full(descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(_report_file.os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            write_report(str(path), table("x"))
        assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("x.csv", "older")]

    def test_leaves_nothing_else_if_the_older_one_cannot_be_replaced(self, tmp_path):
        path = tmp_path / "x.csv"
        path.mkdir()
        (path / "inside").touch()
        with pytest.raises(OSError, match="Is a directory"):
            write_report(str(path), table("x"))
        assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]

    def test_text_that_is_no_text_is_written_all_the_same(self, tmp_path):
        write_report(str(tmp_path / "x.csv"), table("\ud800 lone surrogate"))
        assert "lone surrogate" in Path(tmp_path / "x.csv").read_text(encoding="utf-8")
