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
        "pending": 3, "waiting_pickup": 2, "reissue_pending": 1, "needs_approval": 1, "needs_csr": 1,
        "processing": 1, "approved": 1, "issued": 4, "expired": 2, "revoked": 1, "canceled": 1, "rejected": 1,
        "denied": 1, "on_hold_for_vetting": 1,
    }  # fmt: skip


def test_ages_count_back_from_the_start(simulator):
    age = datetime.now(timezone.utc) - simulator.order(1001).date_created
    assert timedelta(days=45) <= age < timedelta(days=45, minutes=1)


def test_all_names_are_fictitious(simulator):
    for order in simulator.orders():
        assert order.organization.name.startswith("Example ")
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
    assert added == list(range(1022, 6022))
    assert simulator.order(6021).status == "waiting_pickup"
    assert simulator.order(6021).common_name == "host6021.example.com"


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
