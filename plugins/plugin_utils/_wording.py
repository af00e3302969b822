# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How a playbook that cancels orders tells of its plan, its progress and its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from ansible_collections.community.digicert.plugins.module_utils._order_change import Outcome
from ansible_collections.community.digicert.plugins.module_utils._order_rules import RULES, WantedStatus
from ansible_collections.community.digicert.plugins.plugin_utils._cancellation import (
    Cancellation,
    Ended,
    FoundOrder,
)
from ansible_collections.community.digicert.plugins.plugin_utils._report_file import Column, Table, one_line
from ansible_collections.community.digicert.plugins.plugin_utils._request import Request

# A message names at most so many orders; the statistics and the report have all of them.
_NAMED_ORDERS = 20
UNDER_WAY = (
    "This run is under way, or it was ended by force. Orders without an outcome may have been canceled."
)
NO_REFUND = (
    "CertCentral does not refund a canceled order automatically: if it was paid from the account balance, ask DigiCert "
    "Support."
)
_FILTERS = {
    "organization_id": "organizations",
    "container_id": "containers",
    "common_name": "common names",
    "product_name_id": "products",
    "user_id": "orders of users",
    "email": "orders of",
}


# To follow "is going to be" and "would be".
_PLANNED = {
    WantedStatus.CANCELED: "canceled",
    WantedStatus.REJECTED: "rejected",
    WantedStatus.REISSUE_CANCELED: "returned to issued by canceling the reissue",
}
# Nobody knows who brought it about.
_ALREADY = {WantedStatus.REISSUE_CANCELED: "issued with no reissue pending"}
_NOT_AS_WANTED = {
    "Failed": Outcome.FAILED,
    "Unknown, may or may not have been changed": Outcome.UNKNOWN,
    "Not attempted": Outcome.NOT_ATTEMPTED,
}


def plan(run: Cancellation) -> Iterator[str]:
    """Tell what is going to be done, in lines."""
    yield f"{_wanted(run.request)}: {_how_many(run)}"
    yield from (f"{name}: {one_line(value)}" for name, value in _facts(run.request).items())
    yield from map(one_line, run.left_out)
    if run.orders:
        yield NO_REFUND
        order_of = ", the oldest first" if run.request.order_ids is None else ""
        for end in run.ends:
            orders = [
                order for order in run.orders if order.wanted is end and order.order_id not in run.ended
            ]
            if orders:
                yield f"{_orders(len(orders))} {_what_becomes(run, end, len(orders))}{order_of}:"
                yield from map(_line, orders)
        yield from (one_line(ended.reason) for ended in run.ended.values())


def _what_becomes(run: Cancellation, end: WantedStatus, count: int) -> str:
    if run.stop:
        return "was found" if count == 1 else "were found"
    be = "would be" if run.request.preview else f"{'is' if count == 1 else 'are'} going to be"
    return f"{be} {_PLANNED[end]}"


def progress(run: Cancellation, number: int, batches: int, ended: Mapping[int, Ended]) -> Iterator[str]:
    """Tell what became of a batch, in a line, and in a line for each order that failed.

    number, batches: which batch it is, and of how many.
    """
    yield f"Batch {number} of {batches}: {_orders(len(ended))}: {_counted(run, ended)}."
    yield from (
        one_line(each.reason)
        for each in ended.values()
        if each.outcome in (Outcome.FAILED, Outcome.UNKNOWN) and each.reason != run.stop
    )


def verdict(run: Cancellation) -> str:
    """Tell how it ended, in a few sentences."""
    if not run.ended and (run.stop or run.left_out):
        return one_line(" ".join(filter(None, [run.stop, run.advice, *run.left_out])))
    if not run.orders:
        return (
            "No stale order was found, nothing to do."
            if run.request.order_ids is None
            else "No order was named, nothing to do."
        )
    parts = [_changed(run, end) for end in run.ends]
    for name, outcome in _NOT_AS_WANTED.items():
        if order_ids := run.ids(outcome):
            parts.append(f"{name}: {_listed(order_ids)}.")
    reasons = {ended.reason for ended in run.ended.values() if ended.reason}
    if run.stop:
        parts.append(f"It stopped because: {run.stop}")
    elif len(reasons) == 1:
        parts += reasons
    parts += run.left_out
    if run.request.preview:
        parts.append("Nothing was changed.")
    elif not run.as_wanted:
        parts.append("Running again is safe.")
    return one_line(" ".join(parts))


def _changed(run: Cancellation, end: WantedStatus) -> str:
    """Tell how many of the orders of one end got there."""
    changed, unchanged = (run.ids(outcome, end=end) for outcome in (Outcome.CHANGED, Outcome.UNCHANGED))
    told = f"{len(changed)} of {_orders(len(run.ids(*Outcome, end=end)))} {_word(run, end, Outcome.CHANGED)}"
    return f"{told}, {len(unchanged)} {_word(run, end, Outcome.UNCHANGED)}." if unchanged else f"{told}."


def report(run: Cancellation, now: datetime, remark: str = "") -> Table:
    """Give the report of a run: what it was to do, and a line for every order.

    remark: what is to be said of the report itself.
    """
    request = run.request
    # While it is under way, only what has ended is known.
    ended = {
        each.order_id: run.of(each.order_id)
        for each in run.orders
        if not remark or each.order_id in run.ended
    }
    counts = _counted(run, ended)
    title = "Preview of a cancellation: nothing was changed" if request.preview else "Cancellation of orders"
    looked_for = {_wanted(request): _how_many(run)}
    stopped = {"Stopped because": f"{run.stop} {run.advice}".strip()} if run.stop else {}
    state = {"State": remark} if remark else {}
    told = {"Orders": counts} if counts else {}
    facts = {**state, **looked_for, **_facts(request), **told, **stopped, "Refunds": NO_REFUND}
    # A file that has only rows needs one even for what is not an order.
    remarks = [("left out", text) for text in run.left_out]
    remarks += [("not searched", run.stop)] if run.stop and not run.orders else []
    remarks += [("not finished", remark)] if remark else []
    return Table(
        title,
        {"Date": f"{now:%Y-%m-%d %H:%M} UTC", **facts},
        COLUMNS,
        [
            *(_row(run, order, ended.get(order.order_id)) for order in run.orders),
            *(_remark(run, *each) for each in remarks),
        ],
    )


COLUMNS = (
    Column("order_id", "Order", number=True),
    Column("created", "Created"),
    Column("age_days", "Age in days", number=True),
    Column("state", "State"),
    Column("common_name", "Common name"),
    Column("organization", "Organization"),
    Column("product", "Product"),
    Column("waits_for", "Waits for"),
    Column("placed_by", "Placed by"),
    Column("preview", "Preview"),
    Column("outcome", "Outcome"),
    Column("reason", "Reason"),
    Column("note", "Note"),
)


def _row(run: Cancellation, order: FoundOrder, ended: Ended | None) -> Sequence[object]:
    return (
        order.order_id,
        order.created,
        None if order.age is None else order.age.days,
        order.status,
        order.common_name,
        order.organization,
        order.product,
        order.waits_for,
        order.placed_by,
        "yes" if run.request.preview else "no",
        _cell(run, order.wanted, ended.outcome) if ended else None,
        ended.reason if ended else None,
        run.request.note,
    )


def _remark(run: Cancellation, outcome: str, reason: str) -> Sequence[object]:
    """Give a row about no order."""
    said = {"preview": "yes" if run.request.preview else "no", "outcome": outcome, "reason": reason}
    return [said.get(column.name) for column in COLUMNS]


def _word(run: Cancellation, end: WantedStatus, outcome: Outcome) -> str:
    rule, preview = RULES[end], run.request.preview
    return {
        Outcome.CHANGED: rule.would_be_done if preview else rule.done,
        Outcome.UNCHANGED: _ALREADY.get(end, f"already {rule.done}"),
        Outcome.FAILED: "would fail" if preview else "failed",
        Outcome.UNKNOWN: "unknown",
        Outcome.NOT_ATTEMPTED: "not attempted",
    }[outcome]


def _cell(run: Cancellation, end: WantedStatus, outcome: Outcome) -> str:
    # The words of the rule are about several orders.
    return _word(run, end, outcome).replace("their", "its")


def _counted(run: Cancellation, ended: Mapping[int, Ended]) -> str:
    """Count what became of orders, in the order of the outcomes."""
    wanted = {order.order_id: order.wanted for order in run.orders}
    counts = Counter((each.outcome, wanted[order_id]) for order_id, each in ended.items())
    # For those that failed, the end does not matter.
    words: Counter[str] = Counter()
    for outcome in Outcome:
        for end in WantedStatus:
            words[_word(run, end, outcome)] += counts[outcome, end]
    return ", ".join(f"{count} {word}" for word, count in words.items() if count)


def _wanted(request: Request) -> str:
    if request.order_ids is not None:
        return "Orders that were named"
    *others, last = request.states
    states = f"{', '.join(others)} or {last}" if others else last
    return f"Orders that were created more than {request.older_than_days} days ago and are still {states}"


def _how_many(run: Cancellation) -> str:
    return str(len(run.orders)) if run.searched else "not known, because the search failed"


def _facts(request: Request) -> dict[str, str]:
    filters = {
        f"Only {_FILTERS[name]}": ", ".join(map(str, values)) for name, values in request.filters.items()
    }
    # Anyone who meant to narrow the search sees here that nothing arrived.
    none = (
        {} if filters or request.order_ids is not None else {"Filters": "none, orders of the whole account"}
    )
    return {**none, **filters, "Service": request.service, "Note": request.note}


def _line(order: FoundOrder) -> str:
    if order.status is None and order.age is None:
        return str(order.order_id)
    age = "?" if order.age is None else order.age.days
    told = [order.common_name or "-", order.organization or "-"]
    told += [f"waits for {order.waits_for}"] if order.waits_for else []
    told += [f"placed by {order.placed_by}"] if order.placed_by else []
    return f"{order.order_id:<12} {one_line(order.status):<15} {age:>5} days  {one_line(', '.join(told))}"


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"


def _listed(order_ids: Collection[int]) -> str:
    named = ", ".join(map(str, list(order_ids)[:_NAMED_ORDERS]))
    more = len(order_ids) - _NAMED_ORDERS
    return f"{named} and {more} more" if more > 0 else named
