# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seeded account."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.community.digicert.tests.simulator import AccountError, Simulator

ONE_ORDER = """
organizations: [{id: 1, name: Example}]
containers: [{id: 2, name: Example}]
products: [{name_id: ssl_basic, name: Basic, type: ssl_certificate}]
orders:
  - {id: 7, status: pending, common_name: a.example.com, organization: 1, container: 2, product: ssl_basic}
"""


def test_the_account_has_every_status(simulator):
    statuses = Counter(order.status for order in simulator.orders())
    assert statuses == {
        "pending": 3, "waiting_pickup": 2, "reissue_pending": 2, "reissue_processing": 1, "needs_approval": 7,
        "needs_csr": 1, "processing": 1, "approved": 1, "issued": 5, "expired": 2, "revoked": 1, "canceled": 1,
        "rejected": 1, "denied": 1, "on_hold_for_vetting": 1,
    }  # fmt: skip


def test_orders_that_need_approval_have_one_open_request_or_none_or_two(simulator):
    orders = [order for order in simulator.orders() if order.status == "needs_approval"]
    assert {order.id: len(order.open_requests("new_request")) for order in orders} == {
        1007: 1, 1101: 1, 1102: 1, 1103: 0, 1104: 2, 1105: 1, 1106: 1,
    }  # fmt: skip
    statuses = {request.status for order in orders for request in order.open_requests("new_request")}
    assert statuses == {"pending", "submitted"}


def test_one_reissue_waits_for_an_approver_and_another_does_not(simulator):
    waiting = {order.id: len(order.open_requests("reissue")) for order in simulator.orders()}
    assert (waiting[1006], waiting[1107]) == (0, 1)


def test_ages_count_back_from_the_start(simulator):
    age = datetime.now(timezone.utc) - simulator.order(1001).date_created
    assert timedelta(days=45) <= age < timedelta(days=45, minutes=1)


def test_all_names_are_fictitious(simulator):
    for order in simulator.orders():
        assert order.organization is None or order.organization.name.startswith("Example ")
        assert order.user is None or order.user.email.endswith("@example.com")
        assert all(name.endswith("example.com") for name in (order.common_name, *order.dns_names))


def test_a_reset_brings_back_the_seeded_account_in_less_than_two_milliseconds(simulator):
    seeded = simulator.orders()
    simulator.change_order(1001, "issued")
    simulator.add_orders(10)
    times = []
    for _number in range(20):
        start = time.perf_counter()
        simulator.reset()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.002
    assert [(order.id, order.status) for order in simulator.orders()] == [
        (order.id, order.status) for order in seeded
    ]
    assert simulator.ledger.changes == []


def test_a_copy_of_an_order_does_not_change_the_account(simulator):
    simulator.order(1001).status = "issued"
    assert simulator.order(1001).status == "pending"


def test_many_orders_are_added(simulator):
    added = simulator.add_orders(5000, status="waiting_pickup", age_days=45)
    assert added == list(range(1110, 6110))
    assert simulator.order(6109).status == "waiting_pickup"
    assert simulator.order(6109).common_name == "host6109.example.com"


def test_orders_are_added_from_a_given_id_on_and_no_order_is_replaced(simulator):
    assert simulator.add_orders(3, first=1022) == [1022, 1023, 1024]
    for first in (1000, 1024, 0, -5):
        with pytest.raises(ValueError, match="not all of"):
            simulator.add_orders(2, first=first)
    assert simulator.order(1001).common_name == "shop.example.com"


@pytest.mark.parametrize(
    ("status", "requests"),
    [
        ("pending", [("new_request", "approved")]),
        ("needs_approval", [("new_request", "pending")]),
        ("reissue_pending", [("new_request", "approved"), ("reissue", "approved")]),
        ("rejected", [("new_request", "rejected")]),
    ],
)
def test_the_status_of_an_order_tells_its_requests(simulator, status, requests):
    (added,) = simulator.add_orders(1, status=status)
    assert [(request.type, request.status) for request in simulator.order(added).requests] == requests


def test_another_account_file(tmp_path):
    path = tmp_path / "account.yml"
    path.write_text(ONE_ORDER)
    assert [order.id for order in Simulator(account=path).orders()] == [7]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: 7", "id: x", "id is not a positive integer"),
        ("organization: 1", "organization: 9", "KeyError(9)"),
        ("status: pending, ", "", "KeyError('status')"),
        ("status: pending", "status: pending, colour: red", "colour"),
        ("orders:", "others:", "holds no list 'orders'"),
        ("containers:", "x:", "KeyError('containers')"),
        ("product: ssl_basic", "product: ssl_basic, user: 5", "KeyError(5)"),
        ("product: ssl_basic", "product: ssl_basic, requests: [{type: reissue}]", "status"),
        ("product: ssl_basic", "product: ssl_basic, validation: {colour: red}", "validation has no colour"),
        ("orders:", "orders: [", "cannot read the account file"),
    ],
)
def test_a_wrong_account_file_is_explained(tmp_path, old, new, reason):
    path = tmp_path / "account.yml"
    path.write_text(ONE_ORDER.replace(old, new))
    with pytest.raises(AccountError) as caught:
        Simulator(account=path)
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_order_that_is_there_twice_is_refused(tmp_path):
    path = tmp_path / "account.yml"
    path.write_text(ONE_ORDER + ONE_ORDER.splitlines()[-1] + "\n")
    with pytest.raises(AccountError, match="order 7 is there twice"):
        Simulator(account=path)
