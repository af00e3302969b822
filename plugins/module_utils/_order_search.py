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
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, Union

from ansible_collections.community.digicert.plugins.module_utils._certcentral import CertCentral, Page
from ansible_collections.community.digicert.plugins.module_utils._errors import (
    ErrorCode,
    ServiceError,
    Stopped,
)
from ansible_collections.community.digicert.plugins.module_utils._threads import each

# Contract section 2: the largest page. With a limit smaller ones do, but not too small: filters may be ignored.
_PAGE = 1000
_LEAST_PAGE = 100
_DAYS_AGO = re.compile(r"(\d{1,5}) ?d(ays?)?")


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
    """

    filter: str
    path: tuple[str, ...]
    asked_as: Mapping[str, str] | None = None

    def asked(self, values: Sequence[str]) -> list[str]:
        """Give what the service's filter is given for these values: nothing if it does not know all of them."""
        if self.asked_as is None:
            return list(values)
        asked = [self.asked_as.get(value.casefold()) for value in values]
        return list(dict.fromkeys(filter(None, asked))) if all(asked) else []

    def read(self, order: Mapping[str, Any]) -> Any:
        """Give the field's value in the service's description of an order; None where it has none."""
        value: Any = order
        for name in self.path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


# Contract section 2, by the name of the option.
FIELDS: Mapping[str, Field] = {
    "status": Field("status", ("status",), STATUS_FILTERS),
    "common_name": Field("common_name", ("certificate", "common_name")),
    "organization_id": Field("organization_id", ("organization", "id")),
    "product_name_id": Field("product_name_id", ("product", "name_id")),
    "container_id": Field("container_id", ("container", "id")),
    "is_renewed": Field("is_renewed", ("is_renewed",), _TRUTHS),
    "created": Field("date_created", ("date_created",)),
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
        """Tell whether an order passes."""
        return str(self.field.read(order)).casefold() in {value.casefold() for value in self.values}


class Between(NamedTuple):
    """The field is a moment after and before these; None leaves that side open."""

    field: Field
    after: datetime | None
    before: datetime | None

    def parameters(self) -> list[tuple[str, str]]:
        """Give the filter as parameters of a query, in whole days and so wide that the service leaves nothing out."""
        after = self.after and f"{self.after - timedelta(days=2):%Y-%m-%d}"
        before = self.before and f"{self.before + timedelta(days=2):%Y-%m-%d}"
        wanted = f"{after}...{before}" if after and before else f">{after}" if after else f"<{before}"
        return [(f"filters[{self.field.filter}]", wanted)]

    def matches(self, order: Mapping[str, Any]) -> bool:
        """Tell whether an order passes; one without a date that can be read does not."""
        try:
            moment = read_moment(str(self.field.read(order)))
        except ValueError:
            return False
        return (self.after is None or self.after < moment) and (self.before is None or moment < self.before)


Criterion = Union[OneOf, Between]


class Found(NamedTuple):
    """The orders that were found, as the service describes them, and how many there are in all.

    warnings: what makes that uncertain.
    """

    orders: list[dict[str, Any]]
    total: int
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
    # Orders move between pages while these are being read. What was passed over that way is there the second time.
    for _reading in range(2):
        most = 0
        for page in _pages(service, parameters, size):
            listed.update(order["id"] for order in page.orders)
            found.update(
                (order["id"], order) for order in page.orders if all(c.matches(order) for c in criteria)
            )
            total, most = page.total, max(page.total, most)
            filtered_by_service = len(found) == len(listed)
            if limit and len(found) >= limit and filtered_by_service:
                return Found(list(found.values())[:limit], total, [])
        if len(listed) >= most:
            break
    warnings = []
    if len(listed) < total:
        warnings.append(
            f"The service says that there are {total} orders, and listed {len(listed)} of them: some may be missing here."
        )
    return Found(
        list(found.values())[:limit], max(total, len(found)) if filtered_by_service else len(found), warnings
    )


def _pages(service: CertCentral, parameters: Sequence[tuple[str, str]], size: int) -> Iterator[Page]:
    """Read pages of so many orders, up to the last one. Raises ServiceError, also where they do not come to an end.

    The total is not relied on: it may be too small, and it may grow while pages are read.
    """
    seen: set[int] = set()
    offset = 0
    most = None
    while True:
        page = service.list_orders([("offset", str(offset)), *parameters, ("limit", str(size))])
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
        offset += len(page.orders)
        yield page
        if not page.orders or (offset >= page.total and len(page.orders) < size):
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
    """Read ISO 8601 (a date is its midnight, and without a time zone it is UTC) or an age such as "30 days".

    Raises ValueError.
    """
    if age := _DAYS_AGO.fullmatch(text.strip()):
        return datetime.now(timezone.utc) - timedelta(days=int(age[1]))
    # Before 3.11 Python did not know the Z of ISO 8601.
    moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
