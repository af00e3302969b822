# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the text of an example becomes something that can be run as it is written."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Any

import yaml

PLAY = """\
- name: What the example leaves out
  hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
"""
# A use of the defaults that an example sets. Who runs it leaves the connection out of the environment.
USE_OF_DEFAULTS = """\
  tasks:
    - name: Use them
      community.digicert.digicert_order_info:
        order_id: 1001
"""
# What stands for something that is left out of an output.
OMISSION = "..."


class Unknown(ValueError):
    """An example that nobody knows how to run."""


def is_variables(text: str) -> bool:
    """Tell whether an example in YAML is a file with variables for the playbooks of the collection."""
    content = yaml.safe_load(text)
    return isinstance(content, dict) and all(str(name).startswith("digicert_") for name in content)


def sets_connection(text: str) -> bool:
    """Tell whether an example in YAML is a part of a play that sets defaults for the modules."""
    content = yaml.safe_load(text)
    return isinstance(content, dict) and content.keys() == {"module_defaults"}


def playbook(text: str) -> str:
    """Give the playbook that an example in YAML is, or a play around it. Raises Unknown."""
    content = yaml.safe_load(text)
    if sets_connection(text):
        return PLAY + textwrap.indent(text, "  ") + USE_OF_DEFAULTS
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise Unknown("This is no play, no list of tasks, no module_defaults and no variables of a playbook.")
    items = re.split(r"^(?=- )", text, flags=re.MULTILINE)
    items = ([items[0] + items[1]] if items[0].strip() else items[1:2]) + items[2:]
    return "".join(_plays(zip(content, items)))


def _plays(items: Iterable[tuple[Any, str]]) -> Iterable[str]:
    """Give plays as they are, and tasks in a play around those that stand together."""
    among_tasks = False
    for content, text in items:
        is_play = "hosts" in content
        if not is_play and not among_tasks:
            yield PLAY + "  tasks:\n"
        yield text if is_play else textwrap.indent(text, "    ")
        among_tasks = not is_play


def script(language: str, text: str) -> str:
    """Give the commands of an example for a shell; none if it is nothing but an output. Raises Unknown."""
    if language == "shell":
        return text
    if language == "console":
        return "".join(line[2:] + "\n" for line in text.splitlines() if line.startswith("$ "))
    raise Unknown(f"Nobody knows how to run a block of {language or 'no language'}.")


def shown(text: str) -> list[list[str]]:
    """Give the pieces of output that an example shows, each a list of lines that belong together."""
    pieces: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("$ ") or line.strip() == OMISSION:
            pieces.append([])
        else:
            pieces[-1].append(line.rstrip())
    return [piece for piece in pieces if any(piece)]


def missing(pieces: Iterable[list[str]], output: str) -> list[str]:
    """Give the first piece that is not in an output after those before it; nothing if all are.

    A line that ends with the sign for an omission stands for every line that begins so.
    """
    lines = [line.rstrip() for line in output.splitlines()]
    start = 0
    for piece in pieces:
        wanted = "\n".join(piece).strip("\n").split("\n")
        places = range(start, len(lines) - len(wanted) + 1)
        found = next((place for place in places if all(map(_is, lines[place:], wanted))), None)
        if found is None:
            return piece
        start = found + len(wanted)
    return []


def _is(line: str, wanted: str) -> bool:
    return line == wanted or (wanted.endswith(OMISSION) and line.startswith(wanted.removesuffix(OMISSION)))
