# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of variables as Ansible has them."""

from __future__ import annotations

import pytest
from ansible import context
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars
from ansible_collections.community.digicert.plugins.plugin_utils._request import Given
from ansible_collections.community.digicert.plugins.plugin_utils._variables import (
    answers,
    lost_words,
    masking,
)
from ansible_collections.community.digicert.plugins.plugin_utils._variables import given as given_variable
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("option", "lost"),
    [
        ("digicert_order_id=1001 1004", "'1004' after -e digicert_order_id=..."),
        (
            "digicert_dry_run=no digicert_note=Not needed",
            "'needed' after -e digicert_dry_run digicert_note=...",
        ),
        ("stage=test this", "'this' after -e stage=..."),
        ("dry.yml", "'dry.yml' of -e 'dry.yml'"),
        ("digicert_dry_run", "'digicert_dry_run' of -e 'digicert_dry_run'"),
        (" @dry.yml", "'@dry.yml' of -e ' @dry.yml'"),
        ("\n{}", "'{}' of -e '\\n{}'"),
    ],
)
def test_words_that_ansible_drops_are_told(option, lost):
    (told,) = lost_words([option, "digicert_note=x"])
    assert told == (
        "Ansible drops what is not of the form name=value in an extra variable, also what follows a blank, and this was dropped: "
        f"{lost}. Put the value in quotes of its own, as in -e 'digicert_note=\"Two words\"', or give the variables as JSON, "
        'as in -e \'{"digicert_note": "Two words"}\', or in a file, as in -e @variables.yml, without a blank in front of '
        "the brace or the @."
    )


@pytest.mark.parametrize(
    "option", ["a=b", "a='b c'", '{"a": "b c"}', "[1, 2]", "@file with blanks.yml", "", "a="]
)
def test_where_nothing_is_dropped_nothing_is_told(option):
    assert list(lost_words([option])) == []


@given(
    st.sampled_from(["", " ", "\n", "\t", "\u00a0"]),
    st.sampled_from(['{"digicert_dry_run": true}', "digicert_dry_run=true", "{digicert_dry_run: true}"]),
)
def test_either_ansible_takes_an_option_or_its_words_are_told(before, option):
    context.CLIARGS = ImmutableDict(extra_vars=(before + option,))
    taken = load_extra_vars.__wrapped__ if hasattr(load_extra_vars, "__wrapped__") else load_extra_vars
    if hasattr(taken, "extra_vars"):
        del taken.extra_vars
    try:
        found = taken(DataLoader())
    finally:
        if hasattr(taken, "extra_vars"):
            del taken.extra_vars
        context.CLIARGS = ImmutableDict()
    assert ("digicert_dry_run" in found) is not bool(list(lost_words([before + option])))


def test_what_is_given_as_name_and_value_is_no_answer():
    options = ["a= b=1", "@answers.yml", '{"c": ""}']
    assert answers(["a", "b", "c", "d"], options) == {"c", "d"}


@pytest.mark.parametrize(
    "option",
    [
        "digicert_api_key= a-key-of-some-length",
        "digicert_api_key: a-key-of-some-length",
        "DIGICERT_API_KEY x",
    ],
)
def test_what_is_lost_of_a_key_is_not_shown(option):
    (told,) = lost_words([option])
    assert "and this was dropped: a part of an option about a key, which is not shown. Put the value" in told


class Templar:
    """Works out nothing, and takes two braces for an expression."""

    def is_template(self, value):
        return "{{" in str(value)

    def template(self, value):
        return value


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", Given("x", False, False)),
        ("computed", Given("{{ x }}", True)),
        ("answered", Given("", False, True)),
    ],
)
def test_a_value_comes_with_where_it_is_from(name, expected):
    variables = {"plain": "x", "computed": "{{ x }}", "answered": ""}
    assert given_variable(variables, name, Templar(), {"answered"}) == expected


@pytest.mark.parametrize(
    ("key", "environment", "hidden"),
    [
        ("a-key-of-some-length", {}, "a-key-of-some-length"),
        (" a-key-of-some-length\n", {}, "a-key-of-some-length"),
        (None, {"DIGICERT_API_KEY": " another-key-of-some-length "}, "another-key-of-some-length"),
        (
            "a-key-of-some-length",
            {"DIGICERT_API_KEY": "another-key-of-some-length"},
            "another-key-of-some-length",
        ),
        ("a-key-of-some-length", {"DIGICERT_API_KEY": "\udcff"}, "a-key-of-some-length"),
    ],
)
def test_each_key_that_there_is_gets_masked(key, environment, hidden):
    assert masking(key, environment).line(f"Here is {hidden}.") == "Here is ********."


def test_without_a_key_nothing_is_masked():
    assert masking(None, {}).line("Nothing to hide, XXXX.") == "Nothing to hide, XXXX."
