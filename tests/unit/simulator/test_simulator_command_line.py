# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from ansible_collections.community.digicert.tests import simulator

TESTS = Path(simulator.__file__).resolve().parent.parent


def command(*arguments):
    return [sys.executable, "-m", "simulator", *arguments]


def environment():
    return {**os.environ, "PYTHONPATH": str(TESTS)}


def start(*arguments):
    return subprocess.Popen(
        command(*arguments), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(path):
    end = time.monotonic() + 15
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    return json.loads(path.read_text())


def get(url, key, verify):
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers={"X-DC-DEVKEY": key}, verify=verify, timeout=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_writes_its_state_prints_exports_and_ends_cleanly_at_a_signal(tmp_path, number):
    path = tmp_path / "state.json"
    process = start("--state-file", str(path), "--lifetime", "30")
    state = wait_for(path)
    assert set(state) == {"api_url", "control_url", "ca_path", "pid", "keys"}
    assert state["pid"] == process.pid
    reply = get(state["api_url"] + "/order/certificate/1001", state["keys"]["full"], state["ca_path"])
    assert reply.status_code == 200
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert output.splitlines() == [
        f"export DIGICERT_API_KEY={state['keys']['full']}",
        f"export DIGICERT_API_URL={state['api_url']}",
        f"export REQUESTS_CA_BUNDLE={state['ca_path']}",
        f"# Ledger: {state['control_url']}/ledger",
    ]
    assert list(tmp_path.iterdir()) == []
    assert not Path(state["ca_path"]).exists()


def test_it_ends_by_itself():
    process = start("--plain-http", "--lifetime", "0.1")
    output, errors = process.communicate(timeout=15)
    assert (process.returncode, errors) == (0, "")
    assert "REQUESTS_CA_BUNDLE" not in output


def test_options_reach_the_service(tmp_path):
    path = tmp_path / "state.json"
    process = start(
        "--plain-http", "--state-file", str(path), "--spelling", "lower", "--rate-limits", "2/60",
        "--retry-after", "--id-filter", "refused", "--time-scale", "0.5", "--lifetime", "30",
    )  # fmt: skip
    try:
        state = wait_for(path)
        url, key = state["api_url"] + "/order/certificate", state["keys"]["full"]
        assert get(url + "?filters[id]=1001", key, True).status_code == 400
        body = {"status": "CANCELED", "note": "n"}
        reply = requests.put(url + "/1001/status", json=body, headers={"X-DC-DEVKEY": key}, timeout=10)
        assert reply.status_code == 400
        reply = get(url, key, True)
        assert (reply.status_code, reply.headers["Retry-After"]) == (429, "30")
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_in_the_background_it_returns_when_ready_and_runs_on():
    done = subprocess.run(
        command("--background", "--lifetime", "30"),
        env=environment(), capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    exports = dict(re.findall(r"^export (\w+)=(.*)$", done.stdout, re.MULTILINE))
    pid = int(re.search(r"Stop it with: kill (\d+)$", done.stdout)[1])
    try:
        url = exports["DIGICERT_API_URL"] + "/order/certificate/1001"
        assert get(url, exports["DIGICERT_API_KEY"], exports["REQUESTS_CA_BUNDLE"]).status_code == 200
    finally:
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 10
    while Path(exports["REQUESTS_CA_BUNDLE"]).exists():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("background", [(), ("--background",)])
def test_a_start_that_fails_tells_the_reason(background):
    done = subprocess.run(
        command("--account", "/nonexistent/account.yml", *background),
        env=environment(), capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "The simulator cannot start: cannot read the account file /nonexistent/account.yml" in done.stderr


def test_a_wrong_option_is_refused():
    done = subprocess.run(
        command("--spelling", "mixed"),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "--spelling" in done.stderr
