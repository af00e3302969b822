# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks which rows of the contract (docs/certcentral-contract.md) hold, in the replies of a service as they come.

Without options it reads and never writes. With `order_id` and `confirmation` it cancels that one order, by the code of
digicert_order_status, and looks at what came of it. What it tells holds order IDs, statuses, dates, and names of fields
and headers, but no name of a customer.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ansible_collections.community.digicert.plugins.module_utils._certcentral import (
    DOCUMENTED_LIMITS,
    KEY_HEADER,
    CertCentral,
)
from ansible_collections.community.digicert.plugins.module_utils._certcentral import ORDERS as LISTED_ORDERS
from ansible_collections.community.digicert.plugins.module_utils._criteria import (
    STATUS_FILTERS,
    read_moment,
)
from ansible_collections.community.digicert.plugins.module_utils._errors import (
    MAY_CONCERN_ONE_ORDER,
    NOT_AS_DOCUMENTED,
    STOPS_AT_ONCE,
    ErrorCode,
    ServiceError,
)
from ansible_collections.community.digicert.plugins.module_utils._http import (
    HttpClient,
    NoReply,
    Reply,
    json_body,
)
from ansible_collections.community.digicert.plugins.module_utils._masking import Masking
from ansible_collections.community.digicert.plugins.module_utils._module import Module, UnusableOption, run
from ansible_collections.community.digicert.plugins.module_utils._options import (
    connection_options,
    require_library,
    usable_api_key,
    usable_api_url,
)
from ansible_collections.community.digicert.plugins.module_utils._order_change import Outcome, StatusChange
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    KNOWN_STATUSES,
    WantedStatus,
)

HELD, DID_NOT_HOLD, NOT_TRIED = "held", "did not hold", "could not be tried"

ORDERS = "/order/certificate"
NOTE = "Canceled to learn how the service behaves (make live of community.digicert)"
# Nothing of the real key is in it, and it is no key of anybody.
MADE_UP_KEY = "NO-KEY-OF-ANYBODY-MADE-UP-BY-COMMUNITY-DIGICERT"
# Orders are numbered in millions: nobody who runs this has the first one, and no order is made with it any more.
NO_ORDER = 1
LARGEST_PAGE = 1000
TIMEOUT_SECONDS = 60.0

ORDER_FIELDS = {
    "id": int,
    "status": str,
    "date_created": str,
    "certificate": dict,
    "organization": dict,
    "product": dict,
    "container": dict,
}
REQUEST_FIELDS = {"id": int, "type": str, "status": str}


class DidNotHold(Exception):
    """A row does not hold; the text says what was seen."""


class CouldNotBeTried(Exception):
    """Nothing can be said about a row; the text says why."""


class Exchange(NamedTuple):
    """A request and its reply."""

    method: str
    path: str
    body: Any
    reply: Reply


class Page(NamedTuple):
    """A page of the list of orders."""

    orders: list[dict[str, Any]]
    total: int
    limit: int
    offset: int


class Recorder(HttpClient):
    """An HttpClient that keeps each request with its reply."""

    def __init__(self, url: str, api_key: str, exchanges: list[Exchange]) -> None:
        """Take where to keep them; trusts what everything that uses `requests` trusts."""
        super().__init__(
            url,
            {KEY_HEADER: api_key, "User-Agent": "community.digicert"},
            os.environ.get("REQUESTS_CA_BUNDLE") or True,
            TIMEOUT_SECONDS,
        )
        self.exchanges = exchanges

    def request(self, method: str, path: str, body: Any = None, fresh_until: float | None = None) -> Reply:
        """Send a request and keep the reply."""
        reply = super().request(method, path, body, fresh_until)
        self.exchanges.append(Exchange(method, path, body, reply))
        return reply


class Account:
    """The account as it can be read."""

    def __init__(self, http: Recorder, stranger: HttpClient) -> None:
        """Take the way to the service, and the same with a key that is none."""
        self.http = http
        self.orders: list[dict[str, Any]] = []
        self.total = 0
        self.listed_requests: list[dict[str, Any]] = []
        self._stranger = stranger

    def page(self, *parameters: tuple[str, object]) -> Page:
        """Read a page of the list."""
        reply = self.get(f"{ORDERS}?{urlencode(parameters)}")
        require(reply.status == 200, told(reply))
        body = json_body(reply)
        return Page(body["orders"], *(body["page"][name] for name in ("total", "limit", "offset")))

    def look_at_all(self) -> Page:
        """Read the largest page, and keep it to choose examples from."""
        page = self.page(("limit", LARGEST_PAGE), ("offset", 0))
        self.orders, self.total = page.orders, page.total
        return page

    def requests(self, *parameters: tuple[str, object]) -> tuple[list[dict[str, Any]], int]:
        """Read a page of the list of requests; give them and how many there are in all."""
        reply = self.get(f"/request?{urlencode(parameters)}")
        require(reply.status == 200, told(reply))
        body = json_body(reply)
        return body["requests"], body["page"]["total"]

    def some_requests(self) -> list[dict[str, Any]]:
        """Give all requests that were listed, if there are any."""
        if not self.listed_requests:
            raise CouldNotBeTried("needs a request in the account")
        return self.listed_requests

    def order(self, order_id: int) -> dict[str, Any]:
        """Read an order."""
        reply = self.get(f"{ORDERS}/{order_id}")
        require(reply.status == 200, told(reply))
        order: dict[str, Any] = json_body(reply)
        return order

    def get(self, path: str) -> Reply:
        """Send a reading request."""
        return answered(self.http, path)

    def get_as_stranger(self, path: str) -> Reply:
        """Send one with the key that is none."""
        return answered(self._stranger, path)

    def some(self, wanted: int = 1) -> list[dict[str, Any]]:
        """Give all orders that were listed, if there are as many as wanted."""
        if len(self.orders) < wanted:
            raise CouldNotBeTried(f"needs {wanted} orders in the account")
        return self.orders

    def moments(self) -> list[datetime]:
        """Give the moments at which the listed orders were created, oldest first."""
        return sorted(created(order) for order in self.some(2))


def answered(http: HttpClient, path: str) -> Reply:
    """Send a reading request; a reply that says nothing about the row is no answer."""
    try:
        reply = http.request("GET", path)
    except NoReply as failure:
        raise CouldNotBeTried(f"no reply: {failure.detail}") from None
    if reply.status == 429 or reply.status >= 500 or "missing_permission" in (code_of(reply) or ""):
        raise CouldNotBeTried(told(reply))
    return reply


def require(condition: object, seen: str) -> None:
    """Go on only if a condition is met; `seen` tells what is not as expected."""
    if not condition:
        raise DidNotHold(seen)


def code_of(reply: Reply) -> str | None:
    """Give the service's own code in the body of an error."""
    try:
        return str(json_body(reply)["errors"][0]["code"])
    except NOT_AS_DOCUMENTED:
        return None


def told(reply: Reply) -> str:
    """Tell a reply by its status and the service's code for it."""
    return " ".join(filter(None, [f"HTTP {reply.status}", code_of(reply)]))


def created(order: dict[str, Any]) -> datetime:
    """Give the moment at which an order was created."""
    return read_moment(order["date_created"])


def misfits(value: dict[str, Any], fields: Mapping[str, type]) -> list[str]:
    """Name the fields that are absent or of another type."""
    return [
        f"{name} is {type(value[name]).__name__}" if name in value else f"no {name}"
        for name, kind in fields.items()
        # A bool is an int in Python, and not in JSON.
        if not isinstance(value.get(name), kind) or (kind is int and isinstance(value[name], bool))
    ]


def misfits_of_order(order: dict[str, Any]) -> list[str]:
    """Name the fields of an order that are absent or of another type; for DV the organization is an empty list."""
    without_organization = order.get("organization") == []
    return misfits({**order, "organization": {}} if without_organization else order, ORDER_FIELDS)


# What reading shows. Each of these gives what was seen where the row holds.


def the_list(account: Account) -> str:
    """Read the list from its beginning."""
    page = account.look_at_all()
    require((page.limit, page.offset) == (LARGEST_PAGE, 0), f"limit {page.limit}, offset {page.offset}")
    require(len(page.orders) == min(page.total, page.limit), f"{len(page.orders)} orders, total {page.total}")
    wrong = Counter(misfit for order in page.orders for misfit in misfits_of_order(order))
    require(not wrong, ", ".join(f"{misfit} ({count} orders)" for misfit, count in wrong.items()))
    return f"{len(page.orders)} orders, total {page.total}"


def one_order(account: Account) -> str:
    """Read an order by its ID."""
    order_id = account.some()[0]["id"]
    order = account.order(order_id)
    wrong = misfits_of_order(order)
    require(order.get("id") == order_id and not wrong, ", ".join(wrong) or "another order")
    return f"order {order_id}"


def is_renewed(account: Account) -> str:
    """Look for the renewal mark, in the list and in an order by itself."""
    listed = account.some()
    absent = sum(not isinstance(order.get("is_renewed"), bool) for order in listed)
    require(not absent, f"not in {absent} of {len(listed)} listed orders")
    require(isinstance(account.order(listed[0]["id"]).get("is_renewed"), bool), "in the list only")
    return f"in {len(listed)} listed orders and in order {listed[0]['id']}"


def requests_of_an_order(account: Account) -> str:
    """Look at the requests of an order."""
    order_id = account.some()[-1]["id"]
    requests = account.order(order_id)["requests"]
    wrong = sorted({misfit for request in requests for misfit in misfits(request, REQUEST_FIELDS)})
    require(not wrong, ", ".join(wrong))
    if not requests:
        raise CouldNotBeTried(f"order {order_id} has none")
    return f"{len(requests)} of order {order_id}"


def dates(account: Account) -> str:
    """Look at the format of the dates."""
    moments = [
        datetime.fromisoformat(order["date_created"].replace("Z", "+00:00")) for order in account.some()
    ]
    offsets = {moment.utcoffset() for moment in moments}
    require(offsets == {timedelta()}, f"offsets from UTC: {', '.join(sorted(map(str, offsets)))}")
    return f"{len(moments)} orders"


def statuses(account: Account) -> str:
    """Look at the statuses."""
    seen = {order["status"] for order in account.some()}
    require(seen <= KNOWN_STATUSES, f"not known: {', '.join(sorted(seen - KNOWN_STATUSES))}")
    return ", ".join(sorted(seen))


def canceled_order(account: Account) -> str:
    """Read a canceled order."""
    listed = account.orders
    if not any(order["status"] == "canceled" for order in listed):
        listed = account.page(("filters[status]", "canceled"), ("limit", 1)).orders
    order_id = next((order["id"] for order in listed if order["status"] == "canceled"), None)
    if order_id is None:
        raise CouldNotBeTried("needs a canceled order")
    status = account.order(order_id)["status"]
    require(status == "canceled", f"order {order_id} reads {status}")
    return f"order {order_id}"


def pages(account: Account) -> str:
    """Read pages of two orders, and the last one of a single order."""
    total = len(account.some(4)) and account.total
    first, second, last = (
        account.page(("limit", limit), ("offset", offset))
        for limit, offset in ((2, 0), (2, 2), (100, total - 1))
    )
    if {first.total, second.total, last.total} != {total}:
        raise CouldNotBeTried("the number of orders changed meanwhile")
    sizes = [len(page.orders) for page in (first, second, last)]
    require(sizes == [2, 2, 1], f"{sizes} orders")
    both = {order["id"] for order in (*first.orders, *second.orders)}
    require(len(both) == 4, "an order is on two pages")
    return f"[2, 2, 1] orders, total {total}"


def sort(account: Account) -> str:
    """Sort in both directions."""
    if len(set(account.moments())) < 2:
        raise CouldNotBeTried("needs orders of different age")
    for field, newest_first in (("date_created", False), ("-date_created", True)):
        moments = [created(order) for order in account.page(("sort", field), ("limit", 100)).orders]
        require(moments == sorted(moments, reverse=newest_first), f"sort={field} gives another order")
    return f"date_created, {len(moments)} orders"


def filtered(account: Account, parameters: Sequence[tuple[str, object]], fits: Callable[[Any], bool]) -> Page:
    """Read a filtered list, in which all orders have to fit, and some of the account must be missing."""
    page = account.page(*parameters, ("limit", 100))
    others = sum(not fits(order) for order in page.orders)
    require(
        not others, f"{others} of {len(page.orders)} orders do not fit, total {page.total} of {account.total}"
    )
    require(page.orders, "no order although some fit")
    require(page.total < account.total, f"total {page.total} of {account.total}")
    return page


def status_filter(account: Account) -> str:
    """Ask for the two rarest statuses that the filter is documented to know."""
    # What is asked for as issued brings the expired orders along.
    known = STATUS_FILTERS.keys() - {"issued", "expired"}
    counted = Counter(order["status"] for order in account.some() if order["status"] in known).most_common()
    if len(counted) < 3:
        raise CouldNotBeTried("needs orders in three statuses that the filter knows")
    wanted = [status for status, count in counted[-2:]]
    parameters = [(f"filters[status][{index}]", status) for index, status in enumerate(wanted)]
    page = filtered(account, parameters, lambda order: order["status"] in wanted)
    seen = {order["status"] for order in page.orders}
    # With more orders than fit on the page, those of one status may fill it.
    require(seen == set(wanted) or page.total > len(page.orders), f"only {', '.join(seen)}")
    return f"{', '.join(wanted)}: total {page.total} of {account.total}"


def id_filter(account: Account) -> str:
    """Ask for two orders."""
    orders = account.some(3)
    wanted = [orders[0]["id"], orders[-1]["id"]]
    parameters = [(f"filters[id][{index}]", order_id) for index, order_id in enumerate(wanted)]
    page = filtered(account, parameters, lambda order: order["id"] in wanted)
    require(page.total == len(page.orders) == 2, f"{len(page.orders)} orders, total {page.total}")
    return f"2 orders of {account.total}"


def date_filter(form: str, after: bool, before: bool) -> Callable[[Account], str]:
    """Give a look at one form of the date filter.

    form: takes {middle} and {end}. after, before: which sides of the middle it leaves out.
    """

    def look(account: Account) -> str:
        moments = account.moments()
        oldest, newest = moments[0], moments[-1]
        middle = oldest + (newest - oldest) / 2
        # A day on either side for whatever time zone the service counts days in.
        day = timedelta(days=1)
        if newest - oldest < 4 * day:
            raise CouldNotBeTried("needs orders that were created days apart")
        wanted = form.format(middle=f"{middle:%Y-%m-%d}", end=f"{newest + day:%Y-%m-%d}")
        page = filtered(
            account,
            [("filters[date_created]", wanted)],
            lambda order: (
                (not after or created(order) > middle - 2 * day)
                and (not before or created(order) < middle + 2 * day)
            ),
        )
        return f"{wanted}: total {page.total} of {account.total}"

    return look


def unknown_filter(account: Account) -> str:
    """Filter by what is no field. Nothing documents what comes of that: to refuse it and to ignore it are both fine."""
    account.some()
    parameters = urlencode((("filters[no_such_field]", "1"), ("limit", 1)))
    reply = account.get(f"{ORDERS}?{parameters}")
    if reply.status == 400:
        return f"refused: {told(reply)}"
    require(reply.status == 200, told(reply))
    total = json_body(reply)["page"]["total"]
    require(total == account.total, f"total {total} of {account.total}")
    return f"ignored: total {total} of {account.total}"


def who_placed_it(account: Account) -> str:
    """Look who placed an order."""
    order_id = account.some()[0]["id"]
    user = account.order(order_id)["user"]
    wrong = misfits(user, {"id": int, "email": str})
    require(not wrong, ", ".join(wrong))
    return f"order {order_id}"


def user_filter(account: Account) -> str:
    """Ask for the orders of one user."""
    users = {order["id"]: account.order(order["id"])["user"]["id"] for order in account.some(3)[:3]}
    if len(set(users.values())) < 2:
        raise CouldNotBeTried("needs orders of two users among the first three")
    (order_id, wanted), *_others = users.items()
    page = account.page(("filters[user_id]", wanted), ("limit", 100))
    listed = {order["id"] for order in page.orders}
    others = [other for other, user in users.items() if user != wanted and other in listed]
    require(
        not others,
        f"order {others[0] if others else ''} of another user, total {page.total} of {account.total}",
    )
    require(order_id in listed or page.total > len(listed), f"order {order_id} is not among them")
    return f"total {page.total} of {account.total}"


def list_of_requests(account: Account) -> str:
    """Read the list of requests from its beginning."""
    requests, total = account.requests(("limit", LARGEST_PAGE))
    wrong = sorted({misfit for request in requests for misfit in misfits(request, REQUEST_FIELDS)})
    require(not wrong, ", ".join(wrong))
    require(len(requests) <= total, f"{len(requests)} requests, total {total}")
    if not requests:
        raise CouldNotBeTried("needs a request in the account")
    without = sum("id" not in request.get("order", {}) for request in requests)
    require(not without, f"{without} of {len(requests)} do not say of which order they are")
    account.listed_requests = requests
    return f"{len(requests)} requests, total {total}"


def request_filter(account: Account) -> str:
    """Ask for the requests in the rarest status."""
    counted = Counter(request["status"] for request in account.some_requests()).most_common()
    if len(counted) < 2:
        raise CouldNotBeTried("needs requests in two statuses")
    wanted = counted[-1][0]
    requests, total = account.requests(("filters[status]", wanted), ("limit", LARGEST_PAGE))
    others = sum(request["status"] != wanted for request in requests)
    require(requests and not others, f"{others} of {len(requests)} are not {wanted}, total {total}")
    return f"{wanted}: total {total}"


def one_request(account: Account) -> str:
    """Read a request by its ID."""
    number = account.some_requests()[0]["id"]
    reply = account.get(f"/request/{number}")
    require(reply.status == 200, told(reply))
    request = json_body(reply)
    wrong = misfits(request, REQUEST_FIELDS) + misfits(request["order"], {"id": int, "status": str})
    require(request["id"] == number and not wrong, ", ".join(wrong) or "another request")
    return f"request {number}"


def validation(account: Account) -> str:
    """Read what the validation of an order says."""
    order_id = account.some()[0]["id"]
    reply = account.get(f"{ORDERS}/{order_id}/validation")
    require(reply.status == 200, told(reply))
    said = json_body(reply)
    require(said["order_id"] == str(order_id), f"order_id is {type(said['order_id']).__name__}")
    domains = said["dns_name_validations"]
    fields = {"name_scope": str, "status": str, "method": str}
    wrong = sorted({misfit for domain in domains for misfit in misfits(domain, fields)})
    require(domains and not wrong, ", ".join(wrong) or "no domain")
    words = sorted({domain["status"] for domain in domains})
    return f"order {order_id}, domains: {', '.join(words)}"


def no_such_order(account: Account) -> str:
    """Read an order that does not exist."""
    return refused(account.get(f"{ORDERS}/{NO_ORDER}"), 404, "not_found|order")


def no_such_path(account: Account) -> str:
    """Ask for a path that is not there."""
    return refused(account.get("/no-such-path"), 404, "not_found|route")


def wrong_key(account: Account) -> str:
    """Read with a key that is none."""
    reply = account.get_as_stranger(f"{ORDERS}?limit=1")
    seen = refused(reply, 403, "access_denied|access_denied_invalid_key")
    require("retry-after" not in reply.headers, f"{seen} with Retry-After")
    return seen


def refused(reply: Reply, status: int, code: str) -> str:
    """Look whether a reply is a certain refusal, in the shape of an error."""
    seen = told(reply)
    require((reply.status, code_of(reply)) == (status, code), seen)
    error = json_body(reply)["errors"][0]
    require(isinstance(error["message"], str), f"{seen} without a message")
    return seen


def content_type(account: Account) -> str:
    """Look at the Content-Type of all replies."""
    types = Counter(exchange.reply.headers.get("content-type", "none") for exchange in account.http.exchanges)
    require(all(kind.partition(";")[0].strip() == "application/json" for kind in types), ", ".join(types))
    return ", ".join(types)


def retry_after(account: Account) -> str:
    """Look for Retry-After in all replies but those that say that there were too many requests."""
    replies = [exchange.reply for exchange in account.http.exchanges if exchange.reply.status != 429]
    having = [reply for reply in replies if "retry-after" in reply.headers]
    require(not having, ", ".join(f"{told(reply)}: {reply.headers['retry-after']}" for reply in having))
    return f"absent from {len(replies)} replies"


# What a cancellation shows.


class Cancellation(NamedTuple):
    """What a cancellation led to: the writes with their replies, and what the order reads afterwards.

    changed: True if a write took effect, False if none did, None if that cannot be known.
    """

    changed: bool | None
    writes: list[Exchange]
    status: str
    message: str

    def last(self) -> Exchange:
        """Give the write that decided."""
        if not self.writes:
            raise CouldNotBeTried(self.message)
        return self.writes[-1]


def spelling(cancellation: Cancellation) -> str:
    """Look which spelling was taken."""
    value = cancellation.last().body["status"]
    replies = ", ".join(f"{write.body['status']}: {told(write.reply)}" for write in cancellation.writes)
    require(cancellation.last().reply.status < 300, replies)
    return f"{value} is taken ({replies})"


def accepted(cancellation: Cancellation) -> str:
    """Look at the answer to the accepted change."""
    reply = cancellation.last().reply
    seen = f"{told(reply)}, {len(reply.body)} bytes"
    require(reply.status == 204 and not reply.body, seen)
    return seen


def reads_canceled(cancellation: Cancellation) -> str:
    """Look at the order afterwards."""
    cancellation.last()
    require(cancellation.status == "canceled", cancellation.status)
    return cancellation.status


class Row(NamedTuple):
    """A row of the contract: its section, what it is about, what is expected, and how to look.

    look: gives what was seen; raises DidNotHold or CouldNotBeTried.
    """

    section: int
    fact: str
    expected: str
    look: Callable[[Any], str]


READING = (
    # The first one finds the orders that the others take for examples.
    Row(2, "list of orders, limit up to 1000", "orders, page with total, limit, offset; fields as documented", the_list),
    Row(2, "one order", "its fields as documented", one_order),
    Row(2, "is_renewed", "true or false, in the list as well", is_renewed),
    Row(2, "requests of an order", "each has id, type, status", requests_of_an_order),
    Row(2, "date_created", "ISO 8601 in UTC", dates),
    Row(2, "known statuses", "no other", statuses),
    Row(2, "a canceled order", "can still be read", canceled_order),
    Row(2, "limit and offset", "pages without an order in common, the same total", pages),
    Row(2, "sort=field, sort=-field", "the order that is asked for", sort),
    Row(2, "filter status, several values", "orders in these and no other", status_filter),
    Row(2, "filter id, several values", "these orders and no other", id_filter),
    Row(2, "date filter >DATE", "later orders and no other", date_filter(">{middle}", after=True, before=False)),
    Row(2, "date filter <DATE", "earlier orders and no other", date_filter("<{middle}", after=False, before=True)),
    Row(2, "date filter DATE...DATE", "orders between and no other", date_filter("{middle}...{end}", True, False)),
    Row(2, "unknown filter", "refused or ignored", unknown_filter),
    Row(2, "who placed an order", "user with id and email, in the order itself", who_placed_it),
    Row(2, "filter user_id", "orders of this user and no other", user_filter),
    # The first one finds the requests that the others take for examples.
    Row(6, "list of requests", "requests, page with total; each has id, type, status, order", list_of_requests),
    Row(6, "filter of requests, status", "requests in it and no other", request_filter),
    Row(6, "one request", "its fields as documented, with its order", one_request),
    Row(7, "validation of an order", "the ID as text; domains with name_scope, status, method", validation),
    Row(3, "no such order", "404 not_found|order", no_such_order),
    Row(3, "no such path", "404 not_found|route", no_such_path),
    Row(3, "wrong key", "403 access_denied|access_denied_invalid_key, no Retry-After", wrong_key),
    Row(3, "Content-Type", "application/json", content_type),
    Row(3, "Retry-After", "not sent", retry_after),
)  # fmt: skip

WRITING = (
    Row(1, "spelling of the cancel value", "CANCELED or canceled", spelling),
    Row(1, "answer to an accepted change", "204 without a body", accepted),
    Row(1, "pending or waiting_pickup, canceled", "reads canceled", reads_canceled),
)


def judged(rows: Iterable[Row], evidence: Any) -> list[dict[str, Any]]:
    """Look at each row; give them with what was seen and the verdict."""
    results = []
    for row in rows:
        try:
            seen, verdict = row.look(evidence), HELD
        except DidNotHold as difference:
            seen, verdict = str(difference), DID_NOT_HOLD
        except CouldNotBeTried as reason:
            seen, verdict = str(reason), NOT_TRIED
        except NOT_AS_DOCUMENTED as defect:
            # Its text may hold what the service said.
            seen, verdict = f"a reply of another shape ({type(defect).__name__})", DID_NOT_HOLD
        results.append(
            {
                "section": row.section,
                "fact": row.fact,
                "expected": row.expected,
                "seen": seen,
                "verdict": verdict,
            }
        )
    return results


def header_lines(exchanges: Iterable[Exchange]) -> list[str]:
    """Name the headers of the replies, those about limits with their last value."""
    headers = {name: value for exchange in exchanges for name, value in exchange.reply.headers.items()}
    return [f"{name}: {headers[name]}" if "limit" in name else name for name in sorted(headers)]


def cancel(service: CertCentral, http: Recorder, order_id: int, check_mode: bool) -> Cancellation:
    """Cancel an order as digicert_order_status does: it is read first, and written to only if it can be canceled."""
    change = StatusChange(service, WantedStatus.CANCELED, NOTE, check_mode)
    (outcome,) = change.bring([order_id])
    writes = [exchange for exchange in http.exchanges if exchange.method == "PUT"]
    message = outcome.error.message if outcome.error else f"order {order_id} was not written to"
    try:
        status = service.read_patiently(order_id).status
    except ServiceError as error:
        status = f"not readable: {error}"
    return Cancellation(outcome.outcome is Outcome.CHANGED, writes, status, message)


def look(module: Module) -> dict[str, Any]:
    """Look at the rows; give the result. Raises UnusableOption."""
    require_library(module)
    order_id = module.params["order_id"]
    if order_id is not None and module.params["confirmation"] != f"cancel {order_id}":
        raise UnusableOption(f"confirmation is not 'cancel {order_id}', so nothing was sent.")
    api_key, api_url = usable_api_key(module.params["api_key"]), usable_api_url(module.params["api_url"])
    module.no_log_values.add(api_key)
    http = Recorder(api_url, api_key, [])
    secrets = [api_key, *http.secrets]
    service = CertCentral(http, secrets, retries=0, limits=DOCUMENTED_LIMITS)
    try:
        service.get_page(LISTED_ORDERS, [("limit", "1")])
    except ServiceError as error:
        # If this key can read nothing here there is nothing to say about any row.
        if error.code in STOPS_AT_ONCE | MAY_CONCERN_ONE_ORDER | {ErrorCode.BLOCKED}:
            return {"failed": True, "msg": str(error)}
    changed = False
    if order_id is None:
        rows = judged(READING, Account(http, Recorder(api_url, MADE_UP_KEY, http.exchanges)))
    else:
        cancellation = cancel(service, http, order_id, module.check_mode)
        rows, changed = judged(WRITING, cancellation), bool(cancellation.changed)
    masking = Masking(*secrets)
    for row in rows:
        row["seen"] = masking.quoted(row["seen"])
    return {
        "rows": rows,
        "headers": masking.value(header_lines(http.exchanges)),
        # As with digicert_order_status: an outcome that cannot be known is told by the rows.
        "changed": changed,
    }


def main() -> None:
    """Run the module."""
    shared = connection_options()
    module = Module(
        argument_spec={
            "order_id": {"type": "int"},
            "confirmation": {"type": "str"},
            **{name: shared[name] for name in ("api_key", "api_url")},
        },
        supports_check_mode=True,
    )
    run(module, look)


if __name__ == "__main__":
    main()
