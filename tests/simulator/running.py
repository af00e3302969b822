# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator that runs in another process, as its state file tells of it."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

ANSWER_SECONDS = 5.0
STOP_SECONDS = 20.0


class NotRunning(Exception):
    """No simulator answers where the state file says that one does; the text says why."""


@dataclass(frozen=True)
class Running:
    """A simulator in another process; `state` is what it tells of itself."""

    state_file: Path
    control_url: str
    ca_path: str | None
    pid: int
    state: Mapping[str, Any]

    @classmethod
    def find(cls, state_file: Path) -> Running:
        """Give the simulator that wrote this file. Raises NotRunning, also where it does not answer any more."""
        try:
            state = json.loads(state_file.read_text(encoding="utf-8"))
            running = cls(state_file, state["control_url"], state["ca_path"], state["pid"], state)
            running.call("GET", "settings")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotRunning(f"no simulator runs that {state_file} tells of ({error})") from error
        return running

    def call(self, method: str, path: str) -> Any:
        """Send a request to the control interface, never by way of a proxy. Raises OSError."""
        # A simulator can have been told to have a certificate that nobody accepts.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if self.ca_path else None
        if context:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
        data = b"{}" if method == "POST" else None
        request = Request(f"{self.control_url}/{path}", data=data, method=method)  # noqa: S310
        with opener.open(request, timeout=ANSWER_SECONDS) as reply:
            return json.load(reply)

    def stop(self) -> None:
        """End it and wait until it has ended. Raises OSError when it does not."""
        self.call("POST", "stop")
        end = time.monotonic() + STOP_SECONDS
        while self.state_file.exists():
            if time.monotonic() > end:
                raise TimeoutError(f"process {self.pid} has not ended after {STOP_SECONDS:.0f} seconds")
            time.sleep(0.02)
