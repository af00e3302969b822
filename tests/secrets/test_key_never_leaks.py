# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API key is in no place of a playbook run, whatever a task meets, and every situation really took place."""

from __future__ import annotations

import json

import pytest
from ansible.release import __version__ as ansible_version
from conftest import HARD, KEYS_IN_FILE, USUAL
from leaks import leaks
from situations import code_of, spellings

RUNS = ("key_in_environment", "key_in_file_by_runner", "key_in_many_ways")
KEYS = {"hard": HARD, "usual": USUAL}

# From 2.22 on ansible-core does not show the options of a task, and masks what it logs with another word.
SHOWS_OPTIONS = tuple(map(int, ansible_version.split(".")[:2])) < (2, 22)
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
MASK_IN_JOURNAL = "NOT_LOGGING_PARAMETER" if SHOWS_OPTIONS else "$REDACTED$"


@pytest.fixture(params=RUNS)
def run(request):
    """Each of the runs."""
    return request.getfixturevalue(request.param)


def test_every_situation_took_place_and_ended_as_foreseen(run):
    ended = {name: code_of(result) for name, result in run.played.results.items()}
    assert ended == {situation.name: situation.expected for situation in run.situations}


def test_the_key_leaks_nowhere(run):
    assert [leaks(run.played.places, key) for key in KEYS_IN_FILE.values()] == [[]] * len(KEYS_IN_FILE)


def test_every_place_was_looked_at(run):
    assert run.played.status == 0
    for place in ("log", "journal", "processes", "results.json"):
        assert run.played.places[place]
    assert "digicert_order_status Invoked with" in run.played.places["journal"]


def test_ansible_was_as_loud_as_it_gets(key_in_many_ways, key_in_file_by_runner):
    stdout = key_in_many_ways.played.places["stdout"]
    assert (MASK in stdout) is SHOWS_OPTIONS
    assert "EXEC /bin/sh" in stdout
    assert "AnsiballZ_digicert_order_status.py" in key_in_many_ways.played.places["processes"]
    by_runner = key_in_file_by_runner.played.places
    assert (MASK in by_runner["runner/artifacts/run/stdout"]) is SHOWS_OPTIONS
    assert sum("/job_events/" in place for place in by_runner) > len(key_in_file_by_runner.situations)


def test_a_key_that_is_given_to_the_task_is_masked_in_the_journal(key_in_many_ways, key_in_file_by_runner):
    for run in (key_in_many_ways, key_in_file_by_runner):
        assert f"api_key={MASK_IN_JOURNAL} " in run.played.places["journal"]


def test_a_key_of_the_environment_is_masked_in_the_journal_or_not_there(key_in_environment):
    masked = f"api_key={MASK_IN_JOURNAL} " in key_in_environment.played.places["journal"]
    assert masked is SHOWS_OPTIONS


def test_no_file_is_left_behind(key_in_environment, key_in_many_ways):
    for run in (key_in_environment, key_in_many_ways):
        assert run.played.places.keys() == {"stdout", "stderr", "processes", "log", "journal", "results.json"}


@pytest.mark.usefixtures("key_in_environment", "key_in_many_ways")
def test_the_service_got_the_key_in_one_header(simulator):
    sent = simulator.ledger.requests
    assert {seen.header("X-DC-DEVKEY") for seen in sent} >= {HARD, USUAL}
    for seen in sent:
        others = [value for name, value in seen.headers if name.lower() != "x-dc-devkey"]
        assert not leaks({"request": "\n".join([seen.path, seen.query, seen.body, *others])}, HARD)


@pytest.mark.parametrize(
    ("key", "form"),
    [(key, form) for key, value in KEYS.items() for form in spellings(value)],
)
def test_the_key_is_masked_in_a_reply(echoing, key, form):
    (order,) = echoing.played.results[f"echo of the {key} key"]["orders"]
    assert not leaks({form: order[form]}, KEYS[key])


class TestThePlaybooks:
    def test_tell_the_key_nowhere(self, playbooks):
        assert leaks(playbooks.places, USUAL) == []

    def test_have_met_it_and_failed(self, playbooks):
        assert playbooks.status == 2
        assert "********.example.com" in playbooks.places["report.csv"]
        assert "(bad|********: X-DC-DEVKEY: ********)" in playbooks.places["report.md"].replace("\\|", "|")


class TestADefectOfTheModule:
    @pytest.mark.parametrize("key", KEYS)
    def test_tells_no_key_while_an_order_is_changed(self, defective, key):
        result = defective.played.results[f"request, {key} key"]
        assert code_of(result) == "internal_error"
        assert not leaks({"result": json.dumps(result)}, KEYS[key])

    @pytest.mark.parametrize("key", KEYS)
    @pytest.mark.parametrize("where", ["main", "look: main", "look: request"])
    def test_tells_no_key_elsewhere(self, defective, where, key):
        result = defective.played.results[f"{where}, {key} key"]
        assert not leaks({"result": json.dumps(result)}, KEYS[key])

    @pytest.mark.parametrize("key", KEYS)
    def test_leaves_the_key_in_no_place(self, defective, key):
        assert leaks(defective.played.places, KEYS[key]) == []

    def test_fails_the_task(self, defective):
        assert defective.played.results.keys() == {situation.name for situation in defective.situations}
        assert all(result["failed"] for result in defective.played.results.values())
