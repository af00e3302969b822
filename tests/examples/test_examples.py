# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every document is followed from its first example to its last, in one account, as a reader would.

Each example does what the document says, by the ledger of the simulator, and shows what the document shows.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import replace

import pytest
from ansible_collections.community.digicert.tests.simulator import VIEW_ONLY_KEY
from conftest import became
from documents import ROOT, documents, examples_in
from expected import EXPECTED, FOR_NEWCOMERS, GUIDE_ON_AWX, REPLACED
from recipes import is_variables, missing, playbook, script, sets_connection, shown

EXAMPLES = {str(path.relative_to(ROOT)): examples_in(path) for path in documents()}
MODULES = [name for name in EXAMPLES if name.endswith(".py")]
# test_awx_guide.py follows the guide on AWX.
FOLLOWED = [name for name in EXAMPLES if EXAMPLES[name] and name not in MODULES and name != GUIDE_ON_AWX]
# The name that the examples give to the API key.
KEY = "vaulted_key"
WRONG_KEY = "a-key-that-no-account-has"
# What may keep a failure from ending a play. With EVERY_KEY the other examples are tried too, which takes minutes.
HIDES = re.compile(r"rescue|always:|ignore_|failed_when|until|default\(|\|\||when:")
EVERY_KEY = bool(os.environ.get("EVERY_KEY"))


def alone():
    """Give each example that can be run by itself with what is expected of it."""
    for document, examples in EXAMPLES.items():
        if document == GUIDE_ON_AWX:
            continue
        for number, (example, expected) in enumerate(zip(examples, EXPECTED.get(document, ())), start=1):
            if not expected.run_in and (not expected.saved_as or example.language == "yaml"):
                yield pytest.param(example, expected, id=f"{document}-{number}")


def run(place, example, lasting):
    """Run an example as its language wants it."""
    if example.language == "yaml":
        place.put("example.yml", playbook(example.text))
        # Some take it from a file.
        is_given = KEY in example.text and "vars_files:" not in example.text
        of_the_reader = {KEY: place.key} if place.key and is_given else {}
        connected = not lasting and not sets_connection(example.text)
        return place.play(of_the_reader, connected=connected, lasting=lasting)
    return place.run(script(example.language, example.text), connected=not lasting, lasting=lasting)


def check(place, example, expected, *, lasting=False):
    """Run an example, and see that it does what it says.

    lasting: whether it is typed into the shell in which the one before it was.
    """
    for name, text in expected.given.items():
        place.put(name, text.format(api_key=place.key))
    before = place.changes()
    told = len(place.chat.messages) if place.chat else 0
    ended = run(place, example, lasting)

    assert (ended.status != 0) is expected.fails, ended.errors
    after = place.changes()
    # Somebody may have reset the account.
    changes = after[len(before) :] if after[: len(before)] == before else after
    assert became(changes) == expected.changes, ended.errors
    assert place.written_to() <= {change["order_id"] for change in after}
    if expected.notes:
        assert tuple(change["note"] for change in changes) == expected.notes
    messages = place.chat.messages[told:] if place.chat else []
    assert len(messages) == len(expected.tells), messages
    assert all(text in message for text, message in zip(expected.tells, messages)), messages
    assert "[WARNING]" not in ended.errors
    assert "[DEPRECATION WARNING]" not in ended.errors
    for text in expected.says:
        assert text in ended.output, ended.output
    if example.language == "console":
        assert missing(shown(example.text), ended.output) == [], ended.output
    for name, text in expected.leaves.items():
        assert text in place.path(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", EXAMPLES)
def test_what_is_expected_of_every_example_is_known(document):
    expected = [each.begins for each in EXPECTED.get(document, ())]
    assert [example.beginning for example in EXAMPLES[document]] == expected


@pytest.mark.parametrize("document", FOLLOWED)
def test_a_document_that_is_followed_from_start_to_end_does_and_shows_what_it_says(request, document):
    place = request.getfixturevalue("newcomer" if document in FOR_NEWCOMERS else "reader")
    for number, (example, expected) in enumerate(zip(EXAMPLES[document], EXPECTED[document]), start=1):
        print(f"{document}, example {number}: {example.beginning}")
        if expected.run_in:
            commands = script(example.language, example.text)
            assert any(commands in script(other.language, other.text) for other in EXAMPLES[expected.run_in])
        elif expected.saved_as:
            place.put(expected.saved_as, example.text)
        else:
            check(place, example, expected, lasting=True)


@pytest.mark.parametrize("document", FOLLOWED)
def test_every_file_that_a_document_has_the_reader_save_is_used_in_it(document):
    texts = [example.text for example in EXAMPLES[document]]
    saved = [expected.saved_as for expected in EXPECTED[document] if expected.saved_as]
    assert [name for name in saved if not any(name in text for text in texts)] == []


@pytest.mark.parametrize("document", MODULES)
def test_the_examples_of_a_module_do_what_they_say(place, document):
    for example, expected in zip(EXAMPLES[document], EXPECTED[document]):
        check(place, example, expected)


@pytest.mark.parametrize(
    "key", [WRONG_KEY, VIEW_ONLY_KEY, None], ids=["wrong-key", "view-only-key", "no-key"]
)
@pytest.mark.parametrize(("example", "expected"), list(alone()))
def test_the_example_is_not_green_with_a_key_that_cannot_do_it(place, example, expected, key):
    if not (EVERY_KEY or HIDES.search(example.text)):
        return
    is_run = not expected.needs_no_key and not (example.language == "yaml" and is_variables(example.text))
    if not is_run or (key == VIEW_ONLY_KEY and not expected.changes):
        return
    place = replace(place, key=key)
    for other, saved in zip(EXAMPLES[example.document], EXPECTED[example.document]):
        if saved.saved_as:
            place.put(saved.saved_as, other.text)
    ended = run(place, example, lasting=False)
    assert ended.status != 0, ended.errors
    assert place.changes() == []


def test_every_exception_is_one_from_some_example():
    text = "\n".join(example.text for examples in EXAMPLES.values() for example in examples)
    assert [each.text for each in REPLACED if each.text not in text] == []


def test_every_make_command_that_is_named_is_a_target():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = {
        name
        for path in documents()
        for name in re.findall(r"(?:`|\$ )make (\w+)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named - set(targets) == set()


def test_a_loop_over_accounts_shows_their_keys_as_the_recipes_say(place):
    place.put(
        "loop.yml",
        playbook(
            """\
- name: Read an order of each account
  community.digicert.digicert_order_info:
    order_id: 1001
    api_key: "{{ item.key }}"
    api_url: "{{ item.url }}"
  loop: "{{ accounts }}"
"""
        ),
    )
    accounts = [{"url": place.account.api_url, "key": place.key}]
    ended = place.run(f"ansible-playbook loop.yml -e {shlex.quote(json.dumps({'accounts': accounts}))}")
    assert ended.status == 0
    assert str(place.key) in ended.output
