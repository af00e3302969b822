# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find orders, show the plan, cancel in batches, write the report."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from ansible import constants
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.community.digicert.plugins.module_utils._certcentral import DOCUMENTED_LIMITS
from ansible_collections.community.digicert.plugins.module_utils._errors import place_of
from ansible_collections.community.digicert.plugins.module_utils._interruption import nobody_reads
from ansible_collections.community.digicert.plugins.module_utils._order_change import Outcome
from ansible_collections.community.digicert.plugins.module_utils._order_rules import WantedStatus
from ansible_collections.community.digicert.plugins.plugin_utils import _wording
from ansible_collections.community.digicert.plugins.plugin_utils._cancellation import (
    NOT_STARTED,
    PRINTED,
    Cancellation,
    begin,
    look_at,
)
from ansible_collections.community.digicert.plugins.plugin_utils._report_file import write_report
from ansible_collections.community.digicert.plugins.plugin_utils._request import KEY, Request, read_key
from ansible_collections.community.digicert.plugins.plugin_utils._variables import (
    given,
    masking,
    with_answers,
)

# CertCentral refuses more than 100 requests in 5 seconds and more than 1000 in 180 (contract section 3), and the module
# counts only the requests of one task. One every 0.2 seconds keeps to both, however tasks follow on each other.
_SPREAD = [{"requests": 1, "seconds": 0.2}]
_ALL_AT_ONCE = min(limit.requests for limit in DOCUMENTED_LIMITS)
# Requests: an order is found, looked at with two, and changed with up to three.
_EACH = 6
_FIND = "community.digicert.digicert_order_info"
_CHANGE = "community.digicert.digicert_order_status"


class ActionModule(ActionBase):
    """Runs digicert_order_status for some orders at a time, and accounts for every one of them whatever happens."""

    _supports_check_mode = True

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Cancel the orders of the task's `request`, or those that its search finds."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._variables = task_vars or {}
        request = Request.of_result(self._task.args["request"])
        key, no_key = self._key() if request.own_key else ("", "")
        self._connection_options = {**request.connection, **({"api_key": key} if key else {})}
        self._masking = masking(key, os.environ)
        self._warnings: list[Any] = []
        diffs: list[Mapping[str, str]] = []
        now = datetime.now(timezone.utc)
        self._parent = os.getppid()
        # A dry run is check mode. Nothing turns check mode off.
        self._task.check_mode = self._task.check_mode or request.preview

        def bring(order_ids: list[int], end: WantedStatus, several: bool) -> Mapping[str, Any]:
            options = {
                "order_id": order_ids,
                "status": end.value,
                "only_status": request.states_of(order_ids, end),
                "note": request.note,
            }
            told = self._module(_CHANGE, options, spread=(several or request.details) and _crowded(run))
            diffs.extend([told["diff"]] if "diff" in told else [])
            return told

        def interrupted() -> str | None:
            if self._has_ended():
                return "Ansible was ended, so no further batch was handed out."
            if nobody_reads(self._parent):
                return "Nobody reads what Ansible prints any more, so no further batch was handed out."
            return None

        def tell(*batch: Any) -> None:
            # Anyone who ends Ansible by force finds in it what was done until then.
            self._write(run, now, _wording.UNDER_WAY)
            self._show(_wording.progress(run, *batch))

        run = self._begin(request, now, no_key)
        # What cannot be found out before is whether the file there can be replaced, in a sticky folder for example.
        run.stop = run.stop or self._write(run, now, _wording.UNDER_WAY)
        self._show(_wording.plan(run))

        run.hand_out(bring, tell, interrupted)
        unwritten = self._write(run, now)
        as_wanted = run.as_wanted and not unwritten
        verdict = self._masking.line(
            " ".join(filter(None, [_wording.verdict(run), unwritten if unwritten != run.stop else ""]))
        )
        if self._has_ended():
            return {**result, "failed": True, "msg": verdict}
        # A condition of import_playbook is judged before each task anew, and may skip the one that concludes.
        concludes = not self._task.get_play()._included_conditional  # noqa: SLF001 (nothing public tells)
        return {
            **result,
            **({"warnings": self._warnings} if self._warnings else {}),
            **({} if as_wanted or concludes else {"failed": True, "msg": verdict}),
            "changed": bool(run.ids(Outcome.CHANGED)),
            "diff": diffs,
            "as_wanted": as_wanted,
            "verdict": verdict,
            "statistics": run.statistics,
        }

    def _key(self) -> tuple[str, str]:
        """Give the key of the variable, and why there is none now: an expression may come out in another way than before.

        It is not an argument of the task, because Ansible shows those to callbacks, and some to everybody.
        """
        try:
            found = given(with_answers(self._variables, [KEY], self._task), KEY, self._templar)
        # ansible-core before 2.19 lets through whatever a filter or a lookup raises, with what it was given in its text.
        except Exception:  # noqa: BLE001
            return "", f"{KEY} cannot be worked out any more, so nothing was canceled."
        try:
            return read_key(found), ""
        except ValueError as error:
            return "", f"{error} It was another value before. Nothing was canceled."

    def _begin(self, request: Request, now: datetime, no_key: str) -> Cancellation:
        """Find the orders, if they were not named; whatever comes of it, it is told."""
        if no_key:
            searched = request.order_ids is not None
            return replace(begin(request, None, now), stop=no_key, searched=searched)
        try:
            return self._found(request, now)
        except Exception as error:  # noqa: BLE001 (no reply may take the verdict away)
            stop = f"What the search found cannot be read ({place_of(error)}), so nothing was canceled."
            return Cancellation(request, stop=stop, searched=False)

    def _found(self, request: Request, now: datetime) -> Cancellation:
        if request.search is None:
            return begin(request, None, now)
        run = begin(request, self._module(_FIND, request.search), now)
        # More than the maximum need not be looked at one by one.
        if not request.details or run.stop or not run.orders:
            return run
        details = self._module(_FIND, {**request.search, "details": True}, spread=_crowded(run))
        looked_at, gone = look_at(run, details, now)
        if gone:
            told = ", ".join(map(str, gone))
            self._warnings.append(f"Not found any more when each order was looked at, so left alone: {told}.")
        return looked_at

    def _module(self, name: str, options: Mapping[str, Any], spread: bool = False) -> dict[str, Any]:
        """Run a module and give its result, or the failure that there was instead.

        spread: whether it has to leave room for what other modules of this run send.
        """
        limits = {"rate_limits": _SPREAD} if spread else {}
        try:
            told: dict[str, Any] = self._execute_module(
                name, {**limits, **self._connection_options, **options}, task_vars=self._variables
            )
        except AnsibleConnectionFailure as error:
            # It is raised if the module cannot be put in place.
            return {
                "msg": f"The module could not be started: {self._masking.quoted(str(error))}",
                "error": {"code": NOT_STARTED},
            }
        except Exception as error:  # noqa: BLE001 (what was done until then must not be lost with it)
            return {"msg": f"The module did not end as modules do: {self._masking.quoted(str(error))}"}
        self._warnings += told.get("warnings", [])
        # Only what a module says by itself has been looked through for the key.
        printed = {name: self._masking.line(str(told[name])) for name in PRINTED if told.get(name)}
        return {**told, **printed}

    def _write(self, run: Cancellation, now: datetime, remark: str = "") -> str:
        """Write the report, if one is wanted, without the key; give a sentence if that failed."""
        path = run.request.report_path
        if path:
            told = _wording.report(run, now, remark)
            facts, rows = self._masking.value([dict(told.facts), [list(row) for row in told.rows]])
            try:
                write_report(path, told._replace(facts=facts, rows=rows))
            except OSError as error:
                return f"The report {path} could not be written: {error.strerror}."
        return ""

    def _show(self, lines: Iterable[str]) -> None:
        """Print lines as they are, without the key; what a task returns would be printed as JSON.

        Anyone who has a callback print JSON gets nothing but JSON.
        """
        if "json" in constants.DEFAULT_STDOUT_CALLBACK or self._has_ended() or nobody_reads(self._parent):
            return
        # All at once: Ansible waits for ever once it could not print a single line that comes from a task.
        if text := "\n".join(map(self._masking.line, lines)):
            Display().display(text)

    def _has_ended(self) -> bool:
        """Tell whether Ansible has left this process behind: what it is told then fills a pipe, and waits for ever."""
        return os.getppid() != self._parent


def _crowded(run: Cancellation) -> bool:
    """Tell whether all requests for all orders would be too many at a time."""
    return _EACH * len(run.orders) > _ALL_AT_ONCE
