# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service allows: who may do what, and which status update is taken in which status of an order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from .orders import Order
from .settings import Spelling

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
"""What the refusal adds in a known status; that the refusal is a 400 is assumed (contract 1)."""


class Refused(Exception):
    """The service says no: HTTP status, error code and message of the reply (contract 3)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Take what the reply will show."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

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
    order: Order, content_type: str | None, body: bytes, spelling: Spelling, today: date
) -> str:
    """Apply the body of a status update to `order`, or leave it untouched and raise Refused.

    Gives the note, stripped, or an empty string. All refusals here are assumed (contract 1: a 400 with the
    usual body), and so are their codes. A missing Content-Type is tolerated, one that is not JSON is refused
    (assumed).
    """
    if content_type is not None and content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused(400, "bad_request_format", "The Content-Type must be application/json.")
    wanted, note = _read_update(body)
    if spelling.takes(wanted):
        if not note:
            raise Refused(400, "missing_note", "A note is required to cancel an order.")
        _cancel(order, note)
    elif wanted == "renewed":
        _mark_renewed(order, today)
    elif wanted == "not_renewed":
        _mark_not_renewed(order)
    else:
        raise Refused(400, "invalid_status", "The status value is not valid. It is case sensitive.")
    return note


def _read_update(body: bytes) -> tuple[str, str]:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "bad_request_format", "The request body is not valid JSON.") from None
    if not isinstance(update, Mapping):
        raise Refused(400, "bad_request_format", "The request body must be a JSON object.")
    wanted = update.get("status")
    note = update.get("note", "")
    if wanted is None:
        raise Refused(400, "missing_status", "The field status is required.")
    if not isinstance(wanted, str) or not isinstance(note, (str, type(None))):
        raise Refused(400, "bad_request_format", "The fields status and note must be strings.")
    return wanted, (note or "").strip()


def _cancel(order: Order, note: str) -> None:
    if order.status not in CANCEL:
        advice = CANCEL_REFUSALS.get(order.status)
        raise Refused(
            400,
            "invalid_order_status",
            f"An order with the status {order.status} cannot be canceled{': ' + advice if advice else ''}.",
        )
    order.status = CANCEL[order.status]
    # Contract 1 tells it of a reissue; that the first request of an order fares alike is assumed.
    if order.requests:
        order.requests[-1].status = "rejected"
        order.requests[-1].processor_comment = note


def _mark_renewed(order: Order, today: date) -> None:
    near_end = order.valid_till is not None and order.valid_till <= today + timedelta(days=RENEWAL_DAYS)
    if order.status not in ("issued", "expired") or not order.migrated or not near_end:
        raise Refused(
            400,
            "invalid_order_status",
            "Only a migrated order whose certificate expired or expires within 90 days can be renewed.",
        )
    if order.is_renewed:
        raise Refused(400, "invalid_order_status", "The order is marked renewed already.")
    order.is_renewed = True


def _mark_not_renewed(order: Order) -> None:
    if not order.is_renewed:
        raise Refused(400, "invalid_order_status", "The order is not marked renewed.")
    order.is_renewed = False
