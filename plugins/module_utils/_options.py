# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""The options that the modules share: their argument spec, what they may hold, and how they reach the service."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from ansible.module_utils.basic import env_fallback, missing_required_lib
from ansible_collections.community.digicert.plugins.module_utils._certcentral import (
    DOCUMENTED_LIMITS,
    FRESH_SECONDS,
    KEY_HEADER,
    US_URL,
    CertCentral,
    is_id,
)
from ansible_collections.community.digicert.plugins.module_utils._http import (
    REQUESTS_IMPORT_ERROR,
    HttpClient,
    UnusableProxy,
    is_host,
)
from ansible_collections.community.digicert.plugins.module_utils._module import (
    SHORTEST_SECRET,
    Module,
    UnusableOption,
    without_keys,
)
from ansible_collections.community.digicert.plugins.module_utils._pacing import RateLimit

_API_PATH = "/services/v2"
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[\w.-]+)(:(?P<port>\d{1,5}))?(?P<path>/[\w.~%/-]*)?",
    re.ASCII | re.IGNORECASE,
)
# Far beyond anything of use, and far within what Python and the operating system take.
_LONGEST_SECONDS = 86400
_MOST_RETRIES = 1000
_MOST_REQUESTS = 1_000_000
# One number as a spreadsheet or a report writes it, or several.
_GROUPS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,3}( [0-9]{3})+")
_LONGEST_SHOWN = 100


def connection_options() -> dict[str, dict[str, Any]]:
    """Give the argument spec of the options that say how to reach CertCentral."""
    return {
        "api_key": {
            "type": "str",
            "no_log": True,
            "fallback": (_from_environment, ["DIGICERT_API_KEY"]),
        },
        "api_url": {"type": "str", "default": US_URL, "fallback": (_from_environment, ["DIGICERT_API_URL"])},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 3},
        "rate_limits": {
            "type": "list",
            "elements": "dict",
            "options": {
                "requests": {"type": "int", "required": True},
                "seconds": {"type": "float", "required": True},
            },
            "default": [limit._asdict() for limit in DOCUMENTED_LIMITS],
        },
    }


def connect(module: Module, interrupted: Callable[[], str | None] = lambda: None) -> CertCentral:
    """Give the service that the connection options of `module` name, without sending anything yet.

    interrupted: tells why nothing more is to be begun, if there is a reason.

    Raises UnusableOption. Ends the module with a clear error where `requests` is missing.
    """
    require_library(module)
    options = module.params
    api_key = usable_api_key(options["api_key"])
    _require(
        0 < options["timeout"] <= _LONGEST_SECONDS,
        f"timeout must be more than 0 seconds and at most {_LONGEST_SECONDS}, but it is {options['timeout']:g}.",
    )
    _require(
        not isinstance(options["retries"], bool) and 0 <= options["retries"] <= _MOST_RETRIES,
        f"retries must be from 0 to {_MOST_RETRIES}, but it is {shown([options['retries']])}.",
    )
    limits = [RateLimit(limit["requests"], limit["seconds"]) for limit in options["rate_limits"]]
    _require(
        all(
            0 < limit.requests <= _MOST_REQUESTS and 0 < limit.seconds <= _LONGEST_SECONDS for limit in limits
        ),
        f"rate_limits takes windows of 1 to {_MOST_REQUESTS} requests in more than 0 and at most {_LONGEST_SECONDS} seconds.",
    )
    _require(
        all(limit.requests > 1 or limit.seconds < FRESH_SECONDS for limit in limits),
        f"rate_limits must let a second request through within {FRESH_SECONDS:g} seconds, because an order is read just "
        "before it is written to.",
    )
    try:
        http = HttpClient(
            url=usable_api_url(options["api_url"]),
            headers={KEY_HEADER: api_key, "User-Agent": "community.digicert"},
            verify=_verification(options["validate_certs"], options["ca_path"]),
            timeout=options["timeout"],
        )
    except UnusableProxy as unusable:
        raise UnusableOption(str(unusable)) from None
    if not options["validate_certs"]:
        module.warn(
            "The service's certificate is not checked (validate_certs=false): the API key can be intercepted."
        )
    # Another key than that of the task may be in the environment, and is none to be shown either.
    known = {api_key, os.environ.get("DIGICERT_API_KEY", "").strip()}
    secrets = [*(key for key in known if len(key) >= SHORTEST_SECRET), *http.secrets]
    return CertCentral(http, secrets, retries=options["retries"], limits=limits, interrupted=interrupted)


def require_library(module: Module) -> None:
    """End the module with an error of its own code where `requests` is missing; nothing was sent then."""
    if REQUESTS_IMPORT_ERROR is not None:
        message = missing_required_lib("requests")
        error = {"code": "library_missing", "message": message}
        module.fail_json(msg=message, exception=REQUESTS_IMPORT_ERROR, error=error)


def usable_api_key(given: str | None, name: str = "api_key") -> str:
    """Give the API key without the white space around it; raises UnusableOption where there is none to be sent.

    name: where it was given. The message never holds the key. Source: RFC 9110 section 5.5, printable US-ASCII.
    """
    if given is None:
        raise UnusableOption(
            "There is no API key: give it in api_key, or in the environment variable DIGICERT_API_KEY."
        )
    api_key = given.strip()
    _require(
        api_key != "",
        "The API key is empty: give it in api_key, or in the environment variable DIGICERT_API_KEY.",
    )
    _require(
        re.fullmatch(r"[\x20-\x7e]+", api_key) is not None,
        f"{name} holds a line break or another character that an HTTP header cannot carry; "
        "white space around it is removed, inside it is not.",
    )
    _require(
        not api_key.startswith(("{", "[")),
        f"{name} holds a dictionary or a list: give the key alone, which may be a part of what a lookup returns.",
    )
    # Ansible masks the key wherever it stands in a result: a short one would be found in order IDs and statuses.
    _require(
        len(api_key) >= SHORTEST_SECRET,
        f"{name} has {len(api_key)} characters, and no key of CertCentral has fewer than {SHORTEST_SECRET}: give the whole key.",
    )
    return api_key


def usable_api_url(given: str) -> str:
    """Give the base URL without a trailing slash; raises UnusableOption where the key must not be sent there.

    A URL without a path gets that of the API.
    """
    url = given.strip().rstrip("/")
    _require("@" not in url, "api_url must not hold a user name or a password.")
    shape = _URL.fullmatch(url)
    if not shape or int(shape["port"] or 0) > 65535 or not is_host(shape["host"]):
        raise UnusableOption(
            f"api_url is not the URL of a service: {shown([given])}. An example of one: {US_URL}"
        )
    _require(
        shape["scheme"].lower() == "https" or _is_loopback(shape["host"].strip("[]")),
        f"api_url must begin with https:// so that the API key travels encrypted, but it is {shown([given])}. "
        "Plain http is for loopback addresses only.",
    )
    return url if shape["path"] else url + _API_PATH


def refuse_nulls(module: Module, but: Iterable[str]) -> None:
    """Raise UnusableOption if an option is null, `but` for those where null means the same as leaving them out.

    An expression that came out empty is no wish: what was meant to narrow a search would widen it.
    """
    nulls = [name for name in module.params if name in module.nulls and name not in but]
    _require(
        not nulls,
        f"{', '.join(nulls)}: null, such as from an expression that came out empty. Give a value, or leave the option out, "
        "for example with default(omit).",
    )


def usable_ids(name: str, given: Iterable[Any]) -> list[int]:
    """Give each ID of an option once, in the order of the input; raises UnusableOption where one is not plainly an ID."""
    items = list(given)
    ids = [each.strip() if isinstance(each, str) else each for each in items]
    unusable = [each for each in ids if not is_id(each)]
    _require(
        not unusable,
        f"{name} takes whole numbers in plain digits, such as 123456789, but it holds {shown(unusable)}.",
    )
    # Ansible splits text at commas before anybody else sees it.
    text = ",".join(items).strip() if all(isinstance(item, str) for item in items) else ""
    _require(
        ambiguous_number(text) is None,
        f"{name} holds {text}, which may be one number or several: write one without commas, and several as a list of numbers.",
    )
    return list(dict.fromkeys(map(int, ids)))


def ambiguous_number(text: str) -> str | None:
    """Give what in a text may be one number with separators or several numbers; None if there is no such thing.

    A blank behind a comma makes clear that there are several.
    """
    return next(
        (words for words in (text.strip(), *text.split()) if _GROUPS.fullmatch(words.strip(","))), None
    )


def usable_texts(name: str, given: Iterable[Any]) -> list[str]:
    """Give the items of an option without the white space around them; raises UnusableOption where one cannot be used."""
    items = list(given)
    unusable = [
        each for each in items if not isinstance(each, str) or not each.strip() or not _is_utf_8(each)
    ]
    _require(not unusable, f"{name} takes texts that are not empty, but it holds {shown(unusable)}.")
    return [each.strip() for each in items]


def usable_note(given: str | None, required: bool) -> str | None:
    """Give the note as it is sent; raises UnusableOption where it is blank, or missing although `required`."""
    # Ansible's own `required_if` is content with a note that is null.
    _require(given is not None or not required, "note is missing: say why the order is changed.")
    _require(given is None or given.strip() != "", "note is blank: say why the order is changed.")
    _require(given is None or _is_utf_8(given), "note holds characters that are not UTF-8: leave them out.")
    return given


def _verification(validate_certs: bool, ca_path: str | None) -> bool | str:
    """Fold the options into the one value that `requests` takes; raises UnusableOption without the bundle.

    Without `ca_path` the environment decides as for everything that uses `requests`.
    """
    if not validate_certs:
        return False
    name, path = "ca_path", ca_path
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if not path:
            name, path = f"The environment variable {variable}", os.environ.get(variable)
    if not path:
        return True
    _require(_is_utf_8(path), f"{name} holds characters that are not UTF-8: give the file another name.")
    # Its content is left to the first connection: reading a bundle of the usual size twice takes 30 ms.
    readable = "\0" not in path and os.access(path, os.R_OK)
    _require(readable, f"{name} names a file that is absent or cannot be read: {_as_utf_8(path)}.")
    return path


def _from_environment(name: str) -> str:
    """Give an environment variable as `env_fallback` does, fit for a result. Raises AnsibleFallbackNotFound."""
    return _as_utf_8(env_fallback(name))


def _as_utf_8(text: str) -> str:
    """Give a text of the environment with all that is not UTF-8 replaced; Ansible accepts nothing else in a result."""
    return os.fsencode(text).decode(errors="replace")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def shown(values: Iterable[object]) -> str:
    """Show values that cannot be used, whatever they are, on one line, and without what may be an API key."""
    told = without_keys(", ".join(map(ascii, values)))
    return told if len(told) <= _LONGEST_SHOWN else f"{told[:_LONGEST_SHOWN]}..."


def _is_utf_8(text: str) -> bool:
    # What is not UTF-8 in the environment reaches Python as half characters.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require(condition: object, message: str) -> None:
    if not condition:
        raise UnusableOption(message)
