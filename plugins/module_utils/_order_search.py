# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How orders and requests are found: by their IDs, or by filters that are applied here once more to what the service lists.

Filters have been seen to be ignored by the service (contract section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from ansible_collections.community.digicert.plugins.module_utils._certcentral import (
    ORDERS,
    REQUESTS,
    CertCentral,
    LeftOut,
    Listing,
    Page,
    is_id,
)
from ansible_collections.community.digicert.plugins.module_utils._criteria import (
    FIELDS,
    REQUEST_FIELDS,
    Criterion,
    Field,
    OneOf,
    judged,
)
from ansible_collections.community.digicert.plugins.module_utils._errors import (
    STOPS_AT_ONCE,
    ErrorCode,
    ServiceError,
    Stopped,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    ENDED,
    OPEN_REQUESTS,
)
from ansible_collections.community.digicert.plugins.module_utils._threads import each
from ansible_collections.community.digicert.plugins.module_utils._waiting import waiting_for

_LEFT_OUT_TOLD = 5
# Contract section 2: the largest page. With a limit smaller ones do, but not too small: filters may be ignored.
_PAGE = 1000
_LEAST_PAGE = 100
# What the service says there is in all need not be true, or need not be meant. A million orders fit into no result.
_MOST_PAGES = 1000

_ORDER_ID = Field("id", ("id",))
_OF_REQUEST = Field(None, ("order", "id"))
_NEEDS_APPROVAL = "needs_approval"
_LISTED_DIFFERENTLY = "it is listed several times, not always the same, and could not be read"


class Found(NamedTuple):
    """The orders or requests that were found, as the service describes them, and how many there are in all.

    left_out: those of which nobody can tell whether they are wanted. warnings: what makes the result uncertain.
    """

    entries: list[dict[str, Any]]
    total: int
    left_out: list[LeftOut]
    warnings: list[str]

    def made_fit(self, fit: Callable[[Any], Any]) -> Found:
        """Give the same with everything that the service said made fit for a result, such as by `CertCentral.fit`."""
        return Found(
            [fit(entry) for entry in self.entries],
            self.total,
            [LeftOut(one.id, fit(one.reason)) for one in self.left_out],
            [fit(warning) for warning in self.warnings],
        )


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


def _find_unapproved(service: CertCentral, criteria: Sequence[Criterion]) -> Found:
    """Find the orders with an open new_request that meet all criteria."""
    wanted = [
        OneOf(REQUEST_FIELDS["type"], ("new_request",)),
        OneOf(REQUEST_FIELDS["status"], tuple(sorted(OPEN_REQUESTS))),
    ]
    requests = find_requests(service, wanted)
    told = {request["id"]: _OF_REQUEST.read(request) for request in requests.entries}
    left_out = [LeftOut(None, f"of the requests, {one.reason}") for one in requests.left_out]
    left_out += [
        LeftOut(None, f"request {number} does not say which order it is about")
        for number, order_id in told.items()
        if not is_id(order_id)
    ]
    order_ids = list(dict.fromkeys(int(order_id) for order_id in told.values() if is_id(order_id)))
    entries = _listed_by_id(service, order_ids)
    read = get_orders(service, [order_id for order_id in order_ids if order_id not in entries])
    if read.errors:
        raise service.stopped_by or next(iter(read.errors.values()))
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
        unclear = _differing(page, {})
        entries.update((one["id"], one) for one in page.entries if one["id"] in {*some} - unclear)
    return entries


def _differing(page: Page, known: dict[int, dict[str, Any]]) -> set[int]:
    """Give the IDs of what a page lists in another way than before, or in a way that cannot be used.

    known: the first entry of each ID so far; those of this page are added.
    """
    differing = {one["id"] for one in page.entries if known.setdefault(one["id"], one) != one}
    return differing | {one.id for one in page.left_out if one.id}


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
    differing: set[int] = set()
    left_out: list[LeftOut] = []
    # Entries move between pages while these are being read. What was skipped that way is present the second time.
    for _reading in range(2):
        most, left_out = 0, []
        first_entries: dict[int, dict[str, Any]] = {}
        for page in _pages(service, listing, parameters, size):
            listed.update(entry["id"] for entry in page.entries)
            differing |= _differing(page, first_entries)
            matching, untold = _matching(service, listing, criteria, page.entries, differing)
            for number in [*(entry["id"] for entry in page.entries), *(one.id for one in page.left_out)]:
                found.pop(number, None)
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
        told = f"service says that there are {total} {listing.name}, and listed {count} of them"
        warnings.append(f"The {told}: some may be missing here.")
        left_out.append(LeftOut(None, f"there may be more, because the {told}"))
    return Found(
        list(found.values())[:limit],
        max(total, len(found)) if filtered_by_service else len(found),
        left_out,
        warnings,
    )


def _matching(
    service: CertCentral,
    listing: Listing,
    criteria: Sequence[Criterion],
    entries: Sequence[dict[str, Any]],
    differing: AbstractSet[int] = frozenset(),
) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    """Give the entries of a page that meet all criteria, and those that do not tell. Raises ServiceError.

    What does not tell is read individually (contract section 2: an entry of a list lacks parts of an order), and so is
    `differing`: what is listed several times, not always the same.
    """
    verdicts = {
        entry["id"]: _LISTED_DIFFERENTLY if entry["id"] in differing else judged(criteria, entry)
        for entry in entries
    }
    by_itself = _read(
        service, listing, [number for number, told in verdicts.items() if isinstance(told, str)]
    )
    if service.stopped_by:
        raise service.stopped_by
    read = {order["id"]: order for order in by_itself.orders}
    matching, left_out = [], []
    for entry in entries:
        order, verdict = entry, verdicts[entry["id"]]
        if entry["id"] in read:
            order = {**entry, **read[entry["id"]]}
            verdict = judged(criteria, order)
        if verdict is True:
            matching.append(order)
        elif isinstance(verdict, str):
            left_out.append(LeftOut(entry["id"], verdict))
    return matching, left_out


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
        # An order that was placed meanwhile moves one to a page that was not there before.
        is_last = offset + count >= page.total and count < size
        if numbers and numbers <= seen and not is_last:
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
    """The orders that could be read, the IDs of those that do not exist, and the errors of the others by their IDs.

    warnings: what could not be read beside the orders.
    """

    orders: list[dict[str, Any]]
    not_found: list[int]
    errors: dict[int, ServiceError]
    warnings: list[str]

    def as_found(self) -> Found:
        """Give the orders like those of a search."""
        return Found(self.orders, len(self.orders), [], self.warnings)


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


def look_at(
    service: CertCentral, found: Found, criteria: Sequence[Criterion]
) -> tuple[Found, list[ServiceError]]:
    """Read each order that was found, with its details; give what still meets the criteria, and the errors.

    What a list says may be out of date, so an order that cannot be read is none that was found.

    Raises ServiceError and Stopped.
    """
    read = get_orders(service, [order["id"] for order in found.entries], details=True)
    verdicts = [(order, judged(criteria, order)) for order in read.orders]
    orders = [order for order, verdict in verdicts if verdict is True]
    untold = [LeftOut(order["id"], verdict) for order, verdict in verdicts if isinstance(verdict, str)]
    untold += [LeftOut(number, "it was listed, but there is no such order") for number in read.not_found]
    warnings = [*found.warnings, *_told_left_out(ORDERS, untold), *read.warnings]
    # The error of the task tells why.
    untold += [LeftOut(number, f"it could not be read: {error}") for number, error in read.errors.items()]
    total = found.total - len(found.entries) + len(read.errors) + len(orders)
    return Found(orders, total, [*found.left_out, *untold], warnings), list(read.errors.values())


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
    result = ByID([], [], {}, [])
    for number, answer in zip(numbers, _answers(service, partial(service.get, listing), numbers)):
        if not isinstance(answer, ServiceError):
            result.orders.append(answer)
        elif answer.code is ErrorCode.ORDER_NOT_FOUND:
            result.not_found.append(number)
        else:
            result.errors[number] = answer
    return result
