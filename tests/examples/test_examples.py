# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example in the documentation is run as it is written, and does what it says, by the ledger of the simulator."""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import replace

import pytest
from ansible_collections.community.digicert.tests.simulator import VIEW_ONLY_KEY
from documents import ROOT, documents, examples_in
from expected import EXPECTED, GUIDE_ON_AWX, REPLACED
from recipes import is_variables, missing, playbook, script, sets_connection, shown

EXAMPLES = {str(path.relative_to(ROOT)): examples_in(path) for path in documents()}
# The names that the examples give to the API key.
KEYS = ("digicert_api_key", "vaulted_digicert_api_key")
WRONG_KEY = "a-key-that-no-account-has"
# What may keep a failure from ending a play. `make soak` tries the other examples with other keys too, which takes minutes.
HIDES = re.compile(r"rescue|always:|ignore_|failed_when|until|default\(|\|\||when:")
EVERY_KEY = bool(os.environ.get("EVERY_KEY"))


def known():
    """Give each example that stands by itself with what is expected of it."""
    for document, examples in EXAMPLES.items():
        if document == GUIDE_ON_AWX:
            continue
        for number, (example, expected) in enumerate(zip(examples, EXPECTED.get(document, ())), start=1):
            yield pytest.param(example, expected, id=f"{document}-{number}")


def run(place, example, expected, lasting):
    """Run an example as its language wants it."""
    if example.language == "yaml":
        place.put("example.yml", playbook(example.text))
        key = shlex.quote(json.dumps(dict.fromkeys(KEYS, place.key) if place.key else {}))
        return place.run(
            f"ansible-playbook example.yml -e {key}", connected=not sets_connection(example.text)
        )
    commands = script(example.language, example.text)
    assert bool(commands) is not bool(expected.output_of), (
        "a command, or an output of which the command is told"
    )
    return place.run(commands or expected.output_of, connected=not lasting, lasting=lasting)


def check(place, example, expected, *, lasting=False):
    """Run an example, and see that it does what it says.

    lasting: whether it is typed into the shell in which the one before it was.
    """
    ended = run(place, example, expected, lasting)

    assert (ended.status != 0) is (expected.fails or bool(expected.output_of)), ended.errors
    assert place.changes() == expected.changes, ended.errors
    assert {request.order_id for request in place.account.ledger.writes} <= expected.changes.keys()
    assert "[WARNING]" not in ended.errors
    assert "[DEPRECATION WARNING]" not in ended.errors
    for text in expected.says:
        assert text in ended.output
    if expected.output_of:
        assert " ".join(example.text.split()) in ended.output
    elif example.language == "console":
        assert missing(shown(example.text), ended.output) == [], ended.output
    for name, text in expected.leaves.items():
        assert text in place.path(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", EXAMPLES)
def test_what_is_expected_of_every_example_is_known(document):
    expected = [each.begins for each in EXPECTED.get(document, ())]
    assert [example.beginning for example in EXAMPLES[document]] == expected


@pytest.mark.parametrize(("example", "expected"), list(known()))
def test_the_example_does_what_it_says(place, example, expected):
    if example.language == "yaml" and is_variables(example.text):
        uses = [other.text for other in EXAMPLES[example.document] if other.language in ("console", "shell")]
        assert any(f"-e @{expected.saved_as}" in text for text in uses), "no command uses these variables"
        return
    if expected.run_in:
        commands = script(example.language, example.text)
        assert any(commands in script(other.language, other.text) for other in EXAMPLES[expected.run_in])
        return
    prepare(place, example, expected)
    check(place, example, expected)


@pytest.mark.parametrize(
    "key", [WRONG_KEY, VIEW_ONLY_KEY, None], ids=["wrong-key", "view-only-key", "no-key"]
)
@pytest.mark.parametrize(("example", "expected"), list(known()))
def test_the_example_is_not_green_with_a_key_that_cannot_do_it(place, example, expected, key):
    if not (EVERY_KEY or HIDES.search(example.text)):
        return
    is_run = not (expected.needs_no_key or expected.run_in)
    is_run = is_run and not (example.language == "yaml" and is_variables(example.text))
    if not is_run or (key == VIEW_ONLY_KEY and not expected.changes):
        return
    place = replace(place, key=key)
    prepare(place, example, expected)
    ended = run(place, example, expected, lasting=False)
    assert ended.status != 0, ended.errors
    assert place.changes() == {}


def prepare(place, example, expected):
    """Put what an example needs to where it is run."""
    if expected.checkout:
        place.make_checkout()
    for other, saved in zip(EXAMPLES[example.document], EXPECTED[example.document]):
        if saved.saved_as:
            place.put(saved.saved_as, other.text)
    for name, content in expected.files.items():
        place.put(name, content)


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
