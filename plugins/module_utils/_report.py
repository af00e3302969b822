# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How the outcome of a task is reported: the result for playbooks, the message for people, the diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._errors import ServiceError
from ansible_collections.community.digicert.plugins.module_utils._order_change import OrderOutcome, Outcome
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
        "changed": any(outcome.outcome is Outcome.CHANGED for outcome in outcomes),
        "failed": any(outcome.error for outcome in outcomes),
        "msg": _message(outcomes, rule, check_mode, stopped_by),
        "orders": [_order(outcome) for outcome in outcomes],
        **{
            f"{kind.value}_order_ids": [outcome.order_id for outcome in outcomes if outcome.outcome is kind]
            for kind in Outcome
        },
        "diff": _diff(outcomes, rule),
    }
    if stopped_by:
        result["error"] = stopped_by.as_dict()
    return result


def _order(outcome: OrderOutcome) -> dict[str, Any]:
    order: dict[str, Any] = {
        "order_id": outcome.order_id,
        "outcome": outcome.outcome.value,
        "changed": None if outcome.outcome is Outcome.UNKNOWN else outcome.outcome is Outcome.CHANGED,
        "previous_status": outcome.before and outcome.before.status,
        "status": outcome.after and outcome.after.status,
        "is_renewed": outcome.after and outcome.after.is_renewed,
        "common_name": outcome.common_name,
        "organization": outcome.organization,
    }
    if outcome.error:
        order["error"] = outcome.error._asdict()
    return order


def _message(
    outcomes: Sequence[OrderOutcome], rule: Rule, check_mode: bool, stopped_by: ServiceError | None
) -> str:
    if not outcomes:
        return "No orders were given, nothing to do."
    if len(outcomes) == 1:
        only = outcomes[0]
        if only.error:
            return only.error.message
        if only.before and only.after:
            return _sentence(only, rule.describe(only.before), rule.describe(only.after), check_mode)
    counts = Counter(outcome.outcome for outcome in outcomes)
    parts = [
        f"{counts[Outcome.CHANGED]} of {len(outcomes)} orders {rule.would_be_done if check_mode else rule.done}"
    ]
    words = {
        Outcome.UNCHANGED: "already as wanted",
        Outcome.FAILED: "would fail" if check_mode else "failed",
        Outcome.UNKNOWN: "unknown",
        Outcome.NOT_ATTEMPTED: "not attempted",
    }
    parts += [f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind]]
    message = f"{', '.join(parts)}."
    failed = [outcome for outcome in outcomes if outcome.outcome in (Outcome.FAILED, Outcome.UNKNOWN)]
    if stopped_by and not any(
        str(stopped_by) in outcome.error.message for outcome in failed if outcome.error
    ):
        message += f" {stopped_by}"
    message += "".join(
        f" {outcome.error.message}" for outcome in failed[:_FAILURES_TOLD_IN_FULL] if outcome.error
    )
    if len(failed) > _FAILURES_TOLD_IN_FULL:
        rest = ", ".join(str(outcome.order_id) for outcome in failed[_FAILURES_TOLD_IN_FULL:])
        message += f" Failed as well, see orders in the result: {rest}."
    return message


def _sentence(outcome: OrderOutcome, before: str, after: str, check_mode: bool) -> str:
    if outcome.outcome is Outcome.UNCHANGED:
        return f"Order {outcome.order_id} is already {after}."
    if check_mode:
        return f"Order {outcome.order_id} would change from {before} to {after}."
    if before == after:
        return f"Order {outcome.order_id} was changed, and is still {after}."
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
