# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How variables come out of Ansible: what was given, where it came from, and which words never arrived."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ansible.parsing.splitter import parse_kv
from ansible.playbook.task import Task
from ansible_collections.community.digicert.plugins.module_utils._masking import Masking
from ansible_collections.community.digicert.plugins.module_utils._module import SHORTEST_SECRET
from ansible_collections.community.digicert.plugins.plugin_utils._request import KEY, Given

# How Ansible tells an extra variable that is a file or YAML from one that is name=value; white space in front of it
# makes it the latter (ansible.utils.vars.load_extra_vars).
_NO_WORDS = ("@", "{", "[")

_NOT_SHOWN = "a part of an option about a key, which is not shown"


def given(
    variables: Mapping[str, Any], name: str, templar: Any, came_as_answers: Collection[str] = ()
) -> Given:
    """Give the value of a variable that is present. Raises AnsibleError where an expression cannot be worked out, and ValueError.

    templar: Ansible's. came_as_answers: what `answers` gave.
    """
    value = variables[name]
    # ansible-core before 2.19 does not decrypt what is templated.
    plain = str(value) if getattr(value, "__ENCRYPTED__", False) else value
    found = templar.template(plain)
    # Raises ValueError if it has a number of more digits than Python writes: YAML takes any.
    str(found)
    return Given(found, templar.is_template(plain), name in came_as_answers)


def with_answers(variables: Mapping[str, Any], names: Iterable[str], task: Task) -> Mapping[str, Any]:
    """Give the variables as if the questions that were left out had not been asked.

    An answer takes precedence over what inventory and play say, and an empty one would take away what narrows a search.

    names: of the variables that were given as answers. task: the one that has all these variables.
    """
    left_out = [name for name in names if isinstance(variables.get(name), str) and not variables[name]]
    if not left_out:
        return variables
    manager = task.get_variable_manager()
    host = manager._inventory.get_host(variables["inventory_hostname"])  # noqa: SLF001 (nothing public gives it)
    # A copy of it lacks half of what it knows, before ansible-core 2.19.
    extra, manager._extra_vars = manager._extra_vars, {}  # noqa: SLF001 (nothing public gives variables without them)
    try:
        beneath = manager.get_vars(play=task.get_play(), host=host, task=task, include_hostvars=False)
    finally:
        manager._extra_vars = extra  # noqa: SLF001 (as above)
    return {**variables, **{name: beneath[name] for name in left_out if name in beneath}}


def masking(key: Any, environment: Mapping[str, str]) -> Masking:
    """Give what keeps the keys out of a text: the one of the variable, None if it is absent, and that of the environment.

    Somebody may have given either as something else.
    """
    return Masking(*_keys(key, environment))


def key_elsewhere(found: Mapping[str, Given], environment: Mapping[str, str]) -> Iterator[str]:
    """Complain of what holds a key and is not meant to: Ansible shows it, and some of it is sent.

    found: the variables by name. environment: that of Ansible, which may have a key as well.
    """
    keys = _keys(found[KEY].value if KEY in found else None, environment)
    for name, one in found.items():
        if name != KEY and any(key in str(one.value) for key in keys):
            yield f"{name} holds the API key, which would be shown: remove it from there."
    if any(key in environment.get("DIGICERT_API_URL", "") for key in keys):
        yield "The environment variable DIGICERT_API_URL holds the API key, which would be shown: remove it from there."


def key_on_command_line(found: Mapping[str, Given], options: Iterable[str]) -> Iterator[str]:
    """Warn of a key that was given with -e in plain text. options: what was given with -e."""
    keys = _keys(found[KEY].value if KEY in found else None, {})
    if any(key in str(option) for key in keys for option in options):
        yield (
            f"{KEY} was given on the command line, where other processes see it, and Ansible prints it with -vvvv: set the "
            "environment variable DIGICERT_API_KEY in its place, or give the variable in a file, as in -e @variables.yml."
        )


def _keys(key: Any, environment: Mapping[str, str]) -> list[str]:
    keys = (str(key or "").strip(), environment.get("DIGICERT_API_KEY", "").strip())
    # A shorter one is refused, and would hide parts of words. What is not text does not show up as text either.
    return [one for one in keys if len(one) >= SHORTEST_SECRET and one.isprintable()]


def answers(extra: Iterable[str], options: Iterable[str]) -> set[str]:
    """Give the names of the extra variables that were given in a file or as YAML, as AWX passes the answers of a survey.

    Anyone who leaves a question out gives empty text. In name=value, empty text is what the shell makes of a variable
    that is not set.

    extra: the names of all extra variables. options: what was given with -e.
    """
    words = [name for option in _words(options) for name in parse_kv(option)]
    return set(extra).difference(words)


def lost_words(options: Iterable[str]) -> Iterator[str]:
    """Complain of the words that are part of no name=value, such as those behind a blank: Ansible drops them.

    options: what was given with -e.
    """
    lost = []
    for option in _words(options):
        parsed = parse_kv(option)
        words = parsed.pop("_raw_params", "").strip()
        behind = f" after -e {' '.join(parsed)}=..." if parsed else f" of -e {option!r}"
        # Part of what is lost may be the key itself.
        told = _NOT_SHOWN if "key" in option.casefold() else f"{words!r}{behind}"
        lost += [told] if words else []
    if lost:
        yield (
            "Ansible drops what is not of the form name=value in an extra variable, also what follows a blank, and this was "
            f"dropped: {', '.join(lost)}. Put the value in quotes of its own, as in -e 'digicert_note=\"Two words\"', or give "
            'the variables as JSON, as in -e \'{"digicert_note": "Two words"}\', or in a file, as in -e @variables.yml, '
            "without a blank in front of the brace or the @."
        )


def _words(options: Iterable[str]) -> list[str]:
    return [option for option in options if not option.startswith(_NO_WORDS)]
