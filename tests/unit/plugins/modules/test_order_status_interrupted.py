# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Once a job is canceled its module begins no further order, and what it began is told if anybody still reads."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from ansible_collections.community.digicert.plugins.module_utils import _interruption
from ansible_collections.community.digicert.plugins.module_utils._http import CONNECTIONS
from ansible_collections.community.digicert.plugins.module_utils._interruption import Interruption
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Disconnect, Fault, Operation

ORDERS = 60
SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]
# A module as a process of its own, with its options as an argument.
PROGRAM = """
import json, sys
from ansible_collections.community.digicert.plugins.modules import digicert_order_status
from ansible_collections.community.digicert.tests.unit.plugins.module_args import patch_module_args
with patch_module_args(json.loads(sys.argv[1])):
    digicert_order_status.main()
"""
# Whatever runs the tests may have signals ignored, such as nohup.
MODULE = ("env", "--default-signal", sys.executable, "-c", PROGRAM)


class Running:
    """A module that has canceled a few of many orders."""

    def __init__(self, simulator, command=MODULE):
        simulator.configure(latency=0.1, rate_limits=())
        self._simulator = simulator
        self.order_ids = simulator.add_orders(ORDERS)
        options = {
            "order_id": self.order_ids,
            "note": "Not needed",
            "api_key": FULL_KEY,
            "api_url": simulator.api_url,
            "ca_path": simulator.ca_path,
            "rate_limits": [],
        }
        self.process = subprocess.Popen(
            [*command, json.dumps(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            text=True,
            start_new_session=True,
        )
        wait_for(lambda: len(simulator.ledger.changes) >= 3)

    def orders_begun(self):
        return {request.order_id for request in self._simulator.ledger.requests}

    def assert_nothing_more_is_begun(self):
        """Let those that are under way come to their end, and look whether others follow."""
        begun = len(self.orders_begun())
        wait_for(lambda: not self.is_busy())
        assert len(self.orders_begun()) <= begun + CONNECTIONS
        assert len(self.orders_begun()) < ORDERS

    def is_busy(self):
        before = len(self._simulator.ledger.requests)
        time.sleep(0.5)
        return len(self._simulator.ledger.requests) != before

    def end(self):
        with self.process:
            self.process.stdout.close()
            self.process.kill()


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_handing_out_and_the_result_is_told(simulator, number):
    running = Running(simulator)
    running.process.send_signal(number)
    result = json.loads(running.process.communicate(timeout=60)[0])
    running.end()
    counts = Counter(order["outcome"] for order in result["orders"])
    assert sorted(result["changed_order_ids"]) == sorted(
        change.order_id for change in simulator.ledger.changes
    )
    assert counts["not_attempted"] >= ORDERS - counts["changed"] - CONNECTIONS
    assert counts.keys() <= {"changed", "failed", "not_attempted"}
    assert (result["failed"], result["error"]["code"]) == (True, "interrupted")
    assert result["error"]["message"] == (
        f"The module was told to end ({number.name}). What was started was finished, and no further order was started."
    )


SLOW_TO_TELL = f"""
import sys, time
from ansible_collections.community.digicert.plugins.modules import digicert_order_status as module
told = module.report
def report(*args):
    time.sleep(1.5)
    return told(*args)
module.report = report
{PROGRAM}
"""


# Longer than a pipe holds.
LONG_RESULT = f"""
from ansible_collections.community.digicert.plugins.modules import digicert_order_status as module
told = module.report
module.report = lambda *args: dict(told(*args), long="x" * 300_000)
{PROGRAM}
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_after_the_last_order_leaves_the_result_as_it_is(simulator, number):
    running = Running(simulator, (sys.executable, "-c", SLOW_TO_TELL))
    wait_for(lambda: len(simulator.ledger.changes) == ORDERS)
    time.sleep(0.5)
    running.process.send_signal(number)
    result = json.loads(running.process.communicate(timeout=60)[0])
    running.end()
    assert result["changed_order_ids"] == running.order_ids


def test_a_signal_while_the_result_is_printed_does_not_cut_it(simulator):
    running = Running(simulator, (sys.executable, "-u", "-c", LONG_RESULT))
    wait_for(lambda: len(simulator.ledger.changes) == ORDERS)
    # It waits for somebody who reads the rest.
    time.sleep(1.0)
    running.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    result = json.loads(running.process.communicate(timeout=60)[0])
    running.end()
    assert result["changed_order_ids"] == running.order_ids


def test_a_signal_that_the_parent_has_ignored_is_ignored(simulator):
    running = Running(simulator, ("nohup", sys.executable, "-c", PROGRAM))
    running.process.send_signal(signal.SIGHUP)
    result = json.loads(running.process.communicate(timeout=60)[0])
    running.end()
    assert result["changed_order_ids"] == running.order_ids


def test_a_closed_pipe_ends_the_handing_out(simulator):
    running = Running(simulator)
    running.process.stdout.close()
    running.assert_nothing_more_is_begun()
    running.end()


def test_another_parent_ends_the_handing_out(simulator):
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PROGRAM!r}, sys.argv[1]])"
    running = Running(simulator, (sys.executable, "-c", parent))
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    running.assert_nothing_more_is_begun()
    # It still has its standard output, and tells there what it did.
    result = json.loads(running.process.stdout.read())
    assert result["error"]["message"].startswith("Ansible is gone, and nobody would read the result. ")
    assert sorted(result["changed_order_ids"]) == sorted(
        change.order_id for change in simulator.ledger.changes
    )
    running.end()


# It runs a module through a worker, which it forks and which has a session of its own, as ansible-core 2.19 and later do.
ANSIBLE = f"""
import os, subprocess, sys
if not os.fork():
    os.setsid()
    subprocess.run(["/bin/sh", "-c", '"$0" -c "$1" "$2" && true', sys.executable, {PROGRAM!r}, sys.argv[1]])
    os._exit(0)
os.wait()
"""


def test_the_end_of_ansible_ends_the_handing_out_although_its_worker_goes_on(simulator, tmp_path):
    (tmp_path / "ansible-playbook").write_text(ANSIBLE)
    running = Running(simulator, (sys.executable, str(tmp_path / "ansible-playbook")))
    os.kill(running.process.pid, signal.SIGHUP)
    running.process.wait()
    running.assert_nothing_more_is_begun()
    result = json.loads(running.process.stdout.read())
    assert result["error"]["message"].startswith("Ansible is gone, and nobody would read the result. ")
    assert sorted(result["changed_order_ids"]) == sorted(
        change.order_id for change in simulator.ledger.changes
    )
    running.end()


def test_the_end_of_another_program_that_was_forked_is_none_of_ansible(simulator, tmp_path):
    (tmp_path / "deploy").write_text(ANSIBLE)
    running = Running(simulator, (sys.executable, str(tmp_path / "deploy")))
    os.kill(running.process.pid, signal.SIGHUP)
    running.process.wait()
    assert json.loads(running.process.stdout.read())["changed_order_ids"] == running.order_ids
    running.end()


@pytest.mark.parametrize(("gone", "lost"), [(True, False), (False, True), (False, False)])
def test_which_end_it_is_is_told(monkeypatch, gone, lost):
    run = _interruption._Run(ansible=11, worker=12)
    monkeypatch.setattr(_interruption, "_run_of", {os.getppid(): run}.get)
    monkeypatch.setattr(_interruption, "_parent_of", {12: 1 if gone else 11}.get)
    monkeypatch.setattr(_interruption, "nobody_reads", {11: lost}.get)
    told = {
        (True, False): "Ansible is gone, and nobody would read the result.",
        (False, True): "Nobody reads what Ansible prints any more.",
        (False, False): None,
    }
    assert Interruption().reason() == told[gone, lost]


@pytest.mark.parametrize(
    ("worker", "line", "parent_line"),
    [
        (12, [b"python", b"/usr/bin/ansible-playbook", b"x.yml"], None),
        (12, [b"python", b"-m", b"ansible", b"playbook"], None),
        (12, [b"ansible-\xff"], None),
        (None, [b"python", b"/usr/bin/ansible-playbook", b"x.yml"], [b"bash"]),
        (None, [b"python", b"site.py", b"x.yml", b"ansible"], None),
        (None, [b"bash", b"/opt/ansible/deploy.sh"], None),
    ],
)
def test_a_worker_is_forked_by_ansible(monkeypatch, worker, line, parent_line):
    lines = {14: [b"sh", b"-c"], 13: [b"sudo", b"sh"], 12: line, 11: parent_line or line, 10: [b"bash"]}
    monkeypatch.setattr(_interruption, "_command_line", lambda process: lines.get(process, []))
    monkeypatch.setattr(_interruption, "_parent_of", lambda process: process - 1 if process > 10 else None)
    run = _interruption._run_of(14)
    assert (run and run.worker) == worker
    assert (run and run.ansible) == (11 if worker else None)


def test_nobody_is_taken_for_ansible_where_the_system_does_not_tell(monkeypatch):
    monkeypatch.setattr(_interruption, "_command_line", lambda _process: [b"python", b"ansible-playbook"])
    monkeypatch.setattr(_interruption, "_parent_of", lambda _process: None)
    assert _interruption._run_of(14) is None


def test_an_ancestor_is_not_looked_for_without_end(monkeypatch):
    monkeypatch.setattr(_interruption, "_command_line", lambda _process: [b"sh"])
    monkeypatch.setattr(_interruption, "_parent_of", lambda process: process)
    assert _interruption._run_of(14) is None


@pytest.mark.parametrize("name", ["usual", ") S 1 (x", "a b", "\udcff"])
def test_a_process_has_a_parent_whatever_its_name(tmp_path, name):
    program = tmp_path / name
    program.symlink_to(shutil.which("sleep"))
    with subprocess.Popen([str(program), "60"], start_new_session=True) as process:
        assert _interruption._parent_of(process.pid) == os.getpid()
        wait_for(lambda: _interruption._command_line(process.pid)[:2] == [os.fsencode(program), b"60"])
        assert _interruption._parent_of(process.pid) == os.getpid()
        process.kill()
    assert _interruption._parent_of(process.pid) is None
    assert _interruption._command_line(process.pid) == []


def test_waiting_ends_as_well(simulator):
    running = Running(simulator)
    # From here on every request is turned away, for an hour.
    simulator.configure(rate_limits=[[1, 3600.0]])
    time.sleep(0.5)
    started = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    running.process.communicate(timeout=60)
    running.end()
    assert time.monotonic() - started < 10


def test_signals_are_given_back():
    # Whatever became of the module, the tests go on.
    inherited = signal.signal(signal.SIGHUP, lambda *_arguments: None)
    before = [signal.getsignal(number) for number in SIGNALS]
    with Interruption() as interruption:
        assert interruption.reason() is None
        os.kill(os.getpid(), signal.SIGHUP)
        told = interruption.reason()
    after = [signal.getsignal(number) for number in SIGNALS]
    signal.signal(signal.SIGHUP, inherited)
    assert told == "The module was told to end (SIGHUP)."
    assert after == before


def test_a_thread_that_no_signal_reaches_can_do_without():
    def enter():
        with Interruption() as interruption:
            reasons.append(interruption.reason())

    reasons = []
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert reasons == [None]


@pytest.mark.parametrize("error", [BrokenPipeError, ValueError])
def test_an_output_that_is_gone_is_no_error(monkeypatch, error):
    def flush():
        raise error

    with Interruption():
        monkeypatch.setattr(sys.stdout, "flush", flush)
    monkeypatch.undo()


def test_whoever_is_gone_is_told_in_a_sentence(monkeypatch):
    interruption = Interruption()
    parent = os.getppid()
    monkeypatch.setattr(os, "getppid", lambda: parent + 1)
    assert interruption.reason() == "Ansible is gone, and nobody would read the result."


@pytest.mark.parametrize(
    ("output", "number"), [(None, 1), (SimpleNamespace(fileno=lambda: 7), 7)], ids=["none", "another"]
)
def test_the_output_that_is_looked_at_is_that_of_a_module(monkeypatch, output, number):
    looked_at = []
    monkeypatch.setattr(_interruption, "leads_nowhere", looked_at.append)
    monkeypatch.setattr(_interruption, "sys", SimpleNamespace(__stdout__=output))
    assert Interruption().reason() is None
    assert looked_at == [number]


@pytest.mark.parametrize("error", [OSError, ValueError, AttributeError])
def test_an_output_that_cannot_be_looked_at_may_be_read(monkeypatch, error):
    def look_at(_descriptor):
        raise error

    monkeypatch.setattr(_interruption, "leads_nowhere", look_at)
    assert Interruption().reason() is None


def test_an_order_whose_reply_was_lost_when_the_module_was_told_to_end_is_in_doubt_and_was_not_read_back(
    run, simulator, waits, monkeypatch
):
    monkeypatch.setattr(
        Interruption, "reason", lambda interruption: "Told to end." if simulator.ledger.writes else None
    )
    simulator.script(Fault(operation=Operation.WRITE, disconnect=Disconnect.RESET))
    outcome = run(order_id=1001, retries=1)
    assert outcome.orders[1001]["outcome"] == "unknown"
    assert outcome.orders[1001]["status"] is None
    assert "Reading it back failed as well: " in outcome.orders[1001]["error"]["message"]
    assert "Told to end." in outcome.orders[1001]["error"]["message"]
    assert len(simulator.ledger.requests) == 2


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("/usr/bin/ansible-playbook x.yml", True),
        ("/usr/bin/python3 /usr/bin/ansible-playbook x.yml", True),
        ("/usr/bin/python3 -u /usr/bin/ansible-playbook x.yml", True),
        ("/usr/bin/python3 -X utf8 -Wignore -W error -I /usr/bin/ansible-playbook x.yml", True),
        ("/usr/bin/python3 -m ansible playbook x.yml", True),
        ("/usr/libexec/platform-python -s /usr/bin/ansible x", True),
        ("sudo -H -S -n -u ansible /bin/sh", False),
        ("/usr/bin/python3", False),
        ("/usr/bin/python3 -X", False),
        ("/bin/sh -c /root/.ansible/tmp/AnsiballZ_x.py", False),
    ],
)
def test_a_program_of_ansible_is_known_whatever_options_python_has(line, is_one):
    assert _interruption._is_ansible(line.encode().split(b" ")) is is_one
