# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What digicert_request_info finds, whatever the service makes of its filters, and that it only reads."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, VIEW_ONLY_KEY, Fault, Operation

# The open requests of the account: those of 1104 are two, those of 1109 are a duplicate and a revocation.
NEW = [10021, 10071, 11011, 11021, 11041, 11042, 11051, 11061]
OPEN = [*NEW, 11072, 11092, 11093]
TAKES = (
    "takes a date such as 2026-10-25, a moment such as 2026-10-25T12:00:00Z, or -30 days or +2 weeks from now"
)


def _ids(outcome):
    return sorted(request["id"] for request in outcome["requests"])


def _queries(simulator):
    return [parse_qsl(request.query) for request in simulator.ledger.requests]


FILTERS = [
    ({}, OPEN),
    ({"status": "submitted"}, [10021, 11011, 11042, 11092]),
    ({"status": ["Pending"]}, [10071, 11021, 11041, 11051, 11061, 11072, 11093]),
    ({"type": "new_request"}, NEW),
    ({"type": ["reissue", "duplicate"]}, [11072, 11092]),
    ({"type": ["revoke"], "status": "submitted"}, []),
    ({"status": ["approved"], "container_id": 303}, [11071, 11081, 11082, 11091]),
    ({"container_id": ["301"]}, [10021, 10071]),
    ({"common_name": "Kiosk.example.com"}, [11011]),
    ({"common_name": ["tours.example.com", "nothing.example.com"]}, [11051]),
    ({"type": "new_request", "created_before": "30 days"}, [11011, 11041, 11042, 11051]),
    ({"created_after": "-4 days"}, [10021]),
]
EVERY_FILTER = pytest.mark.parametrize(("options", "expected"), FILTERS, ids=[str(row[0]) for row in FILTERS])


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
@EVERY_FILTER
def test_a_filter_finds_the_requests_that_meet_it(run_requests, simulator, options, expected, check):
    outcome = run_requests(check=check, **options)
    assert not outcome.failed
    assert (outcome["changed"], outcome["total"], outcome["left_out"]) == (False, len(expected), [])
    assert _ids(outcome) == expected
    assert {request.operation for request in simulator.ledger.requests} == {Operation.REQUESTS}


@EVERY_FILTER
def test_a_filter_that_the_service_ignores_is_applied_all_the_same(
    run_requests, simulator, options, expected
):
    ignored = dict.fromkeys(("filters[status]", "filters[type]", "filters[container_id]", "filters[search]"))
    simulator.script(Fault(operation=Operation.REQUESTS, times=None, query=ignored))
    outcome = run_requests(**options)
    assert _ids(outcome) == expected
    assert (outcome["total"], outcome.warnings) == (len(expected), [])


def test_a_request_is_described_as_the_service_does(run_requests, simulator):
    order = simulator.order(1101)
    assert run_requests(common_name="kiosk.example.com")["requests"] == [
        order.requests[0].as_list_entry(order)
    ]


# That a list of requests takes several values of a filter is not documented.
@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({}, [[("filters[status]", "submitted")], [("filters[status]", "pending")]]),
        (
            {"status": "pending", "type": "new_request", "common_name": "a.example.com", "container_id": 303},
            [
                [
                    ("filters[status]", "pending"),
                    ("filters[type]", "new_request"),
                    ("filters[search]", "a.example.com"),
                    ("filters[container_id]", "303"),
                ]
            ],
        ),
        ({"status": "pending", "created_before": "30 days"}, [[("filters[status]", "pending")]]),
    ],
    ids=str,
)
def test_the_service_is_asked_for_each_value_by_itself(run_requests, simulator, options, asked):
    run_requests(**options)
    assert _queries(simulator) == [[("offset", "0"), *filters, ("limit", "1000")] for filters in asked]


@pytest.mark.parametrize("pages", ["all", "capped", "small"])
def test_the_list_is_read_to_its_end_whatever_a_page_holds(run_requests, simulator, pages):
    simulator.configure(request_pages=pages)
    simulator.add_orders(35, "needs_approval")
    outcome = run_requests(type="new_request")
    assert (len(outcome["requests"]), outcome["total"]) == (len(NEW) + 35, len(NEW) + 35)


@pytest.mark.parametrize("empty", ["empty", "absent", "null"])
def test_nothing_found_is_no_error(run_requests, simulator, empty):
    simulator.configure(empty_list=empty)
    outcome = run_requests(common_name="nothing.example.com")
    assert (outcome.failed, outcome["requests"], outcome["total"]) == (False, [], 0)


@pytest.mark.parametrize("status", ["pending", ["submitted", "pending"]])
def test_limit_returns_so_many_requests_and_total_tells_of_all(run_requests, status):
    outcome = run_requests(type="new_request", status=status, limit=2)
    assert (len(outcome["requests"]), outcome["total"]) == (2, 5 if status == "pending" else len(NEW))


def test_a_list_that_does_not_come_to_an_end_is_an_error(run_requests, simulator):
    entry = {"id": 1, "type": "new_request", "status": "pending"}
    body = json.dumps({"requests": [entry], "page": {"total": 5}})
    simulator.script(Fault(operation=Operation.REQUESTS, times=None, status=200, body=body))
    outcome = run_requests(status="pending")
    assert outcome["msg"] == (
        "The list of requests does not come to an end: its page from 1 on has no request that was not listed before. "
        "Narrow the search so that one page is enough."
    )
    assert outcome["error"]["path"] == "/services/v2/request"


def test_a_request_whose_entry_does_not_tell_is_read_by_itself(run_requests, simulator):
    simulator.script(Fault(operation=Operation.REQUESTS, remove=["/requests/0/order/container"]))
    outcome = run_requests(status="submitted", container_id=301)
    assert _ids(outcome) == [10021]
    assert [request.path for request in simulator.ledger.requests] == [
        "/services/v2/request",
        "/services/v2/request/10021",
    ]


@pytest.mark.parametrize(
    ("odd", "request_id", "name", "reason"),
    [
        (
            {"id": 7, "type": "new_request", "status": None},
            7,
            "request 7",
            "its ID, type or status is not clear",
        ),
        (
            {"id": 7, "type": None, "status": "pending"},
            7,
            "request 7",
            "its ID, type or status is not clear",
        ),
        (
            {"id": "7a", "type": "reissue", "status": "pending"},
            None,
            "one without an ID",
            "its ID, type or status is not clear",
        ),
        ("none", None, "one without an ID", "it is not a JSON object"),
    ],
)
def test_what_is_no_request_is_left_out_by_name(run_requests, simulator, odd, request_id, name, reason):
    simulator.script(Fault(operation=Operation.REQUESTS, times=None, edit={"/requests/-": odd}))
    outcome = run_requests(status="pending")
    assert not outcome.failed
    assert outcome["left_out"] == [{"request_id": request_id, "reason": reason}]
    assert outcome.warnings == [
        f"Left out, because the service does not describe them as requests: {name} ({reason})."
    ]


def test_the_wait_for_the_longest_window_is_warned_of(run_requests, simulator, waits):
    simulator.script(Fault(operation=Operation.REQUESTS, times=1, status=429))
    outcome = run_requests(status="pending", retries=0)
    assert not outcome.failed
    assert waits == [180.0]
    (warning,) = outcome.warnings
    assert warning.startswith("The API key was over its rate limit, so nothing was sent for 180 seconds.")


def test_what_the_service_says_is_freed_of_the_key(run_requests, simulator):
    simulator.script(Fault(operation=Operation.REQUESTS, edit={"/requests/0/comments": FULL_KEY}))
    outcome = run_requests(status="pending")
    assert "comments" in outcome["requests"][0]
    assert FULL_KEY not in str(outcome.result)


def test_a_key_that_may_only_read_is_enough(run_requests):
    assert not run_requests(api_key=VIEW_ONLY_KEY).failed


def test_a_failed_request_fails_the_task_and_is_named(run_requests, simulator):
    simulator.script(Fault(times=None, status=403))
    outcome = run_requests()
    assert outcome.failed
    assert (outcome["error"]["code"], outcome["error"]["http_status"]) == ("blocked", 403)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"status": "open"},
            "status holds 'open', and the known ones are approved, pending, rejected, submitted.",
        ),
        (
            {"type": ["new_request", "renewal"]},
            "type holds 'renewal', and the known ones are duplicate, new_request, reissue, revoke.",
        ),
        (
            {"status": []},
            "status is an empty list, which no request can meet: leave it out to take every request.",
        ),
        ({"created_before": "soon"}, f"created_before {TAKES}, or an age such as 30 days, but it is 'soon'."),
        (
            {"container_id": "301,5"},
            None,
        ),
        ({"limit": 0}, "limit must be at least 1, but it is 0."),
        (
            {"created_after": "1 days", "created_before": "2 days"},
            "No moment is after created_after and before created_before.",
        ),
        (
            {"type": None},
            (
                "type: null, such as from an expression that came out empty. Give a value, or leave the option out, for "
                "example with default(omit)."
            ),
        ),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_used_is_refused_before_any_request(
    run_requests, simulator, options, message
):
    outcome = run_requests(**options)
    if message:
        assert outcome.failed
        assert (outcome["msg"], outcome["error"]) == (message, {"code": "invalid_option", "message": message})
        assert simulator.ledger.requests == []


@pytest.mark.parametrize("option", ["limit", "ca_path"])
def test_a_null_that_widens_nothing_is_as_good_as_none(run_requests, option):
    assert not run_requests(**{"validate_certs": False, option: None}).failed
