# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of orders and of requests: filters, order and pages (contract 2 and 6)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from .orders import Order, OrderRequest
from .rules import Refused
from .settings import (
    BooleanFilter,
    EmptyList,
    IdFilter,
    RequestPages,
    Settings,
    StatusFilter,
    Unknown,
    Unsorted,
)

MAX_LIMIT = 1000
FEW = 10
"""How many requests a page holds at most with `RequestPages.SMALL`."""

FILTER_NAME = re.compile(r"filters\[(?P<name>[A-Za-z_]+)\](?:\[[0-9]*\])?")

Item = TypeVar("Item")
OfOrder = tuple[Order, OrderRequest]
Test = Callable[[Any], bool]
MakeTest = Callable[[str], Test]


@dataclass(frozen=True)
class Kind(Generic[Item]):
    """One kind of list: its name in a reply, what it can be filtered and sorted by, and its columns as CSV.

    statuses: the values of the filter `status` that are documented, and what each finds.
    columns: where each column stands in an entry; which ones CSV has is assumed.
    """

    name: str
    filters: Mapping[str, MakeTest]
    flags: Mapping[str, Test]
    statuses: Mapping[str, frozenset[str]]
    status: Callable[[Item], str]
    sorts: Mapping[str, Callable[[Item], Any]]
    columns: Mapping[str, tuple[str, ...]]


def list_orders(orders: Iterable[Order], query: str, settings: Settings) -> dict[str, Any]:
    """Give the body of a list of orders for a query string, percent-encoded or not. Raises Refused."""
    asked = Asked.read(query)
    found = _found(ORDERS, orders, asked, settings)
    limit = min(asked.number("limit", MAX_LIMIT) or MAX_LIMIT, MAX_LIMIT)
    return _page(ORDERS, found, lambda order: order.as_list_entry(settings), asked, limit, settings)


def list_requests(orders: Iterable[Order], query: str, settings: Settings) -> dict[str, Any]:
    """Give the body of a list of the requests of these orders for a query string. Raises Refused."""
    asked = Asked.read(query)
    everything = ((order, request) for order in orders for request in order.requests)
    found = _found(REQUESTS, everything, asked, settings)
    limit = asked.number("limit", 0)
    if settings.request_pages is RequestPages.CAPPED:
        limit = min(limit or MAX_LIMIT, MAX_LIMIT)
    elif settings.request_pages is RequestPages.SMALL:
        limit = min(limit or FEW, FEW)
    return _page(REQUESTS, found, lambda item: item[1].as_list_entry(item[0]), asked, limit, settings)


def as_csv(body: Mapping[str, Any]) -> str:
    """Give a list as CSV, which `Accept: text/csv` asks for; the documentation does not say what it looks like."""
    kind: Kind[Any] = ORDERS if ORDERS.name in body else REQUESTS
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(kind.columns)
    for entry in body.get(kind.name) or ():
        writer.writerow([_cell(entry, path) for path in kind.columns.values()])
    return text.getvalue()


@dataclass(frozen=True)
class Asked:
    """What a query asks for: plain parameters, and the values of each filter."""

    parameters: Mapping[str, str]
    filters: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, query: str) -> Asked:
        """Read a query string. A value that is empty says nothing (contract 2: of a filter; of the rest assumed)."""
        parameters: dict[str, str] = {}
        filters: dict[str, list[str]] = {}
        for name, value in parse_qsl(query):
            match = FILTER_NAME.fullmatch(name)
            if match:
                filters.setdefault(match["name"], []).append(value)
            else:
                parameters[name] = value
        return cls(parameters, filters)

    def number(self, name: str, default: int) -> int:
        """Give a whole number among the parameters. Raises Refused (400, assumed) where it is none."""
        value = self.parameters.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise Refused(400, "bad_request_format", f"The parameter {name} must be a whole number from 0.")
        return int(value)


def _found(kind: Kind[Item], items: Iterable[Item], asked: Asked, settings: Settings) -> list[Item]:
    """Filter and sort. Values of one filter are alternatives, filters of different names must all hold.

    Assumed: without `sort` the list is by ID. Raises Refused.
    """
    if settings.unknown_parameter is Unknown.REFUSED:
        _check_names(kind, asked)
    either = [
        test for name, values in asked.filters.items() if (test := _tests(kind, name, values, settings))
    ]
    found = [item for item in items if all(any(test(item) for test in tests) for tests in either)]
    by_id = "id" if settings.unsorted is Unsorted.OLDEST_FIRST else "-id"
    for sort in reversed(asked.parameters.get("sort", by_id).split(",")):
        _sort(kind, found, sort)
    return found


def _check_names(kind: Kind[Any], asked: Asked) -> None:
    unknown = [name for name in asked.parameters if name not in ("sort", "limit", "offset")]
    unknown += [
        f"filters[{name}]" for name in asked.filters if name not in {*kind.filters, *kind.flags, "status"}
    ]
    if unknown:
        raise Refused(400, "invalid_parameter", f"The parameter {unknown[0]} is not valid.")


def _tests(kind: Kind[Any], name: str, values: Sequence[str], settings: Settings) -> list[Test]:
    """Give the tests of which an item has to pass one; none where the filter is ignored. Raises Refused."""
    if name == "id" and kind is ORDERS and settings.id_filter is not IdFilter.HONOURED:
        if settings.id_filter is IdFilter.REFUSED:
            raise Refused(400, "invalid_filter", "The filter id is not valid.")
        return []
    if name == "status":
        return _status_tests(kind, values, settings.status_filter)
    if name in kind.flags:
        return _flag_tests(name, kind.flags[name], values, settings.boolean_filter)
    return [kind.filters[name](value) for value in values] if name in kind.filters else []


def _status_tests(kind: Kind[Any], values: Sequence[str], choice: StatusFilter) -> list[Test]:
    def one_of(statuses: frozenset[str]) -> Test:
        return lambda item: kind.status(item) in statuses

    tests = []
    for value in values:
        if value in kind.statuses:
            tests.append(one_of(kind.statuses[value]))
        elif choice is StatusFilter.REFUSED:
            raise Refused(400, "invalid_filter", f"The filter status cannot be {value}.")
        elif choice is not StatusFilter.IGNORED:
            tests.append(one_of(frozenset({value} if choice is StatusFilter.HONOURED else ())))
    return tests


def _flag_tests(name: str, flag: Test, values: Sequence[str], choice: BooleanFilter) -> list[Test]:
    """Contract 2: `1` for true and `0` for false; what anything else does is a choice."""
    words = {"1": True, "0": False}
    if choice is BooleanFilter.UNDERSTOOD:
        words.update(true=True, false=False)
    tests = []
    for value in values:
        wanted = words.get(value, {BooleanFilter.ONE: True, BooleanFilter.ZERO: False}.get(choice))
        if wanted is None and choice is BooleanFilter.IGNORED:
            continue
        if wanted is None:
            raise Refused(400, "invalid_filter", f"The filter {name} must be 1 or 0.")
        tests.append(flag if wanted else lambda item: not flag(item))
    return tests


def _sort(kind: Kind[Any], found: list[Any], sort: str) -> None:
    name = sort.strip().lstrip("+-")
    if name not in kind.sorts:
        raise Refused(400, "invalid_sort", f"{kind.name.capitalize()} cannot be sorted by {name}.")
    found.sort(key=kind.sorts[name], reverse=sort.strip().startswith("-"))


def _page(
    kind: Kind[Item],
    found: Sequence[Item],
    as_entry: Callable[[Item], Any],
    asked: Asked,
    limit: int,
    settings: Settings,
) -> dict[str, Any]:
    """Cut a page out; a limit of 0 is none."""
    offset = asked.number("offset", 0)
    shown = [as_entry(item) for item in (found[offset : offset + limit] if limit else found[offset:])]
    body: dict[str, Any] = {"page": {"total": len(found), "limit": limit, "offset": offset}}
    if shown or settings.empty_list is EmptyList.EMPTY:
        body[kind.name] = shown
    elif settings.empty_list is EmptyList.NULL:
        body[kind.name] = None
    return body


def _cell(entry: Any, path: Sequence[str]) -> Any:
    for name in path:
        entry = entry.get(name) if isinstance(entry, Mapping) else None
    return entry


def _equal(read: Callable[[Any], object]) -> MakeTest:
    return lambda value: lambda item: str(read(item)) == value


def _search(read: Callable[[Any], Iterable[str]]) -> MakeTest:
    """Look for a text: with a % in front anywhere in one of the texts, else it is all of one of them (contract 2).

    Assumed: upper and lower case are the same.
    """

    def make(value: str) -> Test:
        text = value.casefold()
        if text.startswith("%"):
            return lambda item: any(text[1:] in searched.casefold() for searched in read(item))
        return lambda item: any(text == searched.casefold() for searched in read(item))

    return make


def _moment(read: Callable[[Any], datetime | None]) -> MakeTest:
    """Make a date filter.

    Assumed: `>` and `<` leave the date itself out, a range has both ends in, a date without a time is its
    midnight (UTC) but as the end of a range, or alone, its whole day.
    """

    def make(value: str) -> Test:
        if value.startswith(">"):
            after = _read_moment(value[1:])
            return lambda item: (at := read(item)) is not None and at > after
        if value.startswith("<"):
            before = _read_moment(value[1:])
            return lambda item: (at := read(item)) is not None and at < before
        start, dots, end = value.partition("...")
        first, last = _read_moment(start), _read_moment(end if dots else start, end_of_day=True)
        return lambda item: (at := read(item)) is not None and first <= at <= last

    return make


def _read_moment(value: str, end_of_day: bool = False) -> datetime:
    """Read ISO 8601, `YYYY-MM-DD+HH:MM:SS` or `NOW` (contract 5). Raises Refused (400, assumed)."""
    text = value.strip().replace("Z", "+00:00")
    if text == "NOW":
        return datetime.now(timezone.utc)
    # A "+" that a client left unencoded arrives as a space.
    text = re.sub(r" (\d\d:\d\d)$", r"+\1", text) if "T" in text else text
    text = re.sub(r"^(\d{4}-\d\d-\d\d)\+(\d\d:\d\d:\d\d)$", r"\1 \2", text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "invalid_filter", f"{value!r} is not a date.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    if end_of_day and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        moment += timedelta(days=1) - timedelta(microseconds=1)
    return moment


def _valid_till(order: Order) -> datetime | None:
    if order.valid_till is None:
        return None
    return datetime.combine(order.valid_till, time(), timezone.utc)


def _organization_id(order: Order) -> object:
    return order.organization.id if order.organization else ""


ORDERS: Kind[Order] = Kind(
    name="orders",
    filters={
        "id": _equal(lambda order: order.id),
        "organization_id": _equal(_organization_id),
        "product_name_id": _equal(lambda order: order.product.name_id),
        "container_id": _equal(lambda order: order.container.id),
        "common_name": _equal(lambda order: order.common_name),
        "domain_name": lambda value: lambda order: value in (order.common_name, *order.dns_names),
        "serial_number": lambda value: lambda order: value.upper() == order.serial_number,
        "certificate_id": _equal(lambda order: order.certificate_id),
        "user_id": _equal(lambda order: order.user.id if order.user else ""),
        "email": _equal(lambda order: order.user.email if order.user else ""),
        "origin": _equal(lambda order: "migrated" if order.migrated else "certcentral"),
        "metadata_id": lambda value: lambda order: value in map(str, order.metadata),
        "date_created": _moment(lambda order: order.date_created),
        "valid_till": _moment(_valid_till),
        "search": _search(lambda order: (order.common_name, order.user.email if order.user else "")),
    },
    flags={
        "is_renewed": lambda order: order.is_renewed,
        "disable_renewal_notifications": lambda order: order.disable_renewal_notifications,
    },
    statuses={
        "pending": frozenset({"pending"}),
        # Documented: also where the certificate has expired.
        "issued": frozenset({"issued", "expired"}),
        "rejected": frozenset({"rejected"}),
        "revoked": frozenset({"revoked"}),
        "waiting_pickup": frozenset({"waiting_pickup"}),
        "reissue_pending": frozenset({"reissue_pending"}),
        "canceled": frozenset({"canceled"}),
    },
    status=lambda order: order.status,
    sorts={
        "id": lambda order: order.id,
        "order_id": lambda order: order.id,
        "status": lambda order: order.status,
        "common_name": lambda order: order.common_name,
        "date_created": lambda order: order.date_created,
        "valid_till": lambda order: order.valid_till or date.min,
        "organization_id": lambda order: order.organization.id if order.organization else 0,
        "organization_name": lambda order: order.organization.name if order.organization else "",
        "container_id": lambda order: order.container.id,
        "product_name_id": lambda order: order.product.name_id,
        "is_renewed": lambda order: order.is_renewed,
    },
    columns={
        "id": ("id",),
        "status": ("status",),
        "common_name": ("certificate", "common_name"),
        "date_created": ("date_created",),
        "valid_till": ("certificate", "valid_till"),
        "organization": ("organization", "name"),
        "container": ("container", "name"),
        "product": ("product", "name"),
    },
)

REQUESTS: Kind[OfOrder] = Kind(
    name="requests",
    filters={
        "type": _equal(lambda item: item[1].type),
        "container_id": _equal(lambda item: item[0].container.id),
        "metadata_id": lambda value: lambda item: value in map(str, item[0].metadata),
        "metadata_value": lambda value: lambda item: value in item[0].metadata.values(),
        "search": _search(lambda item: (item[0].common_name,)),
    },
    flags={},
    statuses={name: frozenset({name}) for name in ("submitted", "pending", "approved", "rejected")},
    status=lambda item: item[1].status,
    sorts={
        "id": lambda item: item[1].id,
        "date": lambda item: item[1].date,
        "type": lambda item: item[1].type,
        "status": lambda item: item[1].status,
        "common_name": lambda item: item[0].common_name,
    },
    columns={
        "id": ("id",),
        "date": ("date",),
        "type": ("type",),
        "status": ("status",),
        "requester": ("requester", "email"),
        "order_id": ("order", "id"),
        "common_name": ("order", "certificate", "common_name"),
    },
)
