# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the variables that a cancellation playbook was given."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible import context
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.community.digicert.plugins.plugin_utils._request import (
    CANCEL_ORDERS,
    KEY,
    PLAYBOOKS,
    VARIABLES,
    Complaints,
    Given,
    read_request,
    strangers,
    without_effect,
)
from ansible_collections.community.digicert.plugins.plugin_utils._variables import (
    answers,
    given,
    key_elsewhere,
    key_on_command_line,
    lost_words,
    masking,
    with_answers,
)

# A result has one of these beside `changed`, also that of a loop.
_OF_RESULTS = frozenset({"failed", "results", "skipped", "unreachable"})


class ActionModule(ActionBase):
    """Gives the request that the variables add up to, or fails with everything that is wrong with them."""

    _supports_check_mode = True

    def run(self, tmp: None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Check the variables of `task_vars`. Sends nothing."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(
            {"playbook": {"type": "str", "required": True, "choices": list(PLAYBOOKS)}}
        )
        playbook = options["playbook"]
        extra = load_extra_vars(self._loader)
        words = context.CLIARGS.get("extra_vars", ())
        came_as_answers = answers(extra, words)
        left_out = [name for name in came_as_answers if name in VARIABLES and VARIABLES[name].left_out]
        variables = with_answers(task_vars or {}, left_out, self._task)
        # What was registered by an earlier play stays visible. No variable of the playbooks is a mapping.
        names = [
            name
            for name, value in variables.items()
            if not (isinstance(value, Mapping) and "changed" in value and not _OF_RESULTS.isdisjoint(value))
        ]
        complaints = [*lost_words(words), *self._elsewhere(variables), *strangers(playbook, names, extra)]
        found, unreadable = self._found(variables, came_as_answers)
        complaints += [*unreadable, *key_elsewhere(found, os.environ)]
        try:
            request = read_request(playbook, found, os.environ, self._task.check_mode)
        except Complaints as unusable:
            complaints += unusable.complaints
        warnings = list(key_on_command_line(found, words))
        # Several playbooks of one command line share their extra variables, and so do the jobs of a workflow in AWX,
        # of which none that searches is given orders.
        alone = len(context.CLIARGS.get("args", ())) <= 1
        shared = came_as_answers if playbook == CANCEL_ORDERS else ()
        for name in without_effect(playbook, variables):
            if alone and name in extra and name not in shared:
                complaints.append(
                    f"{name} has no effect on {playbook}: remove it, or, if it is for another playbook of this run, give it as "
                    "a variable of that play."
                )
            else:
                warnings.append(f"{name} has no effect on {playbook}.")
        if complaints:
            key = found[KEY].value if KEY in found else None
            return {
                **result,
                "failed": True,
                "msg": masking(key, os.environ).line(str(Complaints(complaints))),
                "error": {"code": "invalid_variable"},
            }
        return {**result, **request.as_result(), **({"warnings": warnings} if warnings else {})}

    def _found(
        self, variables: Mapping[str, Any], came_as_answers: Collection[str]
    ) -> tuple[dict[str, Given], list[str]]:
        """Give the playbooks' variables that are present, and complaints about expressions."""
        found, complaints = {}, []

        def find(name: str) -> None:
            try:
                found[name] = given(variables, name, self._templar, came_as_answers)
            # ansible-core before 2.19 lets through whatever a filter or a lookup raises.
            except Exception as error:  # noqa: BLE001
                why = "its expression is not shown here." if VARIABLES[name].secret else str(error)
                complaints.append(f"{name} cannot be worked out: {why}")

        for name in filter(variables.__contains__, VARIABLES):
            find(name)
        return found, complaints

    def _elsewhere(self, variables: Mapping[str, Any]) -> Iterator[str]:
        """Complain if the playbook would run as somebody else, elsewhere or more than once.

        The playbooks say where they run, but extra variables and facts take precedence over what they say.
        """
        if self._connection.transport != "local":
            yield (
                "This playbook runs on the machine that Ansible runs on, but ansible_connection is "
                f"{self._connection.transport!r} by an extra variable or a fact: remove it."
            )
        if self._connection.become is not None or self._play_context.become:
            yield (
                "This playbook runs as the user who runs Ansible, but ansible_become is set by an extra variable or a "
                "fact: remove it."
            )
        hosts = variables.get("ansible_play_hosts_all") or ()
        if len(hosts) > 1:
            yield (
                f"This playbook runs once, but the inventory has a group localhost of {len(hosts)} hosts: give the group "
                "another name."
            )
