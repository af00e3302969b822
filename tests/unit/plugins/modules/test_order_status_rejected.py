# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How digicert_order_status rejects what nobody approved: through the one open new_request, and never otherwise."""

from __future__ import annotations

import json

import pytest
from ansible_collections.community.digicert.plugins.module_utils._certcentral import CertCentral
from ansible_collections.community.digicert.plugins.module_utils._order_rules import RULES
from ansible_collections.community.digicert.tests.simulator import (
    FULL_KEY,
    VIEW_ONLY_KEY,
    Disconnect,
    Fault,
    Operation,
    OtherActor,
)

DECIDE_THERE = "look its requests up in CertCentral, and decide there."
LOST = {"operation": Operation.DECISION, "disconnect": Disconnect.RESET}


@pytest.fixture
def reject(run, waits):
    """Run the module with `status: rejected`; no wait takes time."""
    return lambda order_id, **options: run(order_id=order_id, status="rejected", **options)


def _seen(simulator):
    return " ".join(request.method for request in simulator.ledger.requests)


class TestNothingIsEverApproved:
    """Approving a request spends money (contract section 6). Each test of a module looks at the ledger as well."""

    def test_no_rule_sends_it(self):
        sent = {spelling.casefold() for rule in RULES.values() for spelling in rule.sent_as}
        assert sent == {"canceled", "rejected", "renewed", "not_renewed"}


class TestWhichRequest:
    """An order is rejected by rejecting its only open new_request."""

    @pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
    @pytest.mark.parametrize(
        ("order_id", "found"),
        [
            (1103, "It has no open new_request"),
            (1104, "It is not clear which new_request is meant (11041 pending, 11042 submitted)"),
        ],
        ids=["none", "two"],
    )
    def test_must_be_clear(self, reject, simulator, order_id, found, check):
        outcome = reject(order_id, check=check)
        message = f"Order {order_id} is needs_approval, so nothing was written. {found}: {DECIDE_THERE}"
        assert outcome.failed
        assert outcome["msg"] == message
        assert outcome.orders[order_id]["error"] == {
            "code": "no_single_request",
            "message": message,
            "http_status": None,
            "method": None,
            "path": None,
            "service_code": None,
        }
        assert _seen(simulator) == "GET"

    @pytest.mark.parametrize(
        ("requests", "found"),
        [
            (None, "The service did not say which requests it has"),
            ("none", "The service did not say which requests it has"),
            ({}, "The service did not say which requests it has"),
            (["new_request"], "The service did not say which requests it has"),
            ([{"id": 1, "type": "new_request"}], "The service did not say which requests it has"),
            (
                [{"id": 11011, "type": "new_request", "status": "pending", "order": {"id": 1102}}],
                "The service did not say which requests it has",
            ),
            (
                [{"id": 11011, "type": "new_request", "status": "pending", "order_id": 1102}],
                "The service did not say which requests it has",
            ),
            (
                [
                    {"id": 11011, "type": "new_request", "status": "pending"},
                    {"id": 11011, "type": "new_request", "status": "approved"},
                ],
                "The service did not say which requests it has",
            ),
            (
                [{"id": "1/2", "type": "new_request", "status": "pending"}],
                "The service did not say which requests it has",
            ),
            ([], "It has no open new_request"),
            ([{"id": 1, "type": "new_request", "status": "rejected"}], "It has no open new_request"),
            ([{"id": 1, "type": "new_request", "status": "approved"}], "It has no open new_request"),
            ([{"id": 1, "type": "reissue", "status": "pending"}], "It has no open new_request"),
            ([{"id": 1, "type": "New_Request", "status": "pending"}], "It has no open new_request"),
            (
                [{"id": 1, "type": "new_request", "status": "on_hold"}],
                "It is not clear which new_request is meant (1 on_hold)",
            ),
            (
                [
                    {"id": 1, "type": "new_request", "status": "pending"},
                    {"id": 2, "type": "new_request", "status": "Rejected"},
                ],
                "It is not clear which new_request is meant (1 pending, 2 Rejected)",
            ),
        ],
        ids=str,
    )
    def test_is_not_guessed_from_a_description_of_another_kind(self, reject, simulator, requests, found):
        simulator.script(Fault(operation=Operation.READ, times=None, edit={"/requests": requests}))
        outcome = reject(1101)
        assert outcome["msg"] == (
            f"Order 1101 is needs_approval, so nothing was written. {found}: {DECIDE_THERE}"
        )
        assert outcome.orders[1101]["error"]["code"] == "no_single_request"
        assert _seen(simulator) == "GET"

    @pytest.mark.parametrize("order_id", [1101, "1101"])
    def test_may_say_itself_that_it_is_about_that_order(self, reject, simulator, order_id):
        simulator.script(Fault(operation=Operation.READ, edit={"/requests/0/order": {"id": order_id}}))
        assert reject(1101)["changed"] is True

    def test_is_named_without_a_key(self, reject, simulator, monkeypatch):
        another = "another-key-that-is-not-used"
        monkeypatch.setenv("DIGICERT_API_KEY", another)
        odd = [{"id": 1, "type": "new_request", "status": f"{FULL_KEY} {another}"}]
        simulator.script(Fault(operation=Operation.READ, edit={"/requests": odd}))
        outcome = reject(1101)
        assert outcome.orders[1101]["error"]["code"] == "no_single_request"
        assert FULL_KEY not in str(outcome.result)
        assert another not in str(outcome.result)

    def test_is_found_beside_those_of_other_types_and_decided_ones(self, reject, simulator):
        others = [
            {"id": 1, "type": "new_request", "status": "approved"},
            {"id": 2, "type": "duplicate", "status": "pending"},
            {"id": 11021, "type": "new_request", "status": "pending"},
            {"id": 3, "type": "revoke", "status": "submitted"},
        ]
        simulator.script(Fault(operation=Operation.READ, edit={"/requests": others}))
        assert reject(1102)["changed"] is True
        assert [write.request_id for write in simulator.ledger.writes] == [11021]

    def test_of_a_pending_order_is_left_alone(self, reject, simulator):
        # It has an open new_request, and is canceled as it is.
        outcome = reject(1002)
        assert outcome.orders[1002]["error"]["code"] == "status_not_allowed"
        assert _seen(simulator) == "GET"

    @pytest.mark.parametrize(
        ("reads", "wanted", "way_out"),
        [
            ("reissue_pending", "canceled", "ask for the status reissue_canceled."),
            ("reissue_pending", "rejected", "ask for the status reissue_canceled."),
            ("needs_approval", "rejected", f"It has no open new_request: {DECIDE_THERE}"),
        ],
    )
    def test_of_a_reissue_is_left_alone(self, run, simulator, reads, wanted, way_out):
        simulator.configure(waiting_reissue=reads)
        outcome = run(order_id=1107, status=wanted)
        assert outcome["msg"].startswith(f"Order 1107 is {reads}, so nothing was written. ")
        assert outcome["msg"].endswith(way_out)
        assert _seen(simulator) == "GET"

    def test_of_a_reissue_is_canceled_as_reissue_canceled(self, run, simulator):
        assert run(order_id=1107, status="reissue_canceled")["changed"] is True
        assert simulator.order(1107).status == "issued"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_request_for_another_approver_fails_its_order_and_no_other(reject, simulator, status):
    simulator.configure(invalid_approver=status)
    outcome = reject([1105, 1101, 1102])
    assert {order_id: order["outcome"] for order_id, order in outcome.orders.items()} == {
        1105: "failed",
        1101: "changed",
        1102: "changed",
    }
    error = outcome.orders[1105]["error"]
    assert (error["code"], error["http_status"], error["service_code"]) == (
        "forbidden",
        status,
        "access_denied|invalid_approver",
    )
    assert error["message"].startswith("Order 1105 is needs_approval and was not changed: PUT ")
    assert error["message"].endswith(
        "This API key's user may not do this to this order: use the key of somebody who may."
    )


def test_a_key_that_may_only_read_is_told_as_such(reject, simulator):
    outcome = reject(1101, api_key=VIEW_ONLY_KEY)
    assert outcome.orders[1101]["error"]["code"] == "missing_permission"
    assert simulator.order(1101).status == "needs_approval"


class TestWhatAnOrderReadsAfterARejection:
    """Nobody documents it (contract section 6). What it reads is what is told."""

    @pytest.mark.parametrize(
        ("setting", "reads", "says"),
        [
            ("rejected", "rejected", "Order 1101 changed from needs_approval to rejected."),
            ("canceled", "canceled", "Order 1101 changed from needs_approval to canceled."),
            ("denied", "denied", "Order 1101 changed from needs_approval to denied."),
            ("unchanged", "needs_approval", "Order 1101 was changed, and is still needs_approval."),
            ("gone", None, "1 of 1 orders rejected."),
        ],
    )
    def test_is_reported(self, reject, simulator, setting, reads, says):
        simulator.configure(rejected_order=setting)
        outcome = reject(1101)
        assert not outcome.failed
        assert (outcome["changed"], outcome["msg"]) == (True, says)
        assert outcome.orders[1101]["status"] == reads
        assert outcome["diff"]["after"] == f"order 1101: {reads or 'unknown'}\n"
        assert _seen(simulator) == "GET PUT GET"

    def test_is_looked_at_once_where_it_is_as_expected(self, reject, simulator):
        order_ids = simulator.add_orders(20, "needs_approval")
        outcome = reject(order_ids)
        assert {order["status"] for order in outcome["orders"]} == {"rejected"}
        assert (len(simulator.ledger.reads), len(simulator.ledger.writes)) == (21, 20)

    @pytest.mark.parametrize(("setting", "reads"), [("denied", "denied"), ("gone", None)])
    def test_is_looked_at_for_each_order_where_it_is_not(self, reject, simulator, setting, reads):
        simulator.configure(rejected_order=setting)
        order_ids = simulator.add_orders(20, "needs_approval")
        outcome = reject(order_ids)
        assert not outcome.failed
        assert {order["status"] for order in outcome["orders"]} == {reads}
        assert (len(simulator.ledger.reads), len(simulator.ledger.writes)) == (40, 20)

    def test_is_looked_at_for_each_order_from_the_first_on_that_reads_otherwise(self, reject, simulator):
        order_ids = simulator.add_orders(20, "needs_approval")
        simulator.script(Fault(operation=Operation.READ, nth=2, edit={"/status": "denied"}))
        outcome = reject(order_ids)
        assert [order["status"] for order in outcome["orders"]] == ["denied", *["rejected"] * 19]
        assert (len(simulator.ledger.reads), len(simulator.ledger.writes)) == (40, 20)

    def test_is_not_known_if_it_cannot_be_read(self, reject, simulator):
        simulator.script(Fault(operation=Operation.READ, nth=2, times=None, status=500, body=""))
        outcome = reject(1101)
        assert (outcome.failed, outcome["changed"]) == (False, True)
        assert outcome.orders[1101]["status"] is None

    def test_is_not_known_after_a_defect_and_the_change_is_told_all_the_same(
        self, reject, simulator, monkeypatch
    ):
        def broken(service, order_id):
            raise ZeroDivisionError

        monkeypatch.setattr(CertCentral, "read_patiently", broken)
        outcome = reject(1101)
        assert (outcome.failed, outcome["changed"]) == (False, True)
        assert outcome.orders[1101]["status"] is None

    def test_is_not_known_if_it_holds_what_nobody_can_read(self, reject, simulator):
        simulator.script(Fault(operation=Operation.READ, nth=2, edit={"/status": f"&#{'1' * 5000};"}))
        outcome = reject(1101)
        assert (outcome.failed, outcome["changed"]) == (False, True)

    def test_is_never_looked_at_in_check_mode(self, reject, simulator):
        assert reject([1101, 1102], check=True)["changed"] is True
        assert _seen(simulator) == "GET GET"


class TestALostReply:
    """The rejection is not sent again as long as it may have had an effect."""

    @pytest.mark.parametrize("kept", ["kept", "dropped"])
    def test_is_made_up_for_by_what_the_order_reads(self, reject, simulator, kept):
        simulator.configure(processed_requests=kept)
        simulator.script(Fault(**LOST, applied=True))
        outcome = reject(1101, retries=2)
        assert not outcome.failed
        assert outcome["msg"] == "Order 1101 changed from needs_approval to rejected."
        assert _seen(simulator) == "GET PUT GET"

    @pytest.mark.parametrize(
        ("kept", "reads", "told"),
        [
            ("kept", "unchanged", ("changed", True, "needs_approval")),
            ("kept", "denied", ("changed", True, "denied")),
            ("dropped", "unchanged", ("unknown", None, "needs_approval")),
            ("dropped", "denied", ("unknown", None, "denied")),
            ("kept", "gone", ("unknown", None, None)),
        ],
    )
    def test_is_made_up_for_by_the_request_or_leaves_the_outcome_unknown(
        self, reject, simulator, kept, reads, told
    ):
        simulator.configure(processed_requests=kept, rejected_order=reads)
        simulator.script(Fault(**LOST, applied=True))
        order = reject(1101, retries=2).orders[1101]
        assert (order["outcome"], order["changed"], order["status"]) == told
        assert len(simulator.ledger.writes) == 1

    def test_is_sent_again_where_the_request_is_still_open(self, reject, simulator):
        simulator.script(Fault(**LOST))
        assert reject(1101, retries=1)["changed"] is True
        assert _seen(simulator) == "GET PUT GET PUT GET"
        assert len(simulator.ledger.changes) == 1

    @pytest.mark.parametrize("comment", ["Too expensive", ""])
    def test_leaves_the_outcome_unknown_where_somebody_else_rejected_it(self, reject, simulator, comment):
        simulator.script(
            Fault(**LOST),
            OtherActor(operation=Operation.DECISION, decides="rejected"),
            Fault(operation=Operation.READ, nth=2, edit={"/requests/0/processor_comment": comment}),
        )
        outcome = reject(1101)
        assert outcome.orders[1101]["outcome"] == "unknown"
        assert outcome["msg"] == (
            "Order 1101 was needs_approval and is rejected by now. The reply to the write was lost: whether the write "
            "caused that cannot be determined. Look the order up in CertCentral."
        )

    def test_leaves_the_outcome_unknown_where_somebody_else_approved_it(self, reject, simulator):
        simulator.script(Fault(**LOST), OtherActor(operation=Operation.DECISION, decides="approved"))
        order = reject(1101, retries=2).orders[1101]
        assert (order["outcome"], order["status"]) == ("unknown", "pending")
        assert len(simulator.ledger.writes) == 1


def test_a_decision_that_is_answered_with_200_is_read_back(reject, simulator):
    simulator.configure(decision_status="200")
    outcome = reject(1101)
    assert (outcome.failed, outcome["changed"]) == (False, True)
    assert _seen(simulator) == "GET PUT GET"


@pytest.mark.parametrize("decided", ["refused", "not_found"])
class TestSomebodyElseIsFaster:
    """The request is decided between the reading and the write."""

    def test_with_a_rejection(self, reject, simulator, decided):
        simulator.configure(decided_request=decided)
        simulator.script(OtherActor(operation=Operation.READ, decides="rejected"))
        outcome = reject(1101)
        assert (outcome.failed, outcome["changed"]) == (False, False)
        assert outcome["msg"] == "Order 1101 is already rejected."
        assert _seen(simulator) == "GET PUT GET"

    def test_with_an_approval(self, reject, simulator, decided):
        simulator.configure(decided_request=decided)
        simulator.script(OtherActor(operation=Operation.READ, decides="approved"))
        outcome = reject(1101)
        assert outcome["changed"] is False
        assert outcome["msg"] == (
            "Order 1101 was needs_approval and is pending by now, so it was not changed. It does not wait for an approver. "
            "If it is to be canceled, ask for the status canceled."
        )


def test_the_note_is_sent_as_the_comment(reject, simulator):
    reject(1101, note="Not needed, see CHG0031340")
    (write,) = simulator.ledger.writes
    assert json.loads(write.body) == {"status": "rejected", "processor_comment": "Not needed, see CHG0031340"}
    assert write.path == "/services/v2/request/11011/status"
    assert simulator.order(1101).requests[0].processor_comment == "Not needed, see CHG0031340"


def test_a_reading_that_is_too_old_is_no_ground_to_reject(reject, simulator, monkeypatch):
    monkeypatch.setattr(
        "ansible_collections.community.digicert.plugins.module_utils._certcentral.FRESH_SECONDS", 0.0
    )
    outcome = reject(1101)
    assert outcome.orders[1101]["error"]["code"] == "reading_too_old"
    assert simulator.ledger.writes == []
