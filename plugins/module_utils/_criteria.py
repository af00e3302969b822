# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What a search can ask for: the fields, the filters that the service has for them, and whether an order meets a criterion."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple, Union

from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    KNOWN_REQUEST_STATUSES,
    REQUEST_TYPES,
)

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
        return isinstance(told, (str, int)) and str(told).lower() in set(map(str.lower, self.values))


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


def judged(criteria: Sequence[Criterion], order: Mapping[str, Any]) -> bool | str:
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
