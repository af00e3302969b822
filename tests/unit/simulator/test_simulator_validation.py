# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an order waits for, as its validation tells it."""

from __future__ import annotations

import pytest
from ansible_collections.community.digicert.tests.simulator import VIEW_ONLY_KEY, Fault, Operation


def validation(call, order_id):
    reply = call("GET", f"/order/certificate/{order_id}/validation")
    assert reply.status_code == 200
    return reply.json()


def words(call, order_id):
    """Give the words for the organization, its contact and the domains, and the methods of the latter."""
    shown = validation(call, order_id)
    (organization,) = shown["organization_validations"]
    (contact,) = organization["verified_contacts"]
    domains = [
        (domain["name_scope"], domain["status"], domain["method"]) for domain in shown["dns_name_validations"]
    ]
    return organization["status"], contact["status"], domains


def test_an_order_has_the_documented_fields_and_its_ids_are_texts(call):
    shown = validation(call, 1001)
    assert set(shown) == {
        "order_id", "order_status", "order_name_scope", "order_dcv_method", "organization_id", "organization_name",
        "organization_validations", "dns_name_validations",
    }  # fmt: skip
    assert (shown["order_id"], shown["order_status"]) == ("1001", "pending")
    assert (shown["organization_id"], shown["organization_name"]) == ("501", "Example Bakery")
    first, second = shown["dns_name_validations"]
    assert first == {
        "domain_id": "100101",
        "name_scope": "shop.example.com",
        "status": "pending",
        "method": "dns-txt-token",
        "dns_names": ["shop.example.com"],
    }
    assert second["status"] == "approved"


def test_an_organization_tells_until_when_it_is_validated_or_what_is_pending(call):
    (validated,) = validation(call, 1001)["organization_validations"]
    (pending,) = validation(call, 1002)["organization_validations"]
    assert {"type", "name", "status", "validated_until", "verified_contacts"} == set(validated)
    assert {"type", "name", "status", "verification_details", "verified_contacts"} == set(pending)
    assert set(pending["verification_details"].values()) == {"pending"}
    assert (validated["type"], validated["name"]) == ("ov", "OV")


@pytest.mark.parametrize(
    ("order_id", "expected"),
    [
        (1002, ("pending", "approved", [("orders.example.com", "approved", "email")])),
        (1003, ("active", "pending", [("lamp.example.com", "approved", "http-token")])),
        (1007, ("active", "approved", [("recipes.example.com", "pending", "dns-txt-token")])),
        (1104, ("awaiting_opinion", "approved", [("archive.example.com", "in_review", "dns-persistent-token")])),
        (1004, ("active", "approved", [("bikes.example.com", "approved", "dns-txt-token")])),
    ],
    ids=["the organization", "a contact", "a domain", "words that nobody documents", "nothing"],
)  # fmt: skip
def test_what_an_order_waits_for(call, order_id, expected):
    assert words(call, order_id) == expected


def test_dv_has_no_organization(call):
    assert set(validation(call, 1102)) == {
        "order_id", "order_status", "order_name_scope", "order_dcv_method", "dns_name_validations",
    }  # fmt: skip


def test_a_view_only_key_will_do(call):
    assert call("GET", "/order/certificate/1001/validation", key=VIEW_ONLY_KEY).status_code == 200


def test_an_unknown_order_is_not_found(call):
    reply = call("GET", "/order/certificate/9999/validation")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, "not_found|order")


def test_it_is_an_operation_of_its_own(simulator, call):
    simulator.script(Fault(operation=Operation.VALIDATION, order_id=1001, status=503))
    assert call("GET", "/order/certificate/1001").status_code == 200
    assert call("GET", "/order/certificate/1001/validation").status_code == 503
    assert simulator.ledger.requests[1].operation is Operation.VALIDATION
    assert len(simulator.ledger.reads) == 1
