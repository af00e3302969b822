# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The search itself: it finds a key in every form and in every place of a playbook run."""

from __future__ import annotations

import base64
import json
import re
import textwrap

import pytest
from conftest import HARD, SPACED, USUAL
from leaks import forms, leaks

FORMS = forms(HARD)
# What the places of a run that leaks on purpose are called, as regular expressions.
BY_COMMAND = ("stdout", "stderr", "log", "journal", "processes", "tmp/.*")
BY_RUNNER = ("runner/artifacts/run/stdout", "runner/artifacts/run/job_events/.*", "log")


@pytest.mark.parametrize(
    "text",
    [
        HARD,
        SPACED,
        repr({"X-DC-DEVKEY": HARD}),
        repr({"X-DC-DEVKEY": HARD.encode()}),
        json.dumps({"X-DC-DEVKEY": HARD}),
        json.dumps(json.dumps({"X-DC-DEVKEY": HARD})),
        json.dumps({"msg": repr({"X-DC-DEVKEY": HARD})}),
        "?key=canary5d1f%22b%5Cc%2Bd%2Fe%3D%25%26%3C%3E+end7a2c&",
        "/canary5d1f%22b%5Cc%2Bd/e%3D%25%26%3C%3E%20end7a2c",
        "<pre>canary5d1f&quot;b\\c+d/e=%&amp;&lt;&gt; end7a2c</pre>",
        "\n".join(textwrap.wrap("A warning with " + HARD, 17)),
    ],
)
def test_a_key_is_found_in_every_form(text):
    assert leaks({"a place": f"before {text} after"}, HARD)
    assert leaks({"a place": f"before {text} after"}, SPACED)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(3))
def test_a_key_is_found_within_what_was_encoded_with_it(encode, before, after):
    text = encode(b"x" * before + HARD.encode() + b"x" * after).decode()
    assert leaks({"a place": f"before {text} after"}, HARD)


def test_each_place_is_named_with_the_forms_in_it():
    places = {"one": f"{USUAL}", "two": "nothing", "three": base64.b64encode(USUAL.encode()).decode()}
    assert leaks(places, USUAL) == ["one: raw", "three: base64 at 0"]


@pytest.mark.parametrize("key", [HARD, SPACED, USUAL])
def test_another_key_is_none(key):
    other = "another" + key.strip()[::-1]
    assert leaks(forms(other), key) == []


@pytest.fixture(scope="session")
def planted(plant):
    """What a run holds that leaks every form of the key on purpose."""
    return plant(_planted_variables())


@pytest.fixture(scope="session")
def planted_by_runner(plant):
    """The same by way of ansible-runner."""
    return plant(_planted_variables(), runner=True)


def test_the_run_that_leaks_is_found_out(planted, planted_by_runner):
    assert (planted.status, planted_by_runner.status) == (0, 0)
    assert leaks(planted.places, HARD)
    assert leaks(planted_by_runner.places, HARD)
    assert not leaks({**planted.places, **planted_by_runner.places}, USUAL)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", BY_COMMAND)
def test_a_leak_is_found_in_every_place_and_form(planted, place, form):
    assert leaks(_held(planted.places, place, form), HARD)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", BY_RUNNER)
def test_a_leak_is_found_in_every_place_of_ansible_runner(planted_by_runner, place, form):
    assert leaks(_held(planted_by_runner.places, place, form), HARD)


def test_a_key_in_the_keyword_environment_is_on_a_command_line(planted):
    assert leaks(_held(planted.places, "processes", "environment"), HARD)


def _planted_variables():
    texts = [f"planted{number:02}: {text}" for number, text in enumerate(FORMS.values())]
    return {"texts": texts, "text_in_environment": f"planted{len(FORMS):02}: {HARD}"}


def _held(places, wanted, form):
    """Give, of the places of that name, what follows the mark of a form up to the next mark."""
    number = [*FORMS, "environment"].index(form)
    held = {}
    for place, content in places.items():
        if re.fullmatch(wanted, place):
            held[place] = "\n".join(
                re.findall(rf"planted{number:02}:(.*?)(?=planted\d|\Z)", content, re.DOTALL)
            )
    return held
