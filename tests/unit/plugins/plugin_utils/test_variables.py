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
from ansible_collections.community.digicert.plugins.plugin_utils._variables import answers, lost_words
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("option", "lost"),
    [
        ("digicert_order_id=1001 1004", "'1004' behind -e digicert_order_id=..."),
        (
            "digicert_dry_run=no digicert_note=Not needed",
            "'needed' behind -e digicert_dry_run digicert_note=...",
        ),
        ("stage=test this", "'this' behind -e stage=..."),
        ("dry.yml", "'dry.yml' of -e 'dry.yml'"),
        ("digicert_dry_run", "'digicert_dry_run' of -e 'digicert_dry_run'"),
        (" @dry.yml", "'@dry.yml' of -e ' @dry.yml'"),
        ("\n{}", "'{}' of -e '\\n{}'"),
    ],
)
def test_words_that_ansible_drops_are_told(option, lost):
    (told,) = lost_words([option, "digicert_note=x"])
    assert told == (
        "Ansible drops what is not of the form name=value in an extra variable, also what follows a blank, and this was lost: "
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
