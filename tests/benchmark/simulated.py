# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated CertCentral, in a process of its own: it shares no interpreter with anything that is measured."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import Request, urlopen

TESTS = Path(__file__).resolve().parent.parent
START_SECONDS = 20.0


class SimulatedCertCentral:
    """A context manager: the simulator runs inside it, without rate limits until `reset` sets some."""

    def __init__(self, folder: Path) -> None:
        """Take a folder for the file in which the simulator tells where it is."""
        self._state_file = folder / "simulator.json"

    def __enter__(self) -> SimulatedCertCentral:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "simulator", "--state-file", str(self._state_file)]
        self._process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(TESTS)}, stdout=subprocess.DEVNULL
        )
        end = time.monotonic() + START_SECONDS
        while not self._state_file.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                self._process.kill()
                raise RuntimeError("the simulator did not start")
            time.sleep(0.02)
        state = json.loads(self._state_file.read_text(encoding="utf-8"))
        self.api_url: str = state["api_url"]
        self.ca_path: str = state["ca_path"]
        self.api_key: str = state["keys"]["full"]
        self._control_url: str = state["control_url"]
        self._context = ssl.create_default_context(cafile=self.ca_path)
        self.reset()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()

    def reset(self, **settings: Any) -> None:
        """Empty the ledger and the windows, take the added orders away, and set what is given."""
        self._control("reset", {"rate_limits": [], **settings})

    def add_orders(self, count: int, status: str = "pending") -> list[int]:
        """Add orders; gives their IDs, the same ones after every reset."""
        order_ids: list[int] = self._control("orders", {"count": count, "status": status})["order_ids"]
        return order_ids

    def requests(self) -> list[dict[str, Any]]:
        """Give the requests in the ledger, oldest first."""
        requests: list[dict[str, Any]] = self._control("ledger")["requests"]
        return requests

    def _control(self, path: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        with urlopen(Request(f"{self._control_url}/{path}", data=body), context=self._context) as reply:  # noqa: S310
            return json.load(reply)
