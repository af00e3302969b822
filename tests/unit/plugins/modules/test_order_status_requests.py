# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What digicert_order_status makes of failing requests: one order, a scripted fault, the ledger as the witness."""

from __future__ import annotations

import json

import pytest
from ansible_collections.community.digicert.tests.simulator import (
    FULL_KEY,
    VIEW_ONLY_KEY,
    Disconnect,
    Fault,
    GeneratedBody,
    Operation,
    OtherActor,
    Simulator,
    Spelling,
    gzip_bomb,
)

READ_PATH = "/services/v2/order/certificate/1001"
WRITE_PATH = "/services/v2/order/certificate/1001/status"
HTML = {
    "status": 200,
    "headers": {"Content-Type": "text/html; charset=utf-8"},
    "body": "<html>Maintenance</html>",
}

REFUSED_KEY = (
    "The service refused the API key: check api_key, and check that api_url names the service (US or EU) "
    "that the key belongs to."
)
MAY_NOT = (
    "The API key may not do this: use a key whose user's role and whose restriction allow changes to orders."
)
NO_ORDER = "There is no such order in the account of this API key: check the order ID."
NO_PATH = "The service has nothing at this path: check api_url."
REJECTED = "The service did not accept the request."
OVER_LIMIT = (
    "The key is over its rate limit (1000 requests in 3 minutes, 100 in 5 seconds, counted over everything that uses "
    "it): run again in a few minutes."
)
UNAVAILABLE = "The service is not available at the moment: run again later."
REDIRECTED = "Redirects are not followed, because the API key would go along: set api_url to the address of the service."
NOT_CERTCENTRAL = (
    "This is not a reply from CertCentral: check api_url, and whether a proxy or a firewall answered instead."
)
NO_TLS = "The service's certificate was not accepted: check api_url, or set ca_path to the CA that issued it."
NO_CONNECTION = "No connection to the service: check api_url, name resolution, proxy and firewall."
FORBIDDEN = "This API key's user may not do this to this order: use the key of somebody who may."
BLOCKED = (
    "This is not a reply from CertCentral: a firewall or a proxy blocked the request. Ask whoever runs it."
)
REISSUE_IN_DOUBT = (
    "Order 1006 was reissue_pending and is issued by now. The reply to the write was lost: whether the write caused that "
    "cannot be determined. Look the order up in CertCentral."
)
RUN_AGAIN = "Running again is safe: it reads the order first."


def _errors(code: str, message: str) -> str:
    return json.dumps({"errors": [{"code": code, "message": message}]})


# name, fault, code, status, service code, what the message says of the reply, advice. Only the service's own error body
# proves that a write had no effect: see `_proves_no_effect`.
REPLIES = [
    (
        "400",
        {"status": 400, "body": _errors("bad_request_format", "Malformed.")},
        ("rejected", 400, "bad_request_format", "400 Bad Request (bad_request_format: Malformed.)", REJECTED),
    ),
    (
        "401",
        {"status": 401, "body": ""},
        ("access_denied", 401, None, "401 Unauthorized (no body)", REFUSED_KEY),
    ),
    (
        "403-wrong-key",
        {"status": 403, "body": _errors("access_denied|access_denied_invalid_key", "Access denied.")},
        (
            "access_denied",
            403,
            "access_denied|access_denied_invalid_key",
            "403 Forbidden (access_denied|access_denied_invalid_key: Access denied.)",
            REFUSED_KEY,
        ),
    ),
    (
        "403-missing-permission",
        {"status": 403, "body": _errors("access_denied|missing_permission", "No.")},
        (
            "missing_permission",
            403,
            "access_denied|missing_permission",
            "403 Forbidden (access_denied|missing_permission: No.)",
            MAY_NOT,
        ),
    ),
    (
        "403-another-code",
        {"status": 403, "body": _errors("access_denied|invalid_approver", "Not yours.")},
        (
            "forbidden",
            403,
            "access_denied|invalid_approver",
            "403 Forbidden (access_denied|invalid_approver: Not yours.)",
            FORBIDDEN,
        ),
    ),
    (
        "403-firewall",
        {**HTML, "status": 403},
        ("blocked", 403, None, "403 Forbidden (24 bytes of text/html)", BLOCKED),
    ),
    (
        "400-of-somebody-else",
        {**HTML, "status": 400},
        ("unexpected_reply", 400, None, "400 Bad Request (24 bytes of text/html)", NOT_CERTCENTRAL),
    ),
    *(
        (
            str(status),
            {"status": status, "body": _errors("timeout", "Too late.")},
            ("service_unavailable", status, "timeout", f"{status}{phrase} (timeout: Too late.)", UNAVAILABLE),
        )
        for status, phrase in ((408, " Request Timeout"), (425, " Too Early"), (499, ""))
    ),
    (
        "404-order",
        {"status": 404, "body": _errors("not_found|order", "Gone.")},
        ("order_not_found", 404, "not_found|order", "404 Not Found (not_found|order: Gone.)", NO_ORDER),
    ),
    (
        "404-route",
        {"status": 404, "body": _errors("not_found|route", "What?")},
        ("path_not_found", 404, "not_found|route", "404 Not Found (not_found|route: What?)", NO_PATH),
    ),
    (
        "409",
        {"status": 409, "body": _errors("conflict", "Busy.")},
        ("rejected", 409, "conflict", "409 Conflict (conflict: Busy.)", REJECTED),
    ),
    (
        "429",
        {"status": 429, "body": _errors("request_limit_exceeded", "Slow down.")},
        (
            "rate_limited",
            429,
            "request_limit_exceeded",
            "429 Too Many Requests (request_limit_exceeded: Slow down.)",
            OVER_LIMIT,
        ),
    ),
    (
        "errors-as-an-object",
        {"status": 400, "body": json.dumps({"errors": {"code": "odd", "message": "Odd."}})},
        ("rejected", 400, "odd", "400 Bad Request (odd: Odd.)", REJECTED),
    ),
    (
        "500",
        {"status": 500, "body": "broken", "headers": {"Content-Type": "text/plain"}},
        ("service_unavailable", 500, None, "500 Internal Server Error (6 bytes of text/plain)", UNAVAILABLE),
    ),
    (
        "503-html",
        {**HTML, "status": 503},
        ("service_unavailable", 503, None, "503 Service Unavailable (24 bytes of text/html)", UNAVAILABLE),
    ),
    *(
        (
            str(status),
            {"status": status, "headers": {"Location": "https://www.example.com/"}, "body": ""},
            ("redirected", status, None, f"{status} {phrase} (no body)", REDIRECTED),
        )
        for status, phrase in (
            (301, "Moved Permanently"),
            (302, "Found"),
            (307, "Temporary Redirect"),
            (308, "Permanent Redirect"),
        )
    ),
    (
        "200-html",
        HTML,
        ("unexpected_reply", 200, None, "200 OK (24 bytes of text/html)", NOT_CERTCENTRAL),
    ),
    (
        "unheard-of-status",
        {"status": 799, "body": ""},
        ("unexpected_reply", 799, None, "799 (no body)", NOT_CERTCENTRAL),
    ),
]
REPLY_ROWS = pytest.mark.parametrize(
    ("fault", "expected"), [row[1:] for row in REPLIES], ids=[row[0] for row in REPLIES]
)


def _proves_no_effect(status, service_code):
    return 400 <= status < 500 and service_code is not None and status not in {408, 425, 499}


def _request_failed(code, status, service_code, message, method, path):
    return {
        "code": code,
        "message": message,
        "http_status": status,
        "method": method,
        "path": path,
        "service_code": service_code,
    }


def _order(outcome, before, after, error=None):
    order = {
        "order_id": 1001,
        "outcome": outcome,
        "changed": {"changed": True, "unknown": None}.get(outcome, False),
        "previous_status": before,
        "status": after,
        "is_renewed": None if after is None else False,
        "common_name": before and "shop.example.com",
        "organization": before and "Example Bakery",
    }
    return {**order, "error": error} if error else order


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
@REPLY_ROWS
def test_an_order_that_cannot_be_read_is_not_written_to(run, simulator, waits, check, fault, expected):
    code, status, service_code, said, advice = expected
    simulator.script(Fault(operation=Operation.READ, times=None, **fault))
    outcome = run(check=check, order_id=1001)

    message = (
        f"Order 1001 could not be read, so nothing was written: GET {READ_PATH} was answered {said}. {advice}"
    )
    assert outcome.failed
    assert outcome["changed"] is False
    assert outcome["msg"] == message
    assert outcome["orders"] == [
        _order("failed", None, None, _request_failed(code, status, service_code, message, "GET", READ_PATH))
    ]
    assert outcome["diff"] == {"before": "", "after": ""}
    # Over the rate limit the longest window is waited out once.
    assert [request.method for request in simulator.ledger.requests] == ["GET"] * (2 if status == 429 else 1)


@REPLY_ROWS
def test_a_write_that_was_not_confirmed_is_known_to_have_had_no_effect_only_by_the_service_s_own_refusal(
    run, simulator, waits, fault, expected
):
    code, status, service_code, said, advice = expected
    simulator.script(Fault(operation=Operation.WRITE, times=None, **fault))
    outcome = run(order_id=1001)

    answered = f"PUT {WRITE_PATH} was answered {said}. {advice}"
    if _proves_no_effect(status, service_code):
        told, message = "failed", f"Order 1001 is pending and was not changed: {answered}"
    else:
        told, code = "unknown", "outcome_unknown"
        message = (
            f"Order 1001 was pending and may or may not have been changed: {answered} It was still pending after that. "
            f"{RUN_AGAIN}"
        )
    assert outcome.failed
    assert outcome["changed"] is False
    assert outcome["msg"] == message
    error = _request_failed(code, status, service_code, message, "PUT", WRITE_PATH)
    assert outcome["orders"] == [_order(told, "pending", "pending", error)]
    assert simulator.ledger.changes == []


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 500, "body": ""}, id="500"),
        pytest.param({"status": 502, "body": ""}, id="502"),
        pytest.param({**HTML, "status": 503}, id="503-html"),
        pytest.param({**HTML, "status": 504}, id="504-html"),
        pytest.param({**HTML, "status": 403}, id="403-html"),
        pytest.param({"status": 408, "body": _errors("timeout", "Too late.")}, id="408"),
        pytest.param(HTML, id="200-html"),
        pytest.param({"status": 200, "body": "{}"}, id="200-json"),
        pytest.param({"status": 302, "headers": {"Location": "https://www.example.com/"}}, id="302"),
        pytest.param({"disconnect": Disconnect.CLOSE}, id="closed"),
        pytest.param({"disconnect": Disconnect.RESET}, id="reset"),
        pytest.param({"status": 200, "body": "x" * 100, "truncate": 10}, id="truncated"),
        pytest.param({"delay": 30}, id="timeout"),
        pytest.param({"status": 200, "body": "x" * 1000, "drip": 1.0}, id="dripping-body"),
        pytest.param({"status": 200, "body": "", "drip": 1.0, "drip_headers": True}, id="dripping-headers"),
        pytest.param({"status": 200, "body": GeneratedBody(100 * 1024 * 1024)}, id="100-MB"),
    ],
)
@pytest.mark.parametrize("retries", [0, 2])
def test_a_write_that_had_an_effect_is_reported_as_changed_whatever_became_of_its_reply(
    run, simulator, waits, fault, retries
):
    simulator.script(Fault(operation=Operation.WRITE, applied=True, **fault))
    outcome = run(order_id=1001, timeout=1.0, retries=retries)

    assert not outcome.failed
    assert outcome["changed"] is True
    assert outcome["msg"] == "Order 1001 changed from pending to canceled."
    assert outcome["orders"] == [_order("changed", "pending", "canceled")]
    assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]
    assert len(simulator.ledger.changes) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503, "body": ""}, "service_unavailable"),
        ({"disconnect": Disconnect.CLOSE}, "reply_lost"),
        ({"disconnect": Disconnect.RESET}, "reply_lost"),
        ({"status": 204, "delay": 30}, "timed_out"),
    ],
    ids=["503", "closed", "reset", "timeout"],
)
class TestAWriteWhoseReplyIsLostAndThatHadNoEffect:
    def test_is_sent_again_after_reading_as_long_as_the_order_may_be_changed(
        self, run, simulator, waits, fault, code
    ):
        simulator.script(Fault(operation=Operation.WRITE, **fault))
        outcome = run(order_id=1001, timeout=1.0, retries=1)
        assert not outcome.failed
        assert outcome["orders"] == [_order("changed", "pending", "canceled")]
        assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET", "PUT"]
        assert waits == [1.0]

    def test_is_not_sent_more_often_than_retries_allows_and_stays_in_doubt(
        self, run, simulator, waits, fault, code
    ):
        simulator.script(Fault(operation=Operation.WRITE, times=None, **fault))
        outcome = run(order_id=1001, timeout=1.0, retries=1)
        order = outcome.orders[1001]
        assert outcome.failed
        assert order["error"]["code"] == "outcome_unknown"
        assert (order["outcome"], order["changed"], order["status"]) == ("unknown", None, "pending")
        assert order["error"]["message"].endswith(f" It was still pending after that. {RUN_AGAIN}")
        assert [request.method for request in simulator.ledger.requests] == [
            "GET",
            "PUT",
            "GET",
            "PUT",
            "GET",
        ]

    @pytest.mark.parametrize("retries", [0, 3])
    def test_is_sent_once_more_for_each_of_the_retries(self, run, simulator, waits, fault, code, retries):
        simulator.script(Fault(operation=Operation.WRITE, times=None, **fault))
        outcome = run(order_id=1001, timeout=1.0, retries=retries)
        assert outcome.orders[1001]["outcome"] == "unknown"
        assert len(simulator.ledger.writes) == retries + 1

    @pytest.mark.parametrize("status", [400, 403, 429])
    def test_leaves_a_doubt_that_a_later_refusal_does_not_take_away(
        self, run, simulator, waits, fault, code, status
    ):
        refused = {"status": status, "times": None, "body": _errors("no", "No.")}
        simulator.script(
            Fault(operation=Operation.WRITE, **fault), Fault(operation=Operation.WRITE, nth=2, **refused)
        )
        outcome = run(order_id=1001, timeout=1.0, retries=1)
        order = outcome.orders[1001]
        assert (order["outcome"], order["status"], order["error"]["code"]) == (
            "unknown",
            "pending",
            "outcome_unknown",
        )
        assert order["error"]["http_status"] == status
        assert simulator.ledger.requests[-1].method == "GET"

    def test_is_reported_as_changed_if_a_reading_that_lags_behind_gets_there_in_the_end(
        self, run, simulator, waits, fault, code
    ):
        pending = json.dumps({"id": 1001, "status": "pending"})
        simulator.script(
            Fault(operation=Operation.WRITE, applied=True, **fault),
            Fault(operation=Operation.READ, nth=2, status=200, body=pending),
        )
        outcome = run(order_id=1001, timeout=1.0, retries=1)
        assert (outcome.orders[1001]["outcome"], outcome.orders[1001]["status"]) == ("changed", "canceled")
        assert len(simulator.ledger.changes) == 1

    def test_is_not_sent_again_to_an_order_that_may_not_be_changed_any_more(
        self, run, simulator, waits, fault, code
    ):
        simulator.script(Fault(operation=Operation.WRITE, **fault), OtherActor(changes_to="issued"))
        outcome = run(order_id=1001, timeout=1.0, retries=3)
        message = (
            "Order 1001 was pending and is issued by now. The reply to the write was lost: whether the write caused that "
            "cannot be determined. Look the order up in CertCentral."
        )
        assert outcome["msg"] == message
        # It may have canceled a reissue that somebody asked for meanwhile.
        assert outcome["orders"] == [
            _order(
                "unknown",
                "pending",
                "issued",
                _request_failed("outcome_unknown", None, None, message, None, None),
            )
        ]
        assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]

    def test_leaves_the_outcome_unknown_if_reading_back_fails_as_well(
        self, run, simulator, waits, fault, code
    ):
        simulator.script(
            Fault(operation=Operation.WRITE, **fault),
            Fault(operation=Operation.READ, nth=2, times=None, status=500, body=""),
        )
        outcome = run(order_id=1001, timeout=1.0, retries=1)
        order = outcome.orders[1001]
        assert outcome.failed
        assert (order["outcome"], order["changed"]) == ("unknown", None)
        assert (order["previous_status"], order["status"]) == ("pending", None)
        assert order["error"]["code"] == "outcome_unknown"
        assert (order["error"]["method"], order["error"]["path"]) == ("PUT", WRITE_PATH)
        assert outcome["msg"].startswith("Order 1001 was pending and may or may not have been changed: PUT ")
        assert outcome["msg"].endswith(
            f" Reading it back failed as well: GET {READ_PATH} was answered 500 Internal Server Error (no body). "
            f"{UNAVAILABLE} Running again is safe: it reads the order first."
        )
        assert outcome["diff"] == {"before": "order 1001: pending\n", "after": "order 1001: unknown\n"}
        assert len(simulator.ledger.writes) == 1


@pytest.mark.parametrize("applied", [True, False], ids=["effect", "no-effect"])
@pytest.mark.parametrize(
    "reads",
    [
        "rejected",
        "denied",
        "issued",
        "reissue_pending",
        "processing",
        "needs_approval",
        "canceled_by_customer",
    ],
)
def test_another_state_after_a_lost_reply_leaves_open_what_led_to_it(run, simulator, reads, applied):
    simulator.script(
        Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET, applied=applied),
        Fault(operation=Operation.READ, nth=2, edit={"/status": reads}, remove=["/requests"]),
    )
    outcome = run(order_id=1001)
    order = outcome.orders[1001]
    assert (order["outcome"], order["changed"], order["status"]) == ("unknown", None, reads)
    assert outcome["msg"] == (
        f"Order 1001 was pending and is {reads} by now. The reply to the write was lost: whether the write caused that "
        "cannot be determined. Look the order up in CertCentral."
    )


def test_a_write_that_was_rejected_had_no_effect_but_what_the_order_is_now_is_not_known_if_reading_back_fails(
    run, simulator
):
    simulator.script(
        Fault(operation=Operation.WRITE, times=None, status=409, body=_errors("conflict", "Busy.")),
        Fault(operation=Operation.READ, nth=2, times=None, status=500, body=""),
    )
    outcome = run(order_id=1001)
    answered = f"PUT {WRITE_PATH} was answered 409 Conflict (conflict: Busy.). {REJECTED}"
    message = f"Order 1001 was pending, could not be read again and was not changed: {answered}"
    assert outcome["msg"] == message
    error = _request_failed("rejected", 409, "conflict", message, "PUT", WRITE_PATH)
    assert outcome["orders"] == [_order("failed", "pending", None, error)]
    assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]


def test_a_reissue_that_moved_on_after_a_lost_reply_leaves_open_who_changed_it(run, simulator):
    simulator.script(
        Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET),
        OtherActor(operation=Operation.WRITE, changes_to="revoked"),
    )
    outcome = run(order_id=1006, status="reissue_canceled")
    order = outcome.orders[1006]
    assert (order["changed"], order["previous_status"], order["status"]) == (
        None,
        "reissue_pending",
        "revoked",
    )
    assert order["error"]["code"] == "outcome_unknown"
    assert outcome["msg"] == (
        "Order 1006 was reissue_pending and is revoked by now. The reply to the write was lost: whether the write caused that "
        "cannot be determined. Look the order up in CertCentral."
    )


@pytest.mark.parametrize("applied", [True, False])
def test_a_reissue_that_the_ca_may_have_issued_after_a_lost_reply_is_not_reported_as_canceled(
    run, simulator, applied
):
    # Nothing is told of the request that the reissue was.
    simulator.configure(processed_requests="dropped")
    simulator.script(Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET, applied=applied))
    if not applied:
        simulator.script(OtherActor(operation=Operation.WRITE, changes_to="issued"))
    outcome = run(order_id=1006, status="reissue_canceled")
    order = outcome.orders[1006]
    assert (order["outcome"], order["changed"], order["status"]) == ("unknown", None, "issued")
    assert order["error"]["code"] == "outcome_unknown"
    assert outcome["msg"] == REISSUE_IN_DOUBT


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize(
    ("order_id", "wanted"), [(1006, "reissue_canceled"), (1020, "renewed"), (1018, "not_renewed")]
)
def test_a_write_that_may_be_under_way_is_not_repeated_where_it_could_meet_the_next_reissue_or_mark(
    run, simulator, order_id, wanted
):
    simulator.script(Fault(operation=Operation.WRITE, times=None, status=504))
    outcome = run(order_id=order_id, status=wanted, retries=3)
    assert outcome.orders[order_id]["outcome"] == "unknown"
    assert "may or may not have been changed" in outcome["msg"]
    assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]


@pytest.mark.parametrize(("status", "told"), [(499, "unknown"), (498, "failed"), (500, "unknown")])
def test_a_refusal_is_an_answer_of_the_4xx(run, simulator, waits, status, told):
    simulator.script(
        Fault(operation=Operation.WRITE, times=None, status=status, body=_errors("conflict", "Busy."))
    )
    assert run(order_id=1001)["orders"][0]["outcome"] == told


def test_words_of_the_service_that_are_none_are_left_out(run, simulator):
    body = json.dumps({"errors": [{"code": 7, "message": ["Busy."]}]})
    simulator.script(Fault(operation=Operation.READ, times=None, status=418, body=body))
    error = run(order_id=1001)["orders"][0]["error"]
    assert error["service_code"] is None
    assert "Busy" not in error["message"]


def test_an_order_that_the_service_does_not_know_when_it_is_written_to_is_read_again(run, simulator):
    simulator.script(
        Fault(operation=Operation.WRITE, applied=True, status=404, body=_errors("not_found|order", "No."))
    )
    outcome = run(order_id=1001)
    assert outcome["orders"] == [_order("unchanged", "pending", "canceled")]
    assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]


@pytest.mark.parametrize("status", [400, 429])
def test_a_note_is_no_proof_after_a_refusal_because_the_same_job_may_run_twice(run, simulator, waits, status):
    simulator.script(
        Fault(
            operation=Operation.DECISION, status=status, applied=True, body=_errors("conflict", "Too late.")
        )
    )
    outcome = run(order_id=1101, status="rejected", retries=1)
    assert outcome.orders[1101]["outcome"] == "unchanged"
    assert outcome.orders[1101]["status"] == "rejected"


class TestTheRequestOfAReissue:
    """After a lost reply the request tells who ended the reissue, by its comment (contract sections 1 and 2)."""

    def test_that_was_rejected_with_the_note_tells_that_the_reissue_was_canceled(self, run, simulator):
        simulator.script(Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET, applied=True))
        outcome = run(order_id=1006, status="reissue_canceled")
        assert not outcome.failed
        assert outcome["msg"] == "Order 1006 changed from reissue_pending to issued."
        assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]

    def test_that_was_not_rejected_leaves_it_open(self, run, simulator):
        simulator.script(
            Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET),
            OtherActor(operation=Operation.WRITE, changes_to="issued"),
        )
        assert run(order_id=1006, status="reissue_canceled")["msg"] == REISSUE_IN_DOUBT

    @pytest.mark.parametrize("comment", ["Not needed", "", None, ["Not needed any more"]])
    def test_that_was_rejected_with_another_comment_leaves_it_open(self, run, simulator, comment):
        simulator.script(
            Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET, applied=True),
            Fault(operation=Operation.READ, nth=2, edit={"/requests/1/processor_comment": comment}),
        )
        assert run(order_id=1006, status="reissue_canceled")["msg"] == REISSUE_IN_DOUBT

    def test_that_was_rejected_with_the_same_note_before_tells_nothing(self, run, simulator):
        earlier = {
            "id": 1,
            "type": "reissue",
            "status": "rejected",
            "processor_comment": "Not needed any more",
        }
        simulator.script(
            Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET),
            OtherActor(operation=Operation.WRITE, changes_to="issued"),
            Fault(operation=Operation.READ, times=None, edit={"/requests/-": earlier}),
        )
        assert run(order_id=1006, status="reissue_canceled")["msg"] == REISSUE_IN_DOUBT


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("applied", [True, False], ids=["effect", "no-effect"])
def test_a_lost_reply_stays_unknown_where_the_service_never_shows_a_renewal_mark(
    run, simulator, waits, applied, retries
):
    simulator.configure(renewed_mark="hidden")
    simulator.script(
        Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET, applied=applied, times=None)
    )
    order = run(order_id=1020, status="renewed", retries=retries).orders[1020]
    assert (order["outcome"], order["changed"]) == ("unknown", None)
    assert order["error"]["code"] == "outcome_unknown"


def test_somebody_else_who_cancels_between_reading_and_writing_leads_to_ok(run, simulator):
    simulator.script(OtherActor(operation=Operation.READ, changes_to="canceled"))
    outcome = run(order_id=1001)
    assert not outcome.failed
    assert outcome["changed"] is False
    assert outcome["msg"] == "Order 1001 is already canceled."
    assert outcome["orders"] == [_order("unchanged", "pending", "canceled")]
    assert [change.by for change in simulator.ledger.changes] == ["another actor"]


def test_an_order_that_is_issued_between_reading_and_writing_is_told_as_such(run, simulator):
    simulator.script(OtherActor(operation=Operation.READ, changes_to="issued"))
    outcome = run(order_id=1001)
    assert outcome["msg"] == (
        "Order 1001 was pending and is issued by now, so it was not changed. "
        "An issued order cannot be canceled: revoke it instead."
    )
    assert outcome.orders[1001]["error"]["code"] == "status_not_allowed"
    assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET"]


def test_an_error_whose_code_and_message_are_no_texts_has_neither(run, simulator):
    body = json.dumps({"errors": [{"code": 5, "message": {"text": "No."}}]})
    simulator.script(Fault(operation=Operation.READ, status=400, body=body))
    error = run(order_id=1001).orders[1001]["error"]
    assert error["service_code"] is None
    assert f"400 Bad Request ({len(body)} bytes of " in error["message"]


def test_an_error_of_the_service_itself_is_no_proof_that_a_write_had_no_effect(run, simulator):
    lost = {"status": 500, "body": _errors("internal", "It broke."), "applied": True}
    simulator.script(Fault(operation=Operation.WRITE, **lost))
    order = run(order_id=1001, retries=0).orders[1001]
    assert (order["outcome"], order["status"]) == ("changed", "canceled")
    assert len(simulator.ledger.changes) == 1


class TestSpelling:
    def test_the_other_spelling_is_sent_after_a_400_and_another_look_at_the_order(self, run, simulator):
        simulator.configure(spelling=Spelling.LOWER)
        outcome = run(order_id=1001)
        assert outcome["changed"] is True
        assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT", "GET", "PUT"]
        assert [request.json["status"] for request in simulator.ledger.writes] == ["CANCELED", "canceled"]

    def test_no_other_spelling_is_sent_where_the_first_is_taken(self, run, simulator):
        simulator.configure(spelling=Spelling.UPPER)
        run(order_id=1001)
        assert [request.json["status"] for request in simulator.ledger.writes] == ["CANCELED"]

    def test_the_reissue_is_canceled_in_the_other_spelling_too(self, run, simulator):
        simulator.configure(spelling=Spelling.LOWER)
        assert run(order_id=1006, status="reissue_canceled").orders[1006]["status"] == "issued"

    def test_a_spelling_that_was_taken_is_the_first_for_the_next_orders(self, run, simulator):
        simulator.configure(spelling=Spelling.LOWER)
        run(order_id=[1001, 1002])
        assert [(request.order_id, request.json["status"]) for request in simulator.ledger.writes] == [
            (1001, "CANCELED"),
            (1001, "canceled"),
            (1002, "canceled"),
        ]

    def test_once_one_was_taken_no_other_is_tried_for_the_next_orders(self, run, simulator):
        refused = {"status": 400, "body": _errors("no", "No.")}
        simulator.script(Fault(operation=Operation.WRITE, order_id=1002, times=None, **refused))
        run(order_id=[1001, 1002])
        assert [(request.order_id, request.json["status"]) for request in simulator.ledger.writes] == [
            (1001, "CANCELED"),
            (1002, "CANCELED"),
        ]

    def test_two_spellings_are_all_that_is_tried(self, run, simulator):
        simulator.script(Fault(operation=Operation.WRITE, times=None, status=400, body=_errors("no", "No.")))
        outcome = run(order_id=1001, retries=3)
        assert outcome.orders[1001]["error"]["code"] == "rejected"
        assert len(simulator.ledger.writes) == 2

    def test_no_other_spelling_is_sent_after_another_4xx(self, run, simulator):
        simulator.script(Fault(operation=Operation.WRITE, status=409, body=""))
        run(order_id=1001)
        assert len(simulator.ledger.writes) == 1

    def test_the_renewal_marks_have_one_spelling(self, run, simulator):
        simulator.script(Fault(operation=Operation.WRITE, times=None, status=400, body=""))
        run(order_id=1020, status="renewed")
        assert [request.json["status"] for request in simulator.ledger.writes] == ["renewed"]


class TestTryingAgain:
    @pytest.mark.parametrize("operation", [Operation.READ, Operation.WRITE])
    def test_a_429_is_tried_again_for_reading_and_writing_and_a_write_follows_on_another_reading(
        self, run, simulator, waits, operation
    ):
        simulator.script(Fault(operation=operation, times=2, status=429))
        outcome = run(order_id=1001, retries=2)
        assert outcome["changed"] is True
        assert waits == [1.0, 2.0]
        seen = "GET GET GET PUT" if operation is Operation.READ else "GET PUT GET PUT GET PUT"
        assert [request.method for request in simulator.ledger.requests] == seen.split()

    @pytest.mark.parametrize("operation", [Operation.READ, Operation.WRITE])
    def test_a_429_without_a_word_on_how_long_is_followed_by_the_longest_window_once(
        self, run, simulator, waits, operation
    ):
        simulator.script(Fault(operation=operation, times=3, status=429))
        outcome = run(order_id=1001, retries=2)
        assert outcome["changed"] is True
        assert waits == [1.0, 2.0, 180.0]
        (warning,) = outcome.warnings
        assert warning == (
            "The API key was over its rate limit, so nothing was sent for 180 seconds. Lower rate_limits if other automation "
            "uses the key at the same time."
        )

    def test_a_429_that_lasts_longer_stops_the_task(self, run, simulator, waits):
        simulator.script(Fault(operation=Operation.READ, times=None, status=429))
        outcome = run(order_id=[1001, 1002], retries=1)
        assert waits == [1.0, 180.0]
        assert outcome["error"]["code"] == "rate_limited"
        assert outcome["not_attempted_order_ids"] == [1002]

    def test_a_429_that_says_how_long_is_believed(self, run, simulator, waits):
        simulator.script(
            Fault(operation=Operation.READ, times=None, status=429, headers={"Retry-After": "7"})
        )
        run(order_id=1001, retries=1)
        assert waits == [7.0]

    @pytest.mark.parametrize("now", ["0", "Tue, 24 Nov 2020 10:00:00 GMT"])
    def test_a_429_that_asks_for_no_wait_does_not_use_up_the_tries_at_once(self, run, simulator, waits, now):
        simulator.script(
            Fault(operation=Operation.READ, times=4, status=429, headers={"Retry-After": now}),
        )
        assert run(order_id=1001, retries=3)["changed"] is True
        assert waits == [1.0, 2.0, 4.0, 180.0]

    def test_a_second_is_believed_as_well(self, run, simulator, waits):
        simulator.script(Fault(operation=Operation.READ, times=2, status=503, headers={"Retry-After": "1"}))
        run(order_id=1001, retries=2)
        assert waits == [1.0, 1.0]

    def test_the_wait_doubles_up_to_half_a_minute(self, run, simulator, waits):
        simulator.script(Fault(operation=Operation.READ, times=None, status=503))
        run(order_id=1001, retries=7)
        assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]

    def test_chance_shortens_a_wait_by_up_to_a_half(self, run, simulator, waits, monkeypatch):
        monkeypatch.setattr("random.uniform", lambda least, most: least)
        simulator.script(Fault(operation=Operation.READ, times=None, status=503))
        run(order_id=1001, retries=7)
        assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]

    @pytest.mark.parametrize(
        ("retry_after", "wait"),
        [("7", 7.0), ("0", 1.0), ("100000", 180.0), ("soon", 1.0), ("-5", 1.0), ("", 1.0)],
    )
    def test_a_retry_after_in_seconds_is_honoured_up_to_three_minutes(
        self, run, simulator, waits, retry_after, wait
    ):
        simulator.script(Fault(operation=Operation.READ, status=429, headers={"Retry-After": retry_after}))
        run(order_id=1001, retries=1)
        assert waits == [wait]

    @pytest.mark.parametrize(
        ("retry_after", "wait"),
        [("Tue, 24 Nov 2020 10:00:00 GMT", 1.0), ("Tue, 24 Nov 2099 10:00:00 GMT", 180.0)],
        ids=["past", "future"],
    )
    def test_a_retry_after_as_a_date_is_honoured_up_to_three_minutes(
        self, run, simulator, waits, retry_after, wait
    ):
        simulator.script(Fault(operation=Operation.READ, status=503, headers={"Retry-After": retry_after}))
        run(order_id=1001, retries=1)
        assert waits == [wait]

    @pytest.mark.parametrize(
        "fault", [{"disconnect": Disconnect.RESET}, {"body": "x" * 99, "truncate": 5}], ids=str
    )
    def test_a_read_whose_reply_is_lost_is_tried_again(self, run, simulator, waits, fault):
        simulator.script(Fault(operation=Operation.READ, **fault))
        assert run(order_id=1001, retries=1)["changed"] is True
        assert [request.method for request in simulator.ledger.requests] == ["GET", "GET", "PUT"]

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 301, 200, 204])
    def test_what_does_not_pass_is_not_tried_again(self, run, simulator, waits, status):
        simulator.script(Fault(operation=Operation.READ, times=None, status=status, body=""))
        assert run(order_id=1001, retries=3).failed
        assert len(simulator.ledger.requests) == 1

    def test_a_connection_that_never_opened_is_tried_again_for_writing_too(self, run, waits):
        with Simulator() as gone:
            gone_url = gone.api_url
        outcome = run(order_id=1001, api_url=gone_url, retries=2)
        error = outcome.orders[1001]["error"]
        assert (error["code"], error["http_status"]) == ("not_reached", None)
        assert outcome["msg"] == (
            f"Order 1001 could not be read, so nothing was written: GET {READ_PATH} got no complete reply "
            f"(Connection refused). {NO_CONNECTION}"
        )
        assert waits == [1.0, 2.0]

    def test_a_certificate_that_is_not_accepted_is_not_tried_again(self, run, waits, simulator):
        outcome = run(order_id=1001, ca_path=None, retries=3)
        assert waits == []
        assert outcome["msg"] == (
            f"Order 1001 could not be read, so nothing was written: GET {READ_PATH} got no complete reply "
            f"(unable to get local issuer certificate). {NO_TLS}"
        )

    def test_a_name_that_is_not_found_is_told(self, run, waits):
        outcome = run(order_id=1001, api_url="https://certcentral.invalid/services/v2")
        assert outcome.orders[1001]["error"]["code"] == "not_reached"
        assert NO_CONNECTION in outcome["msg"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "1001",
        "{}",
        '{"id": 1001}',
        '{"status": "pending"}',
        '{"id": 1001, "status": null}',
        '{"id": 1001, "status": ["pending"]}',
        '{"id": 1002, "status": "pending"}',
        '{"id": true, "status": "pending"}',
        '{"id": 1001, "status": "issued", "status": "pending"}',
        '{"id": 1001, "status": "pending", "price": NaN}',
        '{"id": 1001, "status": "pending", "price": -Infinity}',
        '{"id": 1001, "status": "pending", "price": 1e999}',
        '{"id": 1001, "status": "pending"',
        pytest.param('{"id": 1001, "status": "pending"}'.encode("utf-16"), id="UTF-16"),
        "[" * 100_000,
    ],
    ids=lambda body: str(body)[:20],
)
def test_a_200_that_does_not_describe_the_very_order_is_no_ground_to_write(run, simulator, body):
    simulator.script(Fault(operation=Operation.READ, times=None, status=200, body=body))
    outcome = run(order_id=1001)
    assert outcome.orders[1001]["error"]["code"] == "unexpected_reply"
    assert outcome["msg"].endswith(NOT_CERTCENTRAL)
    assert simulator.ledger.writes == []


@pytest.mark.parametrize("status", ["Pending", "PENDING", " pending", "pending\n", ""])
def test_a_status_that_only_resembles_pending_is_not_pending(run, simulator, status):
    simulator.script(
        Fault(
            operation=Operation.READ, times=None, status=200, body=json.dumps({"id": 1001, "status": status})
        )
    )
    assert run(order_id=1001).orders[1001]["error"]["code"] == "status_unknown"
    assert simulator.ledger.writes == []


@pytest.mark.parametrize("wanted", ["renewed", "not_renewed"])
@pytest.mark.parametrize(
    "mark", [{}, {"is_renewed": None}, {"is_renewed": "false"}, {"is_renewed": 0}], ids=str
)
def test_without_a_clear_renewal_mark_nothing_is_marked(run, simulator, wanted, mark):
    body = json.dumps({"id": 1020, "status": "issued", **mark})
    simulator.script(Fault(operation=Operation.READ, times=None, status=200, body=body))
    outcome = run(order_id=1020, status=wanted)
    assert outcome.orders[1020]["error"]["code"] == "renewal_unknown"
    assert outcome["msg"] == (
        "Order 1020 is issued (renewal mark unknown), so nothing was written. "
        "The service did not say whether it is marked renewed: look the order up in CertCentral."
    )
    assert outcome.orders[1020]["is_renewed"] is None
    assert simulator.ledger.writes == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 200, "body": GeneratedBody(100 * 1024 * 1024)}, "reply_too_large"),
        (
            {"status": 200, "headers": {"Content-Encoding": "gzip"}, "body": gzip_bomb(64 * 1024 * 1024)},
            "unexpected_reply",
        ),
        ({"status": 204, "body": "a body that must not be there"}, "unexpected_reply"),
        ({"drip": 0.2}, "timed_out"),
        ({"drip": 0.2, "drip_headers": True}, "timed_out"),
    ],
    ids=["100-MB", "gzip-bomb", "204", "dripping-body", "dripping-headers"],
)
def test_a_reply_without_measure_fails_in_time(run, simulator, fault, code):
    simulator.script(Fault(operation=Operation.READ, times=None, **fault))
    outcome = run(order_id=1001, timeout=1)
    assert outcome.orders[1001]["error"]["code"] == code
    assert simulator.ledger.writes == []


class TestTheKey:
    def test_goes_in_one_header_and_nowhere_else(self, run, simulator):
        run(order_id=1001)
        for request in simulator.ledger.requests:
            assert [name for name, value in request.headers if FULL_KEY in value] == ["X-DC-DEVKEY"]
            assert FULL_KEY not in request.path + request.query + request.body

    def test_is_not_shown_in_a_result(self, run):
        assert FULL_KEY not in run(order_id=1001).printed

    @pytest.mark.parametrize(
        "echo",
        [
            FULL_KEY,
            f"key%3D{FULL_KEY}",
            "c2ltdWxhdG9yLWZ1bGwtYWNjZXNzLWtleS0wMDAx",
            f"{FULL_KEY[:9]}{FULL_KEY[9:]}\x00",
            f"{FULL_KEY[:20]}\r\n{FULL_KEY[20:]}",
            FULL_KEY[:-3],
        ],
    )
    def test_is_not_shown_where_the_service_echoes_it(self, run, simulator, echo):
        simulator.script(Fault(operation=Operation.READ, status=400, body=_errors(echo, f"You sent {echo}.")))
        outcome = run(order_id=1001)
        assert echo not in outcome.printed
        assert (
            "********" in outcome["msg"]
            or "withheld because it holds the API key or another" in outcome["msg"]
        )

    def test_is_masked_where_the_service_names_a_status_like_it(self, run, simulator):
        body = json.dumps({"id": 1001, "status": FULL_KEY})
        simulator.script(Fault(operation=Operation.READ, status=200, body=body))
        outcome = run(order_id=1001)
        assert outcome.orders[1001]["status"] == "********"
        assert FULL_KEY not in outcome.printed

    def test_is_masked_without_the_white_space_that_it_came_with(self, run):
        outcome = run(order_id=1001, api_key=f"{FULL_KEY}\n", note=f"pasted by mistake: {FULL_KEY}")
        assert outcome["changed"] is True
        assert FULL_KEY not in outcome.printed

    def test_does_not_follow_a_redirect(self, run, simulator):
        with Simulator() as target:
            simulator.script(
                Fault(
                    status=302, times=None, headers={"Location": f"{target.api_url}/order/certificate/1001"}
                )
            )
            assert run(order_id=1001).orders[1001]["error"]["code"] == "redirected"
            assert target.ledger.requests == []

    def test_is_not_joined_by_a_password_from_netrc(self, run, simulator, monkeypatch, tmp_path):
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        run(order_id=1001)
        assert [request.header("Authorization") for request in simulator.ledger.requests] == [None, None]

    def test_that_may_only_read_is_told_as_such(self, run, simulator):
        outcome = run(order_id=1001, api_key=VIEW_ONLY_KEY)
        assert outcome.orders[1001]["error"]["code"] == "missing_permission"
        assert outcome["msg"].endswith(MAY_NOT)
        assert [request.method for request in simulator.ledger.requests] == ["GET", "PUT"]

    def test_that_is_wrong_is_told_as_such(self, run, simulator):
        outcome = run(order_id=1001, api_key="a-key-that-nobody-issued")
        assert outcome.orders[1001]["error"]["code"] == "access_denied"
        assert outcome["msg"].endswith(REFUSED_KEY)
        assert "a-key-that-nobody-issued" not in outcome.printed


def test_what_the_service_says_is_cut_and_kept_to_one_line(run, simulator):
    simulator.script(
        Fault(
            operation=Operation.READ,
            status=400,
            body=_errors("c", "\x1b[31mred\n\u202eright to left " + "x" * 5000),
        )
    )
    message = run(order_id=1001)["msg"]
    assert "(c:  [31mred  right to left xxx" in message
    assert len(message) < 600
    assert message.isprintable()
