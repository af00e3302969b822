# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The orders of one CertCentral account, and how a YAML file seeds them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

try:
    # Ten times as fast, where PyYAML was built with libyaml; each test of ansible-test starts a simulator of its own.
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

DEFAULT_ACCOUNT = Path(__file__).with_name("account.yml")

ISSUED_ONCE = frozenset({"issued", "expired", "revoked", "reissue_pending"})
"""Statuses of orders that have a certificate."""

REQUEST_STATUS = {
    "pending": "pending",
    "needs_approval": "pending",
    "needs_csr": "approved",
    "processing": "approved",
    "approved": "approved",
    "waiting_pickup": "approved",
    "reissue_pending": "approved",
    "issued": "approved",
    "expired": "approved",
    "revoked": "approved",
    "canceled": "rejected",
    "rejected": "rejected",
    "denied": "rejected",
}
"""Status of an order's first request by the status of the order; assumed (contract 2 has the fields only)."""


class AccountError(ValueError):
    """An account file that cannot be used; the text says which entry and why."""


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
    """What was ordered."""

    name_id: str
    name: str
    type: str


@dataclass
class OrderRequest:
    """One request of an order: the first one (`new_request`) or a `reissue`."""

    id: int
    type: str
    status: str
    date: datetime
    processor_comment: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give the entry of an order's `requests` (contract 2); `processor_comment` in it is assumed."""
        shown: dict[str, Any] = {
            "id": self.id,
            "type": self.type,
            "status": self.status,
            "date": iso_8601(self.date),
        }
        if self.processor_comment:
            shown["processor_comment"] = self.processor_comment
        return shown


@dataclass
class Order:
    """One certificate order. `valid_from` and `valid_till` are None until a certificate was issued."""

    id: int
    status: str
    common_name: str
    dns_names: tuple[str, ...]
    organization: Organization
    container: Container
    product: Product
    date_created: datetime
    valid_from: date | None = None
    valid_till: date | None = None
    is_renewed: bool = False
    migrated: bool = False
    requests: list[OrderRequest] = field(default_factory=list)

    def as_list_entry(self) -> dict[str, Any]:
        """Give the order as an order list shows it (contract 2)."""
        certificate: dict[str, Any] = {"common_name": self.common_name, "dns_names": list(self.dns_names)}
        if self.valid_from and self.valid_till:
            certificate.update(
                id=self.id * 10,
                date_created=iso_8601(self.date_created),
                valid_from=self.valid_from.isoformat(),
                valid_till=self.valid_till.isoformat(),
            )
        return {
            "id": self.id,
            "certificate": certificate,
            "status": self.status,
            "is_renewed": self.is_renewed,
            "date_created": iso_8601(self.date_created),
            "organization": {"id": self.organization.id, "name": self.organization.name},
            "container": {"id": self.container.id, "name": self.container.name},
            "product": {
                "name_id": self.product.name_id,
                "name": self.product.name,
                "type": self.product.type,
            },
        }

    def as_json(self) -> dict[str, Any]:
        """Give the order as a read of this one order shows it (contract 2)."""
        shown = self.as_list_entry()
        if self.valid_from:
            digest = hashlib.sha256(f"certificate of order {self.id}".encode()).hexdigest().upper()
            shown["certificate"].update(thumbprint=digest[:40], serial_number=digest[-32:])
        shown["requests"] = [request.as_json() for request in self.requests]
        return shown


@dataclass(frozen=True)
class OrderSeed:
    """An order of the account file, its ages in days."""

    id: int
    status: str
    common_name: str
    organization: Organization
    container: Container
    product: Product
    dns_names: tuple[str, ...] = ()
    age_days: float = 0.0
    valid_days_left: float | None = None
    is_renewed: bool = False
    migrated: bool = False
    requests: tuple[tuple[str, str], ...] = ()

    def open(self, now: datetime) -> Order:
        """Make the order as it stands at `now` (UTC)."""
        created = now - timedelta(days=self.age_days)
        valid_from = valid_till = None
        if self.status in ISSUED_ONCE:
            valid_from = created.date()
            days_left = 365 - self.age_days if self.valid_days_left is None else self.valid_days_left
            valid_till = (now + timedelta(days=days_left)).date()
        requests = self.requests
        if not requests:
            requests = (("new_request", REQUEST_STATUS.get(self.status, "pending")),)
            if self.status == "reissue_pending":
                requests += (("reissue", "pending"),)
        return Order(
            id=self.id,
            status=self.status,
            common_name=self.common_name,
            dns_names=self.dns_names or (self.common_name,),
            organization=self.organization,
            container=self.container,
            product=self.product,
            date_created=created,
            valid_from=valid_from,
            valid_till=valid_till,
            is_renewed=self.is_renewed,
            migrated=self.migrated,
            requests=[
                OrderRequest(self.id * 10 + place, kind, status, created)
                for place, (kind, status) in enumerate(requests, start=1)
            ],
        )


@dataclass(frozen=True)
class AccountSeed:
    """What an account file holds; `open` turns it into an account as often as wanted."""

    orders: tuple[OrderSeed, ...]

    @classmethod
    def from_file(cls, path: str | Path) -> AccountSeed:
        """Read an account file.

        Raises AccountError when it cannot be read or an entry is wrong.
        """
        try:
            content = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=SafeLoader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise AccountError(f"cannot read the account file {path}: {error}") from error
        orders = content.get("orders") if isinstance(content, dict) else None
        if not isinstance(orders, list) or not orders:
            raise AccountError(f"the account file {path} holds no list 'orders'")
        try:
            organizations = {entry["id"]: Organization(**entry) for entry in content["organizations"]}
            containers = {entry["id"]: Container(**entry) for entry in content["containers"]}
            products = {entry["name_id"]: Product(**entry) for entry in content["products"]}
        except (KeyError, TypeError) as error:
            raise AccountError(
                f"the account file {path}: wrong organizations, containers or products: {error!r}"
            ) from error
        seeds: dict[int, OrderSeed] = {}
        for entry in orders:
            try:
                seed = _order_seed(entry, organizations, containers, products)
            except (KeyError, TypeError, ValueError) as error:
                raise AccountError(f"the account file {path}: wrong order {entry!r}: {error!r}") from error
            if seed.id in seeds:
                raise AccountError(f"the account file {path}: order {seed.id} is there twice")
            seeds[seed.id] = seed
        return cls(tuple(seeds.values()))

    def open(self, now: datetime | None = None) -> Account:
        """Make a fresh account whose ages are counted back from `now` (UTC, default: this moment)."""
        now = (now or datetime.now(timezone.utc)).replace(microsecond=0)
        return Account({seed.id: seed.open(now) for seed in self.orders}, self.orders[0])


class Account:
    """All orders of one account, by order ID. Not locked: the service that owns it locks."""

    def __init__(self, orders: dict[int, Order], pattern: OrderSeed) -> None:
        """Take the orders and the seed whose organization, container and product added orders get."""
        self.orders = orders
        self._pattern = pattern

    def add_orders(self, count: int, status: str = "pending", age_days: float = 0.0) -> list[int]:
        """Add `count` orders and give their order IDs, which follow the highest one there is."""
        first = max(self.orders) + 1
        now = datetime.now(timezone.utc).replace(microsecond=0)
        pattern = self._pattern
        for order_id in range(first, first + count):
            self.orders[order_id] = OrderSeed(
                id=order_id,
                status=status,
                common_name=f"host{order_id}.example.com",
                organization=pattern.organization,
                container=pattern.container,
                product=pattern.product,
                age_days=age_days,
            ).open(now)
        return list(range(first, first + count))


def iso_8601(moment: datetime) -> str:
    """Write a moment as the API does: ISO 8601, UTC (contract 2)."""
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds")


def _order_seed(
    entry: Mapping[str, Any],
    organizations: Mapping[int, Organization],
    containers: Mapping[int, Container],
    products: Mapping[str, Product],
) -> OrderSeed:
    fields = dict(entry)
    if isinstance(fields["id"], bool) or not isinstance(fields["id"], int) or fields["id"] < 1:
        raise ValueError("id is not a positive integer")
    if not isinstance(fields["status"], str) or not isinstance(fields["common_name"], str):
        raise TypeError("status and common_name are strings")
    fields["organization"] = organizations[fields["organization"]]
    fields["container"] = containers[fields["container"]]
    fields["product"] = products[fields["product"]]
    fields["dns_names"] = tuple(fields.get("dns_names", ()))
    fields["age_days"] = float(fields.get("age_days", 0))
    if "valid_days_left" in fields:
        fields["valid_days_left"] = float(fields["valid_days_left"])
    fields["requests"] = tuple((request["type"], request["status"]) for request in fields.get("requests", ()))
    return OrderSeed(**fields)
