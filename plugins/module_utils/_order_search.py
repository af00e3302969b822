# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How orders are found: by their IDs, or by filters that are applied here once more to what the service lists.

Filters have been seen to be ignored by the service (contract section 2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, Union

from ansible_collections.community.digicert.plugins.module_utils._certcentral import CertCentral
from ansible_collections.community.digicert.plugins.module_utils._errors import ErrorCode, ServiceError

# Contract section 2: the largest page. With a limit smaller ones do, but not too small: filters may be ignored.
_PAGE = 1000
_LEAST_PAGE = 100
_DAYS_AGO = re.compile(r"(\d{1,5}) ?d(ays?)?")


class Field(NamedTuple):
    """Something to filter orders by: the name of the service's filter, and where the value stands in an order."""

    filter: str
    path: tuple[str, ...]

    def read(self, order: Mapping[str, Any]) -> Any:
        """Give the field's value in the service's description of an order; None where it has none."""
        value: Any = order
        for name in self.path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


# Contract section 2, by the name of the option.
FIELDS: Mapping[str, Field] = {
    "status": Field("status", ("status",)),
    "common_name": Field("common_name", ("certificate", "common_name")),
    "organization_id": Field("organization_id", ("organization", "id")),
    "product_name_id": Field("product_name_id", ("product", "name_id")),
    "container_id": Field("container_id", ("container", "id")),
    "is_renewed": Field("is_renewed", ("is_renewed",)),
    "created": Field("date_created", ("date_created",)),
    "expires": Field("valid_till", ("certificate", "valid_till")),
}


class OneOf(NamedTuple):
    """The field has one of these values; upper and lower case are the same."""

    field: Field
    values: tuple[str, ...]

    def parameters(self) -> list[tuple[str, str]]:
        """Give the filter as parameters of a query."""
        return [(f"filters[{self.field.filter}][{index}]", value) for index, value in enumerate(self.values)]

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
    """The orders that were found, as the service describes them, and how many there are in all."""

    orders: list[dict[str, Any]]
    total: int


def find(service: CertCentral, criteria: Sequence[Criterion], sort: str | None, limit: int | None) -> Found:
    """Find the orders that meet all criteria, at most `limit` of them, in the order of `sort` as the service takes it.

    Raises ServiceError.
    """
    fixed = [parameter for criterion in criteria for parameter in criterion.parameters()]
    fixed += [("sort", sort)] if sort else []
    fixed.append(("limit", str(min(max(limit or _PAGE, _LEAST_PAGE), _PAGE))))
    found: dict[int, dict[str, Any]] = {}
    seen = 0
    while True:
        page = service.list_orders([("offset", str(seen)), *fixed])
        # Orders move between pages while they are being read: one may be seen twice.
        found.update((order["id"], order) for order in page.orders if all(c.matches(order) for c in criteria))
        seen += len(page.orders)
        filtered_by_service = len(found) == seen
        if not page.orders or seen >= page.total or (limit and len(found) >= limit and filtered_by_service):
            break
    total = page.total if filtered_by_service else len(found)
    return Found(list(found.values())[:limit], total)


class ByID(NamedTuple):
    """The orders that could be read, the IDs of those that do not exist, and the errors of the others."""

    orders: list[dict[str, Any]]
    not_found: list[int]
    errors: list[ServiceError]


def get_orders(service: CertCentral, order_ids: Sequence[int]) -> ByID:
    """Read orders one by one, several at a time."""
    # A task that filters does without this import and its milliseconds.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    result = ByID([], [], [])

    def get(order_id: int) -> dict[str, Any] | ServiceError:
        try:
            return service.get_order(order_id)
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(service.connections) as threads:
        for order_id, answer in zip(order_ids, threads.map(get, order_ids)):
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
