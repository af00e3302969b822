# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of digicert_order_status: every status that can be wanted, every state an order can be in, both modes.

The expectations are written out here and not taken from the module's own table. What happened is read from the
simulator's ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from ansible_collections.community.digicert.tests.simulator import Fault, Operation, OtherActor, Simulator

CHECK_AND_REAL = pytest.mark.parametrize("check", [True, False], ids=["check", "real"])


@dataclass(frozen=True)
class Order:
    """An order of the simulator's account."""

    order_id: int
    status: str
    is_renewed: bool = False


PENDING = Order(1001, "pending")
WAITING_PICKUP = Order(1004, "waiting_pickup")
REISSUE_PENDING = Order(1006, "reissue_pending")
NEEDS_APPROVAL = Order(1007, "needs_approval")
NEEDS_CSR = Order(1008, "needs_csr")
PROCESSING = Order(1009, "processing")
APPROVED = Order(1010, "approved")
REVOKED = Order(1013, "revoked")
CANCELED = Order(1014, "canceled")
REJECTED = Order(1015, "rejected")
DENIED = Order(1016, "denied")
UNDOCUMENTED = Order(1017, "on_hold_for_vetting")
ISSUED_MARKED_RENEWED = Order(1018, "issued", is_renewed=True)
EXPIRED = Order(1019, "expired")
ISSUED = Order(1020, "issued")

ALL = [
    PENDING,
    WAITING_PICKUP,
    REISSUE_PENDING,
    NEEDS_APPROVAL,
    NEEDS_CSR,
    PROCESSING,
    APPROVED,
    REVOKED,
    CANCELED,
    REJECTED,
    DENIED,
    UNDOCUMENTED,
    ISSUED_MARKED_RENEWED,
    EXPIRED,
    ISSUED,
]

# wanted, order, value on the wire, status afterwards, marked renewed afterwards
CHANGES = [
    ("canceled", PENDING, "CANCELED", "canceled", False),
    ("canceled", WAITING_PICKUP, "CANCELED", "canceled", False),
    ("reissue_canceled", REISSUE_PENDING, "CANCELED", "issued", False),
    ("rejected", NEEDS_APPROVAL, "rejected", "rejected", False),
    ("renewed", ISSUED, "renewed", "issued", True),
    ("renewed", EXPIRED, "renewed", "expired", True),
    ("not_renewed", ISSUED_MARKED_RENEWED, "not_renewed", "issued", False),
]

ALREADY_SO = [
    ("canceled", CANCELED),
    ("reissue_canceled", ISSUED),
    ("reissue_canceled", ISSUED_MARKED_RENEWED),
    ("rejected", REJECTED),
    ("renewed", ISSUED_MARKED_RENEWED),
    *(("not_renewed", order) for order in ALL if order is not ISSUED_MARKED_RENEWED),
]

SAY_REISSUE_CANCELED = (
    "Canceling now would cancel its reissue and return the order to issued: if that is what is meant, "
    "ask for the status reissue_canceled."
)
ENDED = "The order has already ended; there is nothing to cancel."
NOT_YET = "CertCentral cancels an order only while it is pending or waiting_pickup: run this again once it is one of them."
NO_REISSUE = "It has no pending reissue."
CANCEL_INSTEAD = NO_REISSUE + " If the order itself is to be canceled, ask for the status canceled."
NOT_WAITING = "It does not wait for an approver. If it is to be canceled, ask for the status canceled."
NOTHING_TO_REJECT = "The order has already ended; there is nothing to reject."
ONLY_NEEDS_APPROVAL = "Only an order that is needs_approval waits for an approver who can reject it."
ONLY_ISSUED_OR_EXPIRED = "Only an order that is issued or expired can be marked renewed."
UNKNOWN_STATE = (
    "This collection does not know that state and writes to no order in it: look the order up in CertCentral, and "
    "please report the state to the collection's issue tracker."
)

# wanted, order, the way out
REFUSALS = [
    ("canceled", ISSUED, "An issued order cannot be canceled: revoke it instead."),
    ("canceled", ISSUED_MARKED_RENEWED, "An issued order cannot be canceled: revoke it instead."),
    (
        "canceled",
        NEEDS_APPROVAL,
        "It waits for an approver: to have its request rejected, ask for the status rejected.",
    ),
    (
        "canceled",
        REISSUE_PENDING,
        SAY_REISSUE_CANCELED,
    ),
    ("canceled", NEEDS_CSR, NOT_YET),
    ("canceled", PROCESSING, NOT_YET),
    ("canceled", APPROVED, NOT_YET),
    ("canceled", EXPIRED, ENDED),
    ("canceled", REVOKED, ENDED),
    ("canceled", REJECTED, ENDED),
    ("canceled", DENIED, ENDED),
    ("canceled", UNDOCUMENTED, UNKNOWN_STATE),
    ("reissue_canceled", PENDING, CANCEL_INSTEAD),
    ("reissue_canceled", WAITING_PICKUP, CANCEL_INSTEAD),
    *(
        ("reissue_canceled", order, NO_REISSUE)
        for order in (
            NEEDS_APPROVAL,
            NEEDS_CSR,
            PROCESSING,
            APPROVED,
            EXPIRED,
            REVOKED,
            CANCELED,
            REJECTED,
            DENIED,
        )
    ),
    ("reissue_canceled", UNDOCUMENTED, UNKNOWN_STATE),
    ("rejected", PENDING, NOT_WAITING),
    ("rejected", WAITING_PICKUP, NOT_WAITING),
    ("rejected", REISSUE_PENDING, "If its reissue is to be canceled, ask for the status reissue_canceled."),
    ("rejected", ISSUED, "An issued order cannot be rejected: revoke it instead."),
    ("rejected", ISSUED_MARKED_RENEWED, "An issued order cannot be rejected: revoke it instead."),
    *(("rejected", order, ONLY_NEEDS_APPROVAL) for order in (NEEDS_CSR, PROCESSING, APPROVED)),
    *(("rejected", order, NOTHING_TO_REJECT) for order in (EXPIRED, REVOKED, CANCELED, DENIED)),
    ("rejected", UNDOCUMENTED, UNKNOWN_STATE),
    *(
        ("renewed", order, ONLY_ISSUED_OR_EXPIRED)
        for order in ALL
        if order not in (ISSUED, ISSUED_MARKED_RENEWED, EXPIRED, UNDOCUMENTED)
    ),
    ("renewed", UNDOCUMENTED, UNKNOWN_STATE),
]


def _row(row: tuple) -> str:
    return f"{row[0]}-{row[1].status}{'-marked' * row[1].is_renewed}"


def _names(simulator: Simulator, order: Order) -> dict[str, str]:
    """Give the names that a result has beside an order."""
    known = simulator.order(order.order_id)
    return {"common_name": known.common_name, "organization": known.organization.name}


def _described(wanted: str, status: str, is_renewed: bool) -> str:
    if wanted in ("canceled", "reissue_canceled", "rejected"):
        return status
    return f"{status} ({'marked renewed' if is_renewed else 'not marked renewed'})"


def test_every_state_stands_in_the_table_of_every_wanted_status():
    told = {(row[0], row[1]) for row in [*CHANGES, *ALREADY_SO, *REFUSALS]}
    wanted = ("canceled", "reissue_canceled", "rejected", "renewed", "not_renewed")
    assert told == {(status, order) for status in wanted for order in ALL}


def test_the_orders_of_the_tables_are_the_ones_of_the_account(simulator: Simulator):
    assert [(simulator.order(o.order_id).status, simulator.order(o.order_id).is_renewed) for o in ALL] == [
        (order.status, order.is_renewed) for order in ALL
    ]


@pytest.mark.parametrize(("wanted", "order", "sent", "status", "renewed"), CHANGES, ids=map(_row, CHANGES))
def test_an_order_in_a_state_to_change_is_changed(run, simulator, wanted, order, sent, status, renewed):
    outcome = run(order_id=order.order_id, status=wanted)

    before, after = _described(wanted, order.status, order.is_renewed), _described(wanted, status, renewed)
    assert not outcome.failed
    assert outcome["changed"] is True
    assert outcome["msg"] == f"Order {order.order_id} changed from {before} to {after}."
    assert outcome["orders"] == [
        {
            "order_id": order.order_id,
            "outcome": "changed",
            "changed": True,
            "previous_status": order.status,
            "status": status,
            "is_renewed": renewed,
            **_names(simulator, order),
        }
    ]
    assert outcome["diff"] == {
        "before": f"order {order.order_id}: {before}\n",
        "after": f"order {order.order_id}: {after}\n",
    }
    # What an order reads after a rejection is not documented, so it is looked at.
    assert [(request.method, request.status) for request in simulator.ledger.requests] == [
        ("GET", 200),
        ("PUT", 204),
        *[("GET", 200)] * (wanted == "rejected"),
    ]
    (write,) = simulator.ledger.writes
    if wanted == "rejected":
        (request,) = simulator.order(order.order_id).requests
        assert write.path == f"/services/v2/request/{request.id}/status"
        assert write.json == {"status": sent, "processor_comment": "Not needed any more"}
    else:
        assert write.path == f"/services/v2/order/certificate/{order.order_id}/status"
        assert write.json == {"status": sent, "note": "Not needed any more"}
    (change,) = simulator.ledger.changes
    assert (change.order_id, change.before, change.after) == (order.order_id, order.status, status)
    assert (change.is_renewed_before, change.is_renewed_after) == (order.is_renewed, renewed)


@pytest.mark.parametrize(("wanted", "order", "sent", "status", "renewed"), CHANGES, ids=map(_row, CHANGES))
def test_check_mode_writes_nothing_and_predicts_the_real_run(
    run, simulator, wanted, order, sent, status, renewed
):
    predicted = run(check=True, order_id=order.order_id, status=wanted)
    assert [(request.method, request.status) for request in simulator.ledger.requests] == [("GET", 200)]
    assert simulator.ledger.changes == []

    real = run(order_id=order.order_id, status=wanted)
    assert predicted["msg"] == real["msg"].replace("changed from", "would change from")
    for part in ("changed", "orders", "diff"):
        assert predicted[part] == real[part]


@pytest.mark.parametrize(("wanted", "order", "sent", "status", "renewed"), CHANGES, ids=map(_row, CHANGES))
def test_the_same_again_is_ok_and_writes_nothing(run, simulator, wanted, order, sent, status, renewed):
    run(order_id=order.order_id, status=wanted)
    again = run(order_id=order.order_id, status=wanted)
    assert not again.failed
    assert again["changed"] is False
    assert len(simulator.ledger.writes) == 1


@CHECK_AND_REAL
@pytest.mark.parametrize(("wanted", "order"), ALREADY_SO, ids=map(_row, ALREADY_SO))
def test_an_order_that_is_already_so_is_ok_without_a_write(run, simulator, wanted, order, check):
    outcome = run(check=check, order_id=order.order_id, status=wanted)

    described = _described(wanted, order.status, order.is_renewed)
    assert not outcome.failed
    assert outcome["changed"] is False
    assert outcome["msg"] == f"Order {order.order_id} is already {described}."
    assert outcome["orders"] == [
        {
            "order_id": order.order_id,
            "outcome": "unchanged",
            "changed": False,
            "previous_status": order.status,
            "status": order.status,
            "is_renewed": order.is_renewed,
            **_names(simulator, order),
        }
    ]
    assert outcome["diff"]["before"] == outcome["diff"]["after"] == f"order {order.order_id}: {described}\n"
    assert [request.method for request in simulator.ledger.requests] == ["GET"]
    assert simulator.ledger.changes == []


@CHECK_AND_REAL
@pytest.mark.parametrize(("wanted", "order", "way_out"), REFUSALS, ids=map(_row, REFUSALS))
def test_every_other_state_fails_without_a_write_and_tells_the_way_out(
    run, simulator, wanted, order, way_out, check
):
    outcome = run(check=check, order_id=order.order_id, status=wanted)

    described = _described(wanted, order.status, order.is_renewed)
    message = f"Order {order.order_id} is {described}, so nothing was written. {way_out}"
    assert outcome.failed
    assert outcome["changed"] is False
    assert outcome["msg"] == message
    assert outcome["orders"] == [
        {
            "order_id": order.order_id,
            "outcome": "failed",
            "changed": False,
            "previous_status": order.status,
            "status": order.status,
            "is_renewed": order.is_renewed,
            **_names(simulator, order),
            "error": {
                "code": "status_unknown" if order is UNDOCUMENTED else "status_not_allowed",
                "message": message,
                "http_status": None,
                "method": None,
                "path": None,
                "service_code": None,
            },
        }
    ]
    assert [request.method for request in simulator.ledger.requests] == ["GET"]
    assert simulator.ledger.changes == []


@CHECK_AND_REAL
def test_an_order_marked_renewed_in_an_unknown_state_is_not_written_to(run, simulator, check):
    simulator.change_order(UNDOCUMENTED.order_id, is_renewed=True)
    outcome = run(check=check, order_id=UNDOCUMENTED.order_id, status="not_renewed")
    assert outcome.orders[UNDOCUMENTED.order_id]["error"]["code"] == "status_unknown"
    assert simulator.ledger.writes == []


class TestOnlyStatus:
    """`only_status` narrows what a wanted status changes."""

    @pytest.mark.parametrize("only", ["pending", ["Pending"], "pending, issued"])
    @CHECK_AND_REAL
    def test_leaves_an_order_alone_that_the_wanted_status_would_change(self, run, simulator, only, check):
        outcome = run(order_id=[1001, 1004], only_status=only, check=check)
        assert outcome.failed
        assert [outcome.orders[order_id]["outcome"] for order_id in (1001, 1004)] == ["changed", "failed"]
        named = "issued or pending" if "issued" in only else "pending"
        assert outcome.orders[1004]["error"]["code"] == "status_not_allowed"
        assert outcome.orders[1004]["error"]["message"] == (
            f"Order 1004 is waiting_pickup, so nothing was written. Only orders that are {named} are to be changed."
        )
        assert [write.order_id for write in simulator.ledger.writes] == ([] if check else [1001])

    def test_counts_for_what_the_order_reads_just_before_the_write(self, run, simulator):
        simulator.script(
            OtherActor(operation=Operation.READ, changes_to="waiting_pickup"),
            Fault(operation=Operation.WRITE, status=429),
        )
        outcome = run(order_id=1001, only_status="pending", retries=1)
        assert outcome.orders[1001]["error"]["message"].startswith(
            "Order 1001 was pending and is waiting_pickup by now"
        )
        assert simulator.ledger.changes == [
            change for change in simulator.ledger.changes if change.by == "another actor"
        ]

    def test_says_nothing_of_an_order_that_is_already_so(self, run):
        assert not run(order_id=1014, only_status="pending").failed

    def test_leaves_a_request_undecided(self, run, simulator):
        outcome = run(order_id=1007, status="rejected", only_status="pending")
        assert outcome.orders[1007]["error"]["code"] == "status_not_allowed"
        assert simulator.ledger.writes == []

    @pytest.mark.parametrize("wanted", ["renewed", "not_renewed"])
    def test_counts_for_the_renewal_mark_as_well(self, run, simulator, wanted):
        order_id = {"renewed": 1019, "not_renewed": 1018}[wanted]
        outcome = run(order_id=order_id, status=wanted, only_status="pending")
        assert outcome.orders[order_id]["error"]["message"].endswith(
            "Only orders that are pending are to be changed."
        )
        assert simulator.ledger.writes == []

    @pytest.mark.parametrize(
        ("only", "message"),
        [
            ("pendnig", "only_status holds 'pendnig', and the known ones are approved, "),
            ([], "only_status is an empty list, which no order can meet: "),
            ([""], "only_status takes texts that are not empty, but it holds ''."),
            (None, "only_status: null, "),
        ],
    )
    def test_takes_statuses_of_orders_only(self, run, simulator, only, message):
        outcome = run(order_id=1001, only_status=only)
        assert outcome["error"]["code"] == "invalid_option"
        assert outcome["msg"].startswith(message)
        assert simulator.ledger.requests == []
