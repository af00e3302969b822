# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What an unfinished order waits for, in words that fit in a table.

The sources are sections 6 and 7 of what is known about the service (`docs/certcentral-contract.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._order_rules import OPEN_REQUESTS

# Contract section 7. There may be more words: any other one means that something is left, and is shown as it is.
_DONE = frozenset({"approved", "active", "complete"})
_USUAL = "pending"
# Contract section 6. A request of another type does not keep an order from being finished.
_APPROVED_TYPES = frozenset({"new_request", "reissue"})
# What an order waits for by its status alone.
_BY_STATUS: Mapping[str, str] = {
    "needs_approval": "approval",
    "needs_csr": "CSR",
    "waiting_pickup": "pickup",
}


def waiting_for(order: Mapping[str, Any], validation: Mapping[str, Any]) -> list[str]:
    """Give what an order waits for, such as "domain shop.example.com (dns-txt-token)" or "approval"; nothing twice.

    order, validation: as the service describes them. What has another shape than documented is passed over.
    """
    texts = [
        _text("domain", domain.get("name_scope"), domain.get("method"), _unusual(domain))
        for domain in _parts(validation, "dns_name_validations")
        if _is_left(domain)
    ]
    for organization in _parts(validation, "organization_validations"):
        if _is_left(organization):
            texts.append(_text("organization", validation.get("organization_name"), _unusual(organization)))
        contacts = filter(_is_left, _parts(organization, "verified_contacts"))
        texts += [_text("contact", None, _unusual(contact)) for contact in contacts]
    requests = _parts(order, "requests")
    if any(
        str(one.get("type")) in _APPROVED_TYPES and str(one.get("status")) in OPEN_REQUESTS
        for one in requests
    ):
        texts.append("approval")
    by_status = _BY_STATUS.get(str(order.get("status")))
    return list(dict.fromkeys([*texts, by_status] if by_status else texts))


def _parts(described: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    parts = described.get(name)
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _is_left(part: Mapping[str, Any]) -> bool:
    return str(part.get("status")) not in _DONE


def _unusual(part: Mapping[str, Any]) -> object:
    """Give the status of a part that is left, if it is not the usual one."""
    return None if part.get("status") == _USUAL else part.get("status") or "status unknown"


def _text(kind: str, name: object, *remarks: object) -> str:
    said = ", ".join(str(remark) for remark in remarks if remark)
    named = f"{kind} {name}" if name else kind
    return f"{named} ({said})" if said else named
