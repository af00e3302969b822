# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What digicert_order_info tells of unfinished orders: those that need approval, what they wait for, and whose they are."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.community.digicert.plugins.module_utils._waiting import waiting_for
from ansible_collections.community.digicert.tests.simulator import (
    CATALOGUE,
    FULL_KEY,
    VIEW_ONLY_KEY,
    Fault,
    Operation,
    OtherActor,
)

UNAPPROVED = {1007, 1101, 1102, 1104, 1105, 1106}


def _ids(outcome):
    return {order["id"] for order in outcome["orders"]}


def _asked(simulator):
    return [(request.operation.value, request.order_id) for request in simulator.ledger.requests]


class TestOrdersThatNeedApproval:
    """They are found by way of their open requests, and described as any list describes orders."""

    def test_are_looked_up_in_the_list_by_their_ids(self, run_info, simulator):
        outcome = run_info(status="needs_approval")
        assert _ids(outcome) == UNAPPROVED
        assert {order["status"] for order in outcome["orders"]} == {"needs_approval"}
        assert outcome["orders"][0] == simulator.order(1007).as_list_entry()
        assert [operation for operation, _order_id in _asked(simulator)] == ["requests", "requests", "list"]

    @pytest.mark.parametrize("setting", ["ignored", "refused"])
    def test_are_read_by_themselves_where_the_list_takes_no_ids(self, run_info, simulator, setting):
        simulator.configure(id_filter=setting)
        simulator.add_orders(1200)
        outcome = run_info(status="needs_approval")
        assert _ids(outcome) == UNAPPROVED
        assert outcome["total"] == len(UNAPPROVED)

    def test_are_read_by_themselves_where_the_list_lacks_them(self, run_info, simulator):
        simulator.script(Fault(operation=Operation.LIST, edit={"/orders": []}))
        outcome = run_info(status="needs_approval")
        assert _ids(outcome) == UNAPPROVED
        assert outcome["orders"][0] == simulator.order(1007).as_json()

    def test_are_read_by_themselves_where_the_list_contradicts_itself(self, run_info, simulator):
        simulator.script(
            Fault(operation=Operation.LIST, edit={"/orders/-": {"id": 1007, "status": "canceled"}}),
            Fault(operation=Operation.READ, order_id=1007, edit={"/status": "canceled"}),
        )
        assert 1007 not in _ids(run_info(status="needs_approval"))

    def test_are_found_where_the_service_describes_them_with_a_text_for_an_id(self, run_info, simulator):
        simulator.script(
            Fault(operation=Operation.LIST, edit={"/orders": []}),
            Fault(operation=Operation.READ, order_id=1007, edit={"/id": "1007"}),
        )
        outcome = run_info(status="needs_approval")
        assert outcome["orders"][0] == simulator.order(1007).as_json()

    def test_are_left_out_by_name_where_there_is_no_such_order(self, run_info, simulator):
        simulator.script(
            Fault(operation=Operation.LIST, edit={"/orders": []}),
            Fault(
                operation=Operation.READ,
                order_id=1007,
                status=404,
                body=json.dumps({"errors": [{"code": "not_found|order", "message": "No."}]}),
            ),
        )
        outcome = run_info(status="needs_approval")
        reason = "a request is about it, but there is no such order"
        assert outcome["left_out"] == [{"order_id": 1007, "reason": reason}]
        assert outcome.warnings == [
            f"Left out, because the service does not describe them as orders: order 1007 ({reason})."
        ]
        assert _ids(outcome) == UNAPPROVED - {1007}

    def test_meet_the_other_filters_too(self, run_info):
        assert _ids(run_info(status="needs_approval", created_before="30 days")) == {1101, 1104, 1105}
        assert _ids(run_info(status="needs_approval", email="casey.miller@example.com")) == {1101, 1104}
        assert _ids(run_info(status="needs_approval", container_id=301)) == {1007}

    def test_come_after_those_that_the_list_finds(self, run_info):
        outcome = run_info(status=["needs_approval", "pending"], sort="-id")
        assert [order["id"] for order in outcome["orders"]][:3] == [1003, 1002, 1001]
        assert _ids(outcome) == UNAPPROVED | {1001, 1002, 1003}
        assert outcome["total"] == 9

    def test_are_limited_with_those(self, run_info):
        outcome = run_info(status=["needs_approval", "pending"], limit=4)
        assert (len(outcome["orders"]), outcome["total"]) == (4, 9)

    def test_are_left_out_by_name_where_a_request_does_not_say_which(self, run_info, simulator):
        simulator.script(Fault(operation=Operation.REQUESTS, nth=1, remove=["/requests/0/order"]))
        outcome = run_info(status="needs_approval")
        ((left_out,), (warning,)) = outcome["left_out"], outcome.warnings
        assert left_out["order_id"] is None
        assert "does not say which order it is about" in left_out["reason"]
        assert left_out["reason"] in warning

    def test_may_be_more_where_a_request_is_not_described_as_one(self, run_info, simulator):
        simulator.script(Fault(operation=Operation.REQUESTS, nth=1, edit={"/requests/0/status": None}))
        assert run_info(status="needs_approval")["left_out"] == [
            {"order_id": None, "reason": "of the requests, its ID, type or status is not clear"}
        ]

    def test_fail_the_task_if_one_of_them_cannot_be_read(self, run_info, simulator):
        simulator.script(
            Fault(operation=Operation.LIST, edit={"/orders": []}),
            Fault(operation=Operation.READ, order_id=1007, status=500, body=""),
        )
        error = run_info(status="needs_approval")["error"]
        assert (error["code"], error["path"]) == (
            "service_unavailable",
            "/services/v2/order/certificate/1007",
        )

    def test_fail_the_task_if_the_requests_cannot_be_listed(self, run_info, simulator):
        simulator.script(Fault(operation=Operation.REQUESTS, times=None, status=500, body=""))
        outcome = run_info(status=["needs_approval", "pending"])
        assert outcome.failed
        assert outcome["error"]["code"] == "service_unavailable"


class TestDetails:
    """What an order waits for, and who placed it: a request or two for each order."""

    @pytest.mark.parametrize("by", ["id", "filter"])
    def test_tell_what_each_unfinished_order_waits_for(self, run_info, simulator, by):
        order_ids = [1001, 1002, 1003, 1004, 1104, 1102, 1107, 1108, 1006, 1008]
        wanted = {
            "id": {"order_id": order_ids},
            "filter": {"all_orders": True},
        }[by]
        outcome = run_info(details=True, **wanted)
        told = {order["id"]: order["waiting_for"] for order in outcome["orders"]}
        assert {order_id: told[order_id] for order_id in order_ids} == {
            1001: ["domain shop.example.com (dns-txt-token)"],
            1002: ["organization Example Bakery", "approval"],
            1003: ["contact"],
            1004: ["pickup"],
            1104: [
                "domain archive.example.com (dns-persistent-token, in_review)",
                "organization Example Garden Museum (awaiting_opinion)",
                "approval",
            ],
            1102: ["domain tickets.example.com (dns-txt-token)", "approval"],
            1107: ["domain pond.example.com (dns-txt-token)", "approval"],
            1108: [],
            1006: ["domain mail.example.com (dns-txt-token)"],
            1008: ["domain harbour.example.com (dns-txt-token)", "CSR"],
        }
        (pending,) = (order for order in outcome["orders"] if order["id"] == 1001)
        assert pending == {
            **simulator.order(1001).as_json(),
            "validation": simulator.order(1001).validation_as_json(),
            "waiting_for": ["domain shop.example.com (dns-txt-token)"],
        }
        assert pending["user"]["email"] == "robin.weaver@example.com"

    def test_take_two_requests_for_an_unfinished_order_and_one_for_another(self, run_info, simulator):
        outcome = run_info(order_id=[1001, 1011], details=True)
        assert sorted(_asked(simulator)) == [("read", 1001), ("read", 1011), ("validation", 1001)]
        assert outcome["orders"][1]["waiting_for"] == []
        assert outcome["orders"][1]["validation"] is None

    def test_are_not_asked_for_without_a_wish(self, run_info, simulator):
        outcome = run_info(order_id=1001)
        assert _asked(simulator) == [("read", 1001)]
        assert "waiting_for" not in outcome["orders"][0]

    def test_need_no_more_than_a_view_only_key_and_never_check_the_domains(self, run_info, simulator):
        outcome = run_info(all_orders=True, details=True, api_key=VIEW_ONLY_KEY)
        assert not outcome.failed
        assert len(outcome["orders"]) == 30
        # `PUT .../check-dcv` may issue the certificate (contract section 7).
        assert {request.method for request in simulator.ledger.requests} == {"GET"}
        assert simulator.ledger.forbidden == []

    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 403, "body": ""},
            {"status": 200, "body": "{}"},
            {"edit": {"/order_id": "1002"}},
        ],
        ids=str,
    )
    def test_are_null_where_the_validation_cannot_be_read_and_a_warning_says_why(
        self, run_info, simulator, fault
    ):
        simulator.script(Fault(operation=Operation.VALIDATION, order_id=1001, times=None, **fault))
        outcome = run_info(order_id=[1001, 1003], details=True)
        assert not outcome.failed
        assert [order["waiting_for"] for order in outcome["orders"]] == [None, ["contact"]]
        assert outcome["orders"][0]["validation"] is None
        (warning,) = outcome.warnings
        assert warning.startswith(
            "What 1 of 2 unfinished orders wait for could not be read. GET /services/v2/order/certificate/1001/validation was"
        )

    def test_are_given_up_after_a_few_that_the_service_did_not_answer(self, run_info, simulator):
        added = simulator.add_orders(40)
        simulator.script(Fault(operation=Operation.VALIDATION, status=503, body="", times=None))
        outcome = run_info(order_id=added, details=True, retries=0)
        assert not outcome.failed
        assert {order["waiting_for"] for order in outcome["orders"]} == {None}
        assert [operation for operation, _order in _asked(simulator)].count("validation") <= 13

    def test_a_key_that_is_refused_amid_them_fails_the_task(self, run_info, simulator):
        simulator.script(replace(CATALOGUE["unauthorized"], operation=Operation.VALIDATION, times=None))
        outcome = run_info(order_id=[1001, 1003], details=True)
        assert outcome["error"]["code"] == "access_denied"

    def test_are_freed_of_the_key(self, run_info, simulator):
        simulator.script(
            Fault(
                operation=Operation.VALIDATION,
                edit={"/dns_name_validations/0": {"name_scope": FULL_KEY, FULL_KEY: "x", "status": FULL_KEY}},
            )
        )
        outcome = run_info(order_id=1001, details=True)
        assert FULL_KEY not in str(outcome.result)
        assert len(outcome["orders"][0]["waiting_for"]) == 1

    def test_leave_out_by_name_what_does_not_tell_any_more_or_is_gone(self, run_info, simulator):
        missing = json.dumps({"errors": [{"code": "not_found|order", "message": "No."}]})
        simulator.script(
            Fault(operation=Operation.READ, order_id=1001, remove=["/date_created"]),
            Fault(operation=Operation.READ, order_id=1002, status=404, body=missing),
        )
        outcome = run_info(status="pending", created_before="1 day", details=True)
        reasons = ["its date_created is null", "it was listed, but there is no such order"]
        assert outcome["left_out"] == [
            {"order_id": order_id, "reason": reason} for order_id, reason in zip((1001, 1002), reasons)
        ]
        (warning,) = outcome.warnings
        assert warning == (
            f"Left out, because the service does not describe them as orders: order 1001 ({reasons[0]}), order 1002 "
            f"({reasons[1]})."
        )
        assert _ids(outcome) == {1003}
        assert outcome["total"] == 1

    def test_count_what_the_limit_left_out_of_several_searches(self, run_info, simulator):
        for status in ("pending", "needs_approval"):
            simulator.add_orders(5, status)
        whole = run_info(status=["pending", "needs_approval"])
        some = run_info(status=["pending", "needs_approval"], limit=2)
        assert (len(some["orders"]), some["total"]) == (2, whole["total"])
        assert whole["total"] >= 10

    def test_count_an_order_that_cannot_be_read(self, run_info, simulator):
        simulator.script(Fault(operation=Operation.READ, order_id=1002, times=None, status=400, body=""))
        outcome = run_info(status="pending", details=True)
        assert outcome.failed
        assert (_ids(outcome), outcome["total"]) == ({1001, 1003}, 3)
        (left_out,) = outcome["left_out"]
        assert left_out == {"order_id": 1002, "reason": f"it could not be read: {outcome['msg']}"}
        # The error says it already.
        assert outcome.warnings == []

    def test_leave_out_what_does_not_meet_the_filters_any_more(self, run_info, simulator):
        simulator.script(OtherActor(operation=Operation.LIST, changes_order=1001, changes_to="issued"))
        outcome = run_info(status="pending", details=True)
        assert (_ids(outcome), outcome["total"]) == ({1002, 1003}, 2)


class TestWhoPlacedAnOrder:
    """A list does not tell it, so each order is read by itself before it counts."""

    def test_is_looked_at_even_if_the_service_filters(self, run_info, simulator):
        outcome = run_info(user_id=403, status="pending")
        assert _ids(outcome) == {1003}
        assert _asked(simulator)[1:] == [("read", 1003)]
        assert outcome["orders"][0]["user"]["id"] == 403

    def test_is_looked_at_where_the_service_ignores_the_filter(self, run_info, simulator):
        simulator.script(Fault(operation=Operation.LIST, times=None, query={"filters[user_id]": None}))
        assert _ids(run_info(user_id=403, status="pending")) == {1003}

    def test_is_told_where_the_service_does_not_say(self, run_info, simulator):
        simulator.script(Fault(operation=Operation.LIST, times=None, query={"filters[user_id]": None}))
        outcome = run_info(user_id=403, status="needs_approval")
        assert _ids(outcome) == {1101, 1104}
        assert outcome["left_out"] == [{"order_id": 1106, "reason": "its user.id is null"}]


@pytest.mark.parametrize(
    ("order", "validation", "expected"),
    [
        ({}, {}, []),
        ({"status": ["pending"], "requests": "none"}, {"dns_name_validations": {"status": "pending"}}, []),
        ({"status": "issued"}, {"dns_name_validations": [{"status": "complete"}, "odd"]}, []),
        ({}, {"dns_name_validations": [{}]}, ["domain (status unknown)"]),
        (
            {"requests": [{"type": [], "status": {}}]},
            {"dns_name_validations": [{"status": ["x"]}]},
            ["domain (['x'])"],
        ),
        (
            {},
            {"dns_name_validations": [{"status": "expired", "name_scope": "a.example.com"}]},
            ["domain a.example.com (expired)"],
        ),
        ({}, {"organization_validations": [{"status": "pending"}, {"status": "pending"}]}, ["organization"]),
        (
            {},
            {
                "organization_validations": [
                    {"status": "active", "verified_contacts": [{"status": "waiting"}, {"status": "active"}]}
                ]
            },
            ["contact (waiting)"],
        ),
        (
            {
                "requests": [
                    {"type": "revoke", "status": "pending"},
                    {"type": "reissue", "status": "approved"},
                ]
            },
            {},
            [],
        ),
        ({"requests": [{"type": "reissue", "status": "submitted"}]}, {}, ["approval"]),
        ({"status": "needs_approval", "requests": []}, {}, ["approval"]),
    ],
    ids=str,
)
def test_what_an_order_waits_for_is_told_in_words_and_unknown_ones_as_they_are(order, validation, expected):
    assert waiting_for(order, validation) == expected


def test_500_orders_that_need_approval_are_found_and_rejected_with_2_1_requests_each(
    run_info, run, simulator
):
    simulator.configure(rate_limits=())
    simulator.add_orders(500 - 6, "needs_approval")
    fast = {"rate_limits": []}
    found = run_info(status="needs_approval", **fast)
    assert len(found["orders"]) == 500
    clear = [order["id"] for order in found["orders"] if order["id"] not in (1104, 1105)]
    outcome = run(order_id=clear, status="rejected", **fast)
    assert len(outcome["changed_order_ids"]) == 498
    assert len(simulator.ledger.requests) / 498 <= 2.1
