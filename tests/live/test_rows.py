# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each row can fail to hold, and says so; where an account has nothing to try it with, it says that."""

from __future__ import annotations

import json
from types import SimpleNamespace

import certcentral_contract as contract
import pytest
from ansible_collections.community.digicert.plugins.module_utils._certcentral import CertCentral
from ansible_collections.community.digicert.plugins.module_utils._module import UnusableOption
from ansible_collections.community.digicert.tests.simulator import Fault, Operation, Spelling
from conftest import KEY

LONG_AGO = "1999-12-31T00:00:00+00:00"
FAR_AWAY = "2999-12-31T00:00:00+00:00"


def in_lists(change, part=""):
    """Change the lists whose path has `part` in it."""
    return lambda path, body: change(body) if "orders" in body and part in path else None


def in_orders(change):
    """Change what a read of one order gives."""
    return lambda path, body: change(body) if "certificate" in body else None


def in_requests(change, part=""):
    """Change the lists of requests whose path has `part` in it."""
    return lambda path, body: (
        change(body["requests"]) if "page" in body and f"/request?{part}" in path else None
    )


def in_errors(code):
    """Change the code of an error."""
    return lambda path, body: body["errors"][0].update(code=code) if "errors" in body else None


def one_listed(field, value, part=""):
    """Change a field of the first order in a list."""
    return in_lists(lambda body: body["orders"][0].update({field: value}) if body["orders"] else None, part)


# For each row a service that is different there.
DIFFERENT = {
    "list of orders, limit up to 1000": in_lists(lambda body: body["page"].update(limit=100)),
    "one order": in_orders(lambda order: order.pop("product")),
    "is_renewed": in_orders(lambda order: order.pop("is_renewed")),
    "requests of an order": in_orders(lambda order: order["requests"][0].pop("type")),
    "date_created": one_listed("date_created", "2026-01-01T00:00:00+02:00"),
    "known statuses": one_listed("status", "on_hold"),
    "a canceled order": in_orders(lambda order: order.update(status="rejected")),
    "limit and offset": one_listed("id", 1001, "limit=2&"),
    "sort=field, sort=-field": in_lists(lambda body: body["orders"].reverse(), "sort="),
    "filter status, several values": one_listed("status", "issued", "filters%5Bstatus"),
    "filter id, several values": one_listed("id", 4711, "filters%5Bid"),
    "date filter >DATE": one_listed("date_created", LONG_AGO, "=%3E"),
    "date filter <DATE": one_listed("date_created", FAR_AWAY, "=%3C"),
    "date filter DATE...DATE": one_listed("date_created", LONG_AGO, "..."),
    "unknown filter": in_lists(lambda body: body["page"].update(total=0), "no_such_field"),
    "who placed an order": in_orders(lambda order: order["user"].pop("email")),
    "filter user_id": in_lists(lambda body: body["orders"].append({"id": 1003}), "user_id"),
    "list of requests": in_requests(lambda requests: requests[0].pop("order")),
    "filter of requests, status": in_requests(
        lambda requests: requests.append({"status": "odd"}), "filters%5Bstatus"
    ),
    "one request": lambda path, body: body.update(id=1) if "requester" in body or "order" in body else None,
    "validation of an order": lambda path, body: (
        body.update(order_id=int(body["order_id"])) if "order_status" in body else None
    ),
    "no such order": in_errors("not_found|thing"),
    "no such path": in_errors("not_found|thing"),
    "wrong key": in_errors("access_denied|other"),
}
OTHER_HEADERS = {
    "Content-Type": {"content-type": "text/html"},
    "Retry-After": {"retry-after": "5"},
    "wrong key": {"retry-after": "5"},
}


class Different(contract.Recorder):
    """Gives what the service says, changed."""

    def __init__(self, simulator, key, exchanges, change, headers):
        super().__init__(simulator.api_url, key, exchanges)
        self.change, self.headers = change, headers

    def request(self, method, path, body=None, fresh_until=None):
        reply = super().request(method, path, body, fresh_until)
        said = json.loads(reply.body)
        self.change(path, said)
        headers = {**reply.headers, **self.headers}
        changed = reply._replace(headers=headers, body=json.dumps(said).encode())
        self.exchanges[-1] = self.exchanges[-1]._replace(reply=changed)
        return changed


@pytest.fixture(autouse=True)
def trusted(simulator, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", simulator.ca_path)


def look(simulator, change=lambda path, body: None, headers=None):
    """Look at all rows about reading; gives verdict and what was seen by what the row is about."""
    exchanges = []
    http, stranger = (
        Different(simulator, key, exchanges, change, headers or {}) for key in (KEY, contract.MADE_UP_KEY)
    )
    rows = contract.judged(contract.READING, contract.Account(http, stranger))
    return {row["fact"]: (row["verdict"], row["seen"]) for row in rows}


def test_each_row_has_a_service_that_is_different_there():
    assert DIFFERENT.keys() | OTHER_HEADERS.keys() == {row.fact for row in contract.READING}


@pytest.mark.parametrize("fact", DIFFERENT)
def test_a_row_does_not_hold_where_the_service_is_different(simulator, fact):
    # A refusal of a filter that is none has no orders that could be different.
    simulator.configure(unknown_parameter="ignored")
    assert look(simulator, DIFFERENT[fact])[fact][0] == "did not hold"


@pytest.mark.parametrize("fact", OTHER_HEADERS)
def test_a_row_does_not_hold_where_a_header_is_different(simulator, fact):
    assert look(simulator, headers=OTHER_HEADERS[fact])[fact][0] == "did not hold"


@pytest.mark.parametrize("part", ["filters%5Bstatus", "filters%5Bid", "%3E", "%3C", "..."])
def test_a_filter_that_is_ignored_does_not_hold(simulator, part):
    everything = contract.Recorder(simulator.api_url, KEY, []).request("GET", contract.ORDERS).body
    ignored = in_lists(lambda body: body.update(json.loads(everything)), part)
    different = [fact for fact, (verdict, _seen) in look(simulator, ignored).items() if verdict != "held"]
    assert len(different) == 1
    assert "filter" in different[0]


@pytest.mark.parametrize(
    ("behaviour", "seen"), [("refused", "refused: HTTP 400"), ("ignored", "ignored: total ")]
)
def test_a_filter_that_is_none_may_be_refused_or_ignored_and_which_is_told(simulator, behaviour, seen):
    simulator.configure(unknown_parameter=behaviour)
    verdict, told = look(simulator)["unknown filter"]
    assert verdict == "held"
    assert told.startswith(seen)


def test_an_order_for_dv_has_an_empty_list_for_its_organization_and_no_other_list(simulator):
    assert look(simulator)["list of orders, limit up to 1000"][0] == "held"
    filled = in_lists(lambda body: body["orders"][0].update(organization=[501]))
    verdict, seen = look(simulator, filled)["list of orders, limit up to 1000"]
    assert (verdict, seen) == ("did not hold", "organization is list (1 orders)")


def test_what_an_account_has_no_orders_for_could_not_be_tried(simulator):
    simulator.service.account.orders.clear()
    rows = look(simulator)
    tried = ["list of orders, limit up to 1000", *(row.fact for row in contract.READING if row.section == 3)]
    assert {fact: verdict for fact, (verdict, _seen) in rows.items()} == {
        row.fact: "held" if row.fact in tried else "could not be tried" for row in contract.READING
    }
    assert rows["filter id, several values"][1] == "needs 3 orders in the account"
    assert rows["a canceled order"][1] == "needs a canceled order"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_trouble_is_no_difference(simulator, status):
    simulator.script(Fault(operation=Operation.LIST, nth=2, status=status, body="Later."))
    http = contract.Recorder(simulator.api_url, KEY, [])
    account = contract.Account(http, http)
    account.look_at_all()
    (row,) = contract.judged([row for row in contract.READING if row.fact == "unknown filter"], account)
    assert (row["verdict"], row["seen"]) == ("could not be tried", f"HTTP {status}")


def cancel(simulator, order_id):
    http = contract.Recorder(simulator.api_url, KEY, [])
    cancellation = contract.cancel(CertCentral(http, KEY, 0, ()), http, order_id, check_mode=False)
    rows = contract.judged(contract.WRITING, cancellation)
    return {row["fact"]: (row["verdict"], row["seen"]) for row in rows}


def test_the_spelling_that_is_taken_is_told(simulator):
    simulator.configure(spelling=Spelling.LOWER)
    assert cancel(simulator, 1004) == {
        "spelling of the cancel value": (
            "held",
            "canceled is taken (CANCELED: HTTP 400 invalid_status, canceled: HTTP 204)",
        ),
        "answer to an accepted change": ("held", "HTTP 204, 0 bytes"),
        "pending or waiting_pickup, canceled": ("held", "canceled"),
    }


def test_a_refused_or_unusual_answer_does_not_hold(simulator):
    simulator.script(Fault(operation=Operation.WRITE, status=409, body="{}"))
    assert {verdict for verdict, _seen in cancel(simulator, 1001).values()} == {"did not hold"}
    simulator.reset()
    simulator.script(Fault(operation=Operation.WRITE, applied=True, status=200, body="{}"))
    assert cancel(simulator, 1001)["answer to an accepted change"] == ("did not hold", "HTTP 200, 2 bytes")


@pytest.mark.parametrize("order_id", [1006, 1011, 1014])
def test_an_order_that_is_neither_pending_nor_waiting_is_not_written_to(simulator, order_id):
    assert {verdict for verdict, _seen in cancel(simulator, order_id).values()} == {"could not be tried"}
    assert simulator.ledger.writes == []


@pytest.mark.parametrize("confirmation", [None, "", "yes", "cancel 1002", "cancel 1001 "])
def test_the_module_sends_nothing_without_the_very_confirmation(simulator, confirmation):
    params = {"order_id": 1001, "confirmation": confirmation, "api_key": KEY, "api_url": simulator.api_url}
    with pytest.raises(UnusableOption):
        contract.look(SimpleNamespace(params=params, check_mode=False))
    assert simulator.ledger.requests == []


@pytest.mark.parametrize(
    ("order_id", "changed"), [(1001, True), (1004, True), (1006, False), (1011, False), (1014, False)]
)
def test_the_module_tells_what_it_changed(simulator, order_id, changed):
    params = {
        "order_id": order_id,
        "confirmation": f"cancel {order_id}",
        "api_key": KEY,
        "api_url": simulator.api_url,
    }
    result = contract.look(SimpleNamespace(params=params, check_mode=False, no_log_values=set()))
    assert result["changed"] is changed
    assert [change.order_id for change in simulator.ledger.changes] == [order_id] * changed


def test_the_module_tells_that_a_refused_write_changed_nothing(simulator):
    simulator.script(Fault(operation=Operation.WRITE, status=409, body="{}"))
    params = {"order_id": 1001, "confirmation": "cancel 1001", "api_key": KEY, "api_url": simulator.api_url}
    result = contract.look(SimpleNamespace(params=params, check_mode=False, no_log_values=set()))
    assert result["changed"] is False
    assert simulator.ledger.changes == []
