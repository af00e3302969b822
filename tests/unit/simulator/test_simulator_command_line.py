# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from ansible_collections.community.digicert.tests import simulator
from ansible_collections.community.digicert.tests.simulator.__main__ import _exports as exports

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
        'export no_proxy="${no_proxy:-${NO_PROXY:-}}"',
        'export no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"',
        'export NO_PROXY="$no_proxy"',
        f"export REQUESTS_CA_BUNDLE={state['ca_path']}",
        f"# Ledger: curl --silent --noproxy '*' --cacert {state['ca_path']} {state['control_url']}/ledger",
        f"# Reset: curl --silent --noproxy '*' --cacert {state['ca_path']} --request POST {state['control_url']}/reset",
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


@pytest.fixture
def running(tmp_path):
    """A simulator in a process of its own; gives its state file and its state."""
    path = tmp_path / "state.json"
    process = start("--state-file", str(path), "--lifetime", "30")
    yield path, wait_for(path)
    process.terminate()
    process.communicate(timeout=10)


def tell(*arguments):
    return subprocess.run(
        command(*arguments),
        # Nothing of it may go by way of a proxy.
        env={**environment(), "HTTPS_PROXY": "http://127.0.0.1:9"},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_it_is_reset_and_stopped_by_its_state_file(running):
    path, state = running
    url, key = state["api_url"] + "/order/certificate/1001", state["keys"]["full"]
    get(url, key, state["ca_path"])
    done = tell("--state-file", str(path), "--reset")
    assert (done.returncode, done.stdout) == (0, f"The simulator, process {state['pid']}, was reset.\n")
    assert get(state["control_url"] + "/ledger", key, state["ca_path"]).json()["requests"] == []
    done = tell("--state-file", str(path), "--stop")
    assert (done.returncode, done.stdout) == (0, f"The simulator, process {state['pid']}, was stopped.\n")
    assert not path.exists()


@pytest.mark.parametrize("certificate", ["expired", "wrong_host", "self_signed"])
def test_it_is_stopped_whatever_its_certificate(tmp_path, certificate):
    path = tmp_path / "state.json"
    process = start("--state-file", str(path), "--lifetime", "30", "--certificate", certificate)
    wait_for(path)
    done = tell("--state-file", str(path), "--reset")
    assert (done.returncode, done.stderr) == (0, "")
    done = tell("--state-file", str(path), "--stop")
    assert (done.returncode, done.stderr) == (0, "")
    process.communicate(timeout=10)
    assert process.returncode == 0


@pytest.mark.parametrize(("option", "status"), [("--reset", 1), ("--stop", 0)])
@pytest.mark.parametrize(
    "content", [None, "", '{"control_url": "http://127.0.0.1:9", "ca_path": null, "pid": 1}']
)
def test_where_none_runs_nothing_is_done(tmp_path, option, status, content):
    path = tmp_path / "state.json"
    if content is not None:
        path.write_text(content)
    done = tell("--state-file", str(path), option)
    assert done.returncode == status
    assert done.stderr.startswith(f"Nothing was done: no simulator runs that {path} tells of")


@pytest.mark.parametrize("option", ["--reset", "--stop"])
def test_which_one_is_meant_has_to_be_said(option):
    done = tell(option)
    assert done.returncode == 2
    assert "--reset and --stop need the --state-file" in done.stderr


@pytest.mark.parametrize("background", [[], ["--background"]], ids=["foreground", "background"])
def test_instead_of_a_second_one_with_the_same_state_file_the_first_one_is_shown_again(running, background):
    path, state = running
    done = tell("--state-file", str(path), *background)
    assert done.returncode == 0
    assert f"export DIGICERT_API_URL={state['api_url']}\n" in done.stdout
    assert done.stderr == (
        f"The simulator is already running (process {state['pid']}) and was left as it is. Stop it first to start it with "
        "other options.\n"
    )
    assert json.loads(path.read_text()) == state
    get(state["control_url"] + "/ledger", "", state["ca_path"])


def test_a_state_file_that_was_left_over_is_replaced(tmp_path):
    path = tmp_path / "state.json"
    path.write_text('{"control_url": "http://127.0.0.1:9/simulator", "ca_path": null, "pid": 1}')
    done = tell("--state-file", str(path), "--lifetime", "0.1", "--plain-http")
    assert (done.returncode, done.stderr) == (0, "")
    assert not path.exists()


def test_settings_without_an_option_reach_the_service(tmp_path):
    path = tmp_path / "state.json"
    process = start(
        "--plain-http", "--state-file", str(path), "--lifetime", "30",
        "--set", "status_filter=honoured", "--set", "decision_status=200", "--set", "refused_change=409",
    )  # fmt: skip
    try:
        state = wait_for(path)
        settings = get(state["control_url"] + "/settings", "", True).json()["settings"]
        assert (settings["status_filter"], settings["decision_status"]) == ("honoured", "200")
        assert settings["refused_change"] == 409
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("colour=red", "unknown settings: colour"),
        ("status_filter=perhaps", "status_filter cannot be 'perhaps'"),
    ],
)
def test_a_setting_that_does_not_fit_is_explained(setting, reason):
    done = tell("--set", setting)
    assert done.returncode == 1
    assert f"The simulator cannot start: {reason}" in done.stderr


@pytest.mark.skipif(not shutil.which("curl"), reason="this machine has no curl")
@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_the_printed_commands_show_the_ledger_and_reset_it_whatever_proxy_there_is(running, name):
    _path, state = running
    lines = exports(state).splitlines()
    get(state["api_url"] + "/order/certificate/1001", state["keys"]["full"], state["ca_path"])
    script = "\n".join(
        [
            *lines,
            *(line.partition(": ")[2] for line in lines if line.startswith("# ")),
            "printenv NO_PROXY no_proxy",
        ]
    )
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "https_proxy": "http://127.0.0.1:9", name: "example.com"},
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert '"path": "/services/v2/order/certificate/1001"' in done.stdout
    assert done.stdout.endswith("127.0.0.1,localhost,example.com\n" * 2)
    assert get(state["control_url"] + "/ledger", "", state["ca_path"]).json()["requests"] == []


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
