# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How the outcome of a task is told: the result for playbooks, the message for people, the diff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._errors import ServiceError
from ansible_collections.community.digicert.plugins.module_utils._order_change import OrderOutcome
from ansible_collections.community.digicert.plugins.module_utils._order_rules import Rule

# Beyond this many failed orders, `msg` names the rest by ID only; each one's own message is in `orders`.
_FAILURES_TOLD_IN_FULL = 5


def report(
    outcomes: Sequence[OrderOutcome], rule: Rule, check_mode: bool, stopped_by: ServiceError | None
) -> dict[str, Any]:
    """Give the result of a task as `exit_json` takes it (`failed` included) for outcomes in the order of the input.

    rule: the rule that was applied; it knows how to name states.
    check_mode: whether the changes are predictions.
    stopped_by: the error that kept the rest of the orders from being attempted, if there was one.
    """
    result = {
        "changed": any(outcome.changed for outcome in outcomes),
        "failed": any(outcome.error or not outcome.attempted for outcome in outcomes),
        "msg": _message(outcomes, rule, check_mode, stopped_by),
        "orders": [_order(outcome) for outcome in outcomes],
        "diff": _diff(outcomes, rule),
    }
    if stopped_by:
        result["error"] = stopped_by.as_dict()
    return result


def _order(outcome: OrderOutcome) -> dict[str, Any]:
    order: dict[str, Any] = {
        "order_id": outcome.order_id,
        "changed": outcome.changed,
        "previous_status": outcome.before and outcome.before.status,
        "status": _status(outcome),
        "is_renewed": outcome.after and outcome.after.is_renewed,
    }
    if outcome.error:
        order["error"] = outcome.error._asdict()
    return order


def _status(outcome: OrderOutcome) -> str | None:
    if not outcome.attempted:
        return "not_attempted"
    if outcome.after:
        return outcome.after.status
    return "unknown" if outcome.changed is None else None


def _message(
    outcomes: Sequence[OrderOutcome], rule: Rule, check_mode: bool, stopped_by: ServiceError | None
) -> str:
    failed = [outcome for outcome in outcomes if outcome.error]
    if not outcomes:
        return "No orders were given, nothing to do."
    if len(outcomes) == 1:
        only = outcomes[0]
        if only.error:
            return only.error.message
        if only.before and only.after:
            return _sentence(only, rule.describe(only.before), rule.describe(only.after), check_mode)
    changed = sum(outcome.changed is True for outcome in outcomes)
    counts = [
        (changed, "would be changed" if check_mode else "changed"),
        (sum(outcome.attempted for outcome in outcomes) - changed - len(failed), "already as wanted"),
        (len(failed), "failed"),
        (sum(not outcome.attempted for outcome in outcomes), "not attempted"),
    ]
    summary = ", ".join(f"{count} {what}" for count, what in counts if count)
    message = f"{len(outcomes)} orders: {summary}."
    if stopped_by and not failed:
        message += f" {stopped_by}"
    if failed:
        message += " " + " ".join(
            outcome.error.message for outcome in failed[:_FAILURES_TOLD_IN_FULL] if outcome.error
        )
    if len(failed) > _FAILURES_TOLD_IN_FULL:
        rest = ", ".join(str(outcome.order_id) for outcome in failed[_FAILURES_TOLD_IN_FULL:])
        message += f" Failed as well, see orders in the result: {rest}."
    return message


def _sentence(outcome: OrderOutcome, before: str, after: str, check_mode: bool) -> str:
    if not outcome.changed:
        return f"Order {outcome.order_id} is already {after}."
    if check_mode:
        return f"Order {outcome.order_id} would change from {before} to {after}."
    return f"Order {outcome.order_id} changed from {before} to {after}."


def _diff(outcomes: Sequence[OrderOutcome], rule: Rule) -> dict[str, str]:
    """Give the states before and after, a line an order; an order that could not be read has no line."""
    read = [(outcome, outcome.before) for outcome in outcomes if outcome.before]
    return {
        "before": "".join(f"order {outcome.order_id}: {rule.describe(before)}\n" for outcome, before in read),
        "after": "".join(
            f"order {outcome.order_id}: {rule.describe(outcome.after) if outcome.after else 'unknown'}\n"
            for outcome, before in read
        ),
    }
