# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples in the documentation: every code block of the README and the guides, the EXAMPLES of the modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]

# The parser knows plain reStructuredText only; antsibull-docs checks the rest. No include, no raw, no colours.
PLAIN = {
    "report_level": 5,
    "halt_level": 5,
    "syntax_highlight": "none",
    "file_insertion_enabled": False,
    "raw_enabled": False,
}


class EnvironmentVariable(Directive):
    """A directive of Sphinx, which docutils would take for a mistake and show as a literal block."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Give what is said about the variable."""
        said = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, said)
        return [said]


directives.register_directive("envvar", EnvironmentVariable)


@dataclass(frozen=True)
class Example:
    """An example: the document that it stands in, its language (empty where none is told), and its text."""

    document: str
    language: str
    text: str

    @property
    def beginning(self) -> str:
        """The first line, without the comments above it."""
        return next(line for line in self.text.splitlines() if not line.startswith("#")).strip()


def documents() -> list[Path]:
    """Give the documents whose examples are run."""
    return [
        ROOT / "README.md",
        *sorted(ROOT.glob("docs/docsite/rst/*.rst")),
        *sorted(ROOT.glob("plugins/modules/*.py")),
    ]


def examples_in(document: Path) -> list[Example]:
    """Give the examples of a document in their order."""
    read = {".md": _of_markdown, ".rst": _of_restructured_text, ".py": _of_module}[document.suffix]
    name = str(document.relative_to(ROOT))
    return [Example(name, language, text) for language, text in read(document.read_text(encoding="utf-8"))]


def _of_markdown(text: str) -> Iterator[tuple[str, str]]:
    for token in MarkdownIt().parse(text):
        if token.type in ("fence", "code_block"):
            yield token.info.strip(), token.content


def _of_restructured_text(text: str) -> Iterator[tuple[str, str]]:
    for block in publish_doctree(text, settings_overrides=PLAIN).findall(nodes.literal_block):
        yield " ".join(name for name in block["classes"] if name != "code"), block.astext() + "\n"


def _of_module(text: str) -> Iterator[tuple[str, str]]:
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "EXAMPLES":
            yield "yaml", ast.literal_eval(statement.value).lstrip("\n")
