# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints the name and the seconds of every task, and the results of those that fail."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: task_times
type: stdout
short_description: Names and seconds of tasks
description:
  - Prints a line for each task, its name and its seconds with a tab between them.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """A task takes from the moment that its name is known until its result is."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "task_times"

    def __init__(self) -> None:
        super().__init__()
        self._began = 0.0

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: ARG002
        """Look at the clock."""
        self._began = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        """Print the time."""
        seconds = time.monotonic() - self._began
        self._display.display(f"{result.task_name}\t{seconds:.4f}")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ARG002
        """Print why."""
        self._display.display(self._dump_results(result._result, indent=2))  # noqa: SLF001
