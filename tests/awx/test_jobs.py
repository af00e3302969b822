# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: answers of a survey in, job events and artifacts out."""

from __future__ import annotations

import json
from operator import itemgetter

import pytest
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Operation, OtherActor

NOTE = "CHG0031337: nobody\nfinished it"
SEARCH = {
    "digicert_older_than_days": 30,
    "digicert_states": "pending, waiting_pickup",
    "digicert_organization_id": "",
    "digicert_common_name": "",
    "digicert_product_name_id": "",
    "digicert_maximum": 50,
    "digicert_note": NOTE,
}


# awx/main/models/unified_jobs.py: awx_meta_vars.
OF_A_SCHEDULE = {
    f"{prefix}_{name}": value
    for prefix in ("awx", "tower")
    for name, value in [
        ("job_id", 42),
        ("job_launch_type", "scheduled"),
        ("job_template_name", "DigiCert - Cancel stale orders"),
        ("schedule_id", 7),
        ("schedule_name", "Every night"),
    ]
}


def written(account):
    """Give the IDs of the orders that were written to, sorted: the module writes to several at a time."""
    return sorted(request.order_id for request in account.ledger.writes)


def events(job):
    """Give what each job event is about, in their order."""
    told = [json.loads(text) for path, text in job.left.items() if path.endswith(".json")]
    return [(one["event"], one["stdout"]) for one in sorted(told, key=itemgetter("counter"))]


def assert_no_key(job):
    """Look for the key in all that the job left."""
    assert job.left
    assert [path for path, text in job.left.items() if FULL_KEY in text] == []


@pytest.mark.parametrize(("job_type", "dry_run"), [("run", "no"), ("run", "yes"), ("check", "no")])
def test_orders_that_are_named_are_canceled_unless_it_is_a_preview(run_job, data, account, job_type, dry_run):
    answers = {"digicert_order_id": "1001,\n1002 1014\n", "digicert_note": NOTE, "digicert_dry_run": dry_run}
    job = run_job(data["cancel"], answers, job_type)
    assert job.succeeded, job.output
    preview = (job_type, dry_run) != ("run", "no")
    assert written(account) == ([] if preview else [1001, 1002])
    assert job.artifacts["digicert_canceled_order_ids"] == ([] if preview else [1001, 1002])
    assert job.artifacts.get("digicert_previewed_order_ids") == ([1001, 1002] if preview else None)
    assert_no_key(job)


def test_a_job_whose_ansible_is_forked_leaves_what_one_leaves_whose_is_not(run_job, data):
    answers = {"digicert_order_id": "1001", "digicert_note": NOTE, "digicert_dry_run": "yes"}
    forked, other = (run_job(data["cancel"], answers, forked=way) for way in (True, False))
    assert (forked.succeeded, forked.artifacts) == (other.succeeded, other.artifacts)
    assert forked.output == other.output
    assert events(forked) == events(other)


@pytest.mark.parametrize(("job_type", "dry_run"), [("run", "no"), ("run", "yes"), ("check", "no")])
def test_stale_orders_are_canceled_unless_it_is_a_preview(run_job, data, account, job_type, dry_run):
    stale = account.add_orders(3, age_days=700)
    young = account.add_orders(2, age_days=600)
    answers = {**SEARCH, "digicert_older_than_days": 650, "digicert_dry_run": dry_run}
    job = run_job(data["cancel_stale"], answers, job_type)
    assert job.succeeded, job.output
    preview = (job_type, dry_run) != ("run", "no")
    assert written(account) == ([] if preview else stale)
    assert job.artifacts["digicert_canceled_order_ids"] == ([] if preview else stale)
    assert not set(young) & set(written(account))
    assert_no_key(job)


def test_filters_left_empty_and_filters_with_several_lines_are_understood(run_job, data, account):
    (order,) = account.add_orders(1, age_days=700)
    answers = {**SEARCH, "digicert_older_than_days": "650", "digicert_maximum": "1", "digicert_dry_run": "no"}
    answers["digicert_common_name"] = f"other.example.com\nhost{order}.example.com"
    job = run_job(data["cancel_stale"], answers)
    assert job.succeeded, job.output
    assert written(account) == [order]


def test_more_orders_than_the_maximum_fail_the_job_and_nothing_is_canceled(run_job, data, account):
    account.add_orders(3, age_days=700)
    job = run_job(
        data["cancel_stale"],
        {**SEARCH, "digicert_older_than_days": 650, "digicert_maximum": 2, "digicert_dry_run": "no"},
    )
    assert not job.succeeded
    output = " ".join(job.output.split())
    assert "3 orders were found, and digicert_maximum is 2, so nothing was canceled." in output
    assert f"in AWX, answer 3 to '{data['question_maximum']['question_name']}'." in output
    assert written(account) == []


def test_an_answer_about_the_dry_run_that_cannot_be_understood_fails_before_any_request(
    run_job, data, account
):
    job = run_job(
        data["cancel"], {"digicert_order_id": "1001", "digicert_note": NOTE, "digicert_dry_run": "maybe"}
    )
    assert not job.succeeded
    assert "digicert_dry_run takes true or false, but it is 'maybe'." in job.output
    assert account.ledger.requests == []


def test_an_extra_variable_of_the_user_s_own_neither_adds_an_order_nor_hides_a_failure(
    run_job, data, account
):
    (stale,) = account.add_orders(1, age_days=700)
    account.script(OtherActor(operation=Operation.LIST, changes_order=stale, changes_to="issued"))
    own = {"found": [{"id": 1005, "status": "pending", "date_created": "2020-01-01T00:00:00+00:00"}], "left": 0,
           "handed_out": 0, "told": True, "refused": True, "changed": 1, "failed": 0, "complaints": []}  # fmt: skip
    search = {**SEARCH, "digicert_older_than_days": 650, "digicert_details": "no"}
    answers = {**search, "digicert_dry_run": "no", **own}
    job = run_job(data["cancel_stale"], answers)
    assert not job.succeeded, job.output
    assert written(account) == []
    assert job.artifacts["digicert_failed_order_ids"] == [stale]


class TestASchedule:
    """A job that nobody answers gets the answers that were saved with the schedule, and for the rest the survey's defaults."""

    @pytest.fixture
    def survey(self, data):
        (template,) = (one for one in data["job_templates"] if one["name"] == data["cancel_stale"])
        return template["questions"]

    def run(self, run_job, data, survey, saved):
        defaults = {question["variable"]: question["default"] for question in survey}
        return run_job(data["cancel_stale"], {**defaults, **saved, **OF_A_SCHEDULE})

    def test_has_to_say_why_and_nothing_else(self, survey):
        unanswered = [one["variable"] for one in survey if one["required"] and one["default"] == ""]
        assert unanswered == ["digicert_note"]

    def test_previews_unless_it_says_otherwise(self, run_job, data, survey, account):
        job = self.run(run_job, data, survey, {"digicert_note": NOTE})
        assert job.succeeded, job.output
        assert written(account) == []
        assert job.artifacts["digicert_previewed_order_ids"]

    def test_cancels_where_the_dry_run_was_answered_with_no(self, run_job, data, survey, account):
        preview = self.run(run_job, data, survey, {"digicert_note": NOTE})
        job = self.run(run_job, data, survey, {"digicert_note": NOTE, "digicert_dry_run": "no"})
        assert job.succeeded, job.output
        assert written(account) == sorted(preview.artifacts["digicert_previewed_order_ids"])
        assert_no_key(job)


class TestTheWorkflow:
    @pytest.fixture
    def previewed(self, run_job, data, account):
        stale = account.add_orders(2, age_days=700)
        job = run_job(data["cancel_stale"], {**SEARCH, "digicert_older_than_days": 650}, "check")
        assert job.succeeded, job.output
        assert job.artifacts["digicert_previewed_order_ids"] == stale
        assert written(account) == job.artifacts["digicert_canceled_order_ids"] == []
        return job, stale

    def cancel(self, run_job, data, artifacts):
        answers = {**SEARCH, "digicert_older_than_days": 650}
        return run_job(data["cancel_previewed"], answers, handed_on=artifacts)

    def test_cancels_what_was_previewed_and_no_order_that_turned_up_since(
        self, run_job, data, account, previewed
    ):
        job, stale = previewed
        account.add_orders(2, age_days=800)
        second = self.cancel(run_job, data, job.artifacts)
        assert second.succeeded, second.output
        assert written(account) == stale
        assert second.artifacts["digicert_canceled_order_ids"] == stale
        assert_no_key(second)

    def test_brings_each_state_to_its_own_end(self, run_job, data, account):
        states = ("pending", "needs_approval", "reissue_pending")
        orders = [account.add_orders(1, age_days=700, status=state)[0] for state in states]
        answers = {**SEARCH, "digicert_older_than_days": 650, "digicert_states": ", ".join(states)}
        preview = run_job(data["cancel_stale"], answers, "check")
        assert preview.succeeded, preview.output
        assert sorted(preview.artifacts["digicert_previewed_order_ids"]) == orders
        second = run_job(data["cancel_previewed"], answers, handed_on=preview.artifacts)
        assert second.succeeded, second.output
        assert {change.order_id: change.after for change in account.ledger.changes} == dict(
            zip(orders, ("canceled", "rejected", "issued"))
        )
        assert second.artifacts["digicert_rejected_order_ids"] == orders[1:2]

    def test_does_not_cancel_an_order_that_was_issued_since(self, run_job, data, account, previewed):
        job, stale = previewed
        account.change_order(stale[0], "issued")
        second = self.cancel(run_job, data, job.artifacts)
        assert not second.succeeded
        assert written(account) == stale[1:]
        assert second.artifacts["digicert_failed_order_ids"] == stale[:1]

    def test_cancels_nothing_if_nothing_was_previewed(self, run_job, data, account):
        preview = run_job(data["cancel_stale"], {**SEARCH, "digicert_older_than_days": 9999}, "check")
        assert preview.succeeded, preview.output
        account.add_orders(2, age_days=20000)
        second = self.cancel(run_job, data, preview.artifacts)
        assert second.succeeded, second.output
        assert written(account) == []

    def test_cancels_nothing_without_a_preview(self, run_job, data, account):
        second = self.cancel(run_job, data, {})
        assert not second.succeeded
        assert account.ledger.requests == []
