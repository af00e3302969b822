# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which status updates the simulated service takes, and what they do."""

from __future__ import annotations

import pytest
from ansible_collections.community.digicert.tests.simulator import VIEW_ONLY_KEY, Spelling

CANCEL = {"status": "CANCELED", "note": "ordered twice"}


def update(call, order_id, body, **arguments):
    return call("PUT", f"/order/certificate/{order_id}/status", json=body, **arguments)


def error_of(reply):
    (error,) = reply.json()["errors"]
    return reply.status_code, error["code"]


@pytest.mark.parametrize("order_id", [1001, 1004], ids=["pending", "waiting_pickup"])
def test_a_waiting_order_becomes_canceled(simulator, call, order_id):
    reply = update(call, order_id, CANCEL)
    assert (reply.status_code, reply.content) == (204, b"")
    assert simulator.order(order_id).status == "canceled"


def test_canceling_a_reissue_brings_the_order_back_to_issued(simulator, call):
    assert update(call, 1006, CANCEL).status_code == 204
    order = simulator.order(1006)
    assert order.status == "issued"
    first, reissue = order.requests
    assert (first.status, first.processor_comment) == ("approved", "")
    assert (reissue.status, reissue.processor_comment) == ("rejected", "ordered twice")


@pytest.mark.parametrize("order_id", [1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1017])
def test_any_other_status_refuses_to_be_canceled(simulator, call, order_id):
    before = simulator.order(order_id)
    assert error_of(update(call, order_id, CANCEL)) == (400, "invalid_order_status")
    assert simulator.order(order_id) == before
    assert simulator.ledger.changes == []


@pytest.mark.parametrize("note", [None, "", " \t\n"])
def test_a_cancellation_needs_a_note_that_is_not_blank(simulator, call, note):
    assert error_of(update(call, 1001, {"status": "CANCELED", "note": note})) == (400, "missing_note")
    assert error_of(update(call, 1001, {"status": "CANCELED"})) == (400, "missing_note")
    assert simulator.order(1001).status == "pending"


@pytest.mark.parametrize(
    ("spelling", "value", "status"),
    [
        (Spelling.ANY, "CANCELED", 204),
        (Spelling.ANY, "canceled", 204),
        (Spelling.ANY, "Canceled", 204),
        (Spelling.ANY, "CANCELLED", 400),
        (Spelling.UPPER, "CANCELED", 204),
        (Spelling.UPPER, "canceled", 400),
        (Spelling.LOWER, "canceled", 204),
        (Spelling.LOWER, "CANCELED", 400),
    ],
)
def test_the_spelling_of_canceled(simulator, call, spelling, value, status):
    simulator.reset(spelling=spelling)
    reply = update(call, 1001, {"status": value, "note": "ordered twice"})
    assert reply.status_code == status
    assert simulator.order(1001).status == ("canceled" if status == 204 else "pending")
    if status == 400:
        assert error_of(reply) == (400, "invalid_status")


@pytest.mark.parametrize("order_id", [1019, 1020], ids=["expired", "near its end"])
def test_a_migrated_order_at_its_end_is_marked_renewed_without_a_note(simulator, call, order_id):
    assert update(call, order_id, {"status": "renewed"}).status_code == 204
    assert simulator.order(order_id).is_renewed is True
    assert call("GET", f"/order/certificate/{order_id}").json()["is_renewed"] is True


@pytest.mark.parametrize("order_id", [1001, 1011, 1012, 1018, 1021])
def test_any_other_order_refuses_to_be_marked_renewed(simulator, call, order_id):
    before = simulator.order(order_id)
    assert error_of(update(call, order_id, {"status": "renewed"})) == (400, "invalid_order_status")
    assert simulator.order(order_id) == before


def test_a_mark_is_taken_away(simulator, call):
    assert update(call, 1018, {"status": "not_renewed"}).status_code == 204
    assert simulator.order(1018).is_renewed is False


def test_a_mark_that_is_not_there_is_not_taken_away(call):
    assert error_of(update(call, 1020, {"status": "not_renewed"})) == (400, "invalid_order_status")


def test_renewed_is_case_sensitive(call):
    assert error_of(update(call, 1020, {"status": "RENEWED"})) == (400, "invalid_status")


def test_unknown_body_keys_are_tolerated(call):
    assert update(call, 1001, {**CANCEL, "send_emails": True}).status_code == 204


@pytest.mark.parametrize("content_type", [None, "application/json", "application/json; charset=utf-8"])
def test_the_content_type_may_be_missing_or_have_a_charset(call, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    body = b'{"status": "CANCELED", "note": "ordered twice"}'
    assert call("PUT", "/order/certificate/1001/status", data=body, headers=headers).status_code == 204


def test_a_form_is_refused(call):
    reply = call("PUT", "/order/certificate/1001/status", data=CANCEL)
    assert error_of(reply) == (400, "bad_request_format")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_request_format"),
        (b"{", "bad_request_format"),
        (b"\xff\xfe", "bad_request_format"),
        (b"[]", "bad_request_format"),
        (b"[" * 100000, "bad_request_format"),
        (b'{"status": 1, "note": "n"}', "bad_request_format"),
        (b'{"status": "CANCELED", "note": 1}', "bad_request_format"),
        (b'{"note": "n"}', "missing_status"),
    ],
)
def test_a_body_that_is_no_status_update_is_refused(simulator, call, body, code):
    reply = call("PUT", "/order/certificate/1001/status", data=body)
    assert error_of(reply) == (400, code)
    assert simulator.ledger.changes == []


def test_a_view_only_key_may_not_change(simulator, call):
    reply = update(call, 1001, CANCEL, key=VIEW_ONLY_KEY)
    assert error_of(reply) == (403, "access_denied|missing_permission")
    assert simulator.order(1001).status == "pending"


def test_an_unknown_order_is_not_found(call):
    assert error_of(update(call, 9999, CANCEL)) == (404, "not_found|order")


def test_a_refusal_may_have_another_status_than_400(simulator, call):
    simulator.configure(refused_change=422)
    for order_id, body, code in (
        (1011, CANCEL, "invalid_order_status"),
        (1001, {"status": "CANCELED"}, "missing_note"),
        (1001, {"status": "cancelled", "note": "n"}, "invalid_status"),
        (1001, {"status": "renewed"}, "invalid_order_status"),
        (1018, {"status": "renewed"}, "invalid_order_status"),
        (1001, {"status": "not_renewed"}, "invalid_order_status"),
    ):
        assert error_of(update(call, order_id, body)) == (422, code)


def test_a_canceled_order_may_be_gone(simulator, call):
    simulator.configure(canceled_order="gone")
    assert update(call, 1001, CANCEL).status_code == 204
    assert error_of(call("GET", "/order/certificate/1001")) == (404, "not_found|order")
    assert error_of(update(call, 1001, CANCEL)) == (404, "not_found|order")
    assert call("GET", "/order/certificate?filters[id]=1001").json()["page"]["total"] == 0
    assert simulator.order(1001).status == "canceled"
    assert call("GET", "/order/certificate/1014").status_code == 200


def test_an_order_whose_reissue_was_canceled_is_not_gone(simulator, call):
    simulator.configure(canceled_order="gone")
    assert update(call, 1006, CANCEL).status_code == 204
    assert call("GET", "/order/certificate/1006").json()["status"] == "issued"
