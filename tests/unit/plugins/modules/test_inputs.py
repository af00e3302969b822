# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is given to a module, in options or in the environment, ends in a clear error or in the truth.

INPUTS in the environment is how many inputs are tried, always the same ones. `make soak` tries others each time, many more of
them: SOAK_SUMMARY is the beginning of the name of a file that gets the sums then.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.community.digicert.plugins.module_utils import _pacing
from ansible_collections.community.digicert.plugins.modules import (
    digicert_order_info,
    digicert_order_status,
    digicert_request_info,
)
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, VIEW_ONLY_KEY, Simulator
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

SOAK_SUMMARY = os.environ.get("SOAK_SUMMARY")
SETTINGS = settings(
    max_examples=int(os.environ.get("INPUTS") or 300),
    derandomize=not SOAK_SUMMARY,
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
SUMS: Counter[str] = Counter()

WRONG_KEY = "not-a-key-of-this-account"
# Not to be found in anything that a module prints.
PASSWORD = "word-of-the-proxy"
CERTIFICATE_OF_NOBODY = __file__

# What fails for the input, and what follows from an input that can be used: another service, another key, other orders.
NOTHING_SENT = {"invalid_option", "not_reached", "tls_refused"}
FOLLOWS = {
    "access_denied", "missing_permission", "path_not_found", "order_not_found", "status_not_allowed", "renewal_unknown",
    "rejected", "timed_out", "reply_lost", "unexpected_reply", "outcome_unknown", "reading_too_old",
}  # fmt: skip
# What each message about an input names: the option or variable, or what it stands for.
NAMES = ("api_", "API key", "ca_path", "timeout", "retries", "rate_limits", "order", "status", "note", "_id", "common_name",
         "is_renewed", "created_", "expires_", "sort", "limit", "validate_certs", "number", "PROXY", "proxy", "CA_BUNDLE",
         "requests", "seconds",
         # Ansible's words about rate_limits, the only option that holds dictionaries.
         "dictionary requested", "dictionary or")  # fmt: skip

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**400, 5e-324, 1e10, 1e308, float("inf"), float("nan")]),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)
HOSTS = [
    "localhost", "127.0.0.1", "[::1]", "[.]", "[]", ".", "..", "a..b", "a" * 64 + ".com", ".".join(["a" * 63] * 5), "-", "_",
    "squid", "xn--", "xn--a", "999.999.999.999", "1", "0x7f.1", "sch\u00f6n.de", "\u20ac", "a b", "a\tb", "a\nb", "%00",
    "[::1%25lo]",
]  # fmt: skip
PORTS = ["", ":", ":0", ":9", ":65535", ":65536", ":port", ":-1", ":\u0663"]
SPANS = ["30 days", "+30 days", "-99999 weeks", "+99999w", "0h", "1712010400000", "0001-01-01", "9999-12-31", "2026-02-30",
         "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "", "now"]  # fmt: skip
IDS = [
    "1001",
    "1,001",
    "10_01",
    "1e3",
    "01753",
    "1.23457E+08",
    "1001, 1002",
    "9999",
    "",
    ",",
    "\u0661",
    "1" * 4400,
]
TEXT_LISTS = [
    "pending",
    "pending, waiting_pickup",
    "pendign",
    "",
    ",",
    "\0",
    "x" * 10000,
    "%",
    "\u20ac",
    "a&b=c#d",
]
CREDENTIALS = [
    f"{user}:{PASSWORD}{end}@"
    for user in ("somebody", "")
    for end in ("", "%E2%82%AC", "%0A", "%", "\u20ac", " x", "@")
]


def urls(schemes: list[str]) -> st.SearchStrategy[str]:
    """Give what looks like a URL."""
    parts = (
        schemes,
        ["", *CREDENTIALS],
        HOSTS,
        PORTS,
        ["", "/", "/services/v2", "/%zz", "/a b", "/../..", "?x", "#"],
    )
    return st.tuples(*map(st.sampled_from, parts)).map("".join)


KEYS = [
    FULL_KEY,
    VIEW_ONLY_KEY,
    WRONG_KEY,
    f" {FULL_KEY}\n",
    "",
    "short",
    "sch\u00f6n" * 9,
    "a\nb" * 9,
    "x" * 10**5,
]
PATHS = [
    "",
    "/",
    "/nowhere",
    CERTIFICATE_OF_NOBODY,
    "\0",
    "~",
    "~nobody/x",
    "$HOME",
    "\u20ac",
    "x" * 5000,
    "/dev/null",
]
NO_PROXIES = ["*", "127.0.0.1", "127.0.0.0/8", "127.0.0.0/99", "/", ",", "[::1]", "127.0.0.1:x"]
URLS = urls(["https://", "http://", "HTTPS://", "", "//", "ftp://", "https:", "://"])
SHARED: dict[str, st.SearchStrategy[Any]] = {
    "api_key": st.sampled_from(KEYS),
    # No address of the network is tried in a test, see `nowhere`.
    "api_url": URLS.filter(lambda url: PASSWORD not in url),
    "ca_path": st.sampled_from(PATHS),
    "validate_certs": st.booleans(),
    "timeout": st.sampled_from([5e-324, 1e-9, 0.001, 30, 86400, 86401, "inf", "nan", "1_0", "1e999", True]),
    "retries": st.sampled_from([0, 1, 1000, 1001, "Infinity", "1e3", "nan", 10**400, True, 1.5, "0x1"]),
    "rate_limits": st.lists(
        st.fixed_dictionaries({}, optional={"requests": NUMBERS, "seconds": NUMBERS, "other": TEXTS}), max_size=2
    ),
}  # fmt: skip
MODULES: dict[str, tuple[Any, dict[str, Any], dict[str, st.SearchStrategy[Any]]]] = {
    "status": (
        digicert_order_status,
        {"order_id": 1001, "note": "Not needed any more"},
        {
            "order_id": st.sampled_from(IDS) | st.lists(st.sampled_from([*IDS, 1001, 1001.0, True, None]), max_size=3),
            "status": st.sampled_from(["canceled", "reissue_canceled", "renewed", "not_renewed", "rejected", "Canceled", ""]),
            "note": st.sampled_from(["", " ", "\0", "\u20ac", "x" * 10**5]),
        },
    ),
    "info": (
        digicert_order_info,
        {},
        {
            "order_id": st.sampled_from(IDS) | st.lists(st.sampled_from([*IDS, 1001, 1001.0, True, None]), max_size=3),
            "all_orders": st.booleans(),
            "details": st.booleans(),
            "is_renewed": st.booleans(),
            "sort": st.sampled_from(["id", "-id", "nonsense", "", " ", "\0", "\u20ac"]),
            "limit": st.sampled_from([1, 0, -1, 10**400, "Infinity", "nan", True, "1_0"]),
            **dict.fromkeys(
                ("status", "other_status", "common_name", "product_name_id"),
                st.sampled_from(TEXT_LISTS) | st.lists(st.sampled_from(TEXT_LISTS), max_size=3),
            ),
            **dict.fromkeys(
                ("organization_id", "container_id"), st.sampled_from(IDS) | st.lists(st.sampled_from(IDS), max_size=3)
            ),
            **dict.fromkeys(
                ("created_before", "created_after", "expires_before", "expires_after"), st.sampled_from(SPANS)
            ),
        },
    ),
    "requests": (
        digicert_request_info,
        {},
        {
            "limit": st.sampled_from([1, 0, -1, 10**400, "Infinity", "nan", True, "1_0"]),
            "container_id": st.sampled_from(IDS) | st.lists(st.sampled_from(IDS), max_size=3),
            **dict.fromkeys(("created_before", "created_after"), st.sampled_from(SPANS)),
            **dict.fromkeys(
                ("status", "type", "common_name"),
                st.sampled_from(TEXT_LISTS) | st.lists(st.sampled_from(TEXT_LISTS), max_size=3),
            ),
        },
    ),
}  # fmt: skip
# What the environment of a process can hold: any bytes but a zero.
BYTES = st.binary(max_size=20).map(lambda value: os.fsdecode(value.replace(b"\0", b"")))
PROXIES = st.one_of(BYTES, urls(["http://", "https://", "", "socks5://", "squid:", " http://", "http:/"]))
VARIABLES = {
    **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"), PROXIES),
    "NO_PROXY": BYTES | st.sampled_from(NO_PROXIES),
    **dict.fromkeys(
        ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), BYTES | st.sampled_from([path for path in PATHS if "\0" not in path])
    ),
    "DIGICERT_API_KEY": BYTES | st.just(FULL_KEY),
    "DIGICERT_API_URL": BYTES | URLS.filter(lambda url: PASSWORD not in url and "\0" not in url),
}  # fmt: skip


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    """Give a module, a few options of any kind, and a few variables of the environment."""
    name = draw(st.sampled_from(sorted(MODULES)))
    _module, _base, own = MODULES[name]
    options = {**own, **SHARED}
    chosen = draw(st.lists(st.sampled_from(sorted(options)), max_size=3, unique=True))
    variables = draw(st.lists(st.sampled_from(sorted(VARIABLES)), max_size=2, unique=True))
    return {
        "module": name,
        "check": draw(st.booleans()),
        "options": {option: draw(st.one_of(options[option], options[option], ANYTHING)) for option in chosen},
        "environment": {variable: draw(VARIABLES[variable]) for variable in variables},
    }


@pytest.fixture(name="service", scope="module")
def _service() -> Iterator[Simulator]:
    """A simulator for all inputs; the sums are written down at the end."""
    with Simulator() as simulator:
        yield simulator
    if SOAK_SUMMARY:
        Path(f"{SOAK_SUMMARY}.inputs").write_text(json.dumps(SUMS))


@pytest.fixture(name="writes")
def _writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The beginning of everything that Python's own HTTP client was given to send of a write."""
    sent: list[bytes] = []
    original = http.client.HTTPConnection.send

    def send(connection: http.client.HTTPConnection, data: Any) -> None:
        if isinstance(data, bytes) and data.startswith(b"PUT "):
            sent.append(data[:40])
        original(connection, data)

    monkeypatch.setattr(http.client.HTTPConnection, "send", send)
    return sent


@pytest.fixture(name="nowhere", autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up in a network, and no wait takes any time."""
    original = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        # Python does so for any host, and raises a ValueError.
        name.encode("idna")
        if name in ("localhost", "127.0.0.1", "::1"):
            return original(host, *args, **options)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for name in ("rest", "hold"):
        monkeypatch.setattr(_pacing.Pacer, name, lambda pacer, seconds: None)
    monkeypatch.setattr(_pacing.Pacer, "_seconds_to_wait", lambda pacer, count, own: 0.0)


def told_errors(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Give every error in a result."""
    orders = [order["error"] for order in result.get("orders", ()) if "outcome" in order and "error" in order]
    return [*([result["error"]] if "error" in result else []), *orders]


def given_texts(value: Any) -> set[str]:
    """Give everything in an option as text, as it was written."""
    if isinstance(value, list):
        return set().union(*map(given_texts, value)) if value else set()
    return {part.strip() for part in str(value).split(",")}


def example_of(module: str, options: dict[str, Any], **environment: str) -> dict[str, Any]:
    """Give an input by hand."""
    return {"module": module, "check": False, "options": options, "environment": environment}


@SETTINGS
@example(tried=example_of("status", {}))
@example(tried=example_of("info", {"all_orders": True}))
@example(tried=example_of("status", {"api_url": "https://[.]"}))
@example(tried=example_of("status", {"api_url": "https://a..b"}))
@example(tried=example_of("status", {"timeout": "inf"}))
@example(tried=example_of("status", {"rate_limits": [{"requests": 9223372036854775808, "seconds": 5}]}))
@example(tried=example_of("info", {"expires_before": "9999-12-31"}))
@example(tried=example_of("info", {"created_after": "0001-01-01"}))
@example(tried=example_of("status", {}, HTTPS_PROXY=".."))
@example(tried=example_of("status", {}, HTTPS_PROXY="squid:3128"))
@example(tried=example_of("status", {}, HTTPS_PROXY=f"http://somebody:{PASSWORD}%E2%82%AC@squid:3128"))
@example(tried=example_of("status", {}, HTTPS_PROXY=f"http://somebody:{PASSWORD}@squid:3128"))
@example(tried=example_of("status", {"api_key": None}, DIGICERT_API_KEY="\udcff"))
@given(tried=inputs())
def test_whatever_is_given_ends_in_a_clear_error_or_in_the_truth(tried, service, writes, run_module):
    service.reset()
    writes.clear()
    module, base, _own = MODULES[tried["module"]]
    ways = {"api_key": FULL_KEY, "api_url": service.api_url, "ca_path": service.ca_path, "retries": 0}
    stand_in = {"DIGICERT_API_KEY": "api_key", "DIGICERT_API_URL": "api_url", "REQUESTS_CA_BUNDLE": "ca_path"}
    for variable in tried["environment"]:
        ways.pop(stand_in.get(variable, ""), None)
    options = {**base, **ways, **tried["options"]}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in tried["environment"].items():
            patch.setenv(name, value)
        outcome = run_module(module, check=tried["check"], **options)

    outcome.printed.encode()
    assert PASSWORD not in outcome.printed
    assert FULL_KEY not in outcome.printed or FULL_KEY not in str(options.get("api_key"))
    errors = told_errors(outcome.result)
    codes = {error["code"] for error in errors}
    assert codes <= NOTHING_SENT | FOLLOWS
    assert outcome.failed is bool(errors)
    assert all(error["message"].strip() for error in errors)
    if codes == {"invalid_option"}:
        assert any(name in outcome["msg"] for name in (*NAMES, *options)), outcome["msg"]
    if codes & NOTHING_SENT:
        assert service.ledger.requests == []
        assert writes == []
    if "outcome_unknown" in codes:
        assert writes
    # Only what was asked for in so many digits is changed.
    assert {str(change.order_id) for change in service.ledger.changes} <= given_texts(options.get("order_id"))
    assert not service.ledger.changes or not tried["check"]
    told = {order["order_id"] for order in outcome.result.get("orders", ()) if order.get("changed")}
    if not tried["check"] and "outcome_unknown" not in codes:
        assert {change.order_id for change in service.ledger.changes} == told
    code = ", ".join(sorted(codes)) or "success"
    event(code)
    SUMS.update({"inputs": 1, f"input: {code}": 1})
