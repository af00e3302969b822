# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How orders and requests are found: by their IDs, or by filters that are applied here once more to what the service lists.

Filters have been seen to be ignored by the service (contract section 2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import partial
from itertools import product
from typing import Any, NamedTuple, Union

from ansible_collections.community.digicert.plugins.module_utils._certcentral import (
    ORDERS,
    REQUESTS,
    CertCentral,
    LeftOut,
    Listing,
    Page,
    is_id,
)
from ansible_collections.community.digicert.plugins.module_utils._errors import (
    STOPS_AT_ONCE,
    ErrorCode,
    ServiceError,
    Stopped,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    ENDED,
    KNOWN_REQUEST_STATUSES,
    OPEN_REQUESTS,
    REQUEST_TYPES,
)
from ansible_collections.community.digicert.plugins.module_utils._threads import each
from ansible_collections.community.digicert.plugins.module_utils._waiting import waiting_for

_LEFT_OUT_TOLD = 5
# Contract section 2: the largest page. With a limit smaller ones do, but not too small: filters may be ignored.
_PAGE = 1000
_LEAST_PAGE = 100
# What the service says there is in all need not be true, or need not be meant. A million orders fit into no result.
_MOST_PAGES = 1000
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
    """Something to filter by: the name of the service's filter, None where there is none, and where the value stands.

    asked_as: what the service's filter is given for each value that it knows; None where it takes any as it is.
    always: the types of the value, where every order has one; empty where an order may have none.
    """

    filter: str | None
    path: tuple[str, ...]
    asked_as: Mapping[str, str] | None = None
    always: tuple[type, ...] = ()

    def asked(self, values: Sequence[str]) -> list[str]:
        """Give what the service's filter is given for these values: nothing if it does not know all of them."""
        if self.filter is None:
            return []
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
    # A list does not say who placed an order, so each one is read individually.
    "user_id": Field("user_id", ("user", "id"), always=(int, str)),
    "email": Field("email", ("user", "email"), always=(str,)),
}
# Contract section 6, likewise. There is no filter by date.
REQUEST_FIELDS: Mapping[str, Field] = {
    "status": Field("status", ("status",), {status: status for status in KNOWN_REQUEST_STATUSES}),
    "type": Field("type", ("type",), {kind: kind for kind in REQUEST_TYPES}),
    "common_name": Field("search", ("order", "certificate", "common_name"), always=(str,)),
    "container_id": Field("container_id", ("order", "container", "id"), always=(int, str)),
    "created": Field(None, ("date",), always=(str,)),
}
_ORDER_ID = Field("id", ("id",))
_OF_REQUEST = Field(None, ("order", "id"))
_NEEDS_APPROVAL = "needs_approval"


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

    def alternatives(self) -> list[list[tuple[str, str]]]:
        """Give the filter for each of the values as parameters of a query of its own."""
        asked = self.field.asked(self.values)
        return [[(f"filters[{self.field.filter}]", value)] for value in asked] or [[]]

    def matches(self, order: Mapping[str, Any]) -> bool:
        """Tell whether an order passes; raises NotTold."""
        told = self.field.read(order)
        # Neither null nor what has parts is a value, even if its spelling in Python is one of the wanted.
        return isinstance(told, (str, int)) and str(told).casefold() in set(map(str.casefold, self.values))


class Between(NamedTuple):
    """The field is a moment after and before these; None leaves that side open."""

    field: Field
    after: datetime | None
    before: datetime | None

    def parameters(self) -> list[tuple[str, str]]:
        """Give the filter as parameters of a query, in whole days and so wide that the service leaves nothing out."""
        if self.field.filter is None:
            return []
        after = self.after and _days_from(self.after, -2)
        before = self.before and _days_from(self.before, 2)
        wanted = f"{after}...{before}" if after and before else f">{after}" if after else f"<{before}"
        return [(f"filters[{self.field.filter}]", wanted)]

    def alternatives(self) -> list[list[tuple[str, str]]]:
        """Give the filter as parameters of one query."""
        return [self.parameters()]

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
    """The orders or requests that were found, as the service describes them, and how many there are in all.

    left_out: those of which nobody can tell whether they are wanted. warnings: what makes the result uncertain.
    """

    entries: list[dict[str, Any]]
    total: int
    left_out: list[LeftOut]
    warnings: list[str]


def find_orders(
    service: CertCentral, criteria: Sequence[Criterion], sort: str | None, limit: int | None
) -> Found:
    """Find the orders that meet all criteria, at most `limit` of them, in the order of `sort` as the service takes it.

    Those that need approval are found through their requests, and come last: the list of orders has no filter for them
    (contract section 2).

    Raises ServiceError and Stopped.
    """
    statuses = [
        value for one in criteria if one.field is FIELDS["status"] for value in getattr(one, "values", ())
    ]
    others = tuple(status for status in statuses if status.casefold() != _NEEDS_APPROVAL)
    if statuses == list(others):
        return _find(service, ORDERS, criteria, _joined(criteria, sort), limit)
    rest = [one for one in criteria if one.field is not FIELDS["status"]]
    founds = []
    if others:
        listed = [OneOf(FIELDS["status"], others), *rest]
        founds.append(_find(service, ORDERS, listed, _joined(listed, sort), limit))
    founds.append(_find_unapproved(service, [OneOf(FIELDS["status"], (_NEEDS_APPROVAL,)), *rest]))
    return _merged(founds, limit)


def find_requests(service: CertCentral, criteria: Sequence[Criterion], limit: int | None = None) -> Found:
    """Find the requests that meet all criteria, at most `limit` of them. Raises ServiceError and Stopped.

    Each value of a filter is asked for separately. That a list of requests takes several is not documented (contract
    section 6).
    """
    choices = [
        [one for some in choice for one in some] for choice in product(*(c.alternatives() for c in criteria))
    ]
    if len(choices) == 1:
        return _find(service, REQUESTS, criteria, choices[0], limit)
    return _merged([_find(service, REQUESTS, criteria, parameters, None) for parameters in choices], limit)


def meets(criteria: Sequence[Criterion], order: Mapping[str, Any]) -> bool:
    """Tell whether an order surely meets all criteria."""
    return _judged(criteria, order) is True


def _find_unapproved(service: CertCentral, criteria: Sequence[Criterion]) -> Found:
    """Find the orders with an open new_request that meet all criteria."""
    wanted = [
        OneOf(REQUEST_FIELDS["type"], ("new_request",)),
        OneOf(REQUEST_FIELDS["status"], tuple(sorted(OPEN_REQUESTS))),
    ]
    requests = find_requests(service, wanted)
    told = {request["id"]: _OF_REQUEST.read(request) for request in requests.entries}
    left_out = [
        LeftOut(None, f"request {number} does not say which order it is about")
        for number, order_id in told.items()
        if not is_id(order_id)
    ]
    order_ids = list(dict.fromkeys(int(order_id) for order_id in told.values() if is_id(order_id)))
    entries = _listed_by_id(service, order_ids)
    read = get_orders(service, [order_id for order_id in order_ids if order_id not in entries])
    if read.errors:
        raise service.stopped_by or read.errors[0]
    left_out += [
        LeftOut(order_id, "a request is about it, but there is no such order") for order_id in read.not_found
    ]
    entries.update((order["id"], order) for order in read.orders)
    in_order = [entries[order_id] for order_id in order_ids if order_id in entries]
    found, untold = _matching(service, ORDERS, criteria, in_order)
    left_out += untold
    return Found(found, len(found), left_out, [*requests.warnings, *_told_left_out(ORDERS, left_out)])


def _listed_by_id(service: CertCentral, order_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Give the entries that a list has for these orders; it need not have all, and need not take that filter."""
    entries: dict[int, dict[str, Any]] = {}
    for start in range(0, len(order_ids), _LEAST_PAGE):
        end = start + _LEAST_PAGE
        some = order_ids[start:end]
        parameters = OneOf(_ORDER_ID, tuple(map(str, some))).parameters()
        try:
            page = service.get_page(ORDERS, [*parameters, ("limit", str(_LEAST_PAGE))])
        except ServiceError:
            break
        entries.update((order["id"], order) for order in page.entries if order["id"] in some)
    return entries


def _joined(criteria: Sequence[Criterion], sort: str | None) -> list[tuple[str, str]]:
    """Give the parameters of one list of orders that has everything that meets the criteria."""
    return [one for criterion in criteria for one in criterion.parameters()] + (
        [("sort", sort)] if sort else []
    )


def _merged(founds: Sequence[Found], limit: int | None) -> Found:
    """Give what several searches found, each entry once."""
    entries = {entry["id"]: entry for found in founds for entry in found.entries}
    beyond = sum(found.total - len(found.entries) for found in founds)
    return Found(
        list(entries.values())[:limit],
        len(entries) + beyond,
        list(dict.fromkeys(one for found in founds for one in found.left_out)),
        list(dict.fromkeys(warning for found in founds for warning in found.warnings)),
    )


def _find(
    service: CertCentral,
    listing: Listing,
    criteria: Sequence[Criterion],
    parameters: Sequence[tuple[str, str]],
    limit: int | None,
) -> Found:
    """Find what meets all criteria in the list that the parameters ask for."""
    size = min(max(limit or _PAGE, _LEAST_PAGE), _PAGE)
    found: dict[int, dict[str, Any]] = {}
    listed: set[int] = set()
    left_out: list[LeftOut] = []
    # Entries move between pages while these are being read. What was skipped that way is present the second time.
    for _reading in range(2):
        most, left_out = 0, []
        for page in _pages(service, listing, parameters, size):
            listed.update(entry["id"] for entry in page.entries)
            matching, untold = _matching(service, listing, criteria, page.entries)
            found.update((entry["id"], entry) for entry in matching)
            left_out += [*page.left_out, *untold]
            total, most = page.total, max(page.total, most)
            filtered_by_service = len(found) == len(listed)
            if limit and len(found) >= limit and filtered_by_service:
                warnings = _told_left_out(listing, left_out)
                return Found(list(found.values())[:limit], total, left_out, warnings)
        count = len(listed.union(one.id for one in left_out if one.id))
        count += sum(one.id is None for one in left_out)
        if count >= most:
            break
    left_out = [one for one in dict.fromkeys(left_out) if one.id not in found]
    warnings = _told_left_out(listing, left_out)
    if count < total:
        warnings.append(
            f"The service says that there are {total} {listing.name}, and listed {count} of them: some may be missing here."
        )
    return Found(
        list(found.values())[:limit],
        max(total, len(found)) if filtered_by_service else len(found),
        left_out,
        warnings,
    )


def _matching(
    service: CertCentral, listing: Listing, criteria: Sequence[Criterion], entries: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    """Give the entries of a page that meet all criteria, and those that do not tell. Raises ServiceError.

    What does not tell is read individually (contract section 2: an entry of a list lacks parts of an order).
    """
    judged = {entry["id"]: _judged(criteria, entry) for entry in entries}
    by_itself = _read(service, listing, [number for number, told in judged.items() if isinstance(told, str)])
    if service.stopped_by:
        raise service.stopped_by
    read = {order["id"]: order for order in by_itself.orders}
    matching, left_out = [], []
    for entry in entries:
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


def _told_left_out(listing: Listing, left_out: Sequence[LeftOut]) -> list[str]:
    """Give the warning about entries that were left out, if there are any."""
    if not left_out:
        return []
    names = [
        f"{f'{listing.name[:-1]} {one.id}' if one.id else 'one without an ID'} ({one.reason})"
        for one in left_out[:_LEFT_OUT_TOLD]
    ]
    more = (
        f", and {len(left_out) - len(names)} more, see left_out in the result"
        if left_out[_LEFT_OUT_TOLD:]
        else ""
    )
    return [
        f"Left out, because the service does not describe them as {listing.name}: {', '.join(names)}{more}."
    ]


def _pages(
    service: CertCentral, listing: Listing, parameters: Sequence[tuple[str, str]], size: int
) -> Iterator[Page]:
    """Read pages of so many entries, up to the last one. Raises ServiceError, even if they do not end.

    The total is not relied on: it may be too small, and it may grow while pages are read.
    """
    seen: set[int] = set()
    offset = 0
    most = None
    for _page in range(_MOST_PAGES):
        page = service.get_page(listing, [("offset", str(offset)), *parameters, ("limit", str(size))])
        count = len(page.entries) + len(page.left_out)
        numbers = {entry["id"] for entry in page.entries}
        most = most or 2 * page.total + 10 * size
        if numbers and numbers <= seen:
            raise _endless(
                service,
                listing,
                f"its page from {offset} on has no {listing.name[:-1]} that was not listed before",
            )
        if offset > most:
            break
        seen |= numbers
        offset += count
        yield page
        if not count or (offset >= page.total and count < size):
            return
    raise _endless(service, listing, f"{offset} were listed, and it goes on")


def _endless(service: CertCentral, listing: Listing, why: str) -> ServiceError:
    return ServiceError(
        ErrorCode.UNEXPECTED_REPLY,
        f"The list of {listing.name} does not come to an end: {why}. Narrow the search so that one page is enough.",
        "GET",
        service.base_path + listing.path,
    )


class ByID(NamedTuple):
    """The orders that could be read, the IDs of those that do not exist, and the errors of the others.

    warnings: what could not be read beside the orders.
    """

    orders: list[dict[str, Any]]
    not_found: list[int]
    errors: list[ServiceError]
    warnings: list[str]


def get_orders(service: CertCentral, order_ids: Sequence[int], details: bool = False) -> ByID:
    """Read orders one by one, several at a time.

    details: whether to read what the validation of each unfinished one says as well, and to tell what it waits for.
    """
    read = _read(service, ORDERS, order_ids)
    if not details:
        return read
    numbers = [order["id"] for order in read.orders if order["status"] not in ENDED]
    told = dict(zip(numbers, _answers(service, service.get_validation, numbers)))
    if service.stopped_by and service.stopped_by.code in STOPS_AT_ONCE:
        raise service.stopped_by
    unread = [error for error in told.values() if isinstance(error, ServiceError)]
    warnings = (
        [f"What {len(unread)} of {len(numbers)} unfinished orders wait for could not be read. {unread[0]}"]
        if unread
        else []
    )
    return read._replace(orders=[_with_details(order, told) for order in read.orders], warnings=warnings)


def _with_details(order: dict[str, Any], told: Mapping[int, dict[str, Any] | ServiceError]) -> dict[str, Any]:
    """Add what an order waits for; nothing where it has ended, null where that could not be read."""
    validation = told.get(order["id"])
    if validation is None:
        return {**order, "validation": None, "waiting_for": []}
    if isinstance(validation, ServiceError):
        return {**order, "validation": None, "waiting_for": None}
    return {**order, "validation": validation, "waiting_for": waiting_for(order, validation)}


def _answers(
    service: CertCentral, ask: Callable[[int], dict[str, Any]], numbers: Sequence[int]
) -> list[dict[str, Any] | ServiceError]:
    """Give what the service answers about each of the numbers, in their order, or why it did not.

    ask: gets the answer about one; raises ServiceError and Stopped.
    """

    def answer(number: int) -> dict[str, Any] | ServiceError:
        try:
            answered = ask(number)
        except ServiceError as error:
            service.has_ended(error)
            return error
        except Stopped as stopped:
            return stopped.by
        service.has_ended(None)
        return answered

    return each(answer, numbers, service.connections)


def _read(service: CertCentral, listing: Listing, numbers: Sequence[int]) -> ByID:
    result = ByID([], [], [], [])
    for number, answer in zip(numbers, _answers(service, partial(service.get, listing), numbers)):
        if not isinstance(answer, ServiceError):
            result.orders.append(answer)
        elif answer.code is ErrorCode.ORDER_NOT_FOUND:
            result.not_found.append(number)
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
