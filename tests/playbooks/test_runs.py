# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the playbooks does, shows, hands on and reports."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from typing import ClassVar

import pytest
from ansible_collections.community.digicert.plugins.plugin_utils._wording import NO_REFUND
from ansible_collections.community.digicert.tests.simulator import CATALOGUE, Operation, OtherActor
from conftest import canceled, written

STALE = {"digicert_note": "Not needed", "digicert_older_than_days": 30}
FOUND = [1003, 1004, 1001]
# Sent again at once.
RATE_LIMITED = replace(CATALOGUE["rate_limited"], operation=Operation.WRITE, headers={"Retry-After": "0"})


def stats(**order_ids):
    """Give what a run hands on, by what became of the orders."""
    every = {name: [] for name in ("canceled", "failed", "not_attempted", "unknown")}
    return {f"digicert_{name}_order_ids": value for name, value in {**every, **order_ids}.items()}


class TestNamedOrders:
    def test_are_previewed_in_check_mode(self, play, account):
        variables = {"digicert_order_id": [1001, 1002, 1011, 1014], "digicert_note": "Not needed"}
        played = play("cancel_orders", variables=variables, arguments=["--check"])
        begin = played.lines.index("Orders that were named: 4")
        assert played.lines[begin : begin + 11] == [
            "Orders that were named: 4",
            f"Service: {account.api_url}",
            "Note: Not needed",
            NO_REFUND,
            "4 orders would be canceled:",
            "1001",
            "1002",
            "1011",
            "1014",
            "Batch 1 of 1: 4 orders: 2 would be canceled, 1 already canceled, 1 would fail.",
            "Order 1011 is issued, so nothing was written. An issued order cannot be canceled: revoke it instead.",
        ]
        assert (
            '"msg": "2 of 4 orders would be canceled, 1 already canceled. Failed: 1011. Order 1011 is issued, so nothing was '
            "written. An issued order cannot be canceled: revoke it instead. Nothing was changed."
            in played.shown
        )
        assert played.status == 2
        assert played.stats == stats(failed=[1011], previewed=[1001, 1002])
        assert written(account) == []

    def test_are_canceled_by_the_text_of_a_form_but_for_those_that_cannot(self, play, account):
        account.script(replace(RATE_LIMITED, order_id=1001), OtherActor(order_id=1002, changes_to="issued"))
        note = 'Say "no": it\'s\nover'
        variables = {"digicert_order_id": "1001, 1002\n1011\n1014 1001\n", "digicert_note": note}
        played = play("cancel_orders", variables=variables)
        assert "Batch 1 of 1: 4 orders: 1 canceled, 1 already canceled, 2 failed." in played.lines
        assert (
            '"msg": "1 of 4 orders canceled, 1 already canceled. Failed: 1002, 1011. Running again is safe."'
        ) in played.shown
        assert played.status == 2
        assert played.stats == stats(canceled=[1001], failed=[1002, 1011])
        assert [change.note for change in account.ledger.changes if change.by == "request"] == [note]

    def test_are_fine_if_they_are_canceled_already(self, play, account):
        played = play("cancel_orders", variables={"digicert_order_id": 1014, "digicert_note": "Not needed"})
        assert '"msg": "0 of 1 order canceled, 1 already canceled."' in played.shown
        assert (played.status, played.stats) == (0, stats())
        assert written(account) == []

    def test_may_be_none_because_nothing_was_found_before(self, play, account):
        played = play("cancel_orders", variables={"digicert_order_id": [], "digicert_note": "Not needed"})
        assert '"msg": "No order was named, nothing to do."' in played.shown
        assert (played.status, played.stats) == (0, stats())
        assert account.ledger.requests == []

    def test_are_told_as_unknown_and_not_attempted_if_the_key_is_refused_amid_the_work(self, play, account):
        account.script(
            replace(CATALOGUE["closed_after_applying"], operation=Operation.WRITE, order_id=1002),
            replace(CATALOGUE["unauthorized"], operation=Operation.READ, order_id=1002, nth=2, times=None),
        )
        played = play(
            "cancel_orders", variables={"digicert_order_id": "1002,1003", "digicert_note": "Not needed"}
        )
        assert "Batch 1 of 1: 2 orders: 1 unknown, 1 not attempted." in played.lines
        assert (
            "0 of 2 orders canceled. Unknown, may or may not have been changed: 1002. Not attempted: "
            "1003. It stopped because: "
        ) in played.shown
        assert played.status == 2
        assert played.stats == stats(unknown=[1002], not_attempted=[1003])
        assert canceled(account) == {1002}

    def test_a_note_that_looks_like_a_template_is_sent_as_it_is(self, play, account, tmp_path):
        note = "{{ lookup('pipe', 'touch evaluated') }}"
        # As AWX passes what a form gives.
        (tmp_path / "form.yml").write_text(
            f"digicert_order_id: 1001\ndigicert_note: !unsafe {json.dumps(note)}\n"
        )
        played = play("cancel_orders", arguments=["-e", "@form.yml"])
        assert played.status == 0, played.shown
        assert [change.note for change in account.ledger.changes] == [note]
        assert not (tmp_path / "evaluated").exists()


class TestStaleOrders:
    def test_are_shown_the_oldest_first_and_canceled(self, play, account):
        played = play("cancel_stale_orders", variables={**STALE, "digicert_maximum": " 3 "})
        plan = [
            "Orders that were created more than 30 days ago and are still pending or waiting_pickup: 3",
            "Filters: none, orders of the whole account",
            f"Service: {account.api_url}",
            "Note: Not needed",
            NO_REFUND,
            "3 orders are going to be canceled, the oldest first:",
            (
                "1003         pending           120 days  lamp.example.com, Example Lighthouse Trust, waits for contact, "
                "placed by Casey Miller <casey.miller@example.com>"
            ),
            (
                "1004         waiting_pickup     60 days  bikes.example.com, Example Bicycle Works, waits for pickup, "
                "placed by Casey Miller <casey.miller@example.com>"
            ),
            (
                "1001         pending            45 days  shop.example.com, Example Bakery, waits for domain shop.example.com "
                "(dns-txt-token), placed by Robin Weaver <robin.weaver@example.com>"
            ),
            "Batch 1 of 1: 3 orders: 3 canceled.",
        ]
        begin = played.lines.index(plan[0])
        assert played.lines[begin : begin + len(plan)] == plan
        assert '"msg": "3 of 3 orders canceled."' in played.shown
        assert (played.status, played.stats) == (0, stats(canceled=FOUND))
        assert canceled(account) == set(FOUND)

    def test_are_filtered_by_text_and_by_lists(self, play, account):
        filters = {
            "digicert_older_than_days": 2,
            "digicert_organization_id": "501, 503",
            "digicert_common_name": ["shop.example.com", "orders.example.com", "lamp.example.com"],
            "digicert_product_name_id": "ssl_basic\n",
        }
        played = play("cancel_stale_orders", variables={**STALE, **filters}, arguments=["--check"])
        states = {"1001": "pending", "1002": "pending"}
        assert played.stats == {**stats(previewed=[1001, 1002]), "digicert_previewed_states": states}
        assert [line for line in played.lines if line.startswith("Only ")] == [
            "Only organizations: 501, 503",
            "Only common names: shop.example.com, orders.example.com, lamp.example.com",
            "Only products: ssl_basic",
        ]
        assert written(account) == []

    def test_may_be_none(self, play, account):
        played = play("cancel_stale_orders", variables={**STALE, "digicert_older_than_days": 9999})
        assert '"msg": "No stale order was found, nothing to do."' in played.shown
        assert (played.status, played.stats) == (0, stats())
        assert written(account) == []

    def test_are_canceled_in_batches_whatever_becomes_of_single_orders(self, play, account):
        account.script(
            OtherActor(operation=Operation.LIST, changes_order=1004, changes_to="issued"),
            replace(RATE_LIMITED, order_id=1003),
        )
        more = {
            "digicert_maximum": "1",
            "digicert_allow_more": "Yes",
            "digicert_batch_size": "1",
            "digicert_details": "no",
        }
        played = play("cancel_stale_orders", variables={**STALE, **more})
        assert [line for line in played.lines if line.startswith("Batch ")] == [
            "Batch 1 of 3: 1 order: 1 canceled.",
            "Batch 2 of 3: 1 order: 1 failed.",
            "Batch 3 of 3: 1 order: 1 canceled.",
        ]
        assert played.status == 2
        assert played.stats == stats(canceled=[1003, 1001], failed=[1004])
        assert written(account) == [1003, 1003, 1001]

    def test_of_further_batches_are_not_attempted_once_the_key_is_refused(self, play, account):
        refused = replace(CATALOGUE["unauthorized"], operation=Operation.READ, order_id=1004, times=None)
        account.script(refused)
        more = {"digicert_batch_size": 1, "digicert_details": False}
        played = play("cancel_stale_orders", variables={**STALE, **more})
        assert [line for line in played.lines if line.startswith("Batch ")] == [
            "Batch 1 of 3: 1 order: 1 canceled.",
            "Batch 2 of 3: 1 order: 1 failed.",
        ]
        assert "Failed: 1004. Not attempted: 1001. It stopped because: " in played.shown
        assert played.status == 2
        assert played.stats == stats(canceled=[1003], failed=[1004], not_attempted=[1001])
        # The list, two requests for 1003, one for 1004.
        assert len(account.ledger.requests) == 4


class TestStates:
    STATES: ClassVar = ("pending", "needs_approval", "reissue_pending")

    @pytest.fixture
    def old(self, account):
        """Give orders that are older than all others, one for each state."""
        return [account.add_orders(1, age_days=700, status=state)[0] for state in self.STATES]

    @pytest.fixture
    def variables(self):
        return {**STALE, "digicert_older_than_days": 650, "digicert_states": ",".join(self.STATES)}

    def test_are_each_brought_to_their_own_end_as_the_preview_says(self, play, account, old, variables):
        preview = play("cancel_stale_orders", variables=variables, arguments=["--check"])
        assert preview.status == 0, preview.shown
        assert written(account) == []
        assert sorted(preview.stats["digicert_previewed_order_ids"]) == old
        assert [line for line in preview.lines if "would be" in line and line.endswith(":")] == [
            "1 order would be canceled, the oldest first:",
            "1 order would be rejected, the oldest first:",
            "1 order would be returned to issued by canceling the reissue, the oldest first:",
        ]
        played = play("cancel_stale_orders", variables=variables)
        assert played.status == 0, played.shown
        assert {change.order_id: (change.after, change.note) for change in account.ledger.changes} == {
            order_id: (status, "Not needed")
            for order_id, status in zip(old, ("canceled", "rejected", "issued"))
        }
        assert len(account.ledger.writes) == 3
        assert played.stats == stats(canceled=old[:1], rejected=old[1:2], reissue_canceled=old[2:])
        assert (
            "1 of 1 order canceled. 1 of 1 order rejected. 1 of 1 order had their reissue canceled."
            in played.shown
        )

    def test_that_changed_since_they_were_listed_are_left_alone_and_told(self, play, account, old, variables):
        account.script(OtherActor(operation=Operation.LIST, changes_order=old[0], changes_to="issued"))
        played = play("cancel_stale_orders", variables=variables)
        assert played.status == 0, played.shown
        assert f"Not found any more when each order was looked at, so left alone: {old[0]}." in played.shown
        assert {change.order_id for change in account.ledger.changes if change.by == "request"} == set(
            old[1:]
        )

    def test_that_are_others_than_in_the_preview_are_not_touched(self, play, account, old, variables):
        preview = play("cancel_stale_orders", variables=variables, arguments=["--check"])
        account.change_order(old[0], "issued")
        account.change_order(old[0], "reissue_pending")
        named = {
            "digicert_note": "x",
            "digicert_order_id": old,
            "digicert_states": variables["digicert_states"],
        }
        handed_on = {name: value for name, value in preview.stats.items() if value}
        played = play("cancel_orders", variables={**named, **handed_on})
        assert played.status == 2
        assert f"Order {old[0]} was pending in the preview and is reissue_pending now" in played.shown
        assert {change.order_id for change in account.ledger.changes if change.by == "request"} == set(
            old[1:]
        )

    def test_that_were_not_asked_for_are_left_alone(self, play, account, old, variables):
        played = play("cancel_stale_orders", variables={**variables, "digicert_states": "needs_approval"})
        assert played.status == 0, played.shown
        assert {change.order_id: change.after for change in account.ledger.changes} == {old[1]: "rejected"}

    def test_share_one_maximum(self, play, account, old, variables):
        played = play("cancel_stale_orders", variables={**variables, "digicert_maximum": 2})
        assert (
            f"{len(old)} orders were found, and digicert_maximum is 2, so nothing was canceled."
            in played.shown
        )
        assert written(account) == []

    def test_of_named_orders_decide_as_well(self, play, account, old, variables):
        named = {"digicert_note": "Not needed", "digicert_order_id": [*old, 1011]}
        played = play("cancel_orders", variables={**named, "digicert_states": variables["digicert_states"]})
        assert played.stats == stats(canceled=old[:1], rejected=old[1:2], reissue_canceled=old[2:])
        assert "1 of 2 orders had their reissue canceled, 1 issued with no reissue pending." in played.shown
        assert {change.order_id: change.after for change in account.ledger.changes} == dict(
            zip(old, ("canceled", "rejected", "issued"))
        )


class TestManyOrders:
    def test_more_than_fifty_are_refused_by_default_and_all_are_shown(self, play, account):
        added = account.add_orders(60, age_days=40)
        played = play(
            "cancel_stale_orders", variables={**STALE, "digicert_older_than_days": 35}, arguments=["--check"]
        )
        assert played.status == 2
        assert "63 orders were found, and digicert_maximum is 50, so nothing was canceled." in played.shown
        assert {line.split()[0] for line in played.lines if " pending " in line} >= {
            str(each) for each in added
        }
        assert written(account) == []

    def test_several_batches_together_keep_to_the_rate_limits(self, play, account):
        added = account.add_orders(26, age_days=700)
        more = {"digicert_older_than_days": 650, "digicert_batch_size": 13, "digicert_details": False}
        played = play("cancel_stale_orders", variables={**STALE, **more})
        assert played.stats == stats(canceled=added)
        times = [request.at for request in account.ledger.requests]
        # One every 0.2 seconds within a batch: none is followed by the sixth after it within a second.
        assert min(later - earlier for earlier, later in zip(times, times[6:])) >= 1.0


class TestReports:
    @pytest.mark.parametrize(("preview", "outcome"), [(True, "would be canceled"), (False, "canceled")])
    def test_have_the_same_columns_in_a_preview_and_a_real_run(self, play, tmp_path, preview, outcome):
        note = '=See CHG0031337 "x"'
        variables = {**STALE, "digicert_note": note, "digicert_report_path": "report.CSV"}
        played = play("cancel_stale_orders", variables=variables, arguments=["--check"] if preview else [])
        assert played.status == 0, played.shown
        with (tmp_path / "report.CSV").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [row["order_id"] for row in rows] == [str(order_id) for order_id in FOUND]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", rows[0].pop("created"))
        assert rows[0] == {
            "order_id": "1003",
            "age_days": "120",
            "state": "pending",
            "common_name": "lamp.example.com",
            "organization": "Example Lighthouse Trust",
            "product": "ssl_ev_basic",
            "waits_for": "contact",
            "placed_by": "Casey Miller <casey.miller@example.com>",
            "preview": "yes" if preview else "no",
            "outcome": outcome,
            "reason": "",
            "note": f"'{note}",
        }

    def test_tell_why_orders_failed_or_were_not_attempted(self, play, account, tmp_path):
        account.script(
            replace(CATALOGUE["unauthorized"], operation=Operation.READ, order_id=1004, times=None)
        )
        more = {"digicert_batch_size": 1, "digicert_details": False}
        variables = {**STALE, **more, "digicert_report_path": f"{tmp_path}/report.md"}
        play("cancel_stale_orders", variables=variables)
        report = (tmp_path / "report.md").read_text()
        assert report.startswith("# Cancellation of orders\n\n- Date: ")
        assert "- Orders: 1 canceled, 1 failed, 1 not attempted\n- Stopped because: " in report
        lines = {line.split("|")[1].strip(): line for line in report.splitlines() if line.startswith("| 1")}
        assert "| canceled |  | Not needed |" in lines["1003"]
        assert "| failed | Order 1004 could not be read, so nothing was written: GET" in lines["1004"]
        assert "| not attempted | GET " in lines["1001"]

    def test_are_written_for_named_orders_too(self, play, tmp_path):
        variables = {"digicert_order_id": [1011], "digicert_note": "x", "digicert_report_path": "report.csv"}
        play("cancel_orders", variables=variables)
        with (tmp_path / "report.csv").open(newline="", encoding="utf-8") as file:
            (row,) = csv.DictReader(file)
        assert (row["order_id"], row["outcome"], row["common_name"]) == ("1011", "failed", "")
        assert row["reason"].startswith("Order 1011 is issued, so nothing was written.")
