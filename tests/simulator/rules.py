# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service allows: who may do what, and which status update is taken in which status of an order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from .orders import Order, OrderRequest, User
from .settings import CanceledOrder, DecidedRequest, RejectedOrder, RejectedReissue, Settings

FULL_KEY = "simulator-full-access-key-0001"
VIEW_ONLY_KEY = "simulator-view-only-key-0002"
KEYS = {"full": FULL_KEY, "view_only": VIEW_ONLY_KEY}
"""API keys by the name under which the ledger shows them; a view-only key may only GET (contract 4)."""

RENEWAL_DAYS = 90
"""A migrated order may be marked renewed from this many days before its certificate expires (contract 1)."""

CANCEL = {
    "pending": "canceled",
    "waiting_pickup": "canceled",
    "reissue_pending": "issued",
}
"""Status after a cancellation by the status before it (contract 1); every other status refuses."""

CANCEL_REFUSALS = {
    "needs_approval": "reject the request instead",
    "issued": "revoke the certificate instead",
    "canceled": "the order is canceled already",
}
"""What the refusal adds in a known status; that the refusal is a 4xx is assumed (contract 1)."""


DECISIONS = ("submitted", "pending", "approved", "rejected")
"""Statuses that a request can be given; documented, though only the last two decide anything (contract 6)."""

APPROVED = {"new_request": "pending", "reissue": "reissue_pending", "revoke": "revoked"}
"""Status of an order by the type of its request that was approved, which is assumed; nothing here approves one."""


class Refused(Exception):
    """The service says no: HTTP status, error code, message and headers of the reply (contract 3)."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Take what the reply will show."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def as_json(self) -> dict[str, Any]:
        """Give the error body (contract 3)."""
        return {"errors": [{"code": self.code, "message": self.message}]}


def key_name(key: str | None) -> str:
    """Name an API key for the ledger: `full`, `view_only`, `missing` or `unknown`."""
    if key is None:
        return "missing"
    return next((name for name, value in KEYS.items() if value == key), "unknown")


def check_key(name: str) -> None:
    """Refuse a key that is not one of ours (contract 3, recorded: 403, not 401)."""
    if name not in KEYS:
        raise Refused(
            403,
            "access_denied|access_denied_invalid_key",
            "Access denied due to access_denied_invalid_key.",
        )


def check_permission(name: str) -> None:
    """Refuse a change with a key that may only look (contract 3; the message is assumed)."""
    if name == "view_only":
        raise Refused(403, "access_denied|missing_permission", "Access denied due to missing_permission.")


def update_status(
    order: Order, content_type: str | None, body: bytes, settings: Settings, today: date
) -> str:
    """Apply the body of a status update to `order`, or leave it untouched and raise Refused.

    Gives the note, stripped, or an empty string. All refusals here are assumed (contract 1: a 4xx with the
    usual body), and so are their codes.
    """
    wanted, note = _read_update(content_type, body, "note")
    if settings.spelling.takes(wanted):
        if not note:
            raise Refused(settings.refused_change, "missing_note", "A note is required to cancel an order.")
        _cancel(order, note, settings)
    elif wanted == "renewed":
        _mark_renewed(order, settings, today)
    elif wanted == "not_renewed":
        _mark_not_renewed(order, settings)
    else:
        raise Refused(
            settings.refused_change, "invalid_status", "The status value is not valid. It is case sensitive."
        )
    return note


def decide_request(
    order: Order,
    request: OrderRequest,
    content_type: str | None,
    body: bytes,
    settings: Settings,
    processor: User,
) -> str | None:
    """Apply the body of a decision to a request of `order`, or leave both untouched and raise Refused.

    Gives the comment, stripped, or None where a request that is decided already stays as it is. Contract 6; the order
    of the checks is assumed.
    """
    wanted, comment = _read_update(content_type, body, "processor_comment")
    if wanted not in DECISIONS:
        raise Refused(settings.refused_change, "invalid_status", "The status value is not valid.")
    if request.another_approver:
        raise Refused(
            settings.invalid_approver,
            "access_denied|invalid_approver",
            "You do not have permission to approve or reject this request.",
        )
    if not request.is_open:
        if settings.decided_request is DecidedRequest.NOT_FOUND:
            raise no_such_request()
        if settings.decided_request is DecidedRequest.REFUSED:
            raise Refused(
                settings.refused_change, "request_already_processed", "The request was processed already."
            )
        return None
    request.process(wanted, comment, processor)
    after_decision(order, request, settings)
    return comment


def after_decision(order: Order, request: OrderRequest, settings: Settings) -> None:
    """Let an order follow a decision about one of its requests; a further open request of that type keeps it."""
    if request.is_open or order.open_requests(request.type):
        return
    if request.status == "approved":
        order.status = APPROVED.get(request.type, order.status)
    elif request.type == "new_request":
        if settings.rejected_order is RejectedOrder.GONE:
            order.status, order.gone = "rejected", True
        elif settings.rejected_order is not RejectedOrder.UNCHANGED:
            order.status = settings.rejected_order.value
    elif request.type == "reissue" and settings.rejected_reissue is not RejectedReissue.UNCHANGED:
        order.status = settings.rejected_reissue.value


def no_such_request() -> Refused:
    """Give the refusal of a request that does not exist; the code is assumed."""
    return Refused(404, "not_found|request", "The specified request could not be found.")


def _read_update(content_type: str | None, body: bytes, comment_name: str) -> tuple[str, str]:
    """Give the status that a body asks for and the text that goes with it, stripped. Raises Refused (400, assumed).

    A missing Content-Type is tolerated, one that is not JSON is refused (assumed).
    """
    if content_type is not None and content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused(400, "bad_request_format", "The Content-Type must be application/json.")
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "bad_request_format", "The request body is not valid JSON.") from None
    if not isinstance(update, Mapping):
        raise Refused(400, "bad_request_format", "The request body must be a JSON object.")
    wanted = update.get("status")
    comment = update.get(comment_name, "")
    if wanted is None:
        raise Refused(400, "missing_status", "The field status is required.")
    if not isinstance(wanted, str) or not isinstance(comment, (str, type(None))):
        raise Refused(400, "bad_request_format", f"The fields status and {comment_name} must be strings.")
    return wanted, (comment or "").strip()


def _cancel(order: Order, note: str, settings: Settings) -> None:
    if order.status not in CANCEL:
        advice = CANCEL_REFUSALS.get(order.status)
        raise Refused(
            settings.refused_change,
            "invalid_order_status",
            f"An order with the status {order.status} cannot be canceled{': ' + advice if advice else ''}.",
        )
    order.status = CANCEL[order.status]
    order.gone = order.status == "canceled" and settings.canceled_order is CanceledOrder.GONE
    # Contract 1 tells it of a reissue; that the first request of an order fares alike is assumed.
    if order.requests:
        order.requests[-1].status = "rejected"
        order.requests[-1].processor_comment = note


def _mark_renewed(order: Order, settings: Settings, today: date) -> None:
    near_end = order.valid_till is not None and order.valid_till <= today + timedelta(days=RENEWAL_DAYS)
    if order.status not in ("issued", "expired") or not order.migrated or not near_end:
        raise Refused(
            settings.refused_change,
            "invalid_order_status",
            "Only a migrated order whose certificate expired or expires within 90 days can be renewed.",
        )
    if order.is_renewed:
        raise Refused(settings.refused_change, "invalid_order_status", "The order is marked renewed already.")
    order.is_renewed = True


def _mark_not_renewed(order: Order, settings: Settings) -> None:
    if not order.is_renewed:
        raise Refused(settings.refused_change, "invalid_order_status", "The order is not marked renewed.")
    order.is_renewed = False
