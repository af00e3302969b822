# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks are wiring: no facts, no variables of their own between what was found and what is done about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.community.digicert.plugins.plugin_utils._request import (
    HANDED_ON,
    PLAYBOOKS,
    VARIABLES,
)

FOLDER = Path(__file__).resolve().parents[2] / "playbooks"
FILES = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*.yml")}


class WithUnsafe(yaml.SafeLoader):
    """Reads Ansible's YAML."""


WithUnsafe.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def parts(name: str) -> Iterator[tuple[str, Any]]:
    """Give every key of a file with its value, however deep it stands."""
    left = [yaml.load(FILES[name].read_text(), Loader=WithUnsafe)]  # noqa: S506 (safe, with one more tag)
    while left:
        part = left.pop()
        if isinstance(part, dict):
            yield from part.items()
            left += part.values()
        elif isinstance(part, list):
            left += part


def registered(name: str) -> set[str]:
    """Give the names of the results that a file registers."""
    return {value for key, value in parts(name) if key == "register"}


@pytest.mark.parametrize("name", FILES)
def test_no_playbook_sets_facts(name):
    assert [
        key for key, _value in parts(name) if key.rpartition(".")[2] in ("set_fact", "include_vars")
    ] == []


def test_no_name_is_registered_in_one_playbook_and_a_variable_in_another():
    results = set().union(*map(registered, FILES))
    variables = {name for file in FILES for key, value in parts(file) if key == "vars" for name in value}
    assert results & (variables | VARIABLES.keys() | HANDED_ON) == set()


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_the_playbooks_that_cancel_have_no_variables_of_their_own_but_for_the_connection(name):
    variables = {variable for key, value in parts(f"{name}.yml") if key == "vars" for variable in value}
    assert {variable for variable in variables if not variable.startswith("ansible_")} == set()


@pytest.mark.parametrize("name", FILES)
def test_every_result_is_named_so_that_check_variables_refuses_it_as_an_extra_variable(name):
    assert [result for result in registered(name) if not result.startswith("digicert")] == []


def test_the_playbooks_that_cancel_stay_short():
    files = [*(f"{name}.yml" for name in PLAYBOOKS), "tasks/conclude.yml"]
    assert sum(len(FILES[name].read_text().splitlines()) for name in files) <= 220
    assert list(FOLDER.rglob("*.j2")) == []
