# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""The options that narrow a search: what they may hold, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._criteria import (
    Between,
    Criterion,
    Field,
    read_wanted_moment,
)
from ansible_collections.community.digicert.plugins.module_utils._module import UnusableOption
from ansible_collections.community.digicert.plugins.module_utils._options import shown

# Gives the values of an option as they are used, by its name; raises UnusableOption.
Reader = Callable[[str, Iterable[Any]], Iterable[Any]]


def usable_values(name: str, given: list[Any] | None, read: Reader, what: str) -> list[str]:
    """Give the values of a filter, none where it was not given. Raises UnusableOption.

    what: what is searched for, "order" or "request".
    """
    if given == []:
        raise UnusableOption(
            f"{name} is an empty list, which no {what} can meet: leave it out to take every {what}."
        )
    return [str(value) for value in read(name, given or [])]


def require_known(name: str, values: Iterable[str], known: Collection[str], advice: str = "") -> None:
    """Raise UnusableOption if a value is not a known one. advice: a sentence on what to do then."""
    strange = [value for value in values if value.casefold() not in known]
    if strange:
        told = f"{name} holds {shown(strange)}, and the known ones are {', '.join(sorted(known))}."
        raise UnusableOption(f"{told} {advice}".strip())


def moments(fields: Mapping[str, Field], options: Mapping[str, Any]) -> list[Criterion]:
    """Give what the options NAME_after and NAME_before ask for, for each field by its NAME. Raises UnusableOption."""
    criteria: list[Criterion] = []
    for name, field in fields.items():
        after, before = (_moment(f"{name}_{side}", options[f"{name}_{side}"]) for side in ("after", "before"))
        if after and before and after >= before:
            raise UnusableOption(f"No moment is after {name}_after and before {name}_before.")
        if after or before:
            criteria.append(Between(field, after, before))
    return criteria


def usable_limit(given: int | None) -> int | None:
    """Give the number of entries to return at most. Raises UnusableOption."""
    if given is not None and (isinstance(given, bool) or given < 1):
        raise UnusableOption(f"limit must be at least 1, but it is {given}.")
    return given


def _moment(name: str, given: str | None) -> datetime | None:
    bare_is_age = name.startswith("created")
    try:
        return None if given is None else read_wanted_moment(given, bare_is_age)
    except (ValueError, OverflowError):
        spans = "-30 days or +2 weeks from now" + (", or an age such as 30 days" if bare_is_age else "")
        raise UnusableOption(
            f"{name} takes a date such as 2026-10-25, a moment such as 2026-10-25T12:00:00Z, or {spans}, "
            f"but it is {shown([given])}."
        ) from None
