# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated CertCentral that behaves as the contract says, and `make live` against it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
import yaml
from ansible_collections.community.digicert.plugins.module_utils._order_rules import KNOWN_STATUSES
from ansible_collections.community.digicert.tests.simulator import KEYS, Simulator

CHECKOUT = Path(__file__).resolve().parents[2]
TARGET = CHECKOUT / "tests/integration/targets/live"
ACCOUNT = CHECKOUT / "tests/simulator/account.yml"
sys.path.insert(0, str(TARGET / "library"))

# Each of its marks is written differently in a URL, in JSON, in HTML, in base64 or in Python.
KEY = 'canary5d1f"b\\c+d/e=%&<> end7a2c'
# A process that has many threads, as this one has, should not fork to make a terminal.
IN_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
LONGEST_SECONDS = 90


class Ended(NamedTuple):
    """What came of a run: its exit status and what it showed."""

    status: int
    shown: str


Run = Callable[..., Ended]


@pytest.fixture(scope="session")
def simulator_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulator whose account has no order in a status that the contract does not know."""
    account = yaml.safe_load(ACCOUNT.read_text(encoding="utf-8"))
    account["orders"] = [order for order in account["orders"] if order["status"] in KNOWN_STATUSES]
    path = tmp_path_factory.mktemp("account") / "account.yml"
    path.write_text(yaml.safe_dump(account), encoding="utf-8")
    with mock.patch.dict(KEYS, full=KEY), Simulator(account=path) as running:
        yield running


@pytest.fixture
def simulator(simulator_of_session: Simulator) -> Simulator:
    """The simulator as it is at the start."""
    simulator_of_session.reset()
    return simulator_of_session


@pytest.fixture
def environment(simulator: Simulator, tmp_path: Path) -> dict[str, str]:
    """The environment of a user of `make live`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_CONFIG": str(CHECKOUT / "tests/forked/ansible.cfg"),
        "DIGICERT_API_KEY": KEY,
        "DIGICERT_API_URL": simulator.api_url,
        "REQUESTS_CA_BUNDLE": simulator.ca_path,
    }


@pytest.fixture
def make_live(environment: dict[str, str]) -> Run:
    """Give a function that runs the program behind `make live` without a terminal."""

    def run(**variables: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, str(TARGET / "live.py")],
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
        return Ended(ended.returncode, ended.stdout)

    return run


@pytest.fixture
def make_live_in_a_terminal(environment: dict[str, str]) -> Run:
    """Give a function that runs it in a terminal and types an answer once it is asked."""

    def run(answer: str, **variables: str) -> Ended:
        process = subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, sys.executable, str(TARGET / "live.py")],
            env={**environment, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        shown = b""
        end = time.monotonic() + LONGEST_SECONDS
        with process:
            while time.monotonic() < end:
                if select.select([process.stdout], [], [], 0.5)[0]:
                    some = os.read(process.stdout.fileno(), 65536)
                    shown += some
                    if not some:
                        break
                # Ansible drops what was typed before it is ready to read, so it is typed again where nothing happens.
                elif b"leaves it as it is" in shown:
                    process.stdin.write(f"{answer}\r".encode())
                    process.stdin.flush()
            else:
                process.kill()
        return Ended(process.returncode, shown.decode())

    return run
