# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How an order gets to the wanted status: read it, judge it by the rules, write, and find out what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple

from ansible_collections.community.digicert.plugins.module_utils._certcentral import (
    LISTED_ORDERS,
    CertCentral,
)
from ansible_collections.community.digicert.plugins.module_utils._errors import (
    ErrorCode,
    ServiceError,
    place_of,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    KNOWN_STATUSES,
    RULES,
    OrderState,
    Verdict,
    WantedStatus,
)

# Fewer orders than this are read one by one: a list request saves little then, and it can turn out to be useless.
_WORTH_A_LIST = 10


class OrderErrorCode(str, Enum):
    """Why an order is not as wanted although no request failed, or although it cannot be told which did what."""

    STATUS_NOT_ALLOWED = "status_not_allowed"
    STATUS_UNKNOWN = "status_unknown"
    RENEWAL_UNKNOWN = "renewal_unknown"
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

    changed: True if a write took effect, False if none did, None if that cannot be known.
    before: its state when it was first read; None if it could not be read.
    after: its state according to the last that the service said; None if that is not known.
    error: why it is not as wanted; None if it is, and for an order that was not attempted.
    attempted: False if nothing was tried for the order, because another one failed for a reason they have in common.
    """

    order_id: int
    changed: bool | None = False
    before: OrderState | None = None
    after: OrderState | None = None
    error: OrderError | None = None
    attempted: bool = True


class StatusChange:
    """Brings orders to one wanted status."""

    def __init__(
        self, service: CertCentral, wanted: WantedStatus, note: str | None, check_mode: bool
    ) -> None:
        """Take the service, what is wanted and why. In check mode orders are read and judged, never written to."""
        self._service = service
        self._rule = RULES[wanted]
        self._note = note
        self._check_mode = check_mode
        # Reduced to the one that the service takes once that is known.
        self._spellings = self._rule.sent_as
        self._lists = True

    def bring(self, order_ids: Sequence[int]) -> list[OrderOutcome]:
        """Bring each order to the wanted status and say what became of it, in the order of `order_ids`.

        An order that fails does not stop the others, unless it fails for a reason that they have in common.
        """
        # The first one goes alone: whether the key is refused, or the spelling, is found out by one request.
        outcomes = [self._bring_one(order_id, None) for order_id in order_ids[:1]]
        rest = order_ids[1:]
        if not rest:
            return outcomes
        # A task with one order, the most frequent one, does without this import and its milliseconds.
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        with ThreadPoolExecutor(self._service.connections) as threads:
            for start in range(0, len(rest), LISTED_ORDERS):
                # Read just before they are written to: what was read long ago is no ground to write.
                end = start + LISTED_ORDERS
                some = rest[start:end]
                states = self._listed(some)
                outcomes += threads.map(self._bring_one, some, map(states.get, some))
        return outcomes

    def _listed(self, order_ids: Sequence[int]) -> dict[int, OrderState]:
        """Read many orders with one request, as far as the service is able to; the others are read by themselves."""
        if not self._lists or len(order_ids) < _WORTH_A_LIST or self._service.stopped_by:
            return {}
        try:
            listed = self._service.read_orders(order_ids)
        except ServiceError:
            self._lists = False
            return {}
        # A service that ignores the filter lists whatever orders there are: that is of no more use the next time.
        self._lists = listed.keys() <= set(order_ids)
        return listed

    def _bring_one(self, order_id: int, state: OrderState | None) -> OrderOutcome:
        """Bring one order to the wanted status; `state` is given where it was read just now."""
        try:
            return self._read_and_judge(order_id, state)
        except Exception as defect:  # noqa: BLE001 (what became of the other orders must not be lost with this one)
            return self._defect(order_id, defect)

    def _read_and_judge(self, order_id: int, state: OrderState | None) -> OrderOutcome:
        if state is None:
            try:
                state = self._service.read_order(order_id)
            except ServiceError as error:
                if error.code is ErrorCode.NOT_ATTEMPTED:
                    return OrderOutcome(order_id, attempted=False)
                message = f"Order {order_id} could not be read, so nothing was written: {error}"
                return OrderOutcome(order_id, error=OrderError.of_request(error, message))
        verdict = self._rule.verdict(state)
        if verdict is Verdict.ALREADY_SO:
            return OrderOutcome(order_id, False, state, state)
        if verdict is Verdict.REFUSE:
            message = f"Order {order_id} is {self._rule.describe(state)}, so nothing was written."
            return OrderOutcome(order_id, False, state, state, self._refusal(state, message))
        if self._check_mode:
            return OrderOutcome(order_id, True, state, self._rule.reads_afterwards.applied_to(state))
        return self._write(order_id, state)

    def _write(self, order_id: int, before: OrderState) -> OrderOutcome:
        """Write to an order that was just read as `before`, until it is known what became of it.

        A write that may have had an effect is never just sent again. The order is read back, and what it reads then
        decides: it may be as wanted (also by somebody else's doing, which is why a rejected write is followed by
        reading as well), no longer be one to write to, or still be one.
        """
        spellings = self._spellings
        state = before
        # Whether any of the writes may have had an effect.
        in_doubt = False
        tries_again = 0
        error: ServiceError | None = None
        while True:
            earlier = error
            try:
                self._service.update_order_status(order_id, spellings[0], self._note)
            except ServiceError as failure:
                error = failure
            else:
                self._spellings = spellings[:1]
                return OrderOutcome(order_id, True, before, self._rule.reads_afterwards.applied_to(state))

            in_doubt = in_doubt or error.in_doubt
            if error.code is ErrorCode.NOT_ATTEMPTED and earlier is None:
                return OrderOutcome(order_id, before=before, after=state, attempted=False)
            # Turned away at the door, it changed nothing, and what was read after an earlier write still holds.
            if not error.in_doubt and error.code is not ErrorCode.REJECTED:
                return self._not_changed(order_id, before, state, earlier or error)
            try:
                state = self._service.read_order(order_id)
            except ServiceError as unread:
                if in_doubt:
                    return self._unknown(order_id, before, error, unread)
                return self._not_changed(order_id, before, state, error)

            verdict = self._rule.verdict(state)
            if verdict is Verdict.ALREADY_SO:
                return OrderOutcome(order_id, in_doubt, before, state)
            if verdict is Verdict.REFUSE:
                return self._overtaken(order_id, before, state, in_doubt)
            if error.http_status == HTTPStatus.BAD_REQUEST and spellings[1:]:
                spellings = spellings[1:]
            elif error.in_doubt and error.passes and tries_again < self._service.retries:
                self._service.wait_before_retry(tries_again, error)
                tries_again += 1
            else:
                return self._not_changed(order_id, before, state, error)

    def _refusal(self, state: OrderState, message: str) -> OrderError:
        if state.status not in KNOWN_STATUSES:
            code = OrderErrorCode.STATUS_UNKNOWN
        elif self._rule.looks_at_renewal and state.is_renewed is None:
            code = OrderErrorCode.RENEWAL_UNKNOWN
        else:
            code = OrderErrorCode.STATUS_NOT_ALLOWED
        return OrderError(code.value, f"{message} {self._rule.way_out(state)}")

    def _not_changed(
        self, order_id: int, before: OrderState, state: OrderState, error: ServiceError
    ) -> OrderOutcome:
        message = f"Order {order_id} is {self._rule.describe(state)} and was not changed: {error}"
        if error.in_doubt:
            message += (
                " The order was read after that; if the service is still at work on the write, it may follow."
            )
        return OrderOutcome(order_id, False, before, state, OrderError.of_request(error, message))

    def _overtaken(
        self, order_id: int, before: OrderState, state: OrderState, in_doubt: bool
    ) -> OrderOutcome:
        was, now = self._rule.describe(before), self._rule.describe(state)
        if not in_doubt or self._rule.lasting:
            message = f"Order {order_id} was {was} and is {now} by now, so the write had no effect."
            return OrderOutcome(order_id, False, before, state, self._refusal(state, message))
        message = (
            f"Order {order_id} was {was} and is {now} by now. The reply to the write was lost: "
            "whether it had an effect in between cannot be known."
        )
        return OrderOutcome(
            order_id, None, before, state, OrderError(OrderErrorCode.OUTCOME_UNKNOWN.value, message)
        )

    def _defect(self, order_id: int, defect: Exception) -> OrderOutcome:
        message = (
            f"Order {order_id} may or may not have been changed: a defect in this collection ended the work on it "
            f"({place_of(defect)}). Please report it. Running again is safe: it reads the order first."
        )
        return OrderOutcome(order_id, None, error=OrderError(OrderErrorCode.INTERNAL_ERROR.value, message))

    def _unknown(
        self, order_id: int, before: OrderState, error: ServiceError, unread: ServiceError
    ) -> OrderOutcome:
        message = (
            f"Order {order_id} was {self._rule.describe(before)} and may or may not have been changed: {error} "
            f"Reading it back failed as well: {unread} Running again is safe: it reads the order first."
        )
        return OrderOutcome(
            order_id,
            None,
            before,
            None,
            OrderError.of_request(error, message, OrderErrorCode.OUTCOME_UNKNOWN),
        )
