# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of orders: filters, order and pages (contract 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from .orders import Order
from .rules import Refused
from .settings import IdFilter, Settings

MAX_LIMIT = 1000

FILTER_NAME = re.compile(r"filters\[(?P<name>[A-Za-z_]+)\](?:\[[0-9]*\])?")


def list_orders(orders: Iterable[Order], query: str, settings: Settings) -> dict[str, Any]:
    """Give the body of an order list for a query string, percent-encoded or not.

    Values of one filter are alternatives, filters of different names must all hold. Assumed: unknown
    parameters and filters are ignored, orders come by rising ID unless sorted, a limit of 0 or above 1000
    means 1000. Raises Refused (400, assumed) for a value that cannot be read or an unknown sort field.
    """
    parameters: dict[str, str] = {}
    wanted: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        match = FILTER_NAME.fullmatch(name)
        if match:
            wanted.setdefault(match["name"], []).append(value)
        else:
            parameters[name] = value
    if "search" in parameters:
        wanted.setdefault("search", []).append(parameters["search"])
    if "id" in wanted and settings.id_filter is IdFilter.REFUSED:
        raise Refused(400, "invalid_filter", "The filter id is not valid.")
    if "id" in wanted and settings.id_filter is IdFilter.IGNORED:
        del wanted["id"]

    tests = [[FILTERS[name](value) for value in values] for name, values in wanted.items() if name in FILTERS]
    found = [order for order in orders if all(any(test(order) for test in either) for either in tests)]
    for sort in reversed((parameters.get("sort") or "id").split(",")):
        _sort(found, sort)
    offset = _whole_number(parameters, "offset", 0)
    limit = min(_whole_number(parameters, "limit", MAX_LIMIT) or MAX_LIMIT, MAX_LIMIT)
    return {
        "orders": [order.as_list_entry(settings) for order in found[offset : offset + limit]],
        "page": {"total": len(found), "limit": limit, "offset": offset},
    }


Test = Callable[[Order], bool]


def _equal(read: Callable[[Order], str]) -> Callable[[str], Test]:
    return lambda value: lambda order: read(order) == value


def _search(value: str) -> Test:
    """Look for a piece of the ID, a name on the certificate or the organization's name; assumed."""
    piece = value.lower()
    return lambda order: any(
        piece in text.lower()
        for text in (
            str(order.id),
            order.common_name,
            order.organization.name if order.organization else "",
            *order.dns_names,
        )
    )


def _is_renewed(value: str) -> Test:
    if value.lower() not in ("true", "false", "1", "0"):
        raise Refused(400, "invalid_filter", "The filter is_renewed must be true or false.")
    renewed = value.lower() in ("true", "1")
    return lambda order: order.is_renewed is renewed


def _moment(read: Callable[[Order], datetime | None]) -> Callable[[str], Test]:
    """Make a date filter.

    Assumed: `>` and `<` leave the date itself out, a range has both ends in, a date without a time is its
    midnight (UTC) but as the end of a range, or alone, its whole day.
    """

    def make(value: str) -> Test:
        if value.startswith(">"):
            after = _read_moment(value[1:])
            return lambda order: (at := read(order)) is not None and at > after
        if value.startswith("<"):
            before = _read_moment(value[1:])
            return lambda order: (at := read(order)) is not None and at < before
        start, dots, end = value.partition("...")
        first, last = _read_moment(start), _read_moment(end if dots else start, end_of_day=True)
        return lambda order: (at := read(order)) is not None and first <= at <= last

    return make


def _valid_till(order: Order) -> datetime | None:
    if order.valid_till is None:
        return None
    return datetime.combine(order.valid_till, time(), timezone.utc)


FILTERS: dict[str, Callable[[str], Test]] = {
    "id": _equal(lambda order: str(order.id)),
    "status": _equal(lambda order: order.status),
    "organization_id": _equal(lambda order: str(order.organization.id if order.organization else "")),
    "product_name_id": _equal(lambda order: order.product.name_id),
    "container_id": _equal(lambda order: str(order.container.id)),
    "common_name": _equal(lambda order: order.common_name),
    "date_created": _moment(lambda order: order.date_created),
    "valid_till": _moment(_valid_till),
    "is_renewed": _is_renewed,
    "search": _search,
}

SORTS: dict[str, Callable[[Order], Any]] = {
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
}


def _sort(orders: list[Order], sort: str) -> None:
    name = sort.strip().lstrip("+-")
    if name not in SORTS:
        raise Refused(400, "invalid_sort", f"Orders cannot be sorted by {name}.")
    orders.sort(key=SORTS[name], reverse=sort.strip().startswith("-"))


def _whole_number(parameters: dict[str, str], name: str, default: int) -> int:
    value = parameters.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise Refused(400, "bad_request_format", f"The parameter {name} must be a whole number from 0.")
    return int(value)


def _read_moment(value: str, end_of_day: bool = False) -> datetime:
    text = value.strip().replace("Z", "+00:00")
    # A "+" that a client left unencoded arrives as a space.
    text = re.sub(r" (\d\d:\d\d)$", r"+\1", text) if "T" in text else text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "invalid_filter", f"{value!r} is not a date.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    if end_of_day and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        moment += timedelta(days=1) - timedelta(microseconds=1)
    return moment
