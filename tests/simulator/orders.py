# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One certificate order with its requests and its validation, and how the API shows them (contract 2, 6 and 7)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .settings import ListEntries, OrderOfRequest, ProcessedRequests, RenewedMark, RequestDate, Settings

OPEN_REQUESTS = frozenset({"submitted", "pending"})
"""Statuses of requests that wait for somebody (contract 6)."""

STATUS_WHILE_OPEN = {"new_request": "needs_approval", "reissue": "reissue_pending"}
"""What an order reads while a request of that kind waits; other requests leave it as it is (assumed)."""

DEFAULTS = Settings()


@dataclass(frozen=True)
class Organization:
    """Who a certificate is for."""

    id: int
    name: str


@dataclass(frozen=True)
class Container:
    """A division of the account."""

    id: int
    name: str


@dataclass(frozen=True)
class Product:
    """What was ordered. `validation` is dv, ov or ev."""

    name_id: str
    name: str
    type: str
    validation: str = "ov"


@dataclass(frozen=True)
class User:
    """Somebody who works with the account."""

    id: int
    first_name: str
    last_name: str
    email: str

    def as_json(self) -> dict[str, Any]:
        """Give the user as orders and requests show one."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class DomainValidation:
    """Whether somebody has shown that a domain is theirs, and by which method (contract 7)."""

    name: str
    status: str = "pending"
    method: str = "dns-txt-token"


@dataclass(frozen=True)
class Validation:
    """What the validation of an order says: a word each for the organization, its contact, and each domain."""

    organization: str
    contact: str
    domains: tuple[DomainValidation, ...]


@dataclass
class OrderRequest:
    """What waits, or waited, for an approver: a `new_request`, a `reissue`, a `duplicate` or a `revoke`.

    `another_approver` means that the users of the API keys may not decide it.
    """

    id: int
    type: str
    status: str
    date: datetime
    requester: User | None = None
    comments: str = ""
    processor_comment: str = ""
    date_processed: datetime | None = None
    processor: User | None = None
    another_approver: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.status in OPEN_REQUESTS

    def process(self, status: str, comment: str, processor: User) -> None:
        """Let somebody give it another status, now."""
        self.status = status
        self.processor_comment = comment
        self.processor = processor
        self.date_processed = None if self.is_open else datetime.now(timezone.utc)

    def as_order_shows_it(self, settings: Settings = DEFAULTS) -> dict[str, Any]:
        """Give the entry of an order's `requests` (contract 2); `processor_comment` in it is assumed."""
        date_name = "date" if settings.request_date is RequestDate.DATE else "date_created"
        shown = {"id": self.id, "type": self.type, "status": self.status, date_name: iso_8601(self.date)}
        return {**shown, **self._comments()}

    def as_list_entry(self, order: Order) -> dict[str, Any]:
        """Give the request as a list of requests shows it; what there is none of is absent (contract 6)."""
        shown: dict[str, Any] = {
            "id": self.id,
            "date": iso_8601(self.date),
            "type": self.type,
            "status": self.status,
            "order": {
                "id": order.id,
                "certificate": {"common_name": order.common_name},
                "container": dict(order.container.__dict__),
                "product": order.product_as_json(),
            },
        }
        if order.organization:
            shown["order"]["organization"] = dict(order.organization.__dict__)
        if self.requester:
            shown["requester"] = self.requester.as_json()
        return shown

    def as_json(self, order: Order, settings: Settings = DEFAULTS) -> dict[str, Any]:
        """Give the request as a read of this one request shows it (contract 6)."""
        shown = {**self.as_list_entry(order), "order": order.as_json(settings), **self._comments()}
        if settings.request_order is OrderOfRequest.STALE:
            shown["order"]["status"] = STATUS_WHILE_OPEN.get(self.type, order.status)
        if self.date_processed:
            shown["date_processed"] = iso_8601(self.date_processed)
        if self.processor and self.date_processed:
            shown["reviewer"] = shown["processor"] = self.processor.as_json()
        return shown

    def _comments(self) -> dict[str, str]:
        comments = {"comments": self.comments, "processor_comment": self.processor_comment}
        return {name: text for name, text in comments.items() if text}


@dataclass
class Order:
    """One certificate order.

    `valid_from` and `valid_till` are None until a certificate was issued. There is no `organization` in an order
    for DV. `metadata` holds the values of custom fields by their IDs. An order that is `gone` cannot be read any
    more and is in no list.
    """

    id: int
    status: str
    common_name: str
    dns_names: tuple[str, ...]
    organization: Organization | None
    container: Container
    product: Product
    date_created: datetime
    validation: Validation
    user: User | None = None
    valid_from: date | None = None
    valid_till: date | None = None
    is_renewed: bool = False
    migrated: bool = False
    disable_renewal_notifications: bool = False
    duplicates: int = 0
    reissues: int = 0
    metadata: dict[int, str] = field(default_factory=dict)
    requests: list[OrderRequest] = field(default_factory=list)
    gone: bool = False

    @property
    def certificate_id(self) -> int:
        """The ID of its certificate, which it has before that is issued (contract 2)."""
        return self.id * 10

    @property
    def thumbprint(self) -> str | None:
        """The thumbprint of its certificate, 40 hexadecimal digits; None until it is issued."""
        return self._digest()[:40] if self.valid_from else None

    @property
    def serial_number(self) -> str | None:
        """The serial number of its certificate, 32 hexadecimal digits; None until it is issued."""
        return self._digest()[-32:] if self.valid_from else None

    def open_requests(self, kind: str) -> list[OrderRequest]:
        """Give the requests of that type that wait for an approver."""
        return [request for request in self.requests if request.type == kind and request.is_open]

    def product_as_json(self) -> dict[str, Any]:
        """Give the product as lists and orders show it."""
        return {"name_id": self.product.name_id, "name": self.product.name, "type": self.product.type}

    def as_list_entry(self, settings: Settings = DEFAULTS) -> dict[str, Any]:
        """Give the order as a list of orders shows it (contract 2)."""
        sparse = settings.list_entries is ListEntries.SPARSE
        certificate: dict[str, Any] = {
            "common_name": self.common_name,
            "dns_names": list(self.dns_names),
            "signature_hash": "sha256",
        }
        shown = {
            "id": self.id,
            "certificate": certificate,
            "status": self.status,
            "date_created": iso_8601(self.date_created),
            # An empty list where there is none, as in a documented sample.
            "organization": dict(self.organization.__dict__) if self.organization else [],
            "order_validity": {"years": 1},
            "container": dict(self.container.__dict__),
            "product": self.product_as_json(),
            "price": 268,
        }
        if self.valid_till:
            certificate["valid_till"] = self.valid_till.isoformat()
        if sparse:
            return shown
        certificate["id"] = self.certificate_id
        shown.update(
            is_renewed=self.is_renewed and settings.renewed_mark is RenewedMark.SHOWN,
            disable_renewal_notifications=self.disable_renewal_notifications,
            has_duplicates=self.duplicates > 0,
            duplicates_count=self.duplicates,
            reissues_count=self.reissues,
            product_name_id=self.product.name_id,
        )
        if self.valid_from and self.valid_till:
            certificate.update(
                serial_number=self.serial_number,
                date_created=iso_8601(self.date_created),
                valid_from=self.valid_from.isoformat(),
                days_remaining=(self.valid_till - datetime.now(timezone.utc).date()).days,
            )
            shown["order_valid_till"] = self.valid_till.isoformat()
        return shown

    def as_json(self, settings: Settings = DEFAULTS) -> dict[str, Any]:
        """Give the order as a read of this one order shows it (contract 2)."""
        shown = self.as_list_entry(replace(settings, list_entries=ListEntries.FULL))
        certificate = shown["certificate"]
        if self.valid_from:
            certificate["thumbprint"] = self.thumbprint
        else:
            # Documented as possible, in a read of one order only.
            del certificate["id"]
        if self.user:
            shown["user"] = self.user.as_json()
        shown["requests"] = [
            request.as_order_shows_it(settings)
            for request in self.requests
            if request.is_open or settings.processed_requests is ProcessedRequests.KEPT
        ]
        return shown

    def validation_as_json(self) -> dict[str, Any]:
        """Give what the validation of the order says (contract 7): IDs are texts, DV has no organization in it."""
        validation = self.validation
        shown: dict[str, Any] = {
            "order_id": str(self.id),
            "order_status": self.status,
            "order_name_scope": "fqdn",
            "order_dcv_method": validation.domains[0].method,
            "dns_name_validations": [
                {
                    "domain_id": str(self.id * 100 + place),
                    "name_scope": domain.name,
                    "status": domain.status,
                    "method": domain.method,
                    "dns_names": [domain.name],
                }
                for place, domain in enumerate(validation.domains, start=1)
            ],
        }
        if self.organization:
            shown.update(
                organization_id=str(self.organization.id),
                organization_name=self.organization.name,
                organization_validations=[self._organization_validation(self.organization)],
            )
        return shown

    def _organization_validation(self, organization: Organization) -> dict[str, Any]:
        status = self.validation.organization
        contact = {
            "user_id": str(organization.id * 10),
            "name": f"Contact of {organization.name}",
            "email": f"contact{organization.id}@example.com",
            "status": self.validation.contact,
        }
        kind = self.product.validation
        shown: dict[str, Any] = {
            "type": kind,
            "name": kind.upper(),
            "status": status,
            "verified_contacts": [contact],
        }
        if status in VALIDATED:
            shown["validated_until"] = iso_8601(self.date_created + timedelta(days=397))
        else:
            parts = (
                "organization_type",
                "organization_status",
                "address_verification",
                "request_authenticity",
            )
            shown["verification_details"] = dict.fromkeys(parts, "pending")
        return shown

    def _digest(self) -> str:
        return hashlib.sha256(f"certificate of order {self.id}".encode()).hexdigest().upper()


VALIDATED = frozenset({"approved", "active", "complete"})
"""Words for a part of the validation that is done; there may be more (contract 7)."""


def iso_8601(moment: datetime) -> str:
    """Write a moment as the API does: ISO 8601, UTC (contract 2)."""
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds")
