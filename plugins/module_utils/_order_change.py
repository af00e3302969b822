# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How an order gets to the wanted status: read it, judge it by the rules, write, and find out what became of it.

Every write follows at once on a reading of that very order. A list would say with one request what many orders are, but it
may lag behind, and the same write that cancels a pending order cancels the reissue of one that was issued since (contract
section 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple

from ansible_collections.community.digicert.plugins.module_utils._certcentral import (
    CertCentral,
    Reading,
    Sending,
)
from ansible_collections.community.digicert.plugins.module_utils._errors import (
    ErrorCode,
    ServiceError,
    Stopped,
    place_of,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    KNOWN_STATUSES,
    RULES,
    OrderState,
    Verdict,
    WantedStatus,
)
from ansible_collections.community.digicert.plugins.module_utils._threads import each

# How often an order is read again because its reading got too old before the write was on its way.
_REREADINGS = 3
# A write that is refused so met another order than the one that was read just before.
_SAYS_WHAT_THE_ORDER_IS = frozenset({ErrorCode.REJECTED, ErrorCode.ORDER_NOT_FOUND})


class Outcome(str, Enum):
    """What became of an order."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not_attempted"


class OrderErrorCode(str, Enum):
    """Why an order is not as wanted although no request failed, or although it cannot be told which did what."""

    STATUS_NOT_ALLOWED = "status_not_allowed"
    STATUS_UNKNOWN = "status_unknown"
    RENEWAL_UNKNOWN = "renewal_unknown"
    NO_SINGLE_REQUEST = "no_single_request"
    OUTCOME_UNKNOWN = "outcome_unknown"
    INTERNAL_ERROR = "internal_error"


class OrderError(NamedTuple):
    """Why an order is not as wanted: a code for programs, a message for people, the request where one failed.

    code: a value of `OrderErrorCode`, or of `ErrorCode` where a request failed.
    """

    code: str
    message: str
    http_status: int | None = None
    method: str | None = None
    path: str | None = None
    service_code: str | None = None

    @classmethod
    def of_request(cls, error: ServiceError, message: str, code: OrderErrorCode | None = None) -> OrderError:
        """Take over what is known of a failed request."""
        return cls(**{**error.as_dict(), "message": message, "code": (code or error.code).value})


class OrderOutcome(NamedTuple):
    """What became of one order.

    outcome: in check mode what would become of it.
    before: its state when it was first read; None if it could not be read.
    after: its state according to the last that the service said, or in check mode what it would be; None if that is not
        known.
    error: why it is not as wanted; None if it is.
    common_name, organization: as the service told them.
    """

    order_id: int
    outcome: Outcome
    before: OrderState | None = None
    after: OrderState | None = None
    error: OrderError | None = None
    common_name: str | None = None
    organization: str | None = None


class StatusChange:
    """Brings orders to one wanted status."""

    def __init__(
        self,
        service: CertCentral,
        wanted: WantedStatus,
        note: str | None,
        check_mode: bool,
        only: frozenset[str] | None = None,
    ) -> None:
        """Take the service, what is wanted and why. In check mode orders are read and judged, never written to.

        only: the statuses of the orders that are to be changed; None for all that can be.
        """
        self._service = service
        self._rule = RULES[wanted]._replace(only=only)
        self._note = note
        self._check_mode = check_mode
        # Reduced to the one that the service takes once that is known.
        self._spellings = self._rule.sent_as
        # Until the service was seen to do as assumed, and once it was seen not to, each order is read after its change.
        self._reads_as_told = None if self._rule.reading_is_assumed else True

    def bring(self, order_ids: Sequence[int]) -> list[OrderOutcome]:
        """Bring each order to the wanted status and say what became of it, in the order of `order_ids`.

        An order that fails does not stop the others, unless it fails for a reason that they have in common.
        """
        works = list(map(_Work, order_ids))
        ends: dict[int, OrderOutcome | Exception] = {}

        def bring_one(place: int) -> None:
            ends[place] = self._bring_one(works[place])

        try:
            # One at a time as long as the service has said nothing: whether the key is refused is found out by one request.
            while len(ends) < len(works) and not self._service.answers:
                bring_one(len(ends))
            each(bring_one, range(len(ends), len(works)), self._service.connections)
        except Exception as defect:  # noqa: BLE001 (what became of the orders must not be lost with it)
            ends = {**dict.fromkeys(range(len(works)), defect), **ends}
        return [
            end if isinstance(end, OrderOutcome) else self._defect(works[place], end)
            for place, end in sorted(ends.items())
        ]

    def _bring_one(self, work: _Work) -> OrderOutcome | Exception:
        """Give what became of an order, or the defect that ended the work on it: there may be no memory left to say more then."""
        work.spellings = self._spellings
        try:
            try:
                outcome = self._get_there(work)
            except Stopped as stopped:
                outcome = self._stopped(work, stopped.by)
            # Its traceback holds the reply, which may be large.
            work.write_error = None
            return outcome._replace(common_name=work.common_name, organization=work.organization)
        except Exception as defect:  # noqa: BLE001 (what became of the other orders must not be lost with this one)
            return defect

    def _get_there(self, work: _Work) -> OrderOutcome:
        """Try until it is known what became of the order, or the tries are used up. Raises Stopped."""
        while True:
            result = self._try(work)
            if isinstance(result, OrderOutcome):
                self._service.has_ended(None)
                return result
            if not self._tries_again(work, result):
                return self._given_up(work, result)

    def _try(self, work: _Work) -> OrderOutcome | ServiceError:
        """Read the order, and write to it if the rule says so; give the error of the request that failed.

        A write that may have had an effect is never just sent again: what the order reads then decides. It may be as wanted,
        no longer be one to write to, or still be one.
        """
        try:
            with self._service.reading(work.order_id) as reading:
                work.has_read(reading)
                verdict = self._rule.verdict(reading.state)
                if verdict is not Verdict.CHANGE:
                    return self._settled(work, reading.state, verdict)
                after = self._rule.reads_afterwards.applied_to(reading.state)
                if not self._check_mode:
                    self._write(work, reading)
        except ServiceError as error:
            return error
        if not self._check_mode and not self._reads_as_told:
            return OrderOutcome(work.order_id, Outcome.CHANGED, work.first, self._seen(work, after))
        return OrderOutcome(work.order_id, Outcome.CHANGED, work.first, after)

    def _write(self, work: _Work, reading: Reading) -> None:
        work.sendings.append(Sending())
        work.not_rejected.update(
            request.id for request in reading.state.requests or () if request.status != "rejected"
        )
        endpoint, spelling = self._rule.sent_to, work.spellings[0]
        number = self._rule.written_id(work.order_id, reading.state)
        try:
            self._service.update_status(
                endpoint, number, spelling, self._note, reading.asked_at, work.sendings[-1]
            )
        except ServiceError as error:
            work.write_error = error
            work.in_doubt = work.in_doubt or error.in_doubt
            raise
        self._spellings = work.spellings[:1]

    def _seen(self, work: _Work, expected: OrderState) -> OrderState | None:
        """Give what an order reads after its change was confirmed; None where that cannot be read."""
        try:
            state = self._service.read_patiently(work.order_id)
        except Exception:  # noqa: BLE001 (whatever keeps it from being read, the change is confirmed)
            return None
        if self._reads_as_told is not False:
            self._reads_as_told = state[:2] == expected[:2]
        return state

    def _tries_again(self, work: _Work, error: ServiceError) -> bool:
        """Tell whether to retry after an error, and wait as long as it requires."""
        # It may still be under way, and take effect after somebody else brought the order back.
        if work.in_doubt and self._rule.may_recur:
            return False
        if error is work.write_error and error.http_status == HTTPStatus.BAD_REQUEST and work.spellings[1:]:
            work.spellings = work.spellings[1:]
            return True
        if error.code is ErrorCode.READING_TOO_OLD:
            work.rereadings += 1
            return work.rereadings <= _REREADINGS
        if not error.passes:
            return False
        if not self._service.may_try_again(work.attempt + 1, error):
            return self._service.waits_out_the_longest_window(error)
        self._service.wait_before_retry(work.attempt, error)
        work.attempt += 1
        return True

    def _given_up(self, work: _Work, error: ServiceError) -> OrderOutcome:
        """Tell what is known of an order after the last try ended with an error."""
        unread: ServiceError | Stopped | None = None
        if error is not work.write_error:
            unread = error
        # A refusal can mean that somebody else was faster.
        elif work.in_doubt or error.code in _SAYS_WHAT_THE_ORDER_IS:
            try:
                work.state = self._service.read_patiently(work.order_id)
            except (ServiceError, Stopped) as failure:
                unread = failure
            else:
                verdict = self._rule.verdict(work.state)
                if verdict is not Verdict.CHANGE:
                    self._service.has_ended(None)
                    return self._settled(work, work.state, verdict)
        self._service.has_ended(unread if isinstance(unread, ServiceError) else error)
        if work.write_error is None:
            message = f"Order {work.order_id} could not be read, so nothing was written: {error}"
            return OrderOutcome(
                work.order_id, Outcome.FAILED, work.first, work.state, OrderError.of_request(error, message)
            )
        return self._left_as_it_was(work, work.write_error, unread)

    def _settled(self, work: _Work, state: OrderState, verdict: Verdict) -> OrderOutcome:
        """Tell what became of an order that is as wanted, or not to be written to (any more)."""
        number, was, now = work.order_id, work.first or state, state
        # Without a doubt it proves nothing: the same job may have been started twice, with the same note.
        own = work.in_doubt and self._is_own(work, state)
        if own or (verdict is Verdict.ALREADY_SO and not work.in_doubt):
            return OrderOutcome(number, Outcome.CHANGED if own else Outcome.UNCHANGED, was, now)
        if verdict is Verdict.ALREADY_SO and own is None and not self._rule.comes_about_otherwise:
            return OrderOutcome(number, Outcome.CHANGED, was, now)
        change = f"Order {number} was {self._rule.describe(was)} and is {self._rule.describe(now)} by now"
        if work.in_doubt:
            message = (
                f"{change}. The reply to the write was lost: whether the write caused that cannot be determined. Look the "
                "order up in CertCentral."
            )
            error = OrderError(OrderErrorCode.OUTCOME_UNKNOWN.value, message)
            return OrderOutcome(number, Outcome.UNKNOWN, was, now, error)
        if work.write_error:
            message = f"{change}, so it was not changed."
        else:
            message = f"Order {number} is {self._rule.describe(now)}, so nothing was written."
        return OrderOutcome(number, Outcome.FAILED, was, now, self._refusal(state, message))

    def _is_own(self, work: _Work, state: OrderState) -> bool | None:
        """Tell by the approver's comment whether a write of this task rejected a request; None where none was told.

        A cancellation of a reissue rejects its request as well, and the note becomes the comment (contract section 1).
        """
        comments = [
            comment.strip()
            for number, _kind, status, comment in state.requests or ()
            if number in work.not_rejected and status == "rejected" and comment is not None
        ]
        return (self._note or "").strip() in comments if comments else None

    def _refusal(self, state: OrderState, message: str) -> OrderError:
        if state.status not in KNOWN_STATUSES:
            code = OrderErrorCode.STATUS_UNKNOWN
        elif self._rule.looks_at_renewal and state.is_renewed is None:
            code = OrderErrorCode.RENEWAL_UNKNOWN
        elif self._rule.lacks_request(state):
            code = OrderErrorCode.NO_SINGLE_REQUEST
        else:
            code = OrderErrorCode.STATUS_NOT_ALLOWED
        return OrderError(code.value, f"{message} {self._rule.way_out(state)}")

    def _left_as_it_was(
        self, work: _Work, error: ServiceError, unread: ServiceError | Stopped | None
    ) -> OrderOutcome:
        """Tell what became of an order to which the last write failed, and that reads as before, or could not be read."""
        state = self._rule.describe(work.state) if work.state else "not read"
        if not work.in_doubt:
            outdated = unread and error.code in _SAYS_WHAT_THE_ORDER_IS
            what = f"was {state}, could not be read again" if outdated else f"is {state}"
            message = f"Order {work.order_id} {what} and was not changed: {error}"
            told = OrderError.of_request(error, message)
            after = None if outdated else work.state
            return OrderOutcome(work.order_id, Outcome.FAILED, work.first, after, told)
        read_back = (
            f"Reading it back failed as well: {unread}" if unread else f"It was still {state} after that."
        )
        message = (
            f"Order {work.order_id} was {state} and may or may not have been changed: {error} {read_back} "
            "Running again is safe: it reads the order first."
        )
        told = OrderError.of_request(error, message, OrderErrorCode.OUTCOME_UNKNOWN)
        after = None if unread else work.state
        return OrderOutcome(work.order_id, Outcome.UNKNOWN, work.first, after, told)

    def _stopped(self, work: _Work, by: ServiceError) -> OrderOutcome:
        if work.write_error:
            return self._left_as_it_was(work, work.write_error, Stopped(by))
        told = OrderError.of_request(
            by, f"Order {work.order_id} was not attempted, because of an earlier error. {by}"
        )
        return OrderOutcome(work.order_id, Outcome.NOT_ATTEMPTED, work.first, work.state, told)

    def _defect(self, work: _Work, defect: Exception) -> OrderOutcome:
        where = f"a defect in this collection ended the work on it ({place_of(defect)})"
        if any(sending.maybe for sending in work.sendings):
            outcome, after = Outcome.UNKNOWN, None
            message = f"Order {work.order_id} may or may not have been changed: {where}. Please report it."
        else:
            outcome, after = Outcome.FAILED, work.state
            message = f"Order {work.order_id} was not changed: {where} before anything was written. Please report it."
        message += " Running again is safe: it reads the order first."
        told = OrderError(OrderErrorCode.INTERNAL_ERROR.value, message)
        return OrderOutcome(
            work.order_id, outcome, work.first, after, told, work.common_name, work.organization
        )


class _Work:
    """The work on one order.

    spellings: of the wanted status, those that may still be sent. attempt: how many tries failed for a cause that passes.
    first, state: what the order read first, and last. sendings: how far each write got.
    not_rejected: the IDs of the requests that had not been rejected before a write.
    write_error: what the last write ended with, if it failed. in_doubt: whether any write may have had an effect.
    """

    def __init__(self, order_id: int) -> None:
        self.order_id = order_id
        self.spellings: tuple[str, ...] = ()
        self.attempt = 0
        self.rereadings = 0
        self.first: OrderState | None = None
        self.state: OrderState | None = None
        self.sendings: list[Sending] = []
        self.not_rejected: set[int] = set()
        self.write_error: ServiceError | None = None
        self.in_doubt = False
        self.common_name: str | None = None
        self.organization: str | None = None

    def has_read(self, reading: Reading) -> None:
        self.state = reading.state
        self.first = self.first or reading.state
        self.common_name, self.organization = reading.common_name, reading.organization
