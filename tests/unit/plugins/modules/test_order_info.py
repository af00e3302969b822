# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What digicert_order_info finds, whatever the service makes of its filters, and that it only reads."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest
from ansible_collections.community.digicert.plugins.module_utils import _order_search
from ansible_collections.community.digicert.plugins.module_utils._criteria import (
    read_moment,
    read_wanted_moment,
)
from ansible_collections.community.digicert.plugins.module_utils._module import UnusableOption
from ansible_collections.community.digicert.plugins.module_utils._options import usable_texts
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Fault, Operation

# option, value, the orders of the account that meet it
FILTERS = [
    ("status", "pending", {1001, 1002, 1003}),
    ("status", ["pending", "waiting_pickup"], {1001, 1002, 1003, 1004, 1005}),
    ("status", ["denied", "needs_csr"], {1008, 1016}),
    # By way of their requests: one of them has none that is open.
    ("status", "needs_approval", {1007, 1101, 1102, 1104, 1105, 1106}),
    ("user_id", 403, {1003, 1004, 1101, 1104}),
    ("email", ["casey.miller@example.com", "nobody@example.com"], {1003, 1004, 1101, 1104}),
    ("other_status", "on_hold_for_vetting", {1017}),
    ("status", "issued", {1011, 1018, 1020, 1021, 1109}),
    ("status", "expired", {1012, 1019}),
    ("status", ["expired", "canceled"], {1012, 1014, 1019}),
    ("common_name", "shop.example.com", {1001}),
    ("common_name", ["lamp.example.com", "*.repairs.example.com"], {1003, 1005}),
    ("organization_id", 501, {1001, 1002, 1007, 1011, 1012, 1014, 1018, 1019}),
    ("product_name_id", ["wildcard"], {1005}),
    ("container_id", [302], {1003, 1005, 1006, 1008, 1013, 1015, 1016, 1017, 1020}),
    ("is_renewed", True, {1018}),
    ("created_before", "100 days", {1003, 1006, 1012, 1018, 1019, 1020}),
    ("created_after", "4d", {1002, 1005, 1009, 1010}),
    ("expires_before", "+0 days", {1012, 1019}),
]
EVERY_FILTER = pytest.mark.parametrize(
    ("option", "value", "expected"), FILTERS, ids=[f"{name}={value}" for name, value, _found in FILTERS]
)


TAKES = (
    "takes a date such as 2026-10-25, a moment such as 2026-10-25T12:00:00Z, or -30 days or +2 weeks from now"
)


NOBODY_SAID = "Nothing says which orders are wanted: give order_id, a filter, or all_orders=true for every order of the account."
WHOLE = "takes whole numbers in plain digits, such as 123456789, but it holds"


def _ids(outcome) -> set[int]:
    return {order["id"] for order in outcome["orders"]}


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
@EVERY_FILTER
def test_a_filter_finds_the_orders_that_meet_it(run_info, simulator, option, value, expected, check):
    outcome = run_info(check=check, **{option: value})
    assert not outcome.failed
    assert outcome["changed"] is False
    assert _ids(outcome) == expected
    assert (outcome["total"], outcome["not_found"]) == (len(expected), [])
    assert {request.method for request in simulator.ledger.requests} == {"GET"}


@EVERY_FILTER
def test_a_filter_that_the_service_ignores_is_applied_all_the_same(
    run_info, simulator, option, value, expected
):
    every = json.dumps(
        {
            "orders": [order.as_list_entry() for order in simulator.orders()],
            "page": {"total": len(simulator.orders()), "limit": 1000, "offset": 0},
        }
    )
    simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=every))
    outcome = run_info(**{option: value})
    assert _ids(outcome) == expected
    assert outcome["total"] == len(expected)


@EVERY_FILTER
def test_the_service_gets_the_filter_too(run_info, simulator, option, value, expected):
    simulator.add_orders(50, status="odd", age_days=1)
    run_info(**{option: value})
    (request,) = simulator.ledger.lists
    knows_it = option != "other_status" and "denied" not in str(value)
    assert ("filters%5B" in request.query) is knows_it


# What the service is asked for: dates go to it in whole days, two days wider than what is filtered out here.
@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (
            {"status": ["pending", "waiting_pickup"]},
            [("filters[status][0]", "pending"), ("filters[status][1]", "waiting_pickup")],
        ),
        ({"status": "pending"}, [("filters[status]", "pending")]),
        ({"status": ["expired"]}, [("filters[status]", "issued")]),
        ({"status": ["Issued", "expired"]}, [("filters[status]", "issued")]),
        (
            {"status": ["expired", "revoked"]},
            [("filters[status][0]", "issued"), ("filters[status][1]", "revoked")],
        ),
        ({"status": ["pending", "needs_csr"]}, []),
        ({"user_id": [402, 403]}, [("filters[user_id][0]", "402"), ("filters[user_id][1]", "403")]),
        ({"email": "casey.miller@example.com"}, [("filters[email]", "casey.miller@example.com")]),
        ({"is_renewed": True}, [("filters[is_renewed]", "1")]),
        ({"is_renewed": False}, [("filters[is_renewed]", "0")]),
        ({"created_after": "2026-10-20"}, [("filters[date_created]", ">2026-10-18")]),
        ({"created_before": "2026-10-20"}, [("filters[date_created]", "<2026-10-22")]),
        (
            {"expires_after": "2026-10-20", "expires_before": "2026-10-25"},
            [("filters[valid_till]", "2026-10-18...2026-10-27")],
        ),
        ({"all_orders": True, "sort": "-date_created"}, [("sort", "-date_created")]),
        ({"expires_before": "9999-12-31"}, [("filters[valid_till]", "<9999-12-31")]),
        ({"created_after": "0001-01-01"}, [("filters[date_created]", ">0001-01-01")]),
    ],
    ids=str,
)
def test_the_service_is_asked_for(run_info, simulator, options, asked):
    run_info(**options)
    (request,) = simulator.ledger.lists
    assert parse_qsl(request.query) == [("offset", "0"), *asked, ("limit", "1000")]


@pytest.mark.parametrize(("limit", "page"), [(1, "100"), (100, "100"), (101, "101"), (1001, "1000")])
def test_a_page_is_as_long_as_the_limit_between_100_and_1000_orders(run_info, simulator, limit, page):
    run_info(all_orders=True, limit=limit)
    assert parse_qsl(simulator.ledger.lists[0].query) == [("offset", "0"), ("limit", page)]


@pytest.mark.parametrize("odd", [None, "none", []], ids=str)
def test_an_order_that_is_described_oddly_meets_no_filter_on_what_is_missing(run_info, simulator, odd):
    orders = [{"id": 1, "status": "pending", "certificate": odd}, {"id": 2, "status": "pending"}]
    body = json.dumps({"orders": orders, "page": {"total": 2}})
    simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=body))
    for options in ({"common_name": ["shop.example.com", "None", "[]"]}, {"expires_before": "+1 days"}):
        outcome = run_info(**options)
        assert not outcome.failed
        assert outcome["orders"] == []


def test_filters_have_to_be_met_together(run_info):
    assert _ids(
        run_info(status=["pending", "waiting_pickup"], organization_id=[501], created_before="10 days")
    ) == {1001}


def test_all_orders_finds_every_order_of_the_account(run_info, simulator):
    outcome = run_info(all_orders=True)
    assert _ids(outcome) == {order.id for order in simulator.orders()}
    assert outcome["total"] == len(simulator.orders())


class TestPages:
    """A list is read to its end, whatever its total says, and it has one."""

    def test_are_read_up_to_the_last_one(self, run_info, simulator):
        simulator.add_orders(2500)
        outcome = run_info(status="pending")
        assert len(_ids(outcome)) == outcome["total"] == 2503
        assert len(simulator.ledger.lists) == 3

    def test_of_a_service_that_ignores_the_offset_end_with_an_error(self, run_info, simulator):
        simulator.add_orders(1500)
        simulator.script(
            Fault(operation=Operation.LIST, times=None, status=200, body=listed(range(1, 1001), 1521))
        )
        outcome = run_info(all_orders=True)
        assert outcome.failed
        assert outcome["error"]["code"] == "unexpected_reply"
        assert outcome["msg"] == (
            "The list of orders does not come to an end: its page from 1000 on has no order that was not listed before. "
            "Narrow the search so that one page is enough."
        )
        error = outcome["error"]
        assert (error["method"], error["path"]) == ("GET", "/services/v2/order/certificate")
        assert len(simulator.ledger.lists) == 2

    def test_with_new_orders_for_ever_end_with_an_error(self, run_info, simulator):
        for page in range(20):
            body = listed(range(page * 1000, page * 1000 + 1000), page * 1000 + 2000)
            simulator.script(Fault(operation=Operation.LIST, nth=page + 1, status=200, body=body))
        outcome = run_info(all_orders=True)
        assert outcome.failed
        assert outcome["error"]["code"] == "unexpected_reply"
        assert len(simulator.ledger.lists) == 16

    def test_that_take_turns_end_with_an_error(self, run_info, simulator):
        pages = [listed(range(start, start + 1000), 9000) for start in (1, 1001)]
        for number in range(10):
            simulator.script(
                Fault(operation=Operation.LIST, nth=number + 1, status=200, body=pages[number % 2])
            )
        outcome = run_info(all_orders=True)
        assert "its page from 2000 on has no order that was not listed before" in outcome["msg"]
        assert len(simulator.ledger.lists) == 3

    def test_end_where_an_order_that_was_placed_meanwhile_moved_one_to_a_new_page(self, run_info, simulator):
        order_ids = simulator.add_orders(1000)
        simulator.script(
            Fault(operation=Operation.LIST, status=200, body=listed(order_ids, 1000)),
            Fault(operation=Operation.LIST, nth=2, status=200, body=listed(order_ids[-1:], 1001)),
        )
        outcome = run_info(all_orders=True)
        assert not outcome.failed
        assert _ids(outcome) >= set(order_ids)

    def test_that_the_service_says_are_millions_end_with_an_error(self, run_info, simulator, monkeypatch):
        monkeypatch.setattr(_order_search, "_MOST_PAGES", 3)
        for page in range(4):
            body = listed(range(page * 10 + 1, page * 10 + 11), 10**9)
            simulator.script(Fault(operation=Operation.LIST, nth=page + 1, status=200, body=body))
        outcome = run_info(all_orders=True)
        assert outcome.failed
        assert outcome["msg"] == (
            "The list of orders does not come to an end: 30 were listed, and it goes on. Narrow the search so that one page is "
            "enough."
        )
        assert len(simulator.ledger.lists) == 3

    def test_are_read_although_the_total_is_too_small(self, run_info, simulator):
        order_ids = simulator.add_orders(1200)
        first = listed(order_ids[:1000], 100)
        simulator.script(
            Fault(operation=Operation.LIST, status=200, body=first),
            Fault(operation=Operation.LIST, nth=2, status=200, body=listed(order_ids[1000:], 100)),
        )
        outcome = run_info(all_orders=True)
        assert _ids(outcome) == set(order_ids)
        assert outcome["total"] == 1200

    def test_that_lack_orders_are_read_again(self, run_info, simulator):
        order_ids = simulator.add_orders(1500)
        # An order before the second page left the list meanwhile, and all others moved up by one.
        simulator.script(
            Fault(operation=Operation.LIST, status=200, body=listed(order_ids[:1000], 1500)),
            Fault(operation=Operation.LIST, nth=2, status=200, body=listed(order_ids[1001:], 1499)),
            Fault(operation=Operation.LIST, nth=3, status=200, body=listed(order_ids[1:1001], 1499)),
            Fault(operation=Operation.LIST, nth=4, status=200, body=listed(order_ids[1001:], 1499)),
        )
        outcome = run_info(all_orders=True)
        assert _ids(outcome) >= set(order_ids[1:])
        assert outcome.warnings == []

    def test_that_are_read_again_are_the_newer_ones(self, run_info, simulator):
        pages = [[{"id": 1001, "status": "pending"}], [], [{"id": 1001, "status": "issued"}], []]
        for number, orders in enumerate(pages, start=1):
            body = json.dumps({"orders": orders, "page": {"total": 2}})
            simulator.script(Fault(operation=Operation.LIST, nth=number, status=200, body=body))
        assert run_info(status="pending")["orders"] == []
        assert (len(simulator.ledger.lists), simulator.ledger.reads) == (4, [])

    @pytest.mark.parametrize("page", ["first", "middle"])
    def test_that_still_lack_orders_then_are_told_with_the_total(self, run_info, simulator, page):
        order_ids = simulator.add_orders(1500)
        pages = {"first": [[]] * 2, "middle": [order_ids[:1000], []] * 2}[page]
        for number, some in enumerate(pages, start=1):
            simulator.script(Fault(operation=Operation.LIST, nth=number, status=200, body=listed(some, 1500)))
        outcome = run_info(all_orders=True)
        assert not outcome.failed
        assert outcome["total"] == 1500
        count = len(pages[0])
        assert outcome.warnings == [
            f"The service says that there are 1500 orders, and listed {count} of them: some may be missing here."
        ]
        assert outcome["left_out"] == [
            {
                "order_id": None,
                "reason": f"there may be more, because the service says that there are 1500 orders, and listed {count} of them",
            }
        ]
        assert len(outcome["orders"]) == count
        assert len(simulator.ledger.lists) == len(pages)

    def test_in_which_an_order_moves_hold_it_once(self, run_info, simulator):
        order_ids = simulator.add_orders(1500)
        moved = listed([order_ids[0], *order_ids[1000:]], 1500)
        simulator.script(
            Fault(operation=Operation.LIST, status=200, body=listed(order_ids[:1000], 1500)),
            Fault(operation=Operation.LIST, nth=2, status=200, body=moved),
        )
        outcome = run_info(all_orders=True)
        assert sorted(order["id"] for order in outcome["orders"]) == order_ids


class TestAnOrderThatIsListedDifferently:
    """Of two entries of one order at most one is right, and nobody knows which."""

    @pytest.fixture(params=[("issued", "pending"), ("pending", "issued")], ids=", then ".join)
    def listed_twice(self, simulator, request):
        orders = [{"id": 1001, "status": status} for status in request.param]
        body = json.dumps({"orders": orders, "page": {"total": 1}})
        simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=body))

    @pytest.mark.usefixtures("listed_twice")
    def test_is_read_by_itself(self, run_info, simulator):
        assert _ids(run_info(status="pending")) == {1001}
        assert _ids(run_info(status="issued")) == set()
        assert [request.order_id for request in simulator.ledger.reads] == [1001, 1001]

    @pytest.mark.usefixtures("listed_twice")
    def test_is_left_out_where_that_fails(self, run_info, simulator):
        simulator.script(Fault(operation=Operation.READ, times=None, status=500))
        outcome = run_info(status="pending", retries=0)
        assert (outcome["orders"], outcome["left_out"]) == (
            [],
            [
                {
                    "order_id": 1001,
                    "reason": "it is listed several times, not always the same, and could not be read",
                }
            ],
        )

    @pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
    def test_is_read_by_itself_where_one_of_its_entries_cannot_be_used(self, run_info, simulator, first):
        orders = [{"id": 1011, "status": "pending"}, {"id": 1011, "status": None}]
        body = json.dumps({"orders": orders if first else orders[::-1], "page": {"total": 1}})
        simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=body))
        assert _ids(run_info(status="pending")) == set()
        assert {request.order_id for request in simulator.ledger.reads} == {1011}

    def test_is_left_out_if_a_later_page_does_not_tell(self, run_info, simulator):
        for number, status in enumerate(["pending", None] * 2, start=1):
            body = json.dumps({"orders": [{"id": 1011, "status": status}], "page": {"total": 2}})
            simulator.script(Fault(operation=Operation.LIST, nth=number, status=200, body=body))
        outcome = run_info(status="pending")
        assert (_ids(outcome), [one["order_id"] for one in outcome["left_out"]]) == (set(), [1011, None])

    def test_is_read_by_itself_wherever_it_is_listed_again(self, run_info, simulator):
        for number, status in enumerate(["pending", "issued", "pending", "pending"], start=1):
            orders = [{"id": 1011, "status": status}, {"id": number, "status": "pending"}]
            body = json.dumps({"orders": orders, "page": {"total": 1000}})
            simulator.script(Fault(operation=Operation.LIST, nth=number, status=200, body=body))
        simulator.script(Fault(operation=Operation.LIST, nth=5, times=None, status=200, body=listed([], 0)))
        assert 1011 not in _ids(run_info(status="pending"))

    def test_on_another_page_is_read_by_itself_too(self, run_info, simulator):
        order_ids = simulator.add_orders(1000)
        again = json.dumps({"orders": [{"id": order_ids[0], "status": "issued"}], "page": {"total": 1001}})
        simulator.script(
            Fault(operation=Operation.LIST, status=200, body=listed(order_ids, 1001)),
            Fault(operation=Operation.LIST, nth=2, status=200, body=again),
        )
        found = run_info(status=["waiting_pickup", "issued"])["orders"]
        assert order_ids[0] not in [order["id"] for order in found]


def listed(order_ids, total):
    """Give a page of a list."""
    orders = [{"id": order_id, "status": "waiting_pickup"} for order_id in order_ids]
    return json.dumps({"orders": orders, "page": {"total": total}})


def test_what_is_left_out_is_told_where_the_limit_ends_the_search_too(run_info, simulator):
    orders = [{"id": 1, "status": None}, {"id": 1001, "status": "pending"}]
    body = json.dumps({"orders": orders, "page": {"total": 2}})
    simulator.script(Fault(operation=Operation.LIST, status=200, body=body))
    outcome = run_info(status="pending", limit=1)
    assert (_ids(outcome), outcome["left_out"]) == (
        {1001},
        [{"order_id": 1, "reason": "its status is null"}],
    )
    assert outcome.warnings == [
        "Left out, because the service does not describe them as orders: order 1 (its status is null)."
    ]


def test_limit_returns_so_many_orders_and_total_tells_of_all(run_info, simulator):
    simulator.add_orders(3000)
    outcome = run_info(status="pending", limit=5)
    assert (len(outcome["orders"]), outcome["total"]) == (5, 3003)
    assert len(simulator.ledger.lists) == 1


def test_a_page_that_has_just_as_many_orders_as_the_limit_is_the_last_one(run_info, simulator):
    simulator.add_orders(300)
    assert len(run_info(status="pending", limit=100)["orders"]) == 100
    assert len(simulator.ledger.lists) == 1


@pytest.mark.parametrize(("sort", "first"), [("id", 1001), ("-id", 1109), ("date_created", 1012)])
def test_sort_is_left_to_the_service(run_info, sort, first):
    assert run_info(all_orders=True, sort=sort, limit=1)["orders"][0]["id"] == first


def test_by_id_it_returns_the_full_description_in_the_order_of_the_input(run_info, simulator):
    outcome = run_info(order_id=[1011, 1001, 1011])
    assert outcome["changed"] is False
    assert [order["id"] for order in outcome["orders"]] == [1011, 1001]
    assert outcome["orders"][0] == simulator.order(1011).as_json()
    assert {request.method for request in simulator.ledger.requests} == {"GET"}


def test_an_id_that_does_not_exist_is_named_and_no_error(run_info):
    outcome = run_info(order_id=[9999, 1001])
    assert not outcome.failed
    assert _ids(outcome) == {1001}
    assert (outcome["total"], outcome["not_found"]) == (1, [9999])


@pytest.mark.parametrize("options", [{"order_id": 1001}, {"status": "pending"}], ids=["by-id", "by-filter"])
def test_a_failed_request_fails_the_task_and_is_named(run_info, simulator, options):
    simulator.script(Fault(times=None, status=403))
    outcome = run_info(**options)
    assert outcome.failed
    assert outcome["error"]["code"] == "blocked"
    assert (outcome["error"]["method"], outcome["error"]["http_status"]) == ("GET", 403)
    assert outcome["msg"] == outcome["error"]["message"]
    assert "was answered 403 Forbidden" in outcome["msg"]


@pytest.mark.usefixtures("waits")
def test_a_failed_search_keeps_the_warnings(run_info, simulator):
    simulator.script(Fault(operation=Operation.LIST, times=None, status=429))
    outcome = run_info(status="pending", retries=0)
    assert outcome["error"]["code"] == "rate_limited"
    assert [warning.partition(",")[0] for warning in outcome.warnings] == [
        "The API key was over its rate limit"
    ]


def test_the_path_of_a_failed_list_request_has_no_query(run_info, simulator):
    simulator.script(Fault(operation=Operation.LIST, times=None, status=400))
    outcome = run_info(common_name=[FULL_KEY, "shop.example.com"])
    assert outcome["error"]["path"] == "/services/v2/order/certificate"
    assert outcome["msg"].startswith("GET /services/v2/order/certificate was answered 400 ")
    assert FULL_KEY not in outcome.printed


def test_a_list_of_another_shape_is_an_error_that_names_the_request(run_info, simulator):
    body = json.dumps({"orders": [], "page": {"total": "1"}})
    simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=body))
    outcome = run_info(all_orders=True)
    assert outcome["error"] == {
        "code": "unexpected_reply",
        "message": "GET /services/v2/order/certificate was answered 200 OK "
        "(38 bytes of application/octet-stream). This is not a reply from CertCentral: check api_url, and whether a proxy or a "
        "firewall answered instead.",
        "http_status": 200,
        "method": "GET",
        "path": "/services/v2/order/certificate",
        "service_code": None,
    }


def test_no_list_has_fewer_orders_than_none(run_info, simulator):
    simulator.script(
        Fault(operation=Operation.LIST, status=200, body=json.dumps({"orders": [], "page": {"total": -1}})),
        Fault(
            operation=Operation.LIST, nth=2, status=200, body=json.dumps({"orders": [], "page": {"total": 0}})
        ),
    )
    assert run_info(all_orders=True)["error"]["code"] == "unexpected_reply"
    assert run_info(all_orders=True)["orders"] == []


def test_what_could_be_read_is_returned_although_something_failed(run_info, simulator):
    simulator.script(Fault(operation=Operation.READ, order_id=1002, times=None, status=500))
    outcome = run_info(order_id=[1001, 1002])
    assert outcome.failed
    assert _ids(outcome) == {1001}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *{name: value for name, value, _found in FILTERS}.items(),
        ("expires_after", "1d"),
        ("sort", "id"),
        ("limit", 1),
    ],
    ids=str,
)
def test_ids_and_filters_exclude_each_other(run_info, simulator, option, value):
    outcome = run_info(order_id=1001, **{option: value})
    assert outcome["msg"] == f"parameters are mutually exclusive: order_id|{option}"
    assert simulator.ledger.requests == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"created_before": "last week"},
            f"created_before {TAKES}, or an age such as 30 days, but it is 'last week'.",
        ),
        (
            {"expires_after": ""},
            f"expires_after {TAKES}, but it is ''.",
        ),
        ({"expires_before": "30 days"}, f"expires_before {TAKES}, but it is '30 days'."),
        (
            {"created_after": "1712010400000"},
            f"created_after {TAKES}, or an age such as 30 days, but it is '1712010400000'.",
        ),
        (
            {"created_after": "2026-10-20", "created_before": "2026-10-20"},
            "No moment is after created_after and before created_before.",
        ),
        (
            {"expires_after": "+2 weeks", "expires_before": "+3 days"},
            "No moment is after expires_after and before expires_before.",
        ),
        ({"all_orders": True, "limit": 0}, "limit must be at least 1, but it is 0."),
        ({"all_orders": True, "limit": True}, "limit must be at least 1, but it is True."),
        ({"all_orders": True, "sort": " "}, "sort takes texts that are not empty, but it holds ' '."),
        ({}, NOBODY_SAID),
        ({"all_orders": False, "limit": 5, "sort": "id"}, NOBODY_SAID),
        (
            {"all_orders": True, "status": "pending"},
            "all_orders=true means every order of the account, and cannot be combined with order_id or a filter.",
        ),
        (
            {"all_orders": True, "order_id": []},
            "all_orders=true means every order of the account, and cannot be combined with order_id or a filter.",
        ),
        (
            {"status": []},
            "status is an empty list, which no order can meet: leave it out to take every order.",
        ),
        ({"order_id": [0]}, f"order_id {WHOLE} 0."),
        ({"organization_id": "5_01"}, f"organization_id {WHOLE} '5_01'."),
        ({"container_id": [301, 3.01e2]}, f"container_id {WHOLE} 301.0."),
        (
            {"status": ["pending", "pendign"]},
            (
                "status holds 'pendign', and the known ones are approved, canceled, denied, expired, issued, "
                "needs_approval, needs_csr, pending, processing, reissue_pending, reissue_processing, rejected, revoked, "
                "waiting_pickup. Use other_status for a status that this collection does not know yet."
            ),
        ),
        ({"status": "pending,,issued"}, "status takes texts that are not empty, but it holds ''."),
        ({"common_name": ""}, "common_name takes texts that are not empty, but it holds ''."),
        (
            {"common_name": [None, True]},
            "common_name takes texts that are not empty, but it holds None, True.",
        ),
        ({"other_status": [" "]}, "other_status takes texts that are not empty, but it holds ' '."),
        (
            {"api_key": "", "order_id": 1001},
            "The API key is empty: give it in api_key, or in the environment variable DIGICERT_API_KEY.",
        ),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_used_is_refused_before_any_request(run_info, simulator, options, message):
    outcome = run_info(**options)
    assert outcome.failed
    assert (outcome["msg"], outcome["error"]) == (message, {"code": "invalid_option", "message": message})
    assert simulator.ledger.requests == []


@pytest.mark.parametrize(
    "option", ["order_id", *dict.fromkeys(name for name, _value, _found in FILTERS), "expires_after"]
)
@pytest.mark.parametrize("others", [{}, {"status": "pending"}], ids=["alone", "among-others"])
def test_a_null_is_refused_that_would_widen_the_search(run_info, simulator, option, others):
    # For Ansible itself even a null excludes the others.
    outcome = run_info(**{**(others if option != "order_id" else {}), option: None})
    assert outcome["error"] == {
        "code": "invalid_option",
        "message": f"{option}: null, such as from an expression that came out empty. Give a value, or leave the option out, "
        "for example with default(omit).",
    }
    assert simulator.ledger.requests == []


def test_several_nulls_are_named_together(run_info):
    outcome = run_info(status=None, common_name=None)
    assert outcome["msg"].startswith(
        "status, common_name: null, such as from an expression that came out empty."
    )


@pytest.mark.parametrize("option", ["sort", "limit", "ca_path"])
def test_a_null_that_widens_nothing_is_as_good_as_none(run_info, option):
    outcome = run_info(**{"status": "pending", "validate_certs": False, option: None})
    assert not outcome.failed


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("status", "pending, waiting_pickup", {1001, 1002, 1003, 1004, 1005}),
        ("common_name", [" shop.example.com\n"], {1001}),
        ("organization_id", "501, 502", None),
        ("other_status", " on_hold_for_vetting ", {1017}),
    ],
)
def test_white_space_around_the_items_of_a_list_is_nothing(run_info, option, value, expected):
    outcome = run_info(**{option: value})
    assert not outcome.failed
    assert expected in (None, _ids(outcome))


def test_text_that_is_not_utf_8_is_refused():
    with pytest.raises(UnusableOption) as refused:
        usable_texts("common_name", ["shop\udcff"])
    assert str(refused.value) == "common_name takes texts that are not empty, but it holds 'shop\\udcff'."


def test_other_status_adds_to_status(run_info, simulator):
    outcome = run_info(status="denied", other_status="on_hold_for_vetting")
    assert _ids(outcome) == {1016, 1017}
    assert parse_qsl(simulator.ledger.lists[0].query) == [("offset", "0"), ("limit", "1000")]


class TestOddEntries:
    """An entry of a list that is no order, or that does not tell, is left out by name, and the others are found."""

    @pytest.mark.parametrize("empty_list", ["empty", "absent", "null"])
    def test_a_page_without_orders_is_an_empty_one(self, run_info, simulator, empty_list):
        simulator.configure(empty_list=empty_list)
        outcome = run_info(common_name="nobody.example.com")
        assert not outcome.failed
        assert (outcome["orders"], outcome["total"], outcome["left_out"], outcome.warnings) == ([], 0, [], [])

    @pytest.mark.parametrize(
        ("odd", "order_id", "reason"),
        [
            ({"id": 1002, "status": None}, 1002, "its status is null"),
            ({"id": "1002"}, 1002, "its status is null"),
            ({"id": 1002, "status": ["pending"]}, 1002, "its status is ['pending']"),
            ({"id": "01753", "status": "pending"}, None, "its ID is '01753'"),
            ({"id": 1.23457e8, "status": "pending"}, None, "its ID is 123457000.0"),
            ({"id": True, "status": "pending"}, None, "its ID is True"),
            ({"id": None, "status": "pending"}, None, "its ID is null"),
            ({"status": FULL_KEY, "id": FULL_KEY}, None, "its ID is '********'"),
            ("1002", None, "it is not a JSON object"),
            (None, None, "it is not a JSON object"),
        ],
        ids=str,
    )
    def test_one_that_is_no_order(self, run_info, simulator, odd, order_id, reason):
        orders = [{"id": 1001, "status": "pending"}, odd, {"id": "1003", "status": "pending"}]
        body = json.dumps({"orders": orders, "page": {"total": 3}})
        simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=body))
        outcome = run_info(status="pending")
        assert not outcome.failed
        assert outcome["left_out"] == [{"order_id": order_id, "reason": reason}]
        name = f"order {order_id}" if order_id else "one without an ID"
        assert outcome.warnings == [
            f"Left out, because the service does not describe them as orders: {name} ({reason})."
        ]
        assert [order["id"] for order in outcome["orders"]] == [1001, 1003]
        assert len(simulator.ledger.lists) == 1

    def test_many_are_counted_in_the_warning(self, run_info, simulator):
        body = json.dumps({"orders": [{"id": number} for number in range(1, 8)], "page": {"total": 7}})
        simulator.script(Fault(operation=Operation.LIST, times=None, status=200, body=body))
        outcome = run_info(all_orders=True)
        assert len(outcome["left_out"]) == 7
        assert "order 5 (its status is null), and 2 more, see left_out in the result." in outcome.warnings[0]

    def test_one_that_does_not_tell_what_is_asked_is_read_by_itself(self, run_info, simulator):
        simulator.configure(list_entries="sparse")
        outcome = run_info(status="issued", is_renewed=True)
        assert _ids(outcome) == {1018}
        assert outcome["orders"][0]["is_renewed"] is True
        assert {read.order_id for read in simulator.ledger.reads} >= {1018}
        assert outcome["left_out"] == []

    @pytest.mark.parametrize(
        ("options", "name", "value", "reason"),
        [
            ({"is_renewed": False}, "is_renewed", None, "its is_renewed is null"),
            ({"created_before": "1 day"}, "date_created", "soon", "its date_created is 'soon'"),
            ({"created_before": "1 day"}, "date_created", 1712010400, "its date_created is 1712010400"),
            ({"container_id": 301}, "container", [], "its container.id is null"),
            ({"product_name_id": "ssl_basic"}, "product", None, "its product.name_id is null"),
            (
                {"expires_before": "+9 days"},
                "certificate",
                {"valid_till": "?"},
                "its certificate.valid_till is '?'",
            ),
        ],
        ids=str,
    )
    def test_one_that_does_not_tell_even_then(self, run_info, simulator, options, name, value, reason):
        odd = {"id": 1001, "status": "pending", name: value}
        body = json.dumps({"orders": [odd], "page": {"total": 1}})
        simulator.script(
            Fault(operation=Operation.LIST, times=None, status=200, body=body),
            Fault(operation=Operation.READ, times=None, status=200, body=json.dumps(odd)),
        )
        outcome = run_info(**options)
        assert not outcome.failed
        assert outcome["orders"] == []
        assert outcome["left_out"] == [{"order_id": 1001, "reason": reason}]

    def test_a_refused_key_on_the_way_fails_the_task(self, run_info, simulator):
        simulator.configure(list_entries="sparse")
        simulator.script(Fault(operation=Operation.READ, times=None, status=401))
        assert run_info(is_renewed=True)["error"]["code"] == "access_denied"

    @pytest.mark.parametrize("by", [{"order_id": 1001}, {"status": "pending"}], ids=["by-id", "by-filter"])
    def test_what_is_nested_too_deep_is_withheld(self, run_info, simulator, by):
        deep = "[" * 900 + "]" * 900
        order = f'{{"id": 1001, "status": "pending", "note": {deep}}}'
        body = f'{{"orders": [{order}], "page": {{"total": 1}}}}'
        simulator.script(
            Fault(operation=Operation.LIST, times=None, status=200, body=body),
            Fault(operation=Operation.READ, times=None, status=200, body=order),
        )
        outcome = run_info(**by)
        assert not outcome.failed
        assert _ids(outcome) == {1001}
        assert "withheld because it is nested too deep" in json.dumps(outcome["orders"])


def test_what_ansible_would_take_for_a_mark_of_its_own_gets_another_name(run_info, simulator):
    simulator.script(
        Fault(
            operation=Operation.READ,
            edit={"/__ansible_type": "x", "/container/__ansible_unsafe": "y", "/__ansible_vault": 1},
        )
    )
    outcome = run_info(order_id=1001)
    assert not outcome.failed
    (order,) = outcome["orders"]
    assert (order["service__ansible_type"], order["container"]["service__ansible_unsafe"]) == ("x", "y")
    assert "__ansible" not in json.dumps(order).replace("service__ansible", "")


def test_a_filter_sees_what_the_result_hides(run_info, simulator):
    order = {"id": 1001, "status": "pending", "certificate": {"common_name": FULL_KEY}}
    body = json.dumps({"orders": [order], "page": {"total": 1}})
    simulator.script(Fault(operation=Operation.LIST, status=200, body=body))
    outcome = run_info(common_name=FULL_KEY)
    assert outcome["orders"] == [{**order, "certificate": {"common_name": "********"}}]


def test_why_an_entry_is_left_out_hides_the_key(run_info, simulator):
    order = {"id": 1001, "status": "pending", "date_created": FULL_KEY}
    body = json.dumps({"orders": [order], "page": {"total": 1}})
    simulator.script(
        Fault(operation=Operation.LIST, status=200, body=body),
        Fault(operation=Operation.READ, status=200, body=json.dumps(order)),
    )
    outcome = run_info(created_before="1 day")
    assert outcome["left_out"] == [{"order_id": 1001, "reason": "its date_created is '********'"}]
    assert outcome.warnings == [
        "Left out, because the service does not describe them as orders: order 1001 (its date_created is '********')."
    ]
    assert FULL_KEY not in outcome.printed


def test_what_the_service_says_is_tidied_and_freed_of_the_key(run_info, simulator):
    body = json.dumps({"id": 1001, "status": "pending", "note": [{"x\x1b": f"{FULL_KEY}\n\x1b[31mred"}]})
    simulator.script(Fault(operation=Operation.READ, status=200, body=body))
    outcome = run_info(order_id=1001)
    assert outcome["orders"] == [{"id": 1001, "status": "pending", "note": [{"x ": "********  [31mred"}]}]
    assert FULL_KEY not in outcome.printed


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-25", datetime(2026, 10, 25, tzinfo=timezone.utc)),
        ("2026-10-25T12:00:00", datetime(2026, 10, 25, 12, tzinfo=timezone.utc)),
        ("2026-10-25T12:00:00Z", datetime(2026, 10, 25, 12, tzinfo=timezone.utc)),
        ("2026-10-25T12:00:00+02:00", datetime(2026, 10, 25, 10, tzinfo=timezone.utc)),
        (" 2026-10-25 12:00:00z ", datetime(2026, 10, 25, 12, tzinfo=timezone.utc)),
        ("2026-10-25T12:00", datetime(2026, 10, 25, 12, tzinfo=timezone.utc)),
        ("2026-10-25T12:00:00-0130", datetime(2026, 10, 25, 13, 30, tzinfo=timezone.utc)),
        ("2026-10-25T12:00:00.5Z", datetime(2026, 10, 25, 12, 0, 0, 500000, tzinfo=timezone.utc)),
    ],
)
def test_a_moment_is_iso_8601_in_utc_unless_it_says_otherwise(text, moment):
    assert read_moment(text) == moment


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        *((text, -720) for text in ("30 days", "30days", "30 d", "30d", " 30 days ", "-30 days", "- 30d")),
        ("1 day", -24),
        ("+30 days", 720),
        ("+2 weeks", 336),
        ("-1w", -168),
        ("36 hours", -36),
        ("+1h", 1),
    ],
)
def test_a_span_is_a_moment_so_far_from_now_and_without_a_sign_an_age(text, hours):
    wanted = datetime.now(timezone.utc) + timedelta(hours=hours)
    assert abs(read_wanted_moment(text, bare_is_age=True) - wanted) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["30 days", "0d", "2 weeks", "1h"])
def test_a_span_without_a_sign_is_refused_where_it_could_mean_either(text):
    with pytest.raises(ValueError, match="without a sign"):
        read_wanted_moment(text, bare_is_age=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1712010400000",
        "20261025",
        "2026-10",
        "2026-13-01",
        "2026-W43-1",
        "2026-10-25T12",
        "30",
        "d",
        "30 months",
        "2026-10-25T12:00:00+2",
        "\u0663\u0660 days",
        "30 days ago",
        "+-1d",
        "1e3d",
        "now",
    ],
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r"no moment in ISO 8601|must be in 1\.\.12"):
        read_wanted_moment(text, bare_is_age=True)


@pytest.mark.parametrize(
    ("option", "seconds", "found"),
    [
        ("created_before", 1, True),
        ("created_before", 0, False),
        ("created_after", 0, False),
        ("created_after", -1, True),
    ],
)
def test_a_moment_counts_to_the_second(run_info, simulator, option, seconds, found):
    created = simulator.order(1002).date_created
    moment = (created + timedelta(seconds=seconds)).isoformat()
    outcome = run_info(**{option: moment}, common_name="orders.example.com")
    assert (_ids(outcome) == {1002}) is found


@pytest.mark.parametrize(
    ("operation", "options"),
    [(Operation.LIST, {"status": "pending"}), (Operation.READ, {"order_id": 1001})],
    ids=["list", "order"],
)
class TestTryingAgain:
    """What only reads is sent again where the failure may pass."""

    def test_is_done_as_often_as_it_takes(self, run_info, simulator, waits, operation, options):
        simulator.script(Fault(operation=operation, times=2, status=503, body=""))
        outcome = run_info(**options, retries=3)
        assert not outcome.failed
        assert outcome["total"] > 0
        assert len(simulator.ledger.requests) == 3
        assert waits == [1.0, 2.0]

    def test_ends_when_the_retries_are_used_up(self, run_info, simulator, waits, operation, options):
        simulator.script(Fault(operation=operation, times=None, status=503, body=""))
        outcome = run_info(**options, retries=2)
        assert outcome["error"]["code"] == "service_unavailable"
        assert len(simulator.ledger.requests) == 3

    def test_is_not_done_where_the_failure_stays(self, run_info, simulator, waits, operation, options):
        simulator.script(Fault(operation=operation, times=None, status=403, body=""))
        assert run_info(**options, retries=2).failed
        assert len(simulator.ledger.requests) == 1
        assert waits == []

    def test_waits_out_the_longest_window_where_the_rate_limit_is_exceeded_and_warns(
        self, run_info, simulator, waits, operation, options
    ):
        simulator.script(Fault(operation=operation, status=429, body=""))
        outcome = run_info(**options)
        assert not outcome.failed
        assert waits == [180.0]
        (warning,) = outcome.warnings
        assert warning == (
            "The API key was over its rate limit, so nothing was sent for 180 seconds. Lower rate_limits if other automation "
            "uses the key at the same time."
        )

    def test_waits_so_long_only_once(self, run_info, simulator, waits, operation, options):
        simulator.script(Fault(operation=operation, times=None, status=429, body=""))
        assert run_info(**options)["error"]["code"] == "rate_limited"
        assert len(simulator.ledger.requests) == 2
        assert waits == [180.0]


def test_odd_entries_of_every_page_are_told(run_info, simulator):
    for page in range(2):
        described = [{"id": page * 1000 + number, "status": "pending"} for number in range(1, 1000)]
        body = json.dumps({"orders": [*described, {"id": 5001 + page}], "page": {"total": 2000}})
        simulator.script(Fault(operation=Operation.LIST, nth=page + 1, status=200, body=body))
    outcome = run_info(all_orders=True)
    assert outcome["left_out"] == [
        {"order_id": 5001, "reason": "its status is null"},
        {"order_id": 5002, "reason": "its status is null"},
    ]
    assert outcome.warnings == [
        (
            "Left out, because the service does not describe them as orders: order 5001 (its status is null), "
            "order 5002 (its status is null)."
        )
    ]


def test_a_limit_keeps_the_pages_small_beside_orders_that_need_approval_too(run_info, simulator):
    outcome = run_info(status=["pending", "needs_approval"], limit=1)
    assert len(outcome["orders"]) == 1
    assert ("limit", "100") in parse_qsl(simulator.ledger.lists[0].query)
