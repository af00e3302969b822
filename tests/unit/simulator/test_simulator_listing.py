# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order lists: filters, order, pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.community.digicert.tests.simulator import IdFilter


def ids(call, query):
    reply = call("GET", "/order/certificate?" + query)
    assert reply.status_code == 200, reply.text
    return [order["id"] for order in reply.json()["orders"]]


def day(days_ago):
    return (datetime.now(timezone.utc) - timedelta(days=days_ago)).date().isoformat()


def test_without_filters_the_list_holds_all_orders(call):
    content = call("GET", "/order/certificate").json()
    assert [order["id"] for order in content["orders"]] == [*range(1001, 1022), *range(1101, 1110)]
    assert content["page"] == {"total": 30, "limit": 1000, "offset": 0}


def listed(call, order_id):
    (order,) = call("GET", f"/order/certificate?filters[id]={order_id}").json()["orders"]
    return order


EVERY_LISTED_ORDER = {
    "id", "certificate", "status", "is_renewed", "date_created", "organization", "container", "product",
    "product_name_id", "has_duplicates", "duplicates_count", "reissues_count", "order_validity", "price",
    "disable_renewal_notifications",
}  # fmt: skip


def test_a_listed_order_has_what_a_real_one_has(call):
    order = listed(call, 1001)
    assert set(order) == EVERY_LISTED_ORDER
    assert order["certificate"] == {
        "id": 10010,
        "common_name": "shop.example.com",
        "dns_names": ["shop.example.com", "www.shop.example.com"],
        "signature_hash": "sha256",
    }
    assert order["organization"] == {"id": 501, "name": "Example Bakery"}
    assert (order["product_name_id"], order["has_duplicates"]) == ("ssl_basic", False)


def test_a_listed_order_that_was_issued_has_more(call):
    order = listed(call, 1109)
    assert set(order) == EVERY_LISTED_ORDER | {"order_valid_till"}
    certificate = order["certificate"]
    assert set(certificate) == {
        "id", "common_name", "dns_names", "signature_hash", "serial_number", "date_created", "valid_from",
        "valid_till", "days_remaining",
    }  # fmt: skip
    assert certificate["days_remaining"] == 295
    assert re.fullmatch("[0-9A-F]{32}", certificate["serial_number"])
    assert order["order_valid_till"] == certificate["valid_till"] == day(-295)
    assert (order["has_duplicates"], order["duplicates_count"]) == (True, 1)


def test_a_listed_order_for_dv_has_an_empty_list_for_an_organization(call):
    assert listed(call, 1102)["organization"] == []


def test_nobody_is_told_to_have_placed_a_listed_order(call):
    assert all("user" not in order for order in call("GET", "/order/certificate").json()["orders"])


def test_a_listed_order_may_be_sparse(simulator, call):
    simulator.configure(list_entries="sparse")
    order = listed(call, 1018)
    assert set(order) == {
        "id", "certificate", "status", "date_created", "organization", "container", "product", "price",
        "order_validity",
    }  # fmt: skip
    assert set(order["certificate"]) == {"common_name", "dns_names", "signature_hash", "valid_till"}
    assert call("GET", "/order/certificate/1018").json()["is_renewed"] is True


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filters[status]=waiting_pickup", [1004, 1005]),
        ("filters%5Bstatus%5D=waiting_pickup", [1004, 1005]),
        ("filters[status][0]=pending&filters[status][1]=waiting_pickup", [1001, 1002, 1003, 1004, 1005]),
        ("filters%5Bstatus%5D%5B0%5D=pending&filters%5Bstatus%5D%5B1%5D=denied", [1001, 1002, 1003, 1016]),
        ("filters[status]=no_such_status", []),
        ("filters[id]=1011", [1011]),
        ("filters[status]=pending&filters[organization_id]=502", [1003]),
        ("filters[container_id]=302&filters[status]=waiting_pickup", [1005]),
        ("filters[product_name_id]=wildcard", [1005]),
        ("filters[common_name]=*.repairs.example.com", [1005]),
        ("filters[common_name]=%2A.repairs.example.com", [1005]),
        ("filters[is_renewed]=true", [1018]),
        ("filters[search]=LIGHTHOUSE&filters[status]=revoked", [1013]),
        ("search=www.shop", [1001]),
        ("filters[no_such_filter]=1&filters[id]=1001", [1001]),
    ],
)
def test_filters(call, query, expected):
    assert ids(call, query) == expected


def test_dates_before_after_and_between(call):
    waiting = "filters[status][0]=pending&filters[status][1]=waiting_pickup&filters[date_created]="
    assert ids(call, waiting + "<" + day(30)) == [1001, 1003, 1004]
    assert ids(call, waiting + "%3E" + day(30)) == [1002, 1005]
    assert ids(call, waiting + f"{day(60)}...{day(45)}") == [1001, 1004]
    assert ids(call, waiting + day(45)) == [1001]


def test_a_moment_with_an_unencoded_offset_is_read(call):
    assert ids(call, f"filters[status]=pending&filters[date_created]=<{day(100)}T00:00:00+00:00") == [1003]


def test_orders_without_a_certificate_have_no_valid_till(call):
    assert ids(call, f"filters[valid_till]=<{day(0)}") == [1012, 1019]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("filters[date_created]=yesterday", "invalid_filter"),
        ("filters[date_created]=<", "invalid_filter"),
        ("filters[is_renewed]=maybe", "invalid_filter"),
        ("sort=colour", "invalid_sort"),
        ("limit=-1", "bad_request_format"),
        ("offset=x", "bad_request_format"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused(call, query, code):
    reply = call("GET", "/order/certificate?" + query)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=date_created", [1003, 1001, 1002]),
        ("sort=-date_created", [1002, 1001, 1003]),
        ("sort=-id", [1003, 1002, 1001]),
        ("sort=organization_id,-id", [1002, 1001, 1003]),
    ],
)
def test_sorting(call, query, expected):
    assert ids(call, "filters[status]=pending&" + query) == expected


def test_a_page_tells_the_true_total(call):
    content = call("GET", "/order/certificate?limit=4&offset=29").json()
    assert [order["id"] for order in content["orders"]] == [1109]
    assert content["page"] == {"total": 30, "limit": 4, "offset": 29}
    content = call("GET", "/order/certificate?filters[status]=pending&limit=1").json()
    assert content["page"] == {"total": 3, "limit": 1, "offset": 0}
    content = call("GET", "/order/certificate?offset=30").json()
    assert (content["orders"], content["page"]["total"]) == ([], 30)


@pytest.mark.parametrize("limit", ["", "?limit=5000", "?limit=0"])
def test_a_page_holds_at_most_1000_orders(simulator, call, limit):
    simulator.add_orders(1200)
    content = call("GET", "/order/certificate" + limit).json()
    assert len(content["orders"]) == 1000
    assert content["page"] == {"total": 1230, "limit": 1000, "offset": 0}


def test_the_id_filter_may_be_ignored(simulator, call):
    simulator.configure(id_filter=IdFilter.IGNORED)
    assert ids(call, "filters[id]=1001&filters[status]=waiting_pickup") == [1004, 1005]


def test_the_id_filter_may_be_refused(simulator, call):
    simulator.configure(id_filter=IdFilter.REFUSED)
    reply = call("GET", "/order/certificate?filters[id][0]=1001")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "invalid_filter")
