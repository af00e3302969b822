# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of the DigiCert CertCentral Services API v2: order lists, orders and their status."""

from __future__ import annotations

from .account import AccountError
from .faults import CATALOGUE, THE_REPLY, Disconnect, Fault, GeneratedBody, OtherActor, gzip_bomb
from .ledger import Change, Ledger, Operation, Outcome, SeenRequest
from .orders import Order, OrderRequest
from .rate_limits import DOCUMENTED_LIMITS, RateLimit
from .rules import FULL_KEY, KEYS, VIEW_ONLY_KEY
from .server import Certificate, Simulator
from .settings import IdFilter, Settings, Spelling

__all__ = [
    "CATALOGUE",
    "DOCUMENTED_LIMITS",
    "FULL_KEY",
    "KEYS",
    "THE_REPLY",
    "VIEW_ONLY_KEY",
    "AccountError",
    "Certificate",
    "Change",
    "Disconnect",
    "Fault",
    "GeneratedBody",
    "IdFilter",
    "Ledger",
    "Operation",
    "Order",
    "OrderRequest",
    "OtherActor",
    "Outcome",
    "RateLimit",
    "SeenRequest",
    "Settings",
    "Simulator",
    "Spelling",
    "gzip_bomb",
]
