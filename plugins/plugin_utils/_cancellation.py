# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How a playbook cancels orders: it hands them to the module in batches, and accounts for every one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ansible_collections.community.digicert.plugins.module_utils._certcentral import is_id
from ansible_collections.community.digicert.plugins.module_utils._criteria import read_moment
from ansible_collections.community.digicert.plugins.module_utils._order_change import Outcome
from ansible_collections.community.digicert.plugins.module_utils._order_rules import RULES, WantedStatus
from ansible_collections.community.digicert.plugins.plugin_utils._request import (
    ENDS,
    FILTERS,
    WAS_CHANGED,
    Request,
)

# With these the module has sent no request. With anything else and no word about an order, it may have.
NOT_STARTED = "not_started"
_NOTHING_SENT = ("invalid_option", "library_missing", NOT_STARTED)
# What a shell gives where a command is absent or cannot be run (POSIX, "Exit Status for Commands").
_NO_COMMAND = (126, 127)
# What the survey of awx_configure asks for digicert_maximum.
MAXIMUM_QUESTION = "Refuse if more orders than this are found"
# What Ansible adds to the result of a module that did not end as modules do.
PRINTED = ("module_stderr", "module_stdout")
# Modules and Ansible look at the time one after the other, and may run on machines that do not agree about it.
_CLOCKS_DIFFER = timedelta(hours=1)
# Characters: the end of it says what was wrong.
_SHOWN = 1000


class FoundOrder(NamedTuple):
    """An order before anything is done to it; what nobody told of it is None.

    wanted: what it is to be brought to. created: as the service spells it. age: the time since then.
    """

    order_id: int
    status: str | None = None
    created: str | None = None
    age: timedelta | None = None
    common_name: str | None = None
    organization: str | None = None
    product: str | None = None
    waits_for: str | None = None
    placed_by: str | None = None
    wanted: WantedStatus = WantedStatus.CANCELED


class Ended(NamedTuple):
    """What became of an order, and why it is not as wanted (empty if it is)."""

    outcome: Outcome
    reason: str = ""


@dataclass
class Cancellation:
    """The account of a run.

    orders: what it is about, in the order in which they are handed out.
    left_out: what stands in the way of further orders that were listed, a sentence for each.
    stop: why orders were not attempted; empty if all of them were. advice: what to do about it, where that is known.
    ended: what became of the orders, by their IDs. searched: whether it is known which orders there are.
    """

    request: Request
    orders: Sequence[FoundOrder] = ()
    left_out: Sequence[str] = ()
    stop: str = ""
    advice: str = ""
    ended: dict[int, Ended] = field(default_factory=dict)
    searched: bool = True

    def hand_out(
        self,
        call: Callable[[list[int], WantedStatus, bool], Mapping[str, Any]],
        tell: Callable[[int, int, Mapping[int, Ended]], None],
        interrupted: Callable[[], str | None],
    ) -> None:
        """Have the orders brought to their ends, unless something stands in the way already.

        call: runs the module for some orders of the same end and gives its result; it is told whether further batches
        follow or came before. It raises nothing.
        tell: is told the number of each batch that ended, the number of batches, and what became of its orders.
        interrupted: tells why no further batch may be handed out, if there is a reason.
        """
        batches = [(batch, end) for end in self.ends for batch in self._batches(end)]
        for number, (batch, end) in enumerate(batches, start=1):
            self.stop = self.stop or interrupted() or ""
            if self.stop:
                break
            ended, self.stop = _told(batch, end, call(batch, end, len(batches) > 1), self.request.preview)
            self.ended.update(ended)
            tell(number, len(batches), ended)

    def _batches(self, end: WantedStatus) -> list[list[int]]:
        """Give the orders of each batch; those of one were in the same state in the preview, if there was one."""
        alike: dict[str | None, list[int]] = {}
        for order in self.orders:
            if order.wanted is end and order.order_id not in self.ended:
                alike.setdefault(self.request.previewed.get(order.order_id), []).append(order.order_id)
        size = self.request.batch_size
        return [some[start:][:size] for some in alike.values() for start in range(0, len(some), size)]

    @property
    def ends(self) -> list[WantedStatus]:
        """What orders are to be brought to, without what is meant for none."""
        wanted = {order.wanted for order in self.orders}
        return [end for end in self.request.ends if end in wanted]

    def of(self, order_id: int) -> Ended:
        """Tell what became of an order."""
        return self.ended.get(order_id, Ended(Outcome.NOT_ATTEMPTED, self.stop))

    def ids(self, *outcomes: Outcome, end: WantedStatus | None = None) -> list[int]:
        """Give the IDs of the orders that ended so, or of those among them that were to be brought to `end`."""
        return [
            order.order_id
            for order in self.orders
            if self.of(order.order_id).outcome in outcomes and end in (None, order.wanted)
        ]

    @property
    def as_wanted(self) -> bool:
        """Whether every order is canceled, or in a preview would be."""
        settled = self.ids(Outcome.CHANGED, Outcome.UNCHANGED)
        return not self.stop and not self.left_out and len(settled) == len(self.orders)

    @property
    def statistics(self) -> dict[str, Any]:
        """What the next job of a workflow gets, by the names of variables."""
        changed = {
            end: [] if self.request.preview else self.ids(Outcome.CHANGED, end=end)
            for end in self.request.ends
        }
        handed_on = {
            **{WAS_CHANGED[end]: order_ids for end, order_ids in changed.items()},
            "failed": self.ids(Outcome.FAILED),
            "unknown": self.ids(Outcome.UNKNOWN),
            "not_attempted": self.ids(Outcome.NOT_ATTEMPTED),
            **({"previewed": self.ids(Outcome.CHANGED)} if self.request.preview else {}),
        }
        told: dict[str, Any] = {
            f"digicert_{outcome}_order_ids": order_ids for outcome, order_ids in handed_on.items()
        }
        if self.request.preview and self.request.search is not None:
            # What is canceled later is compared with it. JSON has no numbers as names.
            told["digicert_previewed_states"] = {
                str(order.order_id): order.status
                for order in self.orders
                if order.status in ENDS and self.of(order.order_id).outcome is Outcome.CHANGED
            }
        return told


def begin(request: Request, search: Mapping[str, Any] | None, now: datetime) -> Cancellation:
    """Give the account of a run before anything is handed out.

    search: the result of digicert_order_info; None where the request names the orders, and says enough of them.
    """
    if search is None:
        return Cancellation(request, [FoundOrder(order_id) for order_id in request.order_ids or ()])
    if request.order_ids is not None:
        return _named(request, request.order_ids, search, now)
    if search.get("error") or not isinstance(search.get("orders"), list):
        stop = f"The search for orders failed, so nothing was canceled. {_why(search)}"
        return Cancellation(request, stop=stop, searched=False)
    orders, left_out = _found(request, search, now)
    if request.maximum is None or len(orders) <= request.maximum:
        return Cancellation(request, orders, left_out)
    return Cancellation(
        request,
        orders,
        left_out,
        stop=f"{len(orders)} orders were found, and digicert_maximum is {request.maximum}, so nothing was canceled.",
        advice=(
            f"If all of them are to be canceled, set digicert_maximum={len(orders)}; in AWX, answer {len(orders)} to "
            f"'{MAXIMUM_QUESTION}'. If not, narrow the search with "
            f"digicert_older_than_days or a filter: {', '.join(f'digicert_{name}' for name in FILTERS)}."
        ),
    )


def look_at(run: Cancellation, details: Mapping[str, Any], now: datetime) -> tuple[Cancellation, list[int]]:
    """Give the account of what was listed by what each order says of itself, and the IDs of those not found any more.

    details: the result of digicert_order_info that read each order. One that does not tell is not handed out.
    """
    if not isinstance(details.get("orders"), list):
        stop = f"The orders could not be looked at, so nothing was canceled: {details.get('msg')}"
        return replace(run, stop=stop), []
    # What was listed is within the maximum, and nothing else is taken.
    listed = {order.order_id: order for order in run.orders}
    untold, others = {}, []
    for each in details.get("left_out", []):
        if each.get("order_id") in listed:
            reason = str(each.get("reason")).rstrip(".")
            untold[each["order_id"]] = f"Order {each['order_id']} was left alone: {reason}."
        else:
            others.append(each)
    orders, left_out = _found(run.request, {"orders": details["orders"], "left_out": others}, now)
    found = [order for order in orders if order.order_id in listed]
    looked_at = Cancellation(
        run.request,
        [*found, *(listed[order_id] for order_id in listed if order_id in untold)],
        list(dict.fromkeys([*run.left_out, *left_out])),
        ended={order_id: Ended(Outcome.FAILED, reason) for order_id, reason in untold.items()},
    )
    return looked_at, sorted(listed.keys() - untold.keys() - {order.order_id for order in found})


def _named(
    request: Request, order_ids: Sequence[int], search: Mapping[str, Any], now: datetime
) -> Cancellation:
    """Give the account of orders that were named and read: only those in one of the states are handed out."""
    listed = search.get("orders")
    found, _left_out = _found(request, {"orders": listed if isinstance(listed, list) else []}, now)
    by_id = {order.order_id: order for order in found}
    absent = search.get("not_found")
    absent = absent if isinstance(absent, list) else []
    run = Cancellation(
        request,
        [by_id.get(order_id, FoundOrder(order_id, wanted=request.ends[0])) for order_id in order_ids],
        stop="" if by_id or absent else f"No order could be read, so nothing was written. {_why(search)}",
    )
    for order in run.orders if not run.stop else ():
        if order.order_id in by_id:
            refusal = _refusal(request, order)
        elif order.order_id in absent:
            refusal = (
                f"Order {order.order_id} does not exist, or not for this API key, so nothing was written."
            )
        else:
            refusal = f"Order {order.order_id} could not be read, so nothing was written. {_why(search)}"
        if refusal:
            run.ended[order.order_id] = Ended(Outcome.FAILED, refusal)
    return run


def _refusal(request: Request, order: FoundOrder) -> str:
    """Say why an order that was read is not handed out; give nothing if it is."""
    if request.end_of(order.order_id, order.status):
        return ""
    previewed = request.previewed.get(order.order_id)
    if previewed:
        return f"Order {order.order_id} was {previewed} in the preview and is {order.status} now, so nothing was written."
    states = ", ".join(request.states)
    return (
        f"Order {order.order_id} is {order.status}, and digicert_states is {states}, so nothing was written."
    )


def _found(request: Request, search: Mapping[str, Any], now: datetime) -> tuple[list[FoundOrder], list[str]]:
    """Give the orders of a list, the oldest first, and what is to be said of those that cannot be used."""
    usable: list[Mapping[str, Any]] = []
    odd: list[Any] = []
    for order in search["orders"]:
        (usable if isinstance(order, Mapping) and is_id(order.get("id")) else odd).append(order)
    left_out = [
        f"An entry of the list has no usable order ID and was left out: {str(order)[:200]}" for order in odd
    ]
    reported = search.get("left_out")
    left_out += [
        f"Order {each.get('order_id') or 'without an ID'} was left out of the list: {each.get('reason')}."
        for each in (reported if isinstance(reported, list) else ())
        if isinstance(each, Mapping)
    ]
    found = {order.order_id: order for order in (_described(request, described, now) for described in usable)}
    least = timedelta(days=request.older_than_days or 0) - _CLOCKS_DIFFER
    for young in [order for order in found.values() if order.age is not None and order.age < least]:
        left_out.append(
            f"Order {young.order_id} was created on {young.created}, which is not more than {request.older_than_days} days ago, "
            "and was left out. Check the clock of this machine."
        )
        del found[young.order_id]
    return sorted(found.values(), key=_age_or_none_at_all, reverse=True), left_out


def _age_or_none_at_all(order: FoundOrder) -> timedelta:
    return timedelta.min if order.age is None else order.age


def _described(request: Request, described: Mapping[str, Any], now: datetime) -> FoundOrder:
    """Take an order out of the service's description (contract section 2) and what the module added to it."""
    created, status = described.get("date_created"), _text(described.get("status"))
    waiting_for = described.get("waiting_for")
    return FoundOrder(
        int(described["id"]),
        status,
        _text(created),
        _age(created, now),
        _text(_part(described, "certificate", "common_name")),
        _text(_part(described, "organization", "name")),
        _text(_part(described, "product", "name_id")),
        ", ".join(map(str, waiting_for)) if isinstance(waiting_for, list) else None,
        _person(described.get("user")),
        request.end_of(int(described["id"]), status) or request.ends[0],
    )


def _person(user: Any) -> str | None:
    """Give the name of a user, and the address, which tells namesakes apart (contract section 2)."""
    if not isinstance(user, Mapping):
        return None
    names = " ".join(str(user[name]) for name in ("first_name", "last_name") if user.get(name))
    address = str(user.get("email") or "")
    return f"{names} <{address}>" if names and address else names or address or None


def _part(described: Mapping[str, Any], name: str, part: str) -> Any:
    # In a list the organization of a DV order is an empty list (contract section 2).
    inner = described.get(name)
    return inner.get(part) if isinstance(inner, Mapping) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _age(created: Any, now: datetime) -> timedelta | None:
    try:
        return now - read_moment(created) if isinstance(created, str) else None
    except (ValueError, OverflowError):
        return None


def _told(
    order_ids: Sequence[int], end: WantedStatus, result: Mapping[str, Any], preview: bool
) -> tuple[dict[int, Ended], str]:
    """Give what the module told of each order of a batch, and what keeps further batches from being handed out."""
    error = result.get("error")
    error = error if isinstance(error, Mapping) else {}
    orders = result.get("orders")
    told = {
        order["order_id"]: order
        for order in (orders if isinstance(orders, list) else ())
        if isinstance(order, Mapping) and is_id(order.get("order_id"))
    }
    stop = str(error.get("message") or "")
    if not stop and not told.keys() >= set(order_ids):
        stop = _why(result)
    not_run = not result.get("module_stdout") and result.get("rc") in _NO_COMMAND
    nothing_sent = preview or not_run or error.get("code") in _NOTHING_SENT
    untold = Ended(Outcome.NOT_ATTEMPTED if nothing_sent else Outcome.UNKNOWN, stop)
    return {
        order_id: _ended(told[order_id], end, stop, preview) if order_id in told else untold
        for order_id in order_ids
    }, stop


def _ended(order: Mapping[str, Any], end: WantedStatus, stop: str, preview: bool) -> Ended:
    error = order.get("error")
    reason = str(error.get("message") or "") if isinstance(error, Mapping) else ""
    # What is not an outcome tells nothing, so the order may have been changed.
    told = next((each for each in Outcome if each.value == order.get("outcome")), Outcome.UNKNOWN)
    # What an order reads after a rejection is not documented (contract section 6).
    if (
        told is Outcome.CHANGED
        and not preview
        and order.get("status") not in (None, RULES[end].reads_afterwards.status)
    ):
        reason = f"Order {order['order_id']} reads {order['status']} now."
    return Ended(told, stop if told is Outcome.NOT_ATTEMPTED else reason)


def _why(result: Mapping[str, Any]) -> str:
    """Give the reason that a module gave for its failure, or what it printed where it did not end as modules do."""
    why = str(result.get("msg") or "The module ended without a result.")
    printed = " ".join(str(result.get(name) or "") for name in PRINTED).strip()
    return f"{why} It printed: {printed[-_SHOWN:]}" if printed else why
