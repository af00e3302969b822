# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""What the cancellation playbooks can be asked for: their variables, what each may hold, and the request they add up to."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.community.digicert.plugins.module_utils._certcentral import US_URL, is_id
from ansible_collections.community.digicert.plugins.module_utils._module import UnusableOption, without_keys
from ansible_collections.community.digicert.plugins.module_utils._options import (
    ambiguous_number,
    usable_api_key,
    usable_api_url,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import WantedStatus
from ansible_collections.community.digicert.plugins.plugin_utils._report_file import one_line, report_path

CANCEL_ORDERS = "cancel_orders"
CANCEL_STALE_ORDERS = "cancel_stale_orders"
PLAYBOOKS = (CANCEL_ORDERS, CANCEL_STALE_ORDERS)

# What changed orders are called in what a job hands on, by what they were brought to.
WAS_CHANGED: Mapping[WantedStatus, str] = {
    WantedStatus.CANCELED: "canceled",
    WantedStatus.REJECTED: "rejected",
    WantedStatus.REISSUE_CANCELED: "reissue_canceled",
}

# What a job hands on to the later jobs of a workflow comes back as variables of these names.
HANDED_ON = frozenset(
    f"digicert_{outcome}_order_ids"
    for outcome in (*WAS_CHANGED.values(), "failed", "unknown", "not_attempted", "previewed")
)
_PREFIX = "digicert_"
KEY = "digicert_api_key"
_DRY_RUN = "digicert_dry_run"
_OF_THE_ENVIRONMENT = ("DIGICERT_API_KEY", "DIGICERT_API_URL")
# Those of awx_configure, in case both run with the same extra variables.
_OF_AWX = "digicert_awx_"
# What somebody may think asks for check mode.
_CHECKING = frozenset({"check", "check_mode", "ansible_check_mode"})
# By the measure of difflib: one letter of about ten.
_NEARLY_THE_SAME = 0.9
_A_DAY = 86400

# What becomes of an order that nobody finished, by its status: the rules of digicert_order_status know how.
ENDS: Mapping[str, WantedStatus] = {
    "pending": WantedStatus.CANCELED,
    "waiting_pickup": WantedStatus.CANCELED,
    "needs_approval": WantedStatus.REJECTED,
    "reissue_pending": WantedStatus.REISSUE_CANCELED,
}
_USUAL_STATES = ("pending", "waiting_pickup")
_AT_THE_END: Mapping[str, WantedStatus] = {
    "canceled": WantedStatus.CANCELED,
    "rejected": WantedStatus.REJECTED,
    "issued": WantedStatus.REISSUE_CANCELED,
}

# What a keyboard has. A spreadsheet may write one number with other spaces in it.
_SEPARATORS = re.compile(r"[, \t\r\n]+")
# What an inventory in INI format makes of one number with separators. An order ID has more digits.
_THOUSANDS = re.compile(r"(?<![0-9])[1-9][0-9]{0,2}(,[0-9]{3})+(?![0-9])")
# What a template leaves behind where a value was expected to come from.
_NOTHING = re.compile(r"(none|null|undefined|omit|__omit_place_holder__\w*|\[\]|\{\})?", re.IGNORECASE)
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class Given(NamedTuple):
    """The value of a variable.

    computed: whether an expression gave it. answered: whether it is the answer to a question of a survey, or given as
    such an answer is. A question that was left out is answered with empty text. From elsewhere empty text is what
    became of something.
    """

    value: Any
    computed: bool = False
    answered: bool = False


class Unusable(ValueError):
    """A value cannot be used; the text says what it is or holds, to follow "but it"."""


class Complaints(ValueError):
    """What was given cannot be used.

    complaints: a sentence or two for everything that is wrong with it.
    """

    def __init__(self, complaints: list[str]) -> None:
        self.complaints = [without_keys(one_line(complaint)) for complaint in complaints]
        super().__init__(" ".join([*self.complaints, "Nothing was changed."]))


@dataclass(frozen=True)
class Variable:
    """A row of the table of variables.

    takes: what it takes, in words.
    read: gives the value as the request has it; raises Unusable.
    playbooks: those that it has an effect on.
    default: the value where it is not given, or where a question about it was left out.
    required: what to do about it where it is not given; empty if it may be left out.
    secret: whether its value must not be shown.
    left_out: whether a question about it can be left out.
    """

    takes: str
    read: Callable[[Any], Any]
    playbooks: tuple[str, ...] = PLAYBOOKS
    default: Any = None
    required: str = ""
    secret: bool = False
    left_out: bool = True


@dataclass(frozen=True)
class Request:
    """What a playbook was asked for.

    preview: whether nothing may be written. service: the URL of the service.
    order_ids: the orders that were named; None where they are to be searched for.
    states: the statuses of the orders that are meant, each of which has its own end.
    previewed: the statuses that orders had when they were previewed, by their IDs.
    details: whether to tell what each order waits for, and who placed it.
    older_than_days, filters: what to search for, the filters by the names of the options of digicert_order_info.
    maximum: at most how many orders to cancel; None for any number.
    batch_size: how many orders a task gets. report_path: where the report goes; None for no report.
    connection: the options of the modules that tell how to reach the service, but for the API key.
    own_key: whether the key is that of the variable; otherwise it is that of the environment.
    """

    playbook: str
    preview: bool
    note: str
    service: str
    batch_size: int
    states: list[str] = field(default_factory=lambda: list(_USUAL_STATES))
    previewed: dict[int, str] = field(default_factory=dict)
    details: bool = False
    order_ids: list[int] | None = None
    older_than_days: int | None = None
    filters: dict[str, list[Any]] = field(default_factory=dict)
    maximum: int | None = None
    report_path: str | None = None
    connection: dict[str, Any] = field(default_factory=dict)
    own_key: bool = False

    def as_result(self) -> dict[str, Any]:
        """Give the request as an action returns it."""
        return asdict(self)

    @property
    def ends(self) -> list[WantedStatus]:
        """What orders are brought to, in the order of the table."""
        return list(dict.fromkeys(end for state, end in ENDS.items() if state in self.states))

    @property
    def search(self) -> dict[str, Any] | None:
        """The options of digicert_order_info that find the orders; None where they were named and are to be canceled.

        The module itself knows which states that is for.
        """
        if self.order_ids is not None:
            plain = set(self.states) == set(_USUAL_STATES) and not self.previewed
            return {"order_id": self.order_ids} if self.order_ids and not plain else None
        return {"status": self.states, "created_before": f"-{self.older_than_days} days", **self.filters}

    def end_of(self, order_id: int, status: str | None) -> WantedStatus | None:
        """Give what an order is to be brought to; None where that was not asked for.

        An order that is at an end already belongs to it, so that running again is fine.
        """
        previewed = self.previewed.get(order_id)
        end = ENDS[status] if status in self.states else _AT_THE_END.get(status or "")
        as_previewed = previewed in (None, status) or (status in _AT_THE_END and ENDS.get(previewed) is end)
        return end if end in self.ends and as_previewed else None

    def states_of(self, order_ids: Iterable[int], end: WantedStatus) -> list[str]:
        """Give the statuses in which these orders may be brought to an end: those of the preview, where there was one."""
        states = [state for state in self.states if ENDS[state] is end]
        previewed = {self.previewed.get(order_id) for order_id in order_ids}
        return [state for state in states if state in previewed] or states

    @classmethod
    def of_result(cls, result: Mapping[str, Any]) -> Request:
        """Take a request from where an action's result was registered."""
        return cls(**{each.name: result[each.name] for each in fields(cls)})


def read_request(
    playbook: str, given: Mapping[str, Given], environment: Mapping[str, str], check_mode: bool
) -> Request:
    """Give what the variables ask of a playbook. Raises Complaints.

    given: the variables by name; others than those of the table are ignored. environment: that of Ansible.
    """
    complaints: list[str] = []
    values: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        if playbook in variable.playbooks:
            try:
                values[name.removeprefix(_PREFIX)] = _read(name, variable, given.get(name))
            except ValueError as complaint:
                complaints.append(str(complaint))
    try:
        if "api_key" in values:
            _require_key(values["api_key"], environment.get("DIGICERT_API_KEY", ""))
        service = usable_api_url(values.get("api_url") or environment.get("DIGICERT_API_URL") or US_URL)
    except ValueError as complaint:
        complaints.insert(0, str(complaint))
    complaints += [
        f"The environment variable {name} has no effect: give {name.lower()} as a variable of Ansible."
        for name in environment
        if name.isupper() and name.lower() in VARIABLES and name not in _OF_THE_ENVIRONMENT
    ]
    if complaints:
        raise Complaints(complaints)
    return Request(
        playbook=playbook,
        preview=check_mode or values["dry_run"],
        note=values["note"],
        service=service,
        batch_size=values["batch_size"],
        states=values["states"],
        previewed=values.get("previewed_states", {}),
        details=values.get("details", False),
        order_ids=values.get("order_id"),
        older_than_days=values.get("older_than_days"),
        filters={name: values[name] for name in FILTERS if values.get(name)},
        maximum=None if values.get("allow_more") else values.get("maximum"),
        report_path=values["report_path"],
        connection={name: values[name] for name in _CONNECTION if values.get(name) is not None}
        | {"api_url": service},
        own_key=bool(values.get("api_key")),
    )


def read_key(given: Given) -> str:
    """Give the key of the variable `digicert_api_key`. Raises ValueError with a sentence that does not hold it."""
    key = _read(KEY, VARIABLES[KEY], given)
    return usable_api_key(key, KEY)


def _require_key(of_variable: str | None, of_environment: str) -> None:
    name, key = (KEY, of_variable) if of_variable else ("DIGICERT_API_KEY", of_environment)
    if not key.strip():
        raise UnusableOption(
            "There is no API key for CertCentral: set the environment variable DIGICERT_API_KEY, for example with "
            "'read -rs DIGICERT_API_KEY && export DIGICERT_API_KEY', or the variable digicert_api_key, or have a credential "
            "of AWX do it."
        )
    usable_api_key(key, name)


def strangers(playbook: str, names: Collection[str], extra: Iterable[str]) -> list[str]:
    """Complain of variables that look like those of the playbooks, and are not.

    names: of all variables that are not results of earlier tasks. extra: of the extra variables. These may be nearly
    right in another way: the prefix is absent, and the variable with the prefix was not given.
    """
    known = [*VARIABLES, *HANDED_ON]
    # YAML allows numbers as names.
    names, extra = ({name for name in given if isinstance(name, str)} for given in (names, extra))
    near = {name for name in {*names, *extra} if get_close_matches(name, known, cutoff=_NEARLY_THE_SAME)}
    near |= {name for name in {*names, *extra} if name.casefold().startswith("digicert")}
    absent = _of(playbook) - {*names, *_CONNECTION_VARIABLES}
    bare = {name.removeprefix(_PREFIX) for name in absent}
    bare |= {name.removesuffix("_id") for name in bare}
    bare |= _CHECKING if _DRY_RUN in absent else set()
    near |= {name for name in extra if get_close_matches(_plain(name), bare, cutoff=_NEARLY_THE_SAME)}
    unknown = sorted(name for name in near.difference(known) if not name.startswith(_OF_AWX))
    return [f"{name} is not a variable of this playbook: {_near(playbook, name)}" for name in unknown]


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_")


def _near(playbook: str, name: str) -> str:
    if get_close_matches(_plain(name).removeprefix(_PREFIX), _CHECKING, cutoff=_NEARLY_THE_SAME):
        return f"did you mean --check, or {_DRY_RUN}?"
    own = [known.removeprefix(_PREFIX) for known in _of(playbook)]
    prefix, _underscore, distinct = _plain(name).partition("_")
    # What all have in common would make every name a near match.
    distinct = distinct if get_close_matches(prefix, ["digicert"]) else _plain(name)
    if near := get_close_matches(distinct, own):
        return f"did you mean {_PREFIX}{near[0]}?"
    return "remove it, or give it a name that does not begin with digicert."


def _of(playbook: str) -> set[str]:
    return {name for name, variable in VARIABLES.items() if playbook in variable.playbooks}


def without_effect(playbook: str, names: Iterable[str]) -> list[str]:
    """Give the names of variables that only another playbook takes."""
    return sorted(name for name in names if name in VARIABLES and playbook not in VARIABLES[name].playbooks)


def _read(name: str, variable: Variable, given: Given | None) -> Any:
    """Give the value of a variable. Raises ValueError with a whole sentence."""
    left_out = given is not None and given.answered and not given.computed and given.value == ""
    if given is None or (left_out and variable.left_out):
        if variable.required:
            raise ValueError(f"{name} is absent: {variable.required}.")
        return variable.default
    try:
        if given.value is None:
            raise Unusable("is null")
        if not given.computed and isinstance(given.value, str) and not given.value.strip():
            raise Unusable("is empty")
        if given.computed and isinstance(given.value, str) and _NOTHING.fullmatch(given.value.strip()):
            raise Unusable(f"comes out as {_shown(given.value)} of an expression")
        return variable.read(given.value)
    except Unusable as unusable:
        what = "cannot be used" if variable.secret else str(unusable)
        raise ValueError(f"{name} takes {variable.takes}, but it {what}.") from None


def _shown(value: Any) -> str:
    text = without_keys(repr(str(value)) if isinstance(value, str) else str(value))
    return text if len(text) <= 100 else f"{text[:100]}..."


def _items(value: Any) -> list[str]:
    """Give the items of a list, or of text with commas or white space between them. Raises Unusable."""
    items: list[str] = []
    for part in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(part, bool) or not isinstance(part, (str, int)):
            raise Unusable(
                f"holds {_shown(part)}" if isinstance(value, (list, tuple)) else f"is {_shown(part)}"
            )
        found = [item.strip() for item in _SEPARATORS.split(str(part)) if item.strip()]
        if not found:
            raise Unusable("holds an empty item")
        if odd := [item for item in found if not item.isprintable()]:
            raise Unusable(f"holds {_shown(odd[0])}")
        items += found
    if not items:
        raise Unusable("holds nothing")
    return list(dict.fromkeys(items))


def _ids(value: Any) -> list[int]:
    for part in value if isinstance(value, (list, tuple)) else [value]:
        if words := ambiguous_number(part) if isinstance(part, str) else None:
            raise Unusable(
                f"holds {_shown(words)}, one number with separators or several: write a blank behind each comma"
            )
    items = _items(value)
    if unusable := [item for item in items if not is_id(item)]:
        raise Unusable(f"holds: {' '.join(unusable)}")
    return [int(item) for item in items]


def _order_ids(value: Any) -> list[int]:
    numbers = isinstance(value, (list, tuple)) and all(isinstance(part, int) for part in value)
    if numbers and _THOUSANDS.search(",".join(map(str, value))):
        raise Unusable(
            f"is {_shown(value)}, one number with separators or several: give text with a blank behind each comma"
        )
    # An empty list is what a workflow hands on if nothing was found.
    return [] if value == [] else _ids(value)


def _names(pattern: str, value: Any) -> list[str]:
    """Give items that match a pattern as a whole. Raises Unusable."""
    items = _items(value)
    if unusable := [item for item in items if _NOTHING.fullmatch(item) or not re.fullmatch(pattern, item)]:
        raise Unusable(f"holds: {' '.join(unusable)}")
    return items


def _whole_number(least: int, most: int, value: Any) -> int:
    """Give a number within its bounds. Raises Unusable."""
    text = str(value).strip()
    if not re.fullmatch(r"0|[1-9][0-9]{0,9}", text) or not least <= int(text) <= most:
        raise Unusable(f"is {_shown(value)}")
    return int(text)


def _states(value: Any) -> list[str]:
    items = _items(value)
    if unusable := [item for item in items if item not in ENDS]:
        raise Unusable(f"holds: {' '.join(unusable)}")
    return items


def _previewed(value: Any) -> dict[int, str]:
    if not isinstance(value, Mapping) or not all(
        is_id(key) and isinstance(state, str) and state in ENDS for key, state in value.items()
    ):
        raise Unusable(f"is {_shown(value)}")
    previewed = {int(key): str(state) for key, state in value.items()}
    # A number and its spelling are two names.
    if len(previewed) < len(value):
        raise Unusable(f"is {_shown(value)}, which has an order twice")
    return previewed


def _truth(value: Any) -> bool:
    truth = _TRUTHS.get(str(value).strip().lower())
    if truth is None:
        raise Unusable(f"is {_shown(value)}")
    return truth


def _text(value: Any) -> str:
    # A number that was typed as a note arrives as a number.
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Unusable(f"is {_shown(value)}")
    text = str(value)
    if text.encode(errors="replace").decode() != text:
        raise Unusable("holds characters that are not UTF-8")
    return text


def _path_of_report(value: Any) -> str:
    try:
        return report_path(_text(value).strip())
    except ValueError as error:
        raise Unusable(str(error)) from None


def _file(value: Any) -> str:
    # The module may run in another folder.
    path = _text(os.path.realpath(os.path.expanduser(_text(value).strip())))  # noqa: PTH111 (Path raises where there is no such user)
    if not os.access(path, os.R_OK):
        raise Unusable(f"is {_shown(value)}, which is absent or cannot be read")
    return path


def _seconds(value: Any) -> float:
    try:
        seconds = (
            float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else 0.0
        )
    except (ValueError, OverflowError):
        seconds = 0.0
    if not 0 < seconds <= _A_DAY:
        raise Unusable(f"is {_shown(value)}")
    return seconds


def _windows(value: Any) -> list[dict[str, Any]]:
    windows = value if isinstance(value, list) else []
    if not windows or any(
        not isinstance(each, Mapping) or set(each) != {"requests", "seconds"} for each in windows
    ):
        raise Unusable(f"is {_shown(value)}")
    return [
        {"requests": _whole_number(1, 99999, each["requests"]), "seconds": _seconds(each["seconds"])}
        for each in windows
    ]


_SEARCH = (CANCEL_STALE_ORDERS,)
FILTERS = ("organization_id", "container_id", "common_name", "product_name_id", "user_id", "email")
_CONNECTION = ("api_url", "ca_path", "validate_certs", "timeout", "retries", "rate_limits")
# These do not change which orders are meant, and anybody may use their names.
_CONNECTION_VARIABLES = frozenset(f"{_PREFIX}{name}" for name in ("api_key", *_CONNECTION))

VARIABLES: Mapping[str, Variable] = {
    "digicert_order_id": Variable(
        "whole numbers without leading zeros, such as 1001,1004",
        _order_ids,
        (CANCEL_ORDERS,),
        required="give the IDs of the orders to cancel, for example -e digicert_order_id=1001,1004",
    ),
    "digicert_older_than_days": Variable(
        "a whole number of days from 1 to 99999, such as 30",
        partial(_whole_number, 1, 99999),
        _SEARCH,
        required="give the minimum age of the orders in days, for example -e digicert_older_than_days=30",
    ),
    "digicert_note": Variable(
        "text", _text, required="say why the orders are canceled, for example -e digicert_note=CHG0031337"
    ),
    "digicert_dry_run": Variable("true or false", _truth, default=False, left_out=False),
    "digicert_states": Variable(f"statuses out of {', '.join(ENDS)}", _states, default=list(_USUAL_STATES)),
    "digicert_previewed_states": Variable(
        "the states that orders had in a preview, by their IDs", _previewed, (CANCEL_ORDERS,), default={}
    ),
    "digicert_details": Variable("true or false", _truth, _SEARCH, default=True),
    "digicert_organization_id": Variable("whole numbers such as 4501,4502", _ids, _SEARCH),
    "digicert_container_id": Variable("whole numbers such as 4301,4302", _ids, _SEARCH),
    "digicert_common_name": Variable(
        "host names such as shop.example.com or *.example.com", partial(_names, r"[^/:@]+[.][^/:@]+"), _SEARCH
    ),
    "digicert_product_name_id": Variable(
        "names such as ssl_basic", partial(_names, r"[a-zA-Z0-9_]+"), _SEARCH
    ),
    "digicert_user_id": Variable("whole numbers such as 4601,4602", _ids, _SEARCH),
    "digicert_email": Variable(
        "addresses such as jane@example.com", partial(_names, r"[^/:@]+@[^/:@]+"), _SEARCH
    ),
    "digicert_maximum": Variable(
        "a whole number of orders from 0 to 999999, such as 50",
        partial(_whole_number, 0, 999999),
        _SEARCH,
        default=50,
    ),
    "digicert_allow_more": Variable("true or false", _truth, _SEARCH, default=False),
    "digicert_batch_size": Variable(
        "a whole number of orders from 1 to 9999, such as 100", partial(_whole_number, 1, 9999), default=100
    ),
    "digicert_report_path": Variable(
        "the path of a file that can be written and ends with .csv or .md, such as stale-orders.md",
        _path_of_report,
    ),
    KEY: Variable("text", _text, secret=True),
    "digicert_api_url": Variable("text", _text),
    "digicert_ca_path": Variable("the path of a file or a folder", _file),
    "digicert_validate_certs": Variable("true or false", _truth),
    "digicert_timeout": Variable("a number of seconds, more than 0 and at most 86400", _seconds),
    "digicert_retries": Variable("a whole number from 0 to 99", partial(_whole_number, 0, 99)),
    "digicert_rate_limits": Variable(
        "a list of windows such as {requests: 100, seconds: 5}, of at least 1 request in more than 0 seconds",
        _windows,
    ),
}
