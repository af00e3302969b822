# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The orders of one CertCentral account, and how a YAML file seeds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from .orders import (
    OPEN_REQUESTS,
    Container,
    DomainValidation,
    Order,
    OrderRequest,
    Organization,
    Product,
    User,
    Validation,
)

try:
    # Ten times as fast, where PyYAML was built with libyaml; each test of ansible-test starts a simulator of its own.
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

DEFAULT_ACCOUNT = Path(__file__).with_name("account.yml")

ISSUED_ONCE = frozenset({"issued", "expired", "revoked", "reissue_pending", "reissue_processing"})
"""Statuses of orders that have a certificate."""

REQUEST_STATUS = {
    "needs_approval": "pending",
    "canceled": "rejected",
    "rejected": "rejected",
    "denied": "rejected",
}
"""Status of an order's first request by the status of the order, `approved` in all others; assumed (contract 6)."""

NOT_VALIDATED = frozenset({"pending", "needs_approval", "needs_csr", "reissue_pending"})
"""Statuses in which the domains of an order still have to be validated, unless the account file says otherwise."""

REQUESTS_OF_AN_ORDER = 10
"""The IDs of an order's requests are its own times this, and their place."""

NOBODY_ELSE = User(1, "Sam", "Keyholder", "sam.keyholder@example.com")
"""The user of an account file that names none."""


class AccountError(ValueError):
    """An account file that cannot be used; the text says which entry and why."""


@dataclass(frozen=True)
class RequestSeed:
    """A request of an order in the account file."""

    type: str
    status: str
    comments: str = ""
    another_approver: bool = False


@dataclass(frozen=True)
class OrderSeed:
    """An order of the account file, its ages in days."""

    id: int
    status: str
    common_name: str
    organization: Organization | None
    container: Container
    product: Product
    user: User | None
    key_user: User
    dns_names: tuple[str, ...] = ()
    age_days: float = 0.0
    valid_days_left: float | None = None
    is_renewed: bool = False
    migrated: bool = False
    disable_renewal_notifications: bool = False
    duplicates: int = 0
    reissues: int = 0
    metadata: Mapping[int, str] = field(default_factory=dict)
    requests: tuple[RequestSeed, ...] | None = None
    validation: Validation | None = None

    def open(self, now: datetime) -> Order:
        """Make the order as it stands at `now` (UTC)."""
        created = now - timedelta(days=self.age_days)
        valid_from = valid_till = None
        if self.status in ISSUED_ONCE:
            valid_from = created.date()
            days_left = 365 - self.age_days if self.valid_days_left is None else self.valid_days_left
            valid_till = (now + timedelta(days=days_left)).date()
        names = self.dns_names or (self.common_name,)
        return Order(
            id=self.id,
            status=self.status,
            common_name=self.common_name,
            dns_names=names,
            organization=self.organization,
            container=self.container,
            product=self.product,
            date_created=created,
            validation=self.validation or _usual_validation(self.status, names),
            user=self.user,
            valid_from=valid_from,
            valid_till=valid_till,
            is_renewed=self.is_renewed,
            migrated=self.migrated,
            disable_renewal_notifications=self.disable_renewal_notifications,
            duplicates=self.duplicates,
            reissues=self.reissues,
            metadata=dict(self.metadata),
            requests=[
                self._request(place, request, created)
                for place, request in enumerate(self._usual_requests(), start=1)
            ],
        )

    def _usual_requests(self) -> Iterable[RequestSeed]:
        if self.requests is not None:
            return self.requests
        first = RequestSeed("new_request", REQUEST_STATUS.get(self.status, "approved"))
        reissues = self.status in ("reissue_pending", "reissue_processing")
        return (first, RequestSeed("reissue", "approved")) if reissues else (first,)

    def _request(self, place: int, seed: RequestSeed, created: datetime) -> OrderRequest:
        request = OrderRequest(
            id=self.id * REQUESTS_OF_AN_ORDER + place,
            type=seed.type,
            status=seed.status,
            date=created,
            requester=self.user,
            comments=seed.comments,
            another_approver=seed.another_approver,
        )
        if seed.status not in OPEN_REQUESTS:
            request.processor, request.date_processed = self.key_user, created
        return request


@dataclass(frozen=True)
class AccountSeed:
    """What an account file holds; `open` turns it into an account as often as wanted."""

    orders: tuple[OrderSeed, ...]
    key_user: User

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
            parts = _Parts.from_file(content)
        except (KeyError, TypeError, IndexError) as error:
            raise AccountError(
                f"the account file {path}: wrong users, organizations, containers or products: {error!r}"
            ) from error
        seeds: dict[int, OrderSeed] = {}
        for entry in orders:
            try:
                seed = parts.order_seed(entry)
            except (KeyError, TypeError, ValueError) as error:
                raise AccountError(f"the account file {path}: wrong order {entry!r}: {error!r}") from error
            if seed.id in seeds:
                raise AccountError(f"the account file {path}: order {seed.id} is there twice")
            seeds[seed.id] = seed
        return cls(tuple(seeds.values()), parts.key_user)

    def open(self, now: datetime | None = None) -> Account:
        """Make a fresh account whose ages are counted back from `now` (UTC, default: this moment)."""
        now = (now or datetime.now(timezone.utc)).replace(microsecond=0)
        return Account({seed.id: seed.open(now) for seed in self.orders}, self.orders[0], self.key_user)


class Account:
    """All orders of one account, by order ID. Not locked: the service that owns it locks."""

    def __init__(self, orders: dict[int, Order], pattern: OrderSeed, key_user: User) -> None:
        """Take the orders, the seed whose organization, container, product and user added orders get, and who acts.

        key_user: to whom the API keys belong.
        """
        self.orders = orders
        self.key_user = key_user
        self._pattern = pattern

    def find_request(self, request_id: int) -> tuple[Order, OrderRequest] | None:
        """Give an approver's request with its order; None where there is no such request."""
        order = self.orders.get(request_id // REQUESTS_OF_AN_ORDER)
        for request in order.requests if order and not order.gone else ():
            if request.id == request_id and order:
                return order, request
        return None

    def find_certificate(self, number: str) -> Order | None:
        """Give the order whose certificate has this serial number or thumbprint, in upper or lower case."""
        wanted = number.upper()
        return next(
            (order for order in self.orders.values() if wanted in (order.serial_number, order.thumbprint)),
            None,
        )

    def add_orders(
        self, count: int, status: str = "pending", age_days: float = 0.0, first: int | None = None
    ) -> list[int]:
        """Add `count` orders and give their order IDs, from `first` on (None: after the highest one there is).

        Raises ValueError when one of these IDs is taken.
        """
        first = max(self.orders) + 1 if first is None else first
        order_ids = range(first, first + count)
        if first < 1 or not self.orders.keys().isdisjoint(order_ids):
            raise ValueError(f"not all of {first} to {order_ids[-1]} are free")
        now = datetime.now(timezone.utc).replace(microsecond=0)
        pattern = self._pattern
        for order_id in order_ids:
            self.orders[order_id] = OrderSeed(
                id=order_id,
                status=status,
                common_name=f"host{order_id}.example.com",
                organization=pattern.organization,
                container=pattern.container,
                product=pattern.product,
                user=pattern.user,
                key_user=self.key_user,
                age_days=age_days,
            ).open(now)
        return list(order_ids)


@dataclass(frozen=True)
class _Parts:
    """What the orders of an account file name, by ID."""

    users: Mapping[int, User]
    organizations: Mapping[int, Organization]
    containers: Mapping[int, Container]
    products: Mapping[str, Product]

    @classmethod
    def from_file(cls, content: Mapping[str, Any]) -> _Parts:
        users = [User(**entry) for entry in content.get("users", ())] or [NOBODY_ELSE]
        return cls(
            {user.id: user for user in users},
            {entry["id"]: Organization(**entry) for entry in content["organizations"]},
            {entry["id"]: Container(**entry) for entry in content["containers"]},
            {entry["name_id"]: Product(**entry) for entry in content["products"]},
        )

    @property
    def key_user(self) -> User:
        """The first user, to whom the API keys belong."""
        return next(iter(self.users.values()))

    def order_seed(self, entry: Mapping[str, Any]) -> OrderSeed:
        """Read an order of the file. Raises KeyError, TypeError or ValueError."""
        seed = dict(entry)
        if isinstance(seed["id"], bool) or not isinstance(seed["id"], int) or seed["id"] < 1:
            raise ValueError("id is not a positive integer")
        if not isinstance(seed["status"], str) or not isinstance(seed["common_name"], str):
            raise TypeError("status and common_name are strings")
        organization = seed["organization"]
        seed["organization"] = None if organization is None else self.organizations[organization]
        seed["container"] = self.containers[seed["container"]]
        seed["product"] = self.products[seed["product"]]
        user = seed.get("user", self.key_user.id)
        seed["user"] = None if user is None else self.users[user]
        seed["dns_names"] = tuple(seed.get("dns_names", ()))
        seed["age_days"] = float(seed.get("age_days", 0))
        if "valid_days_left" in seed:
            seed["valid_days_left"] = float(seed["valid_days_left"])
        if "requests" in seed:
            seed["requests"] = tuple(RequestSeed(**request) for request in seed["requests"])
        if "validation" in seed:
            names = seed["dns_names"] or (seed["common_name"],)
            seed["validation"] = _validation(seed["validation"], seed["status"], names)
        return OrderSeed(**seed, key_user=self.key_user)


def _usual_validation(status: str, names: Iterable[str]) -> Validation:
    domain = "pending" if status in NOT_VALIDATED else "approved"
    return Validation("active", "approved", tuple(DomainValidation(name, domain) for name in names))


def _validation(given: Mapping[str, Any], status: str, names: Iterable[str]) -> Validation:
    """Read the validation of an order: what is not given is as usual in this status."""
    usual = _usual_validation(status, names)
    if unknown := given.keys() - {"organization", "contact", "domains"}:
        raise TypeError(f"validation has no {', '.join(sorted(unknown))}")
    domains = tuple(DomainValidation(**domain) for domain in given.get("domains", ())) or usual.domains
    return Validation(
        given.get("organization", usual.organization), given.get("contact", usual.contact), domains
    )
