# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links lead somewhere, also in the built collection, which does not have all files of the repository."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch

import pytest
import yaml
from documents import ROOT
from markdown_it import MarkdownIt

BLOB = "https://github.com/ansible-collections/community.digicert/blob/main/"
LEFT_OUT = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]
GUIDES = [path.stem for path in sorted(ROOT.glob("docs/docsite/rst/*.rst"))]
GUIDE = f"{BLOB}docs/docsite/rst/"
MODULES = sorted(ROOT.glob("plugins/modules/*.py"))


def links(page):
    """Give the addresses that a page in Markdown links to, without the place in the page."""
    for block in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        for token in block.children or []:
            if token.type == "link_open":
                yield token.attrs["href"].partition("#")[0]


def is_shipped(path):
    """Tell whether a file is in the built collection: galaxy.yml leaves out neither it nor a folder that it is in."""
    name = path.relative_to(ROOT)
    return not any(fnmatch(str(part), pattern) for part in (name, *name.parents) for pattern in LEFT_OUT)


def documentation(module):
    """Give the DOCUMENTATION of a module."""
    for statement in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "DOCUMENTATION":
            return yaml.safe_load(ast.literal_eval(statement.value))
    raise AssertionError(module)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_links_to_what_is_there_and_by_its_whole_address_where_that_is_not_shipped(page):
    targets = [target for target in links(page) if target]
    here = [(page.parent / target).resolve() for target in targets if "://" not in target]
    assert [path for path in here if not path.exists() or (is_shipped(page) and not is_shipped(path))] == []
    web = [ROOT / target.removeprefix(BLOB) for target in targets if target.startswith(BLOB)]
    assert [path for path in web if not path.exists()] == []


def test_the_index_has_every_guide_once():
    index = yaml.safe_load((ROOT / "docs/docsite/extra-docs.yml").read_text(encoding="utf-8"))
    assert sorted(name for section in index["sections"] for name in section["toctree"]) == GUIDES


def test_the_readme_links_to_every_guide():
    assert {f"docs/docsite/rst/{guide}.rst" for guide in GUIDES} <= set(links(ROOT / "README.md"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_points_at_a_guide_and_at_its_siblings(module):
    pointed = documentation(module)["seealso"]
    # ansible-doc makes a search at docs.ansible.com of a "ref", which finds nothing of this collection.
    assert [each for each in pointed if "ref" in each] == []
    guides = {each["link"] for each in pointed if each.get("link", "").startswith(GUIDE)}
    assert guides
    assert guides <= {f"{GUIDE}{guide}.rst" for guide in GUIDES}
    siblings = {each["module"] for each in pointed if "module" in each}
    wanted = {f"community.digicert.{other.stem}" for other in MODULES if other.stem.startswith("digicert_")}
    if module.stem.startswith("digicert_"):
        assert siblings == wanted - {f"community.digicert.{module.stem}"}


@pytest.mark.parametrize("playbook", sorted(ROOT.glob("playbooks/c*.yml")), ids=lambda path: path.name)
def test_a_playbook_points_at_its_reference_and_at_its_modules(playbook):
    head = re.match(r"(#.*\n|---\n|\n)*", playbook.read_text(encoding="utf-8"))[0]
    for named in ("guide_variables.rst", "guide_cancel.rst", "digicert_order_info", "digicert_order_status"):
        assert named in head


def test_what_all_modules_point_at_are_guides():
    text = (ROOT / "plugins/doc_fragments/connection.py").read_text(encoding="utf-8")
    assert "- ref:" not in text
    guides = re.findall(rf"^    link: {re.escape(GUIDE)}(\w+)\.rst$", text, re.MULTILINE)
    assert guides
    assert set(guides) <= set(GUIDES)
