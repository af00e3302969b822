# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the variables that a cancellation playbook was given."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.parsing.splitter import parse_kv
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.community.digicert.plugins.plugin_utils._request import (
    PLAYBOOKS,
    VARIABLES,
    Complaints,
    Given,
    read_request,
    strangers,
    without_effect,
)


class ActionModule(ActionBase):
    """Gives the request that the variables add up to, or fails with everything that is wrong with them."""

    _supports_check_mode = True

    def run(self, tmp: None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Check the variables of `task_vars`. Sends nothing."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validated, options = self.validate_argument_spec(
            {"playbook": {"type": "str", "required": True, "choices": list(PLAYBOOKS)}}
        )
        playbook = options["playbook"]
        # What was registered by an earlier play stays visible. No variable of the playbooks is a mapping.
        names = [
            name
            for name, value in variables.items()
            if not (isinstance(value, Mapping) and "changed" in value)
        ]
        complaints = [
            *_lost_words(),
            *self._elsewhere(),
            *strangers(playbook, names, load_extra_vars(self._loader)),
        ]
        given: dict[str, Given] = {}
        for name in VARIABLES:
            if name in variables:
                try:
                    given[name] = self._given(variables[name])
                except AnsibleError as error:
                    complaints.append(f"{name} cannot be worked out: {error}")
        try:
            request = read_request(playbook, given, os.environ, self._task.check_mode)
        except Complaints as found:
            complaints += found.complaints
        if complaints:
            return {
                **result,
                "failed": True,
                "msg": str(Complaints(complaints)),
                "error": {"code": "invalid_variable"},
            }
        warnings = [f"{name} has no effect on {playbook}." for name in without_effect(playbook, variables)]
        return {**result, **request.as_result(), **({"warnings": warnings} if warnings else {})}

    def _given(self, value: Any) -> Given:
        """Give the value of a variable. Raises AnsibleError where an expression cannot be worked out."""
        # ansible-core before 2.19 does not decrypt what is templated.
        plain = str(value) if getattr(value, "__ENCRYPTED__", False) else value
        return Given(self._templar.template(plain), self._templar.is_template(plain))

    def _elsewhere(self) -> Iterator[str]:
        """Complain if the playbook would run as somebody else or elsewhere.

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


def _lost_words() -> Iterator[str]:
    """Complain of the words that Ansible cuts off a value with blanks that was given with -e."""
    lost = []
    for option in context.CLIARGS.get("extra_vars", ()):
        if "digicert" in option and not option.lstrip().startswith(("@", "{", "[")):
            parsed = parse_kv(option)
            words = parsed.pop("_raw_params", "")
            lost += [f"{words!r} behind -e {' '.join(parsed)}=..."] if words else []
    if lost:
        yield (
            f"Ansible drops what follows a blank in an extra variable, and this was lost: {', '.join(lost)}. Put the value "
            "in quotes of its own, as in -e 'digicert_note=\"Two words\"', or give the variables as JSON, as in "
            '-e \'{"digicert_note": "Two words"}\', or in a file, as in -e @variables.yml.'
        )
