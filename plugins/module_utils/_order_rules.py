# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What an order may become: the statuses, the rules between them, and the way out where no rule applies.

To support another status change, add a member to `WantedStatus` and a row to `RULES`; nothing else knows the rules.
The sources are sections 1, 2 and 6 of what is known about the service (`docs/certcentral-contract.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple


class WantedStatus(str, Enum):
    """What a user can ask for (the values of the option `status`)."""

    CANCELED = "canceled"
    REISSUE_CANCELED = "reissue_canceled"
    REJECTED = "rejected"
    RENEWED = "renewed"
    NOT_RENEWED = "not_renewed"


class Verdict(Enum):
    """What a rule says about an order."""

    CHANGE = "the order is to be changed"
    ALREADY_SO = "the order is already as wanted"
    REFUSE = "the order must not be written to"


class Endpoint(NamedTuple):
    """Where a change is sent to.

    path: with `{}` for the ID, below the base URL.
    note_as: the name of the note in the body, beside `status`.
    request_type: what kind of request of the order the ID is of, its only open one; None for the order itself.
    """

    path: str
    note_as: str
    request_type: str | None = None


# Contract section 2. A status outside this set is reported by its name and never written to.
KNOWN_STATUSES = frozenset(
    {
        "pending",
        "waiting_pickup",
        "reissue_pending",
        "needs_approval",
        "needs_csr",
        "processing",
        "approved",
        "issued",
        "expired",
        "revoked",
        "canceled",
        "rejected",
        "denied",
        "reissue_processing",
    }
)


# Nobody has to do anything about an order in one of these any more.
ENDED = frozenset({"issued", "expired", "revoked", "canceled", "rejected", "denied"})

# Contract section 6. A request in another status may be open, or not.
OPEN_REQUESTS = frozenset({"submitted", "pending"})
_DECIDED_REQUESTS = frozenset({"approved", "rejected"})
REQUEST_TYPES = frozenset({"new_request", "revoke", "duplicate", "reissue"})
KNOWN_REQUEST_STATUSES = OPEN_REQUESTS | _DECIDED_REQUESTS


# Throughout the module_utils a value is a NamedTuple: a frozen dataclass takes half a millisecond to define, in every
# task anew, because a module's code is never cached.
class Request(NamedTuple):
    """A request of an order: what an approver has to decide, or has decided.

    type, status: as the service spells them. comment: the approver's; None where the service did not say.
    """

    id: int
    type: str
    status: str
    comment: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it surely waits for an approver."""
        return self.status in OPEN_REQUESTS


class OrderState(NamedTuple):
    """The part of an order that the rules look at.

    status: the order's status as the service spells it.
    is_renewed: whether the order is marked renewed; None where the service did not say.
    requests: its requests; None where the service did not say, or not clearly.
    """

    status: str
    is_renewed: bool | None
    requests: tuple[Request, ...] | None = None

    def undecided(self, request_type: str) -> list[Request]:
        """Give the requests of that type that are open, or that may be."""
        return [
            request
            for request in self.requests or ()
            if request.type == request_type and request.status not in _DECIDED_REQUESTS
        ]


# The first is in the documentation of the status of an order, the second in that of requests.
ORDER_STATUS = Endpoint("/order/certificate/{}/status", note_as="note")
NEW_REQUEST_STATUS = Endpoint("/request/{}/status", note_as="processor_comment", request_type="new_request")


class StatePattern(NamedTuple):
    """A set of states: a part that is None matches everything."""

    status: str | None = None
    is_renewed: bool | None = None

    def matches(self, state: OrderState) -> bool:
        """Tell whether `state` belongs to the set."""
        return self.status in (None, state.status) and self.is_renewed in (None, state.is_renewed)

    def applied_to(self, state: OrderState) -> OrderState:
        """Give `state` with the parts that this pattern fixes put in."""
        return OrderState(
            status=state.status if self.status is None else self.status,
            is_renewed=state.is_renewed if self.is_renewed is None else self.is_renewed,
        )


class Rule(NamedTuple):
    """One row of the table: how an order gets to a wanted status.

    changes: an order in one of these states is changed.
    already_so: an order in one of these states is as wanted; nothing is written.
    sent_to: the endpoint. An order without exactly one open request of the kind that it wants is not changed.
    sent_as: the value on the wire. A further spelling is sent only after a 400 to the one before.
    reads_afterwards: what the order reads after the change.
    reading_is_assumed: whether that is not documented, so that it has to be seen.
    done, would_be_done: what is said of changed orders, to follow "2 of 3 orders".
    comes_about_otherwise: whether the order can get to read so without anybody asking for it.
    may_recur: whether an order can get into a state to change again. A write that arrives late would change it once more.
    needs_note: whether a note has to be given; the service takes no cancellation without one.
    ways_out: what an operator can do instead, by the status of an order that no rule covers.
    otherwise: the same for every known status that `ways_out` does not name.
    only: the statuses of the orders that are to be changed; None for all that the rule changes.
    """

    changes: tuple[StatePattern, ...]
    already_so: tuple[StatePattern, ...]
    sent_as: tuple[str, ...]
    reads_afterwards: StatePattern
    done: str
    would_be_done: str
    otherwise: str
    ways_out: Mapping[str, str] = {}
    sent_to: Endpoint = ORDER_STATUS
    reading_is_assumed: bool = False
    comes_about_otherwise: bool = False
    may_recur: bool = False
    needs_note: bool = False
    only: frozenset[str] | None = None

    @property
    def looks_at_renewal(self) -> bool:
        """Whether the rule cannot be applied without knowing if the order is marked renewed."""
        return self.reads_afterwards.is_renewed is not None

    def verdict(self, state: OrderState) -> Verdict:
        """Judge an order in `state`."""
        if any(pattern.matches(state) for pattern in self.already_so):
            return Verdict.ALREADY_SO
        if self._covers(state) and not self.lacks_request(state):
            return Verdict.CHANGE
        return Verdict.REFUSE

    def lacks_request(self, state: OrderState) -> bool:
        """Tell whether an order in a state to change cannot be changed because it has not exactly one open request."""
        if self.sent_to.request_type is None or not self._covers(state):
            return False
        requests = state.undecided(self.sent_to.request_type)
        return len(requests) != 1 or not requests[0].is_open

    def written_id(self, order_id: int, state: OrderState) -> int:
        """Give the ID that the endpoint gets, of an order in a state to change or of its request."""
        if self.sent_to.request_type is None:
            return order_id
        (request,) = state.undecided(self.sent_to.request_type)
        return request.id

    def describe(self, state: OrderState) -> str:
        """Name `state` in words, with the renewal mark where this rule is about it ("issued (marked renewed)")."""
        if not self.looks_at_renewal:
            return state.status
        marks = {True: "marked renewed", False: "not marked renewed", None: "renewal mark unknown"}
        return f"{state.status} ({marks[state.is_renewed]})"

    def way_out(self, state: OrderState) -> str:
        """Give the sentence that tells an operator what to do about an order in a state that the rule refuses."""
        if state.status not in KNOWN_STATUSES:
            return (
                "This collection does not know that state and writes to no order in it: look the order up in "
                "CertCentral, and please report the state to the collection's issue tracker."
            )
        if self._changes(state) and not self._covers(state):
            return f"Only orders that are {' or '.join(sorted(self.only or ()))} are to be changed."
        if self.looks_at_renewal and state.is_renewed is None:
            return "The service did not say whether it is marked renewed: look the order up in CertCentral."
        if self.lacks_request(state):
            return self._which_request(state)
        return self.ways_out.get(state.status, self.otherwise)

    def _covers(self, state: OrderState) -> bool:
        return self._changes(state) and (self.only is None or state.status in self.only)

    def _changes(self, state: OrderState) -> bool:
        return state.status in KNOWN_STATUSES and any(pattern.matches(state) for pattern in self.changes)

    def _which_request(self, state: OrderState) -> str:
        kind = self.sent_to.request_type
        requests = state.undecided(kind or "")
        if state.requests is None:
            found = "The service did not say which requests it has"
        elif not requests:
            found = f"It has no open {kind}"
        else:
            named = ", ".join(f"{request.id} {request.status}" for request in requests)
            found = f"It is not clear which {kind} is meant ({named})"
        return f"{found}: look its requests up in CertCentral, and decide there."


# The documentation has called the cancel value `CANCELED` and `canceled`, both "case sensitive", and clients
# in production send either (contract section 1).
_CANCEL_SPELLINGS = ("CANCELED", "canceled")
_ENDED = "The order has already ended; there is nothing to cancel."
_NOT_YET = "CertCentral cancels an order only while it is pending or waiting_pickup: run this again once it is one of them."
_NO_REISSUE = "It has no pending reissue."
_NOTHING_TO_REJECT = "The order has already ended; there is nothing to reject."
_CANCEL_UNREJECTABLE = (
    "It does not wait for an approver. If it is to be canceled, ask for the status canceled."
)
_CANCEL_INSTEAD = f"{_NO_REISSUE} If the order itself is to be canceled, ask for the status canceled."

RULES: Mapping[WantedStatus, Rule] = {
    WantedStatus.CANCELED: Rule(
        changes=(StatePattern(status="pending"), StatePattern(status="waiting_pickup")),
        already_so=(StatePattern(status="canceled"),),
        sent_as=_CANCEL_SPELLINGS,
        reads_afterwards=StatePattern(status="canceled"),
        done="canceled",
        would_be_done="would be canceled",
        needs_note=True,
        otherwise=_NOT_YET,
        ways_out={
            "issued": "An issued order cannot be canceled: revoke it instead.",
            "needs_approval": "It waits for an approver: to have its request rejected, ask for the status rejected.",
            "reissue_pending": (
                "Canceling now would cancel its reissue and return the order to issued: "
                "if that is what is meant, ask for the status reissue_canceled."
            ),
            "expired": _ENDED,
            "revoked": _ENDED,
            "rejected": _ENDED,
            "denied": _ENDED,
        },
    ),
    WantedStatus.REISSUE_CANCELED: Rule(
        changes=(StatePattern(status="reissue_pending"),),
        already_so=(StatePattern(status="issued"),),
        sent_as=_CANCEL_SPELLINGS,
        reads_afterwards=StatePattern(status="issued"),
        done="had their reissue canceled",
        would_be_done="would have their reissue canceled",
        # The CA may complete the reissue at any moment.
        comes_about_otherwise=True,
        may_recur=True,
        needs_note=True,
        otherwise=_NO_REISSUE,
        ways_out={"pending": _CANCEL_INSTEAD, "waiting_pickup": _CANCEL_INSTEAD},
    ),
    WantedStatus.REJECTED: Rule(
        changes=(StatePattern(status="needs_approval"),),
        already_so=(StatePattern(status="rejected"),),
        sent_to=NEW_REQUEST_STATUS,
        sent_as=("rejected",),
        reads_afterwards=StatePattern(status="rejected"),
        reading_is_assumed=True,
        done="rejected",
        would_be_done="would be rejected",
        needs_note=True,
        otherwise="Only an order that is needs_approval waits for an approver who can reject it.",
        ways_out={
            "pending": _CANCEL_UNREJECTABLE,
            "waiting_pickup": _CANCEL_UNREJECTABLE,
            "reissue_pending": "If its reissue is to be canceled, ask for the status reissue_canceled.",
            "issued": "An issued order cannot be rejected: revoke it instead.",
            "canceled": _NOTHING_TO_REJECT,
            "expired": _NOTHING_TO_REJECT,
            "revoked": _NOTHING_TO_REJECT,
            "denied": _NOTHING_TO_REJECT,
        },
    ),
    WantedStatus.RENEWED: Rule(
        changes=(
            StatePattern(status="issued", is_renewed=False),
            StatePattern(status="expired", is_renewed=False),
        ),
        already_so=(StatePattern(is_renewed=True),),
        sent_as=("renewed",),
        reads_afterwards=StatePattern(is_renewed=True),
        done="marked renewed",
        would_be_done="would be marked renewed",
        otherwise="Only an order that is issued or expired can be marked renewed.",
        may_recur=True,
    ),
    WantedStatus.NOT_RENEWED: Rule(
        changes=(StatePattern(is_renewed=True),),
        already_so=(StatePattern(is_renewed=False),),
        sent_as=("not_renewed",),
        reads_afterwards=StatePattern(is_renewed=False),
        done="marked not renewed",
        would_be_done="would be marked not renewed",
        otherwise="Look the order up in CertCentral.",
        may_recur=True,
    ),
}
