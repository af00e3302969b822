# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show the plan of a cancellation playbook, cancel in batches, write the report."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.community.digicert.plugins.module_utils._masking import Masking
from ansible_collections.community.digicert.plugins.module_utils._order_change import Outcome
from ansible_collections.community.digicert.plugins.plugin_utils import _wording
from ansible_collections.community.digicert.plugins.plugin_utils._cancellation import begin
from ansible_collections.community.digicert.plugins.plugin_utils._report_file import write_report
from ansible_collections.community.digicert.plugins.plugin_utils._request import Request

# CertCentral refuses more than 100 requests in 5 seconds and more than 1000 in 180 (contract section 3), and the module
# counts only the requests of one task. One every 0.2 seconds keeps to both, however batches follow on each other.
_SPREAD = [{"requests": 1, "seconds": 0.2}]
_MODULE = "community.digicert.digicert_order_status"


class ActionModule(ActionBase):
    """Runs digicert_order_status for some orders at a time, and accounts for every one of them whatever happens."""

    _supports_check_mode = True

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Cancel the orders of the task's `request`, or those that its `search` found."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        connection = dict(self._task.args)
        request = Request.of_result(connection.pop("request"))
        search = connection.pop("search", None)
        key = str(connection.get("api_key") or os.environ.get("DIGICERT_API_KEY") or "").strip()
        masking = Masking(*([key] if key else []))
        diffs: list[Mapping[str, str]] = []
        now = datetime.now(timezone.utc)
        # A dry run is a check mode. The other way round nothing takes the check mode away.
        self._task.check_mode = self._task.check_mode or request.preview

        def call(order_ids: list[int], several: bool) -> Mapping[str, Any]:
            options = {**connection, "order_id": order_ids, "note": request.note}
            if several:
                options.setdefault("rate_limits", _SPREAD)
            try:
                told: dict[str, Any] = self._execute_module(_MODULE, options, task_vars=task_vars)
            except Exception as error:  # noqa: BLE001 (what was done until then must not be lost with it)
                return {"msg": f"The module did not end as modules do: {masking.quoted(str(error))}"}
            diffs.extend([told["diff"]] if "diff" in told else [])
            return told

        run = begin(request, search, now)
        _show(_wording.plan(run))
        run.hand_out(call, lambda *batch: _show(_wording.progress(run, *batch)))
        verdict, as_wanted = _wording.verdict(run), run.as_wanted
        if request.report_path:
            try:
                write_report(request.report_path, _wording.report(run, now))
            except OSError as error:
                as_wanted = False
                verdict += f" The report {request.report_path} could not be written: {error.strerror}."
        return {
            **result,
            "changed": bool(run.ids(Outcome.CHANGED)),
            "diff": diffs,
            "as_wanted": as_wanted,
            "verdict": verdict,
            "statistics": run.statistics,
        }


def _show(lines: Iterable[str]) -> None:
    """Print lines as they are; what a task returns would be printed as JSON.

    Anyone who has a callback print JSON gets nothing but JSON.
    """
    if not constants.DEFAULT_STDOUT_CALLBACK.endswith("json"):
        for line in lines:
            Display().display(line)
