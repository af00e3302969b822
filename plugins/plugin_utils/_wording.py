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
from ansible_collections.community.digicert.plugins.plugin_utils._cancellation import (
    Cancellation,
    Ended,
    FoundOrder,
)
from ansible_collections.community.digicert.plugins.plugin_utils._report_file import Column, Table, one_line
from ansible_collections.community.digicert.plugins.plugin_utils._request import Request

# A message names so many orders at most; the statistics and the report have all of them.
_NAMED_ORDERS = 20
UNDER_WAY = (
    "This run is under way, or it was ended by force. Orders without an outcome may have been canceled."
)
NO_REFUND = (
    "CertCentral does not refund a canceled order by itself: if it was paid from the account balance, ask DigiCert "
    "Support."
)
_FILTERS = {
    "organization_id": "organizations",
    "container_id": "containers",
    "common_name": "common names",
    "product_name_id": "products",
}


_WORDS = {
    Outcome.CHANGED: "canceled",
    Outcome.UNCHANGED: "canceled already",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_ATTEMPTED: "not attempted",
}
_NOT_AS_WANTED = {
    "Failed": Outcome.FAILED,
    "Unknown, may or may not have been canceled": Outcome.UNKNOWN,
    "Not attempted": Outcome.NOT_ATTEMPTED,
}
_PREVIEW_WORDS = {**_WORDS, Outcome.CHANGED: "would be canceled", Outcome.FAILED: "would fail"}


def plan(run: Cancellation) -> Iterator[str]:
    """Tell what is going to be done, in lines."""
    yield f"{_wanted(run.request)}: {len(run.orders)}"
    yield from (f"{name}: {one_line(value)}" for name, value in _facts(run.request).items())
    yield from map(one_line, run.left_out)
    if run.orders:
        yield NO_REFUND
        what = "They would be canceled" if run.request.preview else "They are going to be canceled"
        what = "They were found" if run.stop else what
        yield f"{what}, the oldest first:" if run.request.order_ids is None else f"{what}:"
        yield from map(_line, run.orders)


def progress(run: Cancellation, number: int, batches: int, ended: Mapping[int, Ended]) -> Iterator[str]:
    """Tell what became of a batch, in a line, and in a line for each order that failed.

    number, batches: which batch it is, and of how many.
    """
    counts = Counter(each.outcome for each in ended.values())
    what = ", ".join(f"{counts[outcome]} {_word(outcome, run)}" for outcome in Outcome if counts[outcome])
    yield f"Batch {number} of {batches}: {_orders(len(ended))}: {what}."
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
    total = _orders(len(run.orders))
    changed, unchanged = (len(run.ids(outcome)) for outcome in (Outcome.CHANGED, Outcome.UNCHANGED))
    told = f"{changed} of {total} {_word(Outcome.CHANGED, run)}"
    parts = [f"{told}, {unchanged} canceled already." if unchanged else f"{told}."]
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


def report(run: Cancellation, now: datetime, remark: str = "") -> Table:
    """Give the report of a run: what it was to do, and a line for every order.

    remark: what is to be said of the report itself.
    """
    request = run.request
    # While it is under way nobody knows of an order more than what ended.
    ended = {
        each.order_id: run.of(each.order_id)
        for each in run.orders
        if not remark or each.order_id in run.ended
    }
    tally = Counter(each.outcome for each in ended.values())
    counts = ", ".join(f"{tally[outcome]} {_word(outcome, run)}" for outcome in Outcome if tally[outcome])
    title = "Preview of a cancellation: nothing was changed" if request.preview else "Cancellation of orders"
    looked_for = {_wanted(request): str(len(run.orders))}
    stopped = {"Stopped because": f"{run.stop} {run.advice}".strip()} if run.stop else {}
    state = {"State": remark} if remark else {}
    facts = {**state, **looked_for, **_facts(request), "Orders": counts, **stopped, "Refunds": NO_REFUND}
    # What is no order must not be absent from a file that has nothing but rows.
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
    Column("status_before", "Status before"),
    Column("common_name", "Common name"),
    Column("organization", "Organization"),
    Column("product", "Product"),
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
        "yes" if run.request.preview else "no",
        _word(ended.outcome, run) if ended else None,
        ended.reason if ended else None,
        run.request.note,
    )


def _remark(run: Cancellation, outcome: str, reason: str) -> Sequence[object]:
    """Give a row about no order."""
    said = {"preview": "yes" if run.request.preview else "no", "outcome": outcome, "reason": reason}
    return [said.get(column.name) for column in COLUMNS]


def _word(outcome: Outcome, run: Cancellation) -> str:
    return (_PREVIEW_WORDS if run.request.preview else _WORDS)[outcome]


def _wanted(request: Request) -> str:
    if request.order_ids is not None:
        return "Orders that were named"
    return f"Orders that were created more than {request.older_than_days} days ago and are still pending or waiting_pickup"


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
    names = f"{order.common_name or '-'}, {order.organization or '-'}"
    return f"{order.order_id:<12} {one_line(order.status):<15} {age:>5} days  {one_line(names)}"


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"


def _listed(order_ids: Collection[int]) -> str:
    named = ", ".join(map(str, list(order_ids)[:_NAMED_ORDERS]))
    more = len(order_ids) - _NAMED_ORDERS
    return f"{named} and {more} more" if more > 0 else named
