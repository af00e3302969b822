# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the playbooks tell of their plan, their progress and their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.community.digicert.plugins.module_utils._order_change import Outcome
from ansible_collections.community.digicert.plugins.module_utils._order_rules import WantedStatus
from ansible_collections.community.digicert.plugins.plugin_utils._cancellation import (
    Cancellation,
    Ended,
    FoundOrder,
    begin,
)
from ansible_collections.community.digicert.plugins.plugin_utils._request import Request
from ansible_collections.community.digicert.plugins.plugin_utils._wording import (
    NO_REFUND,
    UNDER_WAY,
    plan,
    progress,
    report,
    verdict,
)

URL = "https://www.digicert.com/services/v2"
NAMED = Request("cancel_orders", False, "Not needed", URL, 100, order_ids=[1001, 1004])
SEARCH = Request("cancel_stale_orders", False, "Not needed", URL, 100, older_than_days=30, maximum=50)
ORDERS = (
    FoundOrder(
        1004, "waiting_pickup", "2026-09-26", timedelta(days=60), "bikes.example.com", "Example\nWorks"
    ),
    FoundOrder(1001, "pending", None, None),
)
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
STALE = "Orders that were created more than 30 days ago and are still pending or waiting_pickup"


EVERY = replace(SEARCH, states=["pending", "needs_approval", "reissue_pending"])
OF_EVERY_END = (
    FoundOrder(1, "pending", waits_for="approval", placed_by="Jane"),
    FoundOrder(2, "needs_approval", wanted=WantedStatus.REJECTED),
    FoundOrder(3, "reissue_pending", wanted=WantedStatus.REISSUE_CANCELED),
)


def run_of(request=NAMED, orders=ORDERS, ended=(), **more):
    """Give a run in which orders ended so, in their order."""
    return Cancellation(
        request,
        orders,
        ended={
            order.order_id: each if isinstance(each, Ended) else Ended(each)
            for order, each in zip(orders, ended)
        },
        **more,
    )


class TestPlan:
    def test_of_a_search_shows_what_was_looked_for_and_each_order(self):
        request = replace(SEARCH, filters={"organization_id": [501, 503], "common_name": ["a.example.com"]})
        assert list(plan(run_of(request))) == [
            f"{STALE}: 2",
            "Only organizations: 501, 503",
            "Only common names: a.example.com",
            f"Service: {URL}",
            "Note: Not needed",
            NO_REFUND,
            "2 orders are going to be canceled, the oldest first:",
            "1004         waiting_pickup     60 days  bikes.example.com, Example Works",
            "1001         pending             ? days  -, -",
        ]

    def test_of_named_orders_shows_them(self):
        orders = [FoundOrder(1001), FoundOrder(1004)]
        assert list(plan(run_of(orders=orders))) == [
            "Orders that were named: 2",
            f"Service: {URL}",
            "Note: Not needed",
            NO_REFUND,
            "2 orders are going to be canceled:",
            "1001",
            "1004",
        ]

    def test_of_a_preview_says_so(self):
        assert "2 orders would be canceled, the oldest first:" in plan(run_of(replace(SEARCH, preview=True)))

    def test_of_what_is_not_going_to_happen_says_that_it_was_found(self):
        assert "2 orders were found, the oldest first:" in plan(run_of(SEARCH, stop="Too many."))
        assert "1 order was found, the oldest first:" in plan(run_of(SEARCH, ORDERS[:1], stop="Too many."))

    def test_without_orders_is_short(self):
        assert list(plan(run_of(SEARCH, []))) == [
            f"{STALE}: 0",
            "Filters: none, orders of the whole account",
            f"Service: {URL}",
            "Note: Not needed",
        ]

    def test_after_a_search_that_failed_claims_no_number(self):
        failed = begin(SEARCH, {"error": {"code": "access_denied"}, "msg": "No."}, NOW)
        assert next(plan(failed)) == f"{STALE}: not known, because the search failed"
        facts = report(failed, NOW).facts
        assert facts[STALE] == "not known, because the search failed"
        assert "Orders" not in facts

    def test_says_why_an_order_is_not_going_to_be_handed_out(self):
        run = run_of(ended=[Ended(Outcome.FAILED, "Order 1004 is\nissued.")])
        assert list(plan(run))[-3:] == [
            "1 order is going to be canceled:",
            "1001         pending             ? days  -, -",
            "Order 1004 is issued.",
        ]

    def test_names_a_single_state(self):
        looked_for = next(plan(run_of(replace(SEARCH, states=["pending"]))))
        assert looked_for == "Orders that were created more than 30 days ago and are still pending: 2"

    def test_shows_what_was_left_out(self):
        assert "An odd one." in plan(run_of(SEARCH, [], left_out=["An odd\none."]))

    def test_groups_the_orders_by_what_becomes_of_them_and_tells_what_each_waits_for(self):
        looked_for, *_facts, refund, first, order, second, third, fourth, fifth = plan(
            run_of(EVERY, OF_EVERY_END)
        )
        assert [refund, first, order, second, third, fourth, fifth] == [
            NO_REFUND,
            "1 order is going to be canceled, the oldest first:",
            "1            pending             ? days  -, -, waits for approval, placed by Jane",
            "1 order is going to be rejected, the oldest first:",
            "2            needs_approval      ? days  -, -",
            "1 order is going to be returned to issued by canceling the reissue, the oldest first:",
            "3            reissue_pending     ? days  -, -",
        ]
        assert looked_for == (
            "Orders that were created more than 30 days ago and are still pending, needs_approval or reissue_pending: 3"
        )


class TestProgress:
    def test_is_a_line_for_the_batch_and_one_for_each_order_that_failed(self):
        run = run_of(orders=[FoundOrder(number) for number in range(1, 6)], stop="Stopped.")
        ended = {
            1: Ended(Outcome.CHANGED),
            2: Ended(Outcome.UNCHANGED),
            3: Ended(Outcome.FAILED, "Order 3 is\nissued."),
            4: Ended(Outcome.UNKNOWN, "Order 4 may or may not."),
            5: Ended(Outcome.NOT_ATTEMPTED, "Stopped."),
        }
        assert list(progress(run, 2, 3, ended)) == [
            "Batch 2 of 3: 5 orders: 1 canceled, 1 already canceled, 1 failed, 1 unknown, 1 not attempted.",
            "Order 3 is issued.",
            "Order 4 may or may not.",
        ]

    def test_of_a_preview_says_what_would_be(self):
        ended = {1: Ended(Outcome.CHANGED), 2: Ended(Outcome.FAILED, "Why.")}
        run = run_of(replace(NAMED, preview=True), [FoundOrder(1), FoundOrder(2)])
        assert list(progress(run, 1, 1, ended)) == [
            "Batch 1 of 1: 2 orders: 1 would be canceled, 1 would fail.",
            "Why.",
        ]

    def test_does_not_say_for_each_order_what_stopped_all(self):
        ended = {1: Ended(Outcome.UNKNOWN, "MODULE FAILURE")}
        run = run_of(orders=[FoundOrder(1)], stop="MODULE FAILURE")
        assert list(progress(run, 1, 2, ended)) == ["Batch 1 of 2: 1 order: 1 unknown."]

    def test_names_each_end(self):
        ended = {1: Ended(Outcome.CHANGED), 2: Ended(Outcome.CHANGED), 3: Ended(Outcome.UNCHANGED)}
        assert list(progress(run_of(EVERY, OF_EVERY_END), 1, 1, ended)) == [
            "Batch 1 of 1: 3 orders: 1 canceled, 1 rejected, 1 issued with no reissue pending."
        ]


class TestVerdict:
    def test_tells_of_each_end(self):
        assert verdict(run_of(EVERY, OF_EVERY_END, [Outcome.CHANGED, Outcome.CHANGED, Outcome.FAILED])) == (
            "1 of 1 order canceled. 1 of 1 order rejected. 0 of 1 order had their reissue canceled. Failed: 3. Running "
            "again is safe."
        )

    @pytest.mark.parametrize(
        ("ended", "preview", "expected"),
        [
            ([Outcome.CHANGED, Outcome.CHANGED], False, "2 of 2 orders canceled."),
            ([Outcome.CHANGED, Outcome.UNCHANGED], False, "1 of 2 orders canceled, 1 already canceled."),
            ([Outcome.UNCHANGED, Outcome.UNCHANGED], False, "0 of 2 orders canceled, 2 already canceled."),
            (
                [Outcome.CHANGED, Outcome.CHANGED],
                True,
                "2 of 2 orders would be canceled. Nothing was changed.",
            ),
            (
                [Outcome.CHANGED, Outcome.FAILED],
                False,
                "1 of 2 orders canceled. Failed: 1001. Running again is safe.",
            ),
            (
                [Outcome.UNKNOWN, Outcome.FAILED],
                False,
                (
                    "0 of 2 orders canceled. Failed: 1001. Unknown, may or may not have been changed: 1004. "
                    "Running again is safe."
                ),
            ),
            (
                [Outcome.FAILED, Outcome.CHANGED],
                True,
                "1 of 2 orders would be canceled. Failed: 1004. Nothing was changed.",
            ),
        ],
    )
    def test_counts_and_names_the_orders(self, ended, preview, expected):
        assert verdict(run_of(replace(SEARCH, preview=preview), ended=ended)) == expected

    def test_says_what_stopped_it(self):
        run = run_of(
            ended=[Ended(Outcome.FAILED, "x")], stop="The key was refused.", left_out=["An odd one."]
        )
        assert verdict(run) == (
            "0 of 2 orders canceled. Failed: 1004. Not attempted: 1001. It stopped because: The key was refused. "
            "An odd one. Running again is safe."
        )

    def test_says_why_if_all_that_failed_have_the_same_reason(self):
        why = [Ended(Outcome.FAILED, "It is issued."), Ended(Outcome.FAILED, "It is issued.")]
        assert verdict(run_of(ended=why)) == (
            "0 of 2 orders canceled. Failed: 1004, 1001. It is issued. Running again is safe."
        )

    def test_is_not_as_wanted_if_something_was_left_out(self):
        run = run_of(ended=[Outcome.CHANGED] * 2, left_out=["An odd one."])
        assert verdict(run) == "2 of 2 orders canceled. An odd one. Running again is safe."

    def test_says_what_kept_it_from_beginning_and_what_to_do(self):
        assert verdict(run_of(SEARCH, stop="Too many.", advice="Take fewer.")) == "Too many. Take fewer."
        assert verdict(run_of(SEARCH, [], left_out=["An odd one."])) == "An odd one."

    def test_says_that_there_is_nothing_to_do(self):
        assert verdict(run_of(SEARCH, [])) == "No stale order was found, nothing to do."
        assert verdict(run_of(NAMED, [])) == "No order was named, nothing to do."

    def test_names_twenty_orders_at_most(self):
        orders = [FoundOrder(number) for number in range(1, 22)]
        told = verdict(run_of(orders=orders, ended=[Outcome.FAILED] * 21))
        named = ", ".join(map(str, range(1, 21)))
        assert told == f"0 of 21 orders canceled. Failed: {named} and 1 more. Running again is safe."

    def test_names_all_of_twenty_orders(self):
        orders = [FoundOrder(number) for number in range(1, 21)]
        assert "19, 20. Running" in verdict(run_of(orders=orders, ended=[Outcome.FAILED] * 20))


class TestReport:
    def test_has_the_facts_and_a_row_for_each_order(self):
        request = replace(SEARCH, filters={"container_id": [301], "product_name_id": ["ssl_basic"]})
        told = report(
            run_of(request, ended=[Outcome.CHANGED, Ended(Outcome.FAILED, "Why.")], stop="It broke."), NOW
        )
        assert told.title == "Cancellation of orders"
        assert told.facts == {
            "Date": "2026-11-25 12:00 UTC",
            STALE: "2",
            "Only containers": "301",
            "Only products": "ssl_basic",
            "Service": URL,
            "Note": "Not needed",
            "Orders": "1 canceled, 1 failed",
            "Stopped because": "It broke.",
            "Refunds": NO_REFUND,
        }
        assert [dict(zip((column.name for column in told.columns), row)) for row in told.rows] == [
            {
                "order_id": 1004,
                "created": "2026-09-26",
                "age_days": 60,
                "state": "waiting_pickup",
                "common_name": "bikes.example.com",
                "organization": "Example\nWorks",
                "product": None,
                "waits_for": None,
                "placed_by": None,
                "preview": "no",
                "outcome": "canceled",
                "reason": "",
                "note": "Not needed",
            },
            {
                "order_id": 1001,
                "created": None,
                "age_days": None,
                "state": "pending",
                "common_name": None,
                "organization": None,
                "product": None,
                "waits_for": None,
                "placed_by": None,
                "preview": "no",
                "outcome": "failed",
                "reason": "Why.",
                "note": "Not needed",
            },
        ]

    def test_of_a_preview_has_the_same_columns_and_says_so(self):
        told = report(run_of(replace(NAMED, preview=True), ended=[Outcome.CHANGED, Outcome.FAILED]), NOW)
        assert told.columns == report(run_of(), NOW).columns
        assert told.title == "Preview of a cancellation: nothing was changed"
        assert [row[-4:-2] for row in told.rows] == [("yes", "would be canceled"), ("yes", "would fail")]
        assert told.facts["Orders"] == "1 would be canceled, 1 would fail"

    def test_has_a_row_for_what_was_left_out(self):
        told = report(run_of(ended=[Outcome.CHANGED] * 2, left_out=["An odd one.", "Another one."]), NOW)
        assert [(row[0], *row[-4:-1]) for row in told.rows[-2:]] == [
            (None, "no", "left out", "An odd one."),
            (None, "no", "left out", "Another one."),
        ]
        (row,) = report(run_of(replace(SEARCH, preview=True), [], left_out=["An odd one."]), NOW).rows
        assert row[-4:-1] == ["yes", "left out", "An odd one."]

    def test_is_about_one_order_in_each_row(self):
        told = report(run_of(EVERY, OF_EVERY_END, [Outcome.CHANGED] * 3), NOW)
        assert [row[-3] for row in told.rows] == ["canceled", "rejected", "had its reissue canceled"]

    def test_has_a_row_for_a_search_that_failed_so_that_it_differs_from_one_that_found_nothing(self):
        (row,) = report(run_of(SEARCH, [], stop="It failed."), NOW).rows
        assert (row[0], *row[-4:-1]) == (None, "no", "not searched", "It failed.")
        assert report(run_of(SEARCH, []), NOW).rows == []

    def test_under_way_tells_of_no_order_more_than_what_ended(self):
        told = report(run_of(ended=[Outcome.CHANGED]), NOW, UNDER_WAY)
        assert [(row[0], *row[-3:-1]) for row in told.rows] == [
            (1004, "canceled", ""),
            (1001, None, None),
            (None, "not finished", UNDER_WAY),
        ]
        assert told.facts["State"] == UNDER_WAY
        assert told.facts["Orders"] == "1 canceled"

    def test_says_what_to_do_about_what_stopped_it(self):
        assert report(run_of(stop="Too many.", advice="Take fewer."), NOW).facts["Stopped because"] == (
            "Too many. Take fewer."
        )
        assert "Stopped because" not in report(run_of(), NOW).facts

    def test_a_day_old_order_and_a_new_one_have_ages(self):
        orders = [FoundOrder(1, age=timedelta(days=1)), FoundOrder(2, age=timedelta(0))]
        assert [row[2] for row in report(run_of(orders=orders), NOW).rows] == [1, 0]
