# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How orders are found: by their IDs, or by filters that are applied here once more to what the service lists.

Filters have been seen to be ignored by the service (contract section 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple, Union

from ansible_collections.community.digicert.plugins.module_utils._certcentral import (
    CertCentral,
    LeftOut,
    Page,
)
from ansible_collections.community.digicert.plugins.module_utils._errors import (
    ErrorCode,
    ServiceError,
    Stopped,
)
from ansible_collections.community.digicert.plugins.module_utils._threads import each

_LEFT_OUT_TOLD = 5
# Contract section 2: the largest page. With a limit smaller ones do, but not too small: filters may be ignored.
_PAGE = 1000
_LEAST_PAGE = 100
# ISO 8601 in the one form that YAML has as well; Python takes more, such as 17120104 for a date.
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})([Tt ]([0-9]{2}:[0-9]{2}(:[0-9]{2})?)([.,]([0-9]{1,6}))?(Z|z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_SPAN = re.compile(r"([+-])? ?([0-9]{1,5}) ?(h|hours?|d|days?|w|weeks?)")
_HOURS = {"h": 1, "d": 24, "w": 168}


# Contract section 2: the values that the service's filter by status is documented to know, by the status of an order. It
# counts an expired order among those that are issued.
STATUS_FILTERS: Mapping[str, str] = {
    "pending": "pending",
    "waiting_pickup": "waiting_pickup",
    "reissue_pending": "reissue_pending",
    "issued": "issued",
    "expired": "issued",
    "rejected": "rejected",
    "revoked": "revoked",
    "canceled": "canceled",
}
_TRUTHS: Mapping[str, str] = {"true": "1", "false": "0"}


class Field(NamedTuple):
    """Something to filter orders by: the name of the service's filter, and where the value stands in an order.

    asked_as: what the service's filter is given for each value that it knows; None where it takes any as it is.
    always: the types of the value, where every order has one; empty where an order may have none.
    """

    filter: str
    path: tuple[str, ...]
    asked_as: Mapping[str, str] | None = None
    always: tuple[type, ...] = ()

    def asked(self, values: Sequence[str]) -> list[str]:
        """Give what the service's filter is given for these values: nothing if it does not know all of them."""
        if self.asked_as is None:
            return list(values)
        asked = [self.asked_as.get(value.casefold()) for value in values]
        return list(dict.fromkeys(filter(None, asked))) if all(asked) else []

    def read(self, order: Mapping[str, Any]) -> Any:
        """Give the field's value in the service's description of an order; None where it has none.

        Raises NotTold where the order must have one.
        """
        value: Any = order
        for name in self.path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if self.always and not isinstance(value, self.always):
            raise NotTold(f"its {'.'.join(self.path)} is {'null' if value is None else ascii(value)}")
        return value


class NotTold(ValueError):
    """The service's description of an order does not tell whether the order is one of those that are wanted."""


# Contract section 2, by the name of the option.
FIELDS: Mapping[str, Field] = {
    "status": Field("status", ("status",), STATUS_FILTERS, (str,)),
    "common_name": Field("common_name", ("certificate", "common_name")),
    "organization_id": Field("organization_id", ("organization", "id")),
    "product_name_id": Field("product_name_id", ("product", "name_id"), always=(str,)),
    "container_id": Field("container_id", ("container", "id"), always=(int, str)),
    "is_renewed": Field("is_renewed", ("is_renewed",), _TRUTHS, (bool,)),
    "created": Field("date_created", ("date_created",), always=(str,)),
    "expires": Field("valid_till", ("certificate", "valid_till")),
}


class OneOf(NamedTuple):
    """The field has one of these values; upper and lower case are the same."""

    field: Field
    values: tuple[str, ...]

    def parameters(self) -> list[tuple[str, str]]:
        """Give the filter as parameters of a query; none where the service does not know all values of it."""
        asked = self.field.asked(self.values)
        name = f"filters[{self.field.filter}]"
        if len(asked) == 1:
            return [(name, asked[0])]
        return [(f"{name}[{index}]", value) for index, value in enumerate(asked)]

    def matches(self, order: Mapping[str, Any]) -> bool:
        """Tell whether an order passes; raises NotTold."""
        return str(self.field.read(order)).casefold() in {value.casefold() for value in self.values}


class Between(NamedTuple):
    """The field is a moment after and before these; None leaves that side open."""

    field: Field
    after: datetime | None
    before: datetime | None

    def parameters(self) -> list[tuple[str, str]]:
        """Give the filter as parameters of a query, in whole days and so wide that the service leaves nothing out."""
        after = self.after and _days_from(self.after, -2)
        before = self.before and _days_from(self.before, 2)
        wanted = f"{after}...{before}" if after and before else f">{after}" if after else f"<{before}"
        return [(f"filters[{self.field.filter}]", wanted)]

    def matches(self, order: Mapping[str, Any]) -> bool:
        """Tell whether an order passes; one without a date does not. Raises NotTold."""
        told = self.field.read(order)
        if told is None:
            return False
        try:
            moment = read_moment(str(told))
        except ValueError:
            raise NotTold(f"its {'.'.join(self.field.path)} is {told!a}") from None
        return (self.after is None or self.after < moment) and (self.before is None or moment < self.before)


def _days_from(moment: datetime, days: int) -> date:
    """Give the date so many days from a moment; at the ends of the calendar the last one there is."""
    try:
        return (moment + timedelta(days=days)).date()
    except OverflowError:
        return date.max if days > 0 else date.min


Criterion = Union[OneOf, Between]


class Found(NamedTuple):
    """The orders that were found, as the service describes them, and how many there are in all.

    left_out: those of which nobody can tell whether they are wanted. warnings: what makes the result uncertain.
    """

    orders: list[dict[str, Any]]
    total: int
    left_out: list[LeftOut]
    warnings: list[str]


def find(service: CertCentral, criteria: Sequence[Criterion], sort: str | None, limit: int | None) -> Found:
    """Find the orders that meet all criteria, at most `limit` of them, in the order of `sort` as the service takes it.

    Raises ServiceError.
    """
    parameters = [parameter for criterion in criteria for parameter in criterion.parameters()]
    parameters += [("sort", sort)] if sort else []
    size = min(max(limit or _PAGE, _LEAST_PAGE), _PAGE)
    found: dict[int, dict[str, Any]] = {}
    listed: set[int] = set()
    left_out: list[LeftOut] = []
    # Orders move between pages while these are being read. What was passed over that way is there the second time.
    for _reading in range(2):
        most, left_out = 0, []
        for page in _pages(service, parameters, size):
            listed.update(order["id"] for order in page.orders)
            matching, untold = _matching(service, criteria, page.orders)
            found.update((order["id"], order) for order in matching)
            left_out += [*page.left_out, *untold]
            total, most = page.total, max(page.total, most)
            filtered_by_service = len(found) == len(listed)
            if limit and len(found) >= limit and filtered_by_service:
                return Found(list(found.values())[:limit], total, left_out, _told_left_out(left_out))
        count = len(listed.union(one.order_id for one in left_out if one.order_id))
        count += sum(one.order_id is None for one in left_out)
        if count >= most:
            break
    left_out = [one for one in dict.fromkeys(left_out) if one.order_id not in found]
    warnings = _told_left_out(left_out)
    if count < total:
        warnings.append(
            f"The service says that there are {total} orders, and listed {count} of them: some may be missing here."
        )
    return Found(
        list(found.values())[:limit],
        max(total, len(found)) if filtered_by_service else len(found),
        left_out,
        warnings,
    )


def _matching(
    service: CertCentral, criteria: Sequence[Criterion], orders: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    """Give the orders of a page that meet all criteria, and those that do not tell. Raises ServiceError.

    An order whose entry in the list does not tell is read by itself (contract section 2: an entry has not all that an order
    has).
    """
    judged = {order["id"]: _judged(criteria, order) for order in orders}
    by_itself = get_orders(
        service, [number for number, verdict in judged.items() if isinstance(verdict, str)]
    )
    if service.stopped_by:
        raise service.stopped_by
    read = {order["id"]: order for order in by_itself.orders}
    matching, left_out = [], []
    for entry in orders:
        order, verdict = entry, judged[entry["id"]]
        if isinstance(verdict, str):
            order = {**entry, **read.get(entry["id"], {})}
            verdict = _judged(criteria, order)
        if verdict is True:
            matching.append(order)
        elif isinstance(verdict, str):
            left_out.append(LeftOut(entry["id"], verdict))
    return matching, left_out


def _judged(criteria: Sequence[Criterion], order: Mapping[str, Any]) -> bool | str:
    """Tell whether an order meets all criteria, or what it does not tell."""
    verdicts = [_verdict(criterion, order) for criterion in criteria]
    if False in verdicts:
        return False
    return next((verdict for verdict in verdicts if verdict is not True), True)


def _verdict(criterion: Criterion, order: Mapping[str, Any]) -> bool | str:
    try:
        return criterion.matches(order)
    except NotTold as untold:
        return str(untold)


def _told_left_out(left_out: Sequence[LeftOut]) -> list[str]:
    """Give the warning about orders that were left out, if there are any."""
    if not left_out:
        return []
    names = [
        f"{f'order {one.order_id}' if one.order_id else 'one without an ID'} ({one.reason})"
        for one in left_out[:_LEFT_OUT_TOLD]
    ]
    more = (
        f", and {len(left_out) - len(names)} more, see left_out in the result"
        if left_out[_LEFT_OUT_TOLD:]
        else ""
    )
    return [f"Left out, because the service does not describe them as orders: {', '.join(names)}{more}."]


def _pages(service: CertCentral, parameters: Sequence[tuple[str, str]], size: int) -> Iterator[Page]:
    """Read pages of so many orders, up to the last one. Raises ServiceError, also where they do not come to an end.

    The total is not relied on: it may be too small, and it may grow while pages are read.
    """
    seen: set[int] = set()
    offset = 0
    most = None
    while True:
        page = service.list_orders([("offset", str(offset)), *parameters, ("limit", str(size))])
        count = len(page.orders) + len(page.left_out)
        order_ids = {order["id"] for order in page.orders}
        most = most or 2 * page.total + 10 * size
        if (order_ids and order_ids <= seen) or offset > most:
            raise ServiceError(
                ErrorCode.UNEXPECTED_REPLY,
                f"The list of orders does not come to an end: its page from {offset} on has no order that was not listed "
                "before. Narrow the search so that one page is enough.",
                "GET",
                service.base_path + "/order/certificate",
            )
        seen |= order_ids
        offset += count
        yield page
        if not count or (offset >= page.total and count < size):
            return


class ByID(NamedTuple):
    """The orders that could be read, the IDs of those that do not exist, and the errors of the others."""

    orders: list[dict[str, Any]]
    not_found: list[int]
    errors: list[ServiceError]


def get_orders(service: CertCentral, order_ids: Sequence[int]) -> ByID:
    """Read orders one by one, several at a time."""

    def get(order_id: int) -> dict[str, Any] | ServiceError:
        try:
            order = service.get_order(order_id)
        except ServiceError as error:
            service.has_ended(error)
            return error
        except Stopped as stopped:
            return stopped.by
        service.has_ended(None)
        return order

    result = ByID([], [], [])
    for order_id, answer in zip(order_ids, each(get, order_ids, service.connections)):
        if not isinstance(answer, ServiceError):
            result.orders.append(answer)
        elif answer.code is ErrorCode.ORDER_NOT_FOUND:
            result.not_found.append(order_id)
        else:
            result.errors.append(answer)
    return result


def read_moment(text: str) -> datetime:
    """Read a moment in ISO 8601: a date is its midnight, and without a time zone it is UTC. Raises ValueError."""
    parts = _MOMENT.fullmatch(text.strip())
    if parts is None:
        raise ValueError("no moment in ISO 8601")
    day, time, fraction, zone = parts[1], parts[3] or "00:00", parts[6] or "", parts[7] or "Z"
    time = time if parts[4] else f"{time}:00"
    # Before 3.11 Python knew neither the Z of ISO 8601, nor a zone without a colon, nor every number of decimals.
    zone = "+00:00" if zone in "Zz" else f"{zone[:3]}:{zone[-2:]}"
    return datetime.fromisoformat(f"{day}T{time}.{fraction:0<6}{zone}")


def read_wanted_moment(text: str, bare_is_age: bool) -> datetime:
    """Read a moment as `read_moment` does, or how far it is from now: "+30 days" in the future, "-30 days" in the past.

    bare_is_age: whether "30 days" without a sign is that long ago; if not, it is refused.

    Raises ValueError, and OverflowError where it is not in the calendar.
    """
    span = _SPAN.fullmatch(text.strip())
    if span is None:
        return read_moment(text)
    if not span[1] and not bare_is_age:
        raise ValueError("a span of time without a sign")
    hours = int(span[2]) * _HOURS[span[3][0]]
    return datetime.now(timezone.utc) + timedelta(hours=hours if span[1] == "+" else -hours)
