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
        ("filters%5Bstatus%5D%5B0%5D=pending&filters%5Bstatus%5D%5B1%5D=canceled", [1001, 1002, 1003, 1014]),
        ("filters[id]=1011", [1011]),
        ("filters[status]=pending&filters[organization_id]=502", [1003]),
        ("filters[container_id]=302&filters[status]=waiting_pickup", [1005]),
        ("filters[product_name_id]=wildcard", [1005]),
        ("filters[common_name]=*.repairs.example.com", [1005]),
        ("filters[common_name]=%2A.repairs.example.com", [1005]),
        ("filters[common_name]=www.shop.example.com", []),
        ("filters[domain_name]=shop.example.com", [1001]),
        ("filters[domain_name]=www.shop.example.com", [1001]),
        ("filters[certificate_id]=10110", [1011]),
        ("filters[user_id]=403", [1003, 1004, 1101, 1104]),
        ("filters[email]=casey.miller@example.com", [1003, 1004, 1101, 1104]),
        ("filters[origin]=migrated", [1018, 1019, 1020, 1021]),
        ("filters[origin]=certcentral&filters[status]=issued", [1011, 1012, 1109]),
        ("filters[metadata_id]=11", [1101]),
        ("filters[disable_renewal_notifications]=1", [1018]),
        ("filters[is_renewed]=1", [1018]),
        ("filters[is_renewed]=0&filters[origin]=migrated", [1019, 1020, 1021]),
        ("filters[search]=shop.example.com", [1001]),
        ("filters[search]=%25SHOP", [1001]),
        ("filters[search]=%25casey.", [1003, 1004, 1101, 1104]),
        ("filters[search]=robin.weaver@example.com", [1001, 1002, 1102, 1105, 1107, 1109]),
    ],
)
def test_documented_filters(call, query, expected):
    assert ids(call, query) == expected


@pytest.mark.parametrize(
    "text", ["shop", "www.shop.example.com", "Bakery", "%25www.shop", "%25Bakery", "1001"]
)
def test_a_search_is_exact_unless_it_begins_with_a_percent_sign_and_over_common_name_and_email(call, text):
    assert ids(call, f"filters[search]={text}") == []


@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_the_serial_number_finds_its_order(simulator, call, change):
    serial_number = change(simulator.order(1011).serial_number)
    assert ids(call, f"filters[serial_number]={serial_number}") == [1011]


def test_issued_finds_expired_orders_too(call):
    assert ids(call, "filters[status]=issued") == [1011, 1012, 1018, 1019, 1020, 1021, 1109]


@pytest.mark.parametrize("name", ["status", "id", "is_renewed", "date_created", "no_such_filter"])
def test_an_empty_value_is_no_filter(call, name):
    assert len(ids(call, f"filters[{name}]=&offset=&limit=&sort=")) == 30


def test_a_slash_may_stand_before_the_question_mark(simulator, call):
    content = call("GET", "/order/certificate/?limit=5").json()
    assert [order["id"] for order in content["orders"]] == [1001, 1002, 1003, 1004, 1005]
    assert simulator.ledger.requests == simulator.ledger.lists


@pytest.mark.parametrize(
    "query", ["filters[no_such_filter]=1", "filters%5Bsatus%5D%5B0%5D=pending", "search=shop", "start=5"]
)
def test_what_is_not_documented_is_refused_or_ignored(simulator, call, query):
    reply = call("GET", "/order/certificate?" + query)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "invalid_parameter")
    simulator.configure(unknown_parameter="ignored")
    assert len(ids(call, query)) == 30


@pytest.mark.parametrize("status", ["needs_approval", "expired", "reissue_processing", "no_such_status"])
def test_a_status_that_is_not_documented_is_refused_as_a_filter(call, status):
    reply = call("GET", f"/order/certificate?filters[status][0]=pending&filters[status][1]={status}")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "invalid_filter")


@pytest.mark.parametrize(
    ("choice", "alone", "beside_pending"),
    [
        ("ignored", [*range(1001, 1022), *range(1101, 1110)], [1001, 1002, 1003]),
        ("nothing", [], [1001, 1002, 1003]),
        ("honoured", [1012, 1019], [1001, 1002, 1003, 1012, 1019]),
    ],
)
def test_a_status_that_is_not_documented_may_be_taken_otherwise(
    simulator, call, choice, alone, beside_pending
):
    simulator.configure(status_filter=choice)
    assert ids(call, "filters[status]=expired") == alone
    assert ids(call, "filters[status][0]=pending&filters[status][1]=expired") == beside_pending


@pytest.mark.parametrize("value", ["true", "false", "maybe"])
def test_another_text_than_1_or_0_is_refused(call, value):
    for name in ("is_renewed", "disable_renewal_notifications"):
        reply = call("GET", f"/order/certificate?filters[{name}]={value}")
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "invalid_filter")


@pytest.mark.parametrize(
    ("choice", "true", "false"),
    [
        ("ignored", [1018, 1019, 1020, 1021], [1018, 1019, 1020, 1021]),
        ("zero", [1019, 1020, 1021], [1019, 1020, 1021]),
        ("one", [1018], [1018]),
        ("understood", [1018], [1019, 1020, 1021]),
    ],
)
def test_true_and_false_may_be_taken_otherwise(simulator, call, choice, true, false):
    simulator.configure(boolean_filter=choice)
    assert ids(call, "filters[origin]=migrated&filters[is_renewed]=true") == true
    assert ids(call, "filters[origin]=migrated&filters[is_renewed]=false") == false
    assert ids(call, "filters[is_renewed]=1") == [1018]


@pytest.mark.parametrize("query", ["filters[common_name]=nothing", "offset=30"])
@pytest.mark.parametrize(
    ("choice", "shown"), [("empty", {"orders": []}), ("absent", {}), ("null", {"orders": None})]
)
def test_what_a_page_without_an_order_looks_like(simulator, call, query, choice, shown):
    simulator.configure(empty_list=choice)
    content = call("GET", "/order/certificate?" + query).json()
    del content["page"]
    assert content == shown


def test_dates_before_after_and_between(call):
    waiting = "filters[status][0]=pending&filters[status][1]=waiting_pickup&filters[date_created]="
    assert ids(call, waiting + "<" + day(30)) == [1001, 1003, 1004]
    assert ids(call, waiting + "%3E" + day(30)) == [1002, 1005]
    assert ids(call, waiting + f"{day(60)}...{day(45)}") == [1001, 1004]
    assert ids(call, waiting + day(45)) == [1001]


def test_a_moment_with_an_unencoded_offset_is_read(call):
    assert ids(call, f"filters[status]=pending&filters[date_created]=<{day(100)}T00:00:00+00:00") == [1003]


@pytest.mark.parametrize("plus", ["+", "%20", "%2B"])
def test_a_moment_as_some_scripts_write_it_is_read(call, plus):
    query = f"filters[status]=pending&filters[date_created]={day(50)}{plus}00:00:00...{day(1)}{plus}23:59:59"
    assert ids(call, query) == [1001, 1002]


def test_now_is_this_moment(call):
    assert ids(call, "filters[valid_till]=>NOW&filters[status]=issued") == [1011, 1018, 1020, 1021, 1109]
    assert ids(call, "filters[valid_till]=%3CNOW") == [1012, 1019]


def test_orders_without_a_certificate_have_no_valid_till(call):
    assert ids(call, f"filters[valid_till]=<{day(0)}") == [1012, 1019]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("filters[date_created]=yesterday", "invalid_filter"),
        ("filters[date_created]=<", "invalid_filter"),
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
        ("sort=-organization_id,id", [1003, 1001, 1002]),
        ("sort=%2Bdate_created", [1003, 1001, 1002]),
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


def test_unsorted_the_newest_may_come_first(simulator, call):
    simulator.configure(unsorted="newest_first")
    assert ids(call, "filters[status]=pending") == [1003, 1002, 1001]
    assert ids(call, "filters[status]=pending&sort=id") == [1001, 1002, 1003]


def test_a_list_is_csv_where_that_is_asked_for(call):
    reply = call("GET", "/order/certificate?filters[status]=waiting_pickup", headers={"Accept": "text/csv"})
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    head, first, second = reply.text.splitlines()
    assert head == "id,status,common_name,date_created,valid_till,organization,container,product"
    assert first.startswith("1004,waiting_pickup,bikes.example.com,")
    assert second.endswith(",,Example Bicycle Works,Internal,Wildcard OV")


def test_other_types_are_answered_with_json(call):
    for accept in ("application/json", "*/*", "text/html"):
        reply = call("GET", "/order/certificate?limit=1", headers={"Accept": accept})
        assert reply.json()["page"]["limit"] == 1


def test_lists_may_be_behind_while_the_order_itself_is_not(simulator, call):
    simulator.configure(list_lag=30)
    simulator.change_order(1001, "waiting_pickup")
    simulator.change_order(1001, "issued")
    simulator.decide(1101, "rejected")
    assert listed(call, 1001)["status"] == "pending"
    assert 1001 in ids(call, "filters[status]=pending")
    assert call("GET", "/order/certificate/1001").json()["status"] == "issued"
    requests = call("GET", "/request?filters[status]=submitted").json()["requests"]
    assert 11011 in [request["id"] for request in requests]
    simulator.configure(list_lag=0)
    assert listed(call, 1001)["status"] == "issued"


def test_lists_catch_up(simulator, call):
    simulator.configure(list_lag=30)
    simulator.change_order(1001, "waiting_pickup")
    ((at, before),) = simulator.service._changed
    simulator.service._changed[0] = (at - 31, before)
    simulator.change_order(1001, "issued")
    assert listed(call, 1001)["status"] == "waiting_pickup"
