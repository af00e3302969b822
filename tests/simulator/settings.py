# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the simulated service behaves where nobody knows what the real one does: every assumption is a choice here.

What is documented is no choice. The sections are those of `docs/certcentral-contract.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from enum import Enum
from typing import Any

from .rate_limits import DOCUMENTED_LIMITS, RateLimit


class Spelling(str, Enum):
    """Which spelling of the cancel value is taken; the documentation contradicts itself (contract 1)."""

    ANY = "any"
    UPPER = "upper"
    LOWER = "lower"

    def takes(self, value: str) -> bool:
        """Tell whether `value` means a cancellation."""
        if self is Spelling.ANY:
            return value.lower() == "canceled"
        return value == ("CANCELED" if self is Spelling.UPPER else "canceled")


class IdFilter(str, Enum):
    """What the service does with the filter `id`; that it may ignore a filter was seen (contract 2)."""

    HONOURED = "honoured"
    IGNORED = "ignored"
    REFUSED = "refused"


class Unknown(str, Enum):
    """What a filter or a parameter of a list does that is not documented.

    Contract 2: a service that ignores a filter has been seen. It is refused by default, so that nobody relies on one.
    """

    REFUSED = "refused"
    IGNORED = "ignored"


class StatusFilter(str, Enum):
    """What the filter `status` does with a value that is not documented; nobody knows (contract 2).

    REFUSED is a 400; IGNORED leaves that value out, as if it had not been sent; NOTHING finds no order by it; HONOURED
    finds the orders in that status.
    """

    REFUSED = "refused"
    IGNORED = "ignored"
    NOTHING = "nothing"
    HONOURED = "honoured"


class BooleanFilter(str, Enum):
    """What a filter that takes 1 or 0 does with another text, such as `true`; nobody knows (contract 2).

    REFUSED is a 400; IGNORED leaves the filter out; ZERO and ONE read it so, whatever it is; UNDERSTOOD takes `true` and
    `false` for what they say and refuses the rest.
    """

    REFUSED = "refused"
    IGNORED = "ignored"
    ZERO = "zero"
    ONE = "one"
    UNDERSTOOD = "understood"


class EmptyList(str, Enum):
    """What a page without an entry has in place of its list; nothing shows one, a client expects ABSENT (contract 2)."""

    EMPTY = "empty"
    ABSENT = "absent"
    NULL = "null"


class Unsorted(str, Enum):
    """How a list is sorted that nobody asked to sort; a client says that the newest came first."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class RequestPages(str, Enum):
    """How long a page of requests is (contract 6: a sample says `"limit": 0` with a total of 14).

    ALL: as long as `limit` says, and without one all requests are on one page, whose limit is 0. CAPPED: as for orders, at
    most 1000. SMALL: at most 10, whatever was asked for.
    """

    ALL = "all"
    CAPPED = "capped"
    SMALL = "small"


class ListEntries(str, Enum):
    """What an order in a list has: SPARSE is what an older sample shows, without `is_renewed` (contract 2)."""

    FULL = "full"
    SPARSE = "sparse"


class RenewedMark(str, Enum):
    """Whether an order that was marked renewed reads `is_renewed: true`, or always false (contract 1: assumed)."""

    SHOWN = "shown"
    HIDDEN = "hidden"


class ProcessedRequests(str, Enum):
    """Whether a request that nobody waits for any more stays in the `requests` of its order (contract 2: unknown)."""

    KEPT = "kept"
    DROPPED = "dropped"


class RequestDate(str, Enum):
    """The name of the date in the `requests` of an order: the documented one, or that of a newer client (contract 2)."""

    DATE = "date"
    DATE_CREATED = "date_created"


class CanceledOrder(str, Enum):
    """Whether an order can be read after it was canceled (contract 2: nearly documented, the UI calls it removed)."""

    READABLE = "readable"
    GONE = "gone"


class RejectedOrder(str, Enum):
    """What an order reads after its last open `new_request` was rejected (contract 6: assumed); GONE is a 404."""

    REJECTED = "rejected"
    CANCELED = "canceled"
    DENIED = "denied"
    UNCHANGED = "unchanged"
    GONE = "gone"


class RejectedReissue(str, Enum):
    """What an order reads after its last open `reissue` request was rejected (contract 6: assumed)."""

    ISSUED = "issued"
    REJECTED = "rejected"
    UNCHANGED = "unchanged"


class WaitingReissue(str, Enum):
    """What an order reads while a `reissue` request waits for an approver; nobody says."""

    REISSUE_PENDING = "reissue_pending"
    NEEDS_APPROVAL = "needs_approval"
    ISSUED = "issued"


class DecidedRequest(str, Enum):
    """What deciding a request does that is decided already (contract 6: a 4xx, assumed).

    REFUSED has the code `request_already_processed`, which a client expects; ACCEPTED changes nothing; NOT_FOUND is a 404.
    """

    REFUSED = "refused"
    ACCEPTED = "accepted"
    NOT_FOUND = "not_found"


class DecisionStatus(str, Enum):
    """The HTTP status of an accepted decision: clients and a stub say 204, one client 200 (contract 6)."""

    NO_CONTENT = "204"
    OK = "200"


class OrderOfRequest(str, Enum):
    """Whether the order inside a request is as it stands, or as it was while the request waited (a client: stale)."""

    CURRENT = "current"
    STALE = "stale"


@dataclass(frozen=True)
class Settings:
    """How the simulated service behaves where the real one may differ.

    What each setting is about stands beside it, and `describe` gives it to people. A setting whose default is a
    member of an enumeration takes the other members as well, by their values.
    """

    spelling: Spelling = field(
        default=Spelling.ANY, metadata={"about": "which spelling of the cancel value is taken"}
    )
    rate_limits: Sequence[RateLimit] = field(
        default=DOCUMENTED_LIMITS, metadata={"about": "requests and seconds; none where it is empty"}
    )
    time_scale: float = field(default=1.0, metadata={"about": "factor for the seconds of the rate limits"})
    retry_after: bool = field(
        default=False,
        metadata={"about": "whether a 429 has Retry-After, which nobody documents (contract 3)"},
    )
    latency: float = field(default=0.0, metadata={"about": "seconds that every request takes more"})
    id_filter: IdFilter = field(
        default=IdFilter.HONOURED, metadata={"about": "what the filter `id` of the list of orders does"}
    )

    unknown_parameter: Unknown = field(
        default=Unknown.REFUSED, metadata={"about": "what an undocumented filter or parameter of a list does"}
    )
    status_filter: StatusFilter = field(
        default=StatusFilter.REFUSED, metadata={"about": "what an undocumented value of filters[status] does"}
    )
    boolean_filter: BooleanFilter = field(
        default=BooleanFilter.REFUSED,
        metadata={"about": "what another text than 1 or 0 does in a filter for these"},
    )
    empty_list: EmptyList = field(
        default=EmptyList.EMPTY, metadata={"about": "what a page without an entry has in place of its list"}
    )
    unsorted: Unsorted = field(
        default=Unsorted.OLDEST_FIRST, metadata={"about": "how a list is sorted that nobody asked to sort"}
    )
    request_pages: RequestPages = field(
        default=RequestPages.ALL, metadata={"about": "how long a page of requests is"}
    )
    list_entries: ListEntries = field(
        default=ListEntries.FULL, metadata={"about": "what an order in a list has"}
    )
    renewed_mark: RenewedMark = field(
        default=RenewedMark.SHOWN, metadata={"about": "what `is_renewed` reads after a mark"}
    )
    list_lag: float = field(
        default=0.0, metadata={"about": "seconds by which lists show orders and requests as they were before"}
    )
    refused_change: int = field(
        default=400, metadata={"about": "the HTTP status of a change that is not possible, from 400 to 499"}
    )
    canceled_order: CanceledOrder = field(
        default=CanceledOrder.READABLE,
        metadata={"about": "whether an order can be read after it was canceled"},
    )
    rejected_order: RejectedOrder = field(
        default=RejectedOrder.REJECTED,
        metadata={"about": "what an order reads after its new_request was rejected"},
    )
    rejected_reissue: RejectedReissue = field(
        default=RejectedReissue.ISSUED,
        metadata={"about": "what an order reads after its reissue was rejected"},
    )
    waiting_reissue: WaitingReissue = field(
        default=WaitingReissue.REISSUE_PENDING,
        metadata={"about": "what an order reads while its reissue waits for an approver"},
    )
    invalid_approver: int = field(
        default=403,
        metadata={"about": "the HTTP status of a decision that is for another approver, from 400 to 499"},
    )
    decided_request: DecidedRequest = field(
        default=DecidedRequest.REFUSED, metadata={"about": "what deciding a decided request does"}
    )
    decision_status: DecisionStatus = field(
        default=DecisionStatus.NO_CONTENT, metadata={"about": "the HTTP status of an accepted decision"}
    )
    processed_requests: ProcessedRequests = field(
        default=ProcessedRequests.KEPT, metadata={"about": "whether processed requests stay in an order"}
    )
    request_date: RequestDate = field(
        default=RequestDate.DATE, metadata={"about": "the name of the date in the requests of an order"}
    )
    request_order: OrderOfRequest = field(
        default=OrderOfRequest.CURRENT, metadata={"about": "whether the order inside a request is up to date"}
    )

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """Give these settings with some changed, from plain JSON values as well.

        Rate limits may come as [[requests, seconds], ...]; an empty list or None switches them off.
        Raises ValueError for an unknown name or a value that does not fit.
        """
        known = {setting.name: setting for setting in fields(self)}
        if unknown := changes.keys() - known.keys():
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        try:
            return replace(self, **{name: _read(known[name], value) for name, value in changes.items()})
        except (TypeError, IndexError) as error:
            raise ValueError(f"a setting does not fit: {error}") from error

    def as_json(self) -> dict[str, Any]:
        """Give the settings as plain JSON values, as `changed` takes them."""
        plain = {setting.name: getattr(self, setting.name) for setting in fields(self)}
        limits = [[limit.requests, limit.seconds] for limit in self.rate_limits]
        return {**plain, "rate_limits": limits}

    @classmethod
    def describe(cls) -> dict[str, dict[str, Any]]:
        """Give for each setting what it is about, its default, and its choices where it has a few."""
        defaults = cls().as_json()
        described = {}
        for setting in fields(cls):
            described[setting.name] = {"about": setting.metadata["about"], "default": defaults[setting.name]}
            if isinstance(setting.default, Enum):
                described[setting.name]["choices"] = [member.value for member in type(setting.default)]
        return described


def _read(setting: Field[Any], value: Any) -> Any:
    """Make a value of the type that the default of a setting has. Raises ValueError or TypeError."""
    default: Any = setting.default
    readers: dict[type, Callable[[Any], Any]] = {
        tuple: _rate_limits,
        bool: _yes_or_no,
        int: _client_error,
        float: float,
    }
    kind = type(default)
    try:
        if isinstance(default, Enum):
            return value if isinstance(value, kind) else kind(str(value))
        return readers[kind](value)
    except ValueError as error:
        raise ValueError(f"{setting.name} cannot be {value!r}: {error}") from error


def _rate_limits(value: Any) -> tuple[RateLimit, ...]:
    return tuple(
        limit if isinstance(limit, RateLimit) else RateLimit(int(limit[0]), float(limit[1]))
        for limit in value or ()
    )


def _yes_or_no(value: Any) -> bool:
    if value not in (True, False, "true", "false"):
        raise ValueError("it is true or false")
    return value in (True, "true")


def _client_error(value: Any) -> int:
    if not 400 <= int(value) <= 499:
        raise ValueError("it is a number from 400 to 499")
    return int(value)
