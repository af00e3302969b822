# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits for an approver: lists of requests, reads of one, and decisions."""

from __future__ import annotations

import re

import pytest
from ansible_collections.community.digicert.tests.simulator import VIEW_ONLY_KEY, Fault, Operation, OtherActor

REJECT = {"status": "rejected", "processor_comment": "nobody needs it"}
OPEN = "filters[status][0]=submitted&filters[status][1]=pending"


def ids(call, query):
    reply = call("GET", "/request?" + query)
    assert reply.status_code == 200, reply.text
    return [request["id"] for request in reply.json()["requests"]]


def decide(call, request_id, body=None, **arguments):
    return call("PUT", f"/request/{request_id}/status", json=REJECT if body is None else body, **arguments)


def error_of(reply):
    (error,) = reply.json()["errors"]
    return reply.status_code, error["code"]


class TestTheList:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (OPEN, [10021, 10071, 11011, 11021, 11041, 11042, 11051, 11061, 11072, 11092, 11093]),
            ("filters[status]=submitted", [10021, 11011, 11042, 11092]),
            ("filters[status]=rejected", [10141, 10151, 10161]),
            ("filters[type]=reissue", [10062, 11072, 11082]),
            ("filters[type]=reissue&filters[status]=pending", [11072]),
            ("filters[type][0]=duplicate&filters[type][1]=revoke", [11092, 11093]),
            ("filters[container_id]=302&filters[status]=rejected", [10151, 10161]),
            ("filters[search]=kiosk.example.com", [11011]),
            ("filters[search]=kiosk", []),
            ("filters[search]=%25KIOSK", [11011]),
            ("filters[search]=%25casey", []),
            ("filters[metadata_id]=11", [11011]),
            ("filters[metadata_value]=4711", [11011]),
            ("filters[status]=&filters[type]=revoke", [11093]),
        ],
    )
    def test_documented_filters(self, call, query, expected):
        assert ids(call, query) == expected

    @pytest.mark.parametrize(
        "query",
        ["filters[order_id]=1101", "filters[date]=>NOW", "filters[requester]=x", "status=pending", "start=1"],
    )
    def test_what_is_not_documented_is_refused_or_ignored(self, simulator, call, query):
        assert error_of(call("GET", "/request?" + query)) == (400, "invalid_parameter")
        simulator.configure(unknown_parameter="ignored")
        assert len(ids(call, query)) == len(ids(call, ""))

    def test_a_status_that_is_none_is_refused_or_taken_otherwise(self, simulator, call):
        assert error_of(call("GET", "/request?filters[status]=canceled")) == (400, "invalid_filter")
        simulator.configure(status_filter="nothing")
        assert ids(call, "filters[status]=canceled") == []
        simulator.configure(status_filter="ignored")
        assert len(ids(call, "filters[status]=canceled")) == len(ids(call, ""))

    def test_an_entry_has_the_documented_fields(self, call):
        (entry,) = call("GET", "/request?filters[search]=kiosk.example.com").json()["requests"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", entry.pop("date"))
        assert entry == {
            "id": 11011,
            "type": "new_request",
            "status": "submitted",
            "requester": {
                "id": 403,
                "first_name": "Casey",
                "last_name": "Miller",
                "email": "casey.miller@example.com",
            },
            "order": {
                "id": 1101,
                "certificate": {"common_name": "kiosk.example.com"},
                "organization": {"id": 504, "name": "Example Garden Museum"},
                "container": {"id": 303, "name": "Museums"},
                "product": {"name_id": "ssl_basic", "name": "Basic OV", "type": "ssl_certificate"},
            },
        }

    def test_what_there_is_none_of_is_absent(self, call):
        nobody, dv = (call("GET", f"/request?filters[search]={name}").json()["requests"][0]
                      for name in ("seeds.example.com", "tickets.example.com"))  # fmt: skip
        assert "requester" not in nobody
        assert "organization" not in dv["order"]

    def test_without_a_limit_all_are_on_one_page_whose_limit_is_0(self, call):
        content = call("GET", "/request").json()
        assert content["page"] == {"total": len(content["requests"]), "limit": 0, "offset": 0}
        assert call("GET", "/request?limit=0").json() == content

    def test_a_limit_and_an_offset_cut_out_a_page(self, call):
        content = call("GET", f"/request?{OPEN}&limit=2&offset=1").json()
        assert [request["id"] for request in content["requests"]] == [10071, 11011]
        assert content["page"] == {"total": 11, "limit": 2, "offset": 1}

    @pytest.mark.parametrize(
        ("choice", "asked", "limit"),
        [
            ("all", 5000, 5000),
            ("capped", 0, 1000),
            ("capped", 5000, 1000),
            ("small", 0, 10),
            ("small", 5000, 10),
            ("small", 3, 3),
        ],
    )
    def test_how_long_a_page_is(self, simulator, call, choice, asked, limit):
        simulator.add_orders(1100, status="needs_approval")
        simulator.configure(request_pages=choice)
        content = call("GET", f"/request?limit={asked}").json()
        total = content["page"]["total"]
        assert total > 1100
        assert content["page"]["limit"] == limit
        assert len(content["requests"]) == min(limit, total)

    @pytest.mark.parametrize(
        ("sort", "first"), [("-id", 11093), ("type,-id", 11092), ("-status,id", 10021), ("-date", 10091)]
    )
    def test_sorting(self, call, sort, first):
        assert ids(call, f"sort={sort}")[0] == first

    def test_an_empty_list_may_look_otherwise(self, simulator, call):
        simulator.configure(empty_list="absent")
        assert "requests" not in call("GET", "/request?filters[search]=nothing").json()

    def test_it_is_csv_where_that_is_asked_for(self, call):
        reply = call("GET", "/request?filters[status]=submitted&limit=1", headers={"Accept": "text/csv"})
        head, row = reply.text.splitlines()
        assert head == "id,date,type,status,requester,order_id,common_name"
        assert row.startswith("10021,")
        assert row.endswith(",new_request,submitted,robin.weaver@example.com,1002,orders.example.com")


class TestOneRequest:
    def test_an_open_one_has_the_whole_order_and_no_date_of_processing(self, call):
        request = call("GET", "/request/11011").json()
        assert set(request) == {"id", "date", "type", "status", "requester", "order", "comments"}
        assert request["order"] == call("GET", "/order/certificate/1101").json()
        assert request["comments"] == "For the entrance"

    def test_a_decided_one_tells_who_decided_when_and_why(self, call):
        assert decide(call, 11011).status_code == 204
        request = call("GET", "/request/11011").json()
        assert (request["status"], request["processor_comment"]) == ("rejected", "nobody needs it")
        assert request["date_processed"] > request["date"]
        assert request["processor"] == request["reviewer"]
        assert request["processor"]["email"] == "avery.keyholder@example.com"
        assert request["order"]["status"] == "rejected"

    def test_its_order_may_be_stale(self, simulator, call):
        simulator.configure(request_order="stale")
        decide(call, 11011)
        assert call("GET", "/request/11011").json()["order"]["status"] == "needs_approval"
        assert call("GET", "/order/certificate/1101").json()["status"] == "rejected"

    @pytest.mark.parametrize("request_id", [11019, 99, 0, 999999999999])
    def test_an_unknown_one_is_not_found(self, call, request_id):
        assert error_of(call("GET", f"/request/{request_id}")) == (404, "not_found|request")
        assert error_of(decide(call, request_id)) == (404, "not_found|request")

    def test_a_view_only_key_may_read(self, call):
        assert call("GET", "/request/11011", key=VIEW_ONLY_KEY).status_code == 200
        assert call("GET", "/request", key=VIEW_ONLY_KEY).status_code == 200


class TestARejection:
    def test_it_ends_the_order_and_is_answered_with_204_without_a_body(self, simulator, call):
        reply = decide(call, 11011)
        assert (reply.status_code, reply.content) == (204, b"")
        order = simulator.order(1101)
        assert (order.status, order.requests[0].status) == ("rejected", "rejected")
        assert call("GET", "/order/certificate/1101").json()["status"] == "rejected"

    def test_the_ledger_tells_which_request_was_decided_and_how(self, simulator, call):
        decide(call, 11011)
        (change,) = simulator.ledger.changes
        assert (change.order_id, change.before, change.after) == (1101, "needs_approval", "rejected")
        assert (change.decided, change.decision, change.note) == (11011, "rejected", "nobody needs it")
        assert (change.by, change.request) == ("request", 1)
        (seen,) = simulator.ledger.writes
        assert (seen.operation, seen.order_id, seen.request_id) == (Operation.DECISION, 1101, 11011)
        assert simulator.ledger.requests_for(1101) == [seen]
        assert not seen.forbidden

    @pytest.mark.parametrize("comment", [None, "", " x "])
    def test_a_comment_is_optional(self, simulator, call, comment):
        body = {"status": "rejected", "processor_comment": comment}
        assert decide(call, 11011, body).status_code == 204
        assert simulator.order(1101).requests[0].processor_comment == (comment or "").strip()
        assert decide(call, 11021, {"status": "rejected"}).status_code == 204

    @pytest.mark.parametrize(
        ("choice", "status", "read"),
        [
            ("rejected", "rejected", 200),
            ("canceled", "canceled", 200),
            ("denied", "denied", 200),
            ("unchanged", "needs_approval", 200),
            ("gone", "rejected", 404),
        ],
    )
    def test_what_the_order_reads_afterwards(self, simulator, call, choice, status, read):
        simulator.configure(rejected_order=choice)
        assert decide(call, 11011).status_code == 204
        assert simulator.order(1101).status == status
        reply = call("GET", "/order/certificate/1101")
        assert reply.status_code == read
        if read == 200:
            assert reply.json()["status"] == status

    def test_an_order_that_is_gone_is_nowhere_any_more(self, simulator, call):
        simulator.configure(rejected_order="gone")
        decide(call, 11011)
        assert error_of(call("GET", "/order/certificate/1101")) == (404, "not_found|order")
        assert error_of(call("GET", "/order/certificate/1101/validation")) == (404, "not_found|order")
        assert error_of(call("GET", "/request/11011")) == (404, "not_found|request")
        assert call("GET", "/order/certificate?filters[id]=1101").json()["orders"] == []
        assert 11011 not in ids(call, "")

    def test_the_order_waits_on_while_another_request_of_it_is_open(self, simulator, call):
        decide(call, 11041)
        assert simulator.order(1104).status == "needs_approval"
        decide(call, 11042)
        assert simulator.order(1104).status == "rejected"

    @pytest.mark.parametrize(
        ("choice", "status"),
        [("issued", "issued"), ("rejected", "rejected"), ("unchanged", "reissue_pending")],
    )
    def test_of_a_reissue(self, simulator, call, choice, status):
        simulator.configure(rejected_reissue=choice)
        decide(call, 11072)
        assert simulator.order(1107).status == status

    @pytest.mark.parametrize("request_id", [11092, 11093])
    def test_of_a_duplicate_or_a_revocation_leaves_the_order_issued(self, simulator, call, request_id):
        assert decide(call, request_id).status_code == 204
        assert simulator.order(1109).status == "issued"

    def test_the_status_of_success_may_be_200(self, simulator, call):
        simulator.configure(decision_status=200)
        reply = decide(call, 11011)
        assert (reply.status_code, reply.content) == (200, b"")
        assert simulator.order(1101).status == "rejected"


class TestADecisionThatIsRefused:
    @pytest.fixture(autouse=True)
    def _changes_nothing(self, simulator):
        before = simulator.orders()
        yield
        assert simulator.orders() == before
        assert simulator.ledger.changes == []

    def test_because_it_is_for_another_approver(self, simulator, call):
        assert error_of(decide(call, 11051)) == (403, "access_denied|invalid_approver")
        simulator.configure(invalid_approver=400)
        assert error_of(decide(call, 11051)) == (400, "access_denied|invalid_approver")

    def test_because_the_key_may_only_look(self, call):
        assert error_of(decide(call, 11011, key=VIEW_ONLY_KEY)) == (403, "access_denied|missing_permission")

    @pytest.mark.parametrize(
        ("choice", "status"),
        [("refused", (400, "request_already_processed")), ("not_found", (404, "not_found|request"))],
    )
    def test_because_the_request_is_decided_already(self, simulator, call, choice, status):
        simulator.configure(decided_request=choice)
        for request_id in (10011, 10151):
            assert error_of(decide(call, request_id)) == status

    def test_deciding_a_decided_request_may_be_accepted_without_an_effect(self, simulator, call):
        simulator.configure(decided_request="accepted")
        assert decide(call, 10011).status_code == 204

    def test_with_another_status_than_400(self, simulator, call):
        simulator.configure(refused_change=409)
        assert error_of(decide(call, 10011)) == (409, "request_already_processed")

    @pytest.mark.parametrize("status", ["REJECTED", "Rejected", "canceled", "denied", ""])
    def test_because_there_is_no_such_status(self, call, status):
        assert error_of(decide(call, 11011, {"status": status})) == (400, "invalid_status")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'{"status": 1}',
            b'{"processor_comment": "x"}',
            b'{"status": "rejected", "processor_comment": 1}',
        ],
    )
    def test_because_its_body_is_none(self, call, body):
        reply = call("PUT", "/request/11011/status", data=body)
        assert reply.status_code == 400
        assert call("PUT", "/request/11011/status", data=REJECT).status_code == 400


class TestWhatIsNeverSent:
    """The service takes an approval; whoever sent one is seen in the ledger."""

    def test_an_approval_is_applied_and_marked_as_forbidden(self, simulator, call):
        assert decide(call, 11011, {"status": "approved"}).status_code == 204
        assert simulator.order(1101).status == "pending"
        (seen,) = simulator.ledger.forbidden
        assert seen.as_json()["forbidden"] is True
        assert simulator.ledger.changes[0].decision == "approved"

    @pytest.mark.parametrize(
        "body", [b"", b'{"status": "pending"}', b'"rejected"', b'{"status": ["rejected"]}']
    )
    def test_whatever_is_no_rejection_is_marked(self, simulator, call, body):
        call("PUT", "/request/11011/status", data=body)
        assert len(simulator.ledger.forbidden) == 1

    @pytest.mark.parametrize(
        ("method", "path", "order_id"),
        [
            ("PUT", "/order/certificate/1001/check-dcv", 1001),
            ("DELETE", "/order/certificate/1001", 1001),
            ("PUT", "/order/certificate/1011/revoke", 1011),
            ("POST", "/order/certificate/1001/note", 1001),
            ("DELETE", "/request/11011", 1101),
            ("POST", "/request/11011/status", 1101),
            ("POST", "/order/certificate/ssl_basic", None),
        ],
    )
    def test_any_other_change_is_refused_and_marked(self, simulator, call, method, path, order_id):
        assert error_of(call(method, path)) == (404, "not_found|route")
        (seen,) = simulator.ledger.forbidden
        assert (seen.order_id, seen.error) == (order_id, "not_found|route")
        assert simulator.ledger.refused == [seen]
        assert simulator.ledger.writes == []

    def test_reads_updates_and_rejections_are_not_marked(self, simulator, call):
        for path in (
            "/order/certificate",
            "/order/certificate/1001",
            "/request",
            "/request/11011",
            "/nothing",
        ):
            call("GET", path)
        call("PUT", "/order/certificate/1001/status", json={"status": "CANCELED", "note": "x"})
        decide(call, 11011)
        assert simulator.ledger.forbidden == []


class TestAReissueThatWaits:
    @pytest.mark.parametrize("status", ["reissue_pending", "needs_approval", "issued"])
    def test_what_its_order_reads(self, simulator, call, status):
        simulator.configure(waiting_reissue=status)
        assert call("GET", "/order/certificate/1107").json()["status"] == status
        assert call("GET", "/order/certificate/1006").json()["status"] == "reissue_pending"
        simulator.reset(waiting_reissue=status)
        assert call("GET", "/order/certificate/1107").json()["status"] == status

    def test_a_cancellation_of_the_reissue_rejects_its_request(self, simulator, call):
        body = {"status": "CANCELED", "note": "not any more"}
        assert call("PUT", "/order/certificate/1107/status", json=body).status_code == 204
        order = simulator.order(1107)
        assert (order.status, order.requests[1].status) == ("issued", "rejected")
        assert order.requests[1].processor_comment == "not any more"
        assert order.open_requests("reissue") == []

    @pytest.mark.parametrize("status", ["needs_approval", "issued"])
    def test_it_cannot_be_canceled_where_the_order_reads_otherwise(self, simulator, call, status):
        simulator.configure(waiting_reissue=status)
        body = {"status": "CANCELED", "note": "not any more"}
        reply = call("PUT", "/order/certificate/1107/status", json=body)
        assert error_of(reply) == (400, "invalid_order_status")
        assert decide(call, 11072).status_code == 204
        assert simulator.order(1107).status == "issued"


class TestAnotherActor:
    @pytest.mark.parametrize(("decision", "status"), [("approved", "pending"), ("rejected", "rejected")])
    def test_decides_right_after_a_read(self, simulator, call, decision, status):
        simulator.script(OtherActor(order_id=1101, decides=decision))
        assert call("GET", "/order/certificate/1101").json()["status"] == "needs_approval"
        assert call("GET", "/order/certificate/1101").json()["status"] == status
        (change,) = simulator.ledger.changes
        assert (change.by, change.decided, change.decision) == ("another actor", 11011, decision)
        assert error_of(decide(call, 11011)) == (400, "request_already_processed")

    def test_decides_and_does_more(self, simulator, call):
        simulator.script(OtherActor(order_id=1101, decides="approved", changes_to="issued"))
        call("GET", "/order/certificate/1101")
        assert simulator.order(1101).status == "issued"

    def test_decides_all_open_requests(self, simulator):
        simulator.decide(1104, "rejected")
        assert [change.after for change in simulator.ledger.changes] == ["needs_approval", "rejected"]

    def test_decides_over_the_control_interface(self, simulator, control):
        before = [request["status"] for request in control("GET", "/requests").json()["requests"]
                  if request["order_id"] == 1101]  # fmt: skip
        assert before == ["submitted"]
        assert control("POST", "/orders/1101", json={"decides": "approved"}).status_code == 200
        assert simulator.order(1101).status == "pending"
        assert control("POST", "/orders/1101", json={"decides": 1}).status_code == 400
        assert control("POST", "/orders/9999", json={"decides": "approved"}).status_code == 404


def test_faults_meet_reads_lists_and_decisions_of_requests_each_by_itself(simulator, call):
    simulator.script(
        *(Fault(operation=operation, status=503, order_id=order_id)
          for operation, order_id in ((Operation.REQUEST, 1101), (Operation.REQUESTS, None), (Operation.DECISION, 1102)))
    )  # fmt: skip
    assert call("GET", "/request/11021").status_code == 200
    assert call("GET", "/request/11011").status_code == 503
    assert decide(call, 11011).status_code == 204
    assert decide(call, 11021).status_code == 503
    assert simulator.order(1102).status == "needs_approval"
    assert call("GET", "/request").status_code == 503


def test_a_pending_order_may_wait_for_an_approver_as_well(call):
    order = call("GET", "/order/certificate/1002").json()
    assert (order["status"], [request["status"] for request in order["requests"]]) == (
        "pending",
        ["submitted"],
    )
