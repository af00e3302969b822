# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks promise, whatever stands around them: variables, inventories, other plays, a module that dies."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import stat
import subprocess
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import ClassVar

import pytest
from ansible_collections.community.digicert.tests.forked import PROGRAM
from ansible_collections.community.digicert.tests.simulator import (
    CATALOGUE,
    FULL_KEY,
    Fault,
    Operation,
    OtherActor,
    Simulator,
)
from conftest import canceled, written

NOTE = {"digicert_note": "Nobody finished it"}
STALE = {**NOTE, "digicert_older_than_days": 30}
# Those of the account that are older than 30 days, the oldest first.
FOUND = [1003, 1004, 1001]
PREVIEW = {"playbook": "cancel_stale_orders", "vars": {**STALE, "digicert_dry_run": True}}
SMOKE = {"playbook": "smoke"}


def named(order_id):
    """Import cancel_orders for one order."""
    return {"playbook": "cancel_orders", "vars": {**NOTE, "digicert_order_id": order_id}}


def said(played):
    """Give the verdicts of a run."""
    return [line.split('"msg": ')[1].strip().strip('",') for line in played.lines if '"msg": "' in line]


class TestSeveralPlaybooksInOneRun:
    def test_each_does_what_it_does_alone_in_every_order_and_several_times(self, play, account):
        added = account.add_orders(3)
        orders = iter(added)
        # Every order of the three stands in this sequence: 123121321.
        sequence = [PREVIEW, "named", SMOKE, PREVIEW, "named", PREVIEW, SMOKE, "named", PREVIEW]
        played = play(plays=[named(next(orders)) if each == "named" else each for each in sequence])
        assert played.status == 0, played.shown
        assert written(account) == added
        assert [verdict for verdict in said(played) if "order" in verdict] == [
            "3 of 3 orders would be canceled. Nothing was changed.",
            "1 of 1 order canceled.",
            "3 of 3 orders would be canceled. Nothing was changed.",
            "1 of 1 order canceled.",
            "3 of 3 orders would be canceled. Nothing was changed.",
            "1 of 1 order canceled.",
            "3 of 3 orders would be canceled. Nothing was changed.",
        ]

    @pytest.mark.parametrize(
        "names", [("cancel_stale_orders", "cancel_orders"), ("cancel_orders", "cancel_stale_orders")]
    )
    def test_both_names_on_one_command_line_share_their_extra_variables(self, play, account, names):
        variables = {**STALE, "digicert_order_id": 1002, "digicert_organization_id": 501}
        played = play(*names, variables=variables)
        assert played.status == 0, played.shown
        assert canceled(account) == {1001, 1002}
        assert "[WARNING]: digicert_older_than_days has no effect on cancel_orders." in played.shown

    def test_a_variable_of_the_other_playbook_is_refused_where_there_is_no_other(self, play, account):
        played = play("cancel_stale_orders", variables={**STALE, "digicert_order_id": 1002})
        assert played.status == 2
        assert "digicert_order_id has no effect on cancel_stale_orders: remove it, or" in played.shown
        assert account.ledger.requests == []

    def test_a_real_run_after_a_preview_cancels_and_one_after_a_failure_runs_all_the_same(
        self, play, account
    ):
        real = {"playbook": "cancel_stale_orders", "vars": STALE}
        played = play(plays=[PREVIEW, real, named(1011)])
        assert played.status == 2
        assert sorted(written(account)) == sorted(FOUND)
        assert played.stats["digicert_failed_order_ids"] == [1011]

    def test_facts_and_results_of_other_plays_change_nothing(self, play, account):
        other = {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {"ansible.builtin.debug": {"msg": "mine"}, "register": "digicert_run"},
                {"ansible.builtin.debug": {"msg": "mine"}, "register": "digicert_request"},
                {"ansible.builtin.set_fact": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}},
            ],
        }
        played = play(plays=[other, named(1002), other, {"playbook": "cancel_stale_orders", "vars": STALE}])
        assert played.status == 0, played.shown
        assert canceled(account) == {1002, *FOUND}


class TestWordsThatAnsibleCutsOff:
    def test_are_told_before_any_request_all_at_once(self, play, account, tmp_path):
        (tmp_path / "dry.yml").write_text("digicert_dry_run: true\n")
        lost = {
            "digicert_order_id=1001 1004": "'1004' after -e digicert_order_id=...",
            "digicert_note=Nobody finished it": "'finished it' after -e digicert_note=...",
            "digicert_dry_run=no digicert_note=Not needed": "'needed' after -e digicert_dry_run digicert_note=...",
            "x=a true": "'true' after -e x=...",
            "dry.yml": "'dry.yml' of -e 'dry.yml'",
            "digicert_dry_run": "'digicert_dry_run' of -e 'digicert_dry_run'",
            "\n@dry.yml": "'@dry.yml' of -e '\\n@dry.yml'",
        }
        played = play("cancel_orders", arguments=[word for option in lost for word in ("-e", option)])
        assert played.status == 2
        told = f"and this was dropped: {', '.join(lost.values())}. Put the value in quotes of its own"
        assert told.replace("\\", "") in played.shown.replace("\\", "")
        assert account.ledger.requests == []

    def test_quotes_of_their_own_keep_them(self, play, account):
        arguments = ["-e", "digicert_order_id='1001 1004'", "-e", 'digicert_note="Nobody finished it"']
        played = play("cancel_orders", arguments=arguments)
        assert played.status == 0, played.shown
        assert {change.note for change in account.ledger.changes} == {"Nobody finished it"}
        assert canceled(account) == {1001, 1004}

    def test_are_all_of_it_where_something_stands_in_front_of_a_brace(self, play, account):
        played = play("cancel_stale_orders", variables=STALE, arguments=["-e", ' {"digicert_dry_run": true}'])
        assert played.status == 2
        assert "and this was dropped:" in played.shown
        assert account.ledger.requests == []


class TestVariablesThatThePlaybookDoesNotKnow:
    def test_are_refused_with_the_nearest_known_name_all_at_once(self, play, account):
        near = {
            "digicert_organisation_id": "digicert_organization_id",
            "digicert_dryrun": "digicert_dry_run",
            "DIGICERT_DRY_RUN": "digicert_dry_run",
            "digcert_dry_run": "digicert_dry_run",
            "dry_run": "digicert_dry_run",
            "DRY_RUN": "digicert_dry_run",
            "dry-run": "digicert_dry_run",
            "ORGANIZATION_ID": "digicert_organization_id",
            "organization_id": "digicert_organization_id",
            "check_mode": "--check, or digicert_dry_run",
            "digicert_note_": "digicert_note",
        }
        played = play("cancel_stale_orders", variables={**STALE, **dict.fromkeys(near, "501")})
        assert played.status == 2
        told = [
            f"{name} is not a variable of this playbook: did you mean {advice}?"
            for name, advice in near.items()
        ]
        assert [each for each in told if each not in played.shown] == []
        assert account.ledger.requests == []

    def test_are_refused_in_an_inventory_as_well(self, play, account):
        inventory = {"all": {"vars": {"digicert_containers": [301]}, "hosts": {"web": None}}}
        played = play("cancel_stale_orders", variables=STALE, inventory=inventory)
        assert played.status == 2
        assert (
            "digicert_containers is not a variable of this playbook: did you mean digicert_container_id?"
            in played.shown
        )
        assert account.ledger.requests == []

    def test_take_no_result_of_a_task_away(self, play, account):
        forged = {
            "changed": False,
            "failed": False,
            "orders": [{"id": 1005}],
            "as_wanted": True,
            "verdict": "ok",
            "statistics": {},
        }
        names = ["digicert_run", "digicert_search", "digicert_request", "digicert_run_preview"]
        played = play("cancel_stale_orders", variables={**STALE, **dict.fromkeys(names, forged)})
        assert played.status == 2
        assert [
            name for name in names if f"{name} is not a variable of this playbook" not in played.shown
        ] == []
        assert account.ledger.requests == []

    def test_but_what_earlier_jobs_of_a_workflow_hand_on_is_known(self, play, account):
        outcomes = ("canceled", "failed", "unknown", "not_attempted", "previewed")
        handed_on = {f"digicert_{outcome}_order_ids": [1002] for outcome in outcomes}
        played = play("cancel_orders", variables={**NOTE, "digicert_order_id": 1001, **handed_on})
        assert played.status == 0, played.shown
        assert canceled(account) == {1001}


def test_who_placed_the_order_is_a_filter(play, account):
    played = play("cancel_stale_orders", variables={**STALE, "digicert_email": "casey.miller@example.com"})
    assert played.status == 0, played.shown
    assert "Only orders of: casey.miller@example.com" in played.lines
    assert canceled(account) == {1003, 1004}


def test_the_container_is_a_filter(play, account):
    played = play("cancel_stale_orders", variables={**STALE, "digicert_container_id": 302})
    assert played.status == 0, played.shown
    assert "Only containers: 302" in played.lines
    assert canceled(account) == {1003}


class TestAsTheUserAndHere:
    EVERYWHERE: ClassVar = {
        "ansible_become": True,
        "ansible_become_user": "nobody",
        "ansible_connection": "ssh",
        "ansible_host": "192.0.2.1",
        "ansible_shell_type": "powershell",
        "ansible_shell_executable": "/nowhere/sh",
        "ansible_python_interpreter": "/nowhere/python",
    }
    CONFIGURED: ClassVar = {
        "ANSIBLE_BECOME": "true",
        "ANSIBLE_TRANSPORT": "ssh",
        "ANSIBLE_PYTHON_INTERPRETER": "/nowhere/python",
    }

    @pytest.mark.parametrize("hosts", ["web", "localhost"])
    def test_whatever_inventory_and_configuration_say(self, play, account, hosts):
        inventory = {"all": {"vars": self.EVERYWHERE, "hosts": {hosts: None}}}
        played = play(
            "cancel_stale_orders",
            variables=STALE,
            inventory=inventory,
            arguments=["-b", "-c", "ssh"],
            environment=self.CONFIGURED,
        )
        assert played.status == 0, played.shown
        assert canceled(account) == set(FOUND)

    @pytest.mark.parametrize(
        ("name", "value", "complaint"),
        [
            (
                "ansible_connection",
                "ssh",
                "ansible_connection is 'ssh' by an extra variable or a fact: remove it.",
            ),
            ("ansible_become", True, "ansible_become is set by an extra variable or a fact: remove it."),
        ],
    )
    def test_or_not_at_all_where_that_cannot_be_overruled(self, play, account, name, value, complaint):
        fact = {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{"ansible.builtin.set_fact": {name: value}}],
        }
        for given in ({"variables": {name: value}, "plays": [named(1001)]}, {"plays": [fact, named(1001)]}):
            played = play(**given)
            assert played.status == 2
            assert complaint in played.shown
        assert account.ledger.requests == []


class TestStatsReportAndVerdict:
    def test_come_whatever_the_time_limit_of_tasks_is(self, play, account):
        account.configure(latency=0.4)
        played = play(
            "cancel_stale_orders",
            variables={**STALE, "digicert_report_path": "report.csv"},
            environment={"ANSIBLE_TASK_TIMEOUT": "1"},
        )
        assert played.status == 0, played.shown
        assert played.stats["digicert_canceled_order_ids"] == FOUND
        assert canceled(account) == set(FOUND)

    @pytest.fixture
    def killed(self, tmp_path):
        """Give an interpreter that is killed after three seconds."""
        interpreter = tmp_path / "python"
        interpreter.write_text('#!/bin/sh\nexec timeout --signal KILL 3 python "$@"\n')
        interpreter.chmod(interpreter.stat().st_mode | stat.S_IEXEC)
        return {"ansible_python_interpreter": str(interpreter)}

    def test_come_if_the_module_dies_and_say_that_nothing_is_known(self, play, account, tmp_path, killed):
        account.script(
            Fault(
                **{
                    **CATALOGUE["slow_after_applying"].__dict__,
                    "operation": Operation.WRITE,
                    "order_id": 1004,
                }
            )
        )
        variables = {**NOTE, "digicert_order_id": [1003, 1004, 1001], "digicert_batch_size": 2, **killed}
        played = play("cancel_orders", variables={**variables, "digicert_report_path": "report.csv"})
        assert played.status == 2
        assert canceled(account) == {1003, 1004}
        assert played.stats["digicert_unknown_order_ids"] == [1003, 1004]
        assert played.stats["digicert_not_attempted_order_ids"] == [1001]
        assert (
            "0 of 3 orders canceled. Unknown, may or may not have been changed: 1003, 1004." in played.shown
        )
        assert (tmp_path / "report.csv").read_text().count('"unknown"') == 2

    @pytest.mark.parametrize(
        "broken",
        [{"ansible_python_interpreter": "/nowhere/python"}, {"ansible_remote_tmp": "/proc/nowhere"}],
    )
    def test_say_that_nothing_was_attempted_if_the_module_cannot_be_started(self, play, account, broken):
        played = play(
            "cancel_orders",
            variables={**NOTE, "digicert_order_id": [1001, 1002], **broken},
            environment={"ANSIBLE_PIPELINING": "false"},
        )
        assert played.status == 2
        assert played.stats["digicert_not_attempted_order_ids"] == [1001, 1002]
        assert "may or may not" not in played.shown
        assert account.ledger.requests == []

    @pytest.mark.parametrize(
        "listed", ["NaN", "Infinity", "1e999", "[" * 250 + "]" * 250, '{"__ansible_type": "x"}']
    )
    def test_come_whatever_the_list_holds(self, play, account, listed):
        body = f'{{"orders": [{{"id": 1001, "status": "pending", "date_created": {listed}}}], "page": {{"total": 1}}}}'
        account.script(
            Fault(
                operation=Operation.LIST, status=200, headers={"Content-Type": "application/json"}, body=body
            )
        )
        played = play("cancel_stale_orders", variables=STALE)
        assert set(played.stats) >= {"digicert_canceled_order_ids", "digicert_unknown_order_ids"}
        assert set(played.stats["digicert_canceled_order_ids"]) == canceled(account)
        assert said(played)

    def test_come_if_the_connection_fails_and_the_search_tells_nothing(self, play, account, tmp_path):
        variables = {**STALE, "digicert_report_path": "report.md", "ansible_remote_tmp": "/proc/nowhere"}
        played = play("cancel_stale_orders", variables=variables, environment={"ANSIBLE_PIPELINING": "false"})
        assert played.status == 2
        assert "The search for orders failed, so nothing was canceled." in played.shown
        assert played.stats["digicert_canceled_order_ids"] == []
        assert (
            "The search for orders failed, so nothing was canceled." in (tmp_path / "report.md").read_text()
        )
        assert account.ledger.requests == []

    def test_come_if_the_search_is_refused_and_tell_why(self, play):
        played = play(
            "cancel_stale_orders",
            variables=STALE,
            environment={"DIGICERT_API_KEY": "no-such-key-of-anybody-1234"},
        )
        assert played.status == 2
        assert (
            "The search for orders failed, so nothing was canceled. GET /services/v2/order/certificate"
            in played.shown
        )
        assert set(played.stats) == {
            f"digicert_{each}_order_ids" for each in ("canceled", "failed", "unknown", "not_attempted")
        }

    def test_come_with_more_orders_than_the_maximum(self, play, account, tmp_path):
        (tmp_path / "report.csv").write_text("of last week")
        played = play(
            "cancel_stale_orders",
            variables={**STALE, "digicert_maximum": 2, "digicert_report_path": "report.csv"},
        )
        assert played.status == 2
        assert written(account) == []
        assert played.stats["digicert_not_attempted_order_ids"] == FOUND
        why = "3 orders were found, and digicert_maximum is 2, so nothing was canceled."
        assert (
            f"{why} If all of them are to be canceled, set digicert_maximum=3; in AWX, answer 3 to 'Refuse "
            "if more orders than this are found'. If not, narrow the search with "
            "digicert_older_than_days or a filter: digicert_organization_id, digicert_container_id, digicert_common_name, "
            "digicert_product_name_id, digicert_user_id, digicert_email."
        ) in played.shown
        assert (tmp_path / "report.csv").read_text().count(f'"not attempted","{why}"') == 3

    @pytest.mark.parametrize("path", ["/proc/report.csv", "folder.md", "nowhere/report.md", "report.xlsx"])
    def test_a_report_that_cannot_be_written_is_found_out_before_any_request(
        self, play, account, tmp_path, path
    ):
        (tmp_path / "folder.md").mkdir()
        played = play("cancel_stale_orders", variables={**STALE, "digicert_report_path": path})
        assert played.status == 2
        assert (
            "digicert_report_path takes the path of a file that can be written and ends with .csv or .md, such as "
            f"stale-orders.md, but it is '{path}'"
        ) in played.shown
        assert account.ledger.requests == []

    def test_the_verdict_comes_if_the_report_can_no_longer_be_written(self, play, account, tmp_path):
        folder = tmp_path / "reports"
        folder.mkdir()

        def remove_once_it_runs():
            while not account.ledger.writes:
                time.sleep(0.01)
            shutil.rmtree(folder)

        thread = threading.Thread(target=remove_once_it_runs)
        thread.start()
        played = play("cancel_stale_orders", variables={**STALE, "digicert_report_path": "reports/done.csv"})
        thread.join()
        assert played.status == 2
        assert (
            f"3 of 3 orders canceled. The report {folder}/done.csv could not be written: No such file"
            in played.shown
        )
        assert played.stats["digicert_canceled_order_ids"] == FOUND


def test_a_condition_that_no_longer_holds_hides_no_failure(play, account, tmp_path):
    variables = {
        **NOTE,
        "digicert_order_id": [1001, 1011],
        "digicert_report_path": str(tmp_path / "once.csv"),
    }
    stale = {
        "playbook": "cancel_orders",
        "vars": variables,
        "when": "digicert_report_path is not ansible.builtin.exists",
    }
    played = play(plays=[stale])
    assert canceled(account) == {1001}
    assert played.status == 2
    assert "1 of 2 orders canceled. Failed: 1011." in played.shown


class TestAnsibleThatIsGone:
    def test_hands_out_no_further_batch_and_the_report_is_true(self, play, account, tmp_path):
        added = account.add_orders(6)
        account.configure(latency=0.5)

        def kill():
            while not account.ledger.changes:
                time.sleep(0.01)
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                except OSError:
                    continue
                if str(os.getpid()) == parent and b"community.digicert.cancel_orders" in words:
                    os.kill(int(entry.name), signal.SIGKILL)

        thread = threading.Thread(target=kill)
        thread.start()
        variables = {**NOTE, "digicert_order_id": added, "digicert_batch_size": 2}
        variables = {**variables, "digicert_report_path": "report.csv"}
        played = play("cancel_orders", variables=variables, forked=False)
        thread.join()
        assert played.status == -signal.SIGKILL
        # What was begun is finished, and the report comes last.
        for _second in range(30):
            time.sleep(1)
            with (tmp_path / "report.csv").open(newline="") as file:
                outcomes = {row["order_id"]: row["outcome"] for row in csv.DictReader(file)}
            if "" not in outcomes:
                break
        done = canceled(account)
        # The other order of the batch is canceled only if it was begun by then.
        assert done
        assert done <= set(added[:2])
        assert outcomes == {
            str(order_id): "canceled" if order_id in done else "not attempted" for order_id in added
        }


class TestNothingOutranksCheckMode:
    @pytest.mark.parametrize(
        "variables", [{"digicert_dry_run": False}, {"digicert_dry_run": "no", "ansible_check_mode": False}]
    )
    def test_no_variable(self, play, account, variables):
        played = play("cancel_stale_orders", variables={**STALE, **variables}, arguments=["--check"])
        assert played.status == 0, played.shown
        assert written(account) == []
        assert played.stats["digicert_previewed_order_ids"] == FOUND

    def test_and_a_dry_run_is_the_same(self, play, account):
        played = play("cancel_stale_orders", variables={**STALE, "digicert_dry_run": "yes"})
        assert played.status == 0, played.shown
        assert written(account) == []
        assert played.stats["digicert_previewed_order_ids"] == FOUND


class TestNoFilterIsLostOnTheWay:
    @pytest.mark.parametrize(
        "values",
        [
            (
                "{{ nothing }}",
                "{{ nothing ~ '' }}",
                "{{ nothing | default([]) }}",
                "{{ absent | default('') }}",
            ),
            (None, [], ",", "None"),
        ],
    )
    def test_what_an_expression_left_empty_is_refused(self, play, account, values):
        names = [
            f"digicert_{name}"
            for name in ("organization_id", "container_id", "common_name", "product_name_id")
        ]
        given = {**STALE, **dict(zip(names, values)), "nothing": None}
        played = play("cancel_stale_orders", variables=given)
        assert played.status == 2
        assert [name for name in names if f"{name} takes " not in played.shown] == []
        assert account.ledger.requests == []

    def test_a_question_that_was_left_out_means_all_and_the_plan_says_so(self, play, account):
        played = play("cancel_stale_orders", variables={**STALE, "digicert_organization_id": ""})
        assert played.status == 0, played.shown
        assert "Filters: none, orders of the whole account" in played.lines
        assert canceled(account) == set(FOUND)

    @pytest.mark.parametrize("where", ["group", "host", "play"])
    def test_a_question_that_was_left_out_hides_nothing_that_narrows_the_search(self, play, account, where):
        narrow = {"digicert_container_id": "{{ mine }}", "digicert_api_key": FULL_KEY, "mine": 302}
        stale = {"playbook": "cancel_stale_orders", "vars": narrow if where == "play" else {}}
        inventory = {
            "all": {
                "vars": narrow if where == "group" else {},
                "hosts": {"localhost": narrow if where == "host" else {}},
            }
        }
        played = play(
            variables={**STALE, **dict.fromkeys(set(narrow) - {"mine"}, "")},
            plays=[stale],
            inventory=inventory,
            environment={"DIGICERT_API_KEY": ""},
        )
        assert played.status == 0, played.shown
        assert canceled(account) == {1003}

    @pytest.mark.parametrize("name", ["digicert_organization_id", "digicert_dry_run"])
    def test_what_the_shell_made_of_nothing_is_refused(self, play, account, name):
        played = play("cancel_stale_orders", variables=STALE, arguments=["-e", f"{name}="])
        assert played.status == 2
        assert f"{name} takes " in played.shown
        assert "but it is empty. Nothing was changed." in played.shown
        assert account.ledger.requests == []

    def test_what_an_inventory_or_a_fact_left_empty_is_refused(self, play, account):
        inventory = {"all": {"vars": {"digicert_organization_id": ""}, "hosts": {"localhost": None}}}
        fact = {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{"ansible.builtin.set_fact": {"digicert_dry_run": ""}}],
        }
        stale = {"playbook": "cancel_stale_orders", "vars": STALE}
        for given in ({"inventory": inventory, "plays": [stale]}, {"plays": [fact, stale]}):
            played = play(**given)
            assert played.status == 2
            assert "but it is empty. Nothing was changed." in played.shown
        assert account.ledger.requests == []


class TestOddReplies:
    def test_ids_that_are_listed_as_text_are_told_truly(self, play, account):
        listed = [
            {"id": "1003", "status": "pending", "date_created": "2020-01-01T00:00:00Z"},
            {"id": "1004", "status": "pending", "date_created": "2020-01-02T00:00:00Z"},
        ]
        body = json.dumps({"orders": listed, "page": {"total": 2}})
        account.script(
            Fault(
                operation=Operation.LIST, status=200, headers={"Content-Type": "application/json"}, body=body
            )
        )
        played = play("cancel_stale_orders", variables={**STALE, "digicert_report_path": "report.csv"})
        assert played.status == 0, played.shown
        assert canceled(account) == {1003, 1004}
        assert played.stats["digicert_canceled_order_ids"] == [1003, 1004]


class TestTheConnection:
    def test_comes_from_variables_and_differs_from_play_to_play(self, play, account):
        with Simulator() as other:
            plays = [
                {
                    "playbook": "cancel_orders",
                    "vars": {
                        **NOTE,
                        "digicert_order_id": order_id,
                        "digicert_api_url": service.api_url,
                        "digicert_ca_path": service.ca_path,
                        "digicert_timeout": "20",
                        "digicert_retries": 1,
                        "digicert_validate_certs": "yes",
                        "digicert_rate_limits": [{"requests": 5, "seconds": 1}],
                    },
                }
                for service, order_id in ((account, 1001), (other, 1002))
            ]
            nothing = dict.fromkeys(("DIGICERT_API_KEY", "DIGICERT_API_URL", "REQUESTS_CA_BUNDLE"), "")
            nothing["ANSIBLE_DISPLAY_ARGS_TO_STDOUT"] = "true"
            played = play(
                plays=plays,
                variables={"digicert_api_key": FULL_KEY},
                environment=nothing,
                arguments=["-vvv", "--diff"],
            )
            assert played.status == 0, played.shown
            assert (canceled(account), canceled(other)) == ({1001}, {1002})
            assert f"Service: {other.api_url}" in played.lines
        # The command line itself is the user's; Ansible shows it with -vvv and no later than that.
        assert FULL_KEY not in played.shown

    def test_no_key_at_all_is_told_before_any_request(self, play, account):
        played = play(
            "cancel_orders",
            variables={**NOTE, "digicert_order_id": 1001},
            environment={"DIGICERT_API_KEY": " "},
        )
        assert played.status == 2
        assert (
            "There is no API key for CertCentral: set the environment variable DIGICERT_API_KEY, for example with "
            "'read -rs DIGICERT_API_KEY && export DIGICERT_API_KEY', or the variable digicert_api_key, or have a "
            "credential of AWX do it."
        ) in played.shown
        assert account.ledger.requests == []


class TestAnOrderThatChangesAfterItWasLookedAt:
    """The state that was asked for counts just before the write, and not only in the search."""

    @pytest.fixture(params=["waiting_pickup", "reissue_pending"])
    def changed(self, account, request):
        account.script(OtherActor(operation=Operation.READ, order_id=1001, changes_to=request.param))
        return request.param

    def test_is_left_alone_if_its_state_was_not_asked_for(self, play, account, changed):
        played = play("cancel_stale_orders", variables={**STALE, "digicert_states": "pending"})
        assert played.status == 2
        assert f"Order 1001 is {changed}, so nothing was written." in played.shown
        assert written(account) == [1003]

    def test_is_left_alone_if_its_state_is_not_that_of_the_preview(self, play, account, changed):
        states = {"1001": "pending", "1004": "waiting_pickup"}
        variables = {**NOTE, "digicert_order_id": [1001, 1004], "digicert_previewed_states": states}
        played = play("cancel_orders", variables=variables)
        assert played.status == 2
        assert f"Order 1001 is {changed}, so nothing was written." in played.shown
        assert written(account) == [1004]


@pytest.mark.parametrize("unreadable", [[], [1004], [1003, 1004, 1001]])
def test_what_the_list_says_of_an_order_is_no_ground_to_cancel_it_whatever_becomes_of_others(
    play, account, unreadable
):
    today = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    account.script(
        *(
            Fault(operation=Operation.READ, order_id=each, times=None, status=400, body="")
            for each in unreadable
        ),
        Fault(operation=Operation.READ, order_id=1001, times=None, edit={"/date_created": today}),
    )
    played = play("cancel_stale_orders", variables=STALE)
    assert written(account) == [each for each in (1003, 1004) if each not in unreadable]
    assert played.status == (2 if unreadable else 0)
    assert sorted(played.stats["digicert_failed_order_ids"]) == sorted(unreadable)


def test_a_run_whose_output_nobody_reads_any_more_starts_no_further_batch_and_ends(
    account, ansible_playbook, tmp_path
):
    variables = {**NOTE, "digicert_order_id": account.add_orders(8), "digicert_batch_size": 1}
    command = [PROGRAM, "-i", "localhost,", "community.digicert.cancel_orders", "-e", json.dumps(variables)]
    environment = {**ansible_playbook.environment, "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert any("Batch 1 of 8" in line for line in running.stdout)
            running.stdout.close()
            assert running.wait(timeout=60) != 0
        finally:
            running.kill()
    # One more may be under way by then.
    assert 1 <= len(written(account)) <= 3


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_a_task_of_somebody_s_own_starts_no_further_order_once_ansible_is_gone(
    account, ansible_playbook, tmp_path, number
):
    account.configure(latency=0.2)
    options = {"note": "Not needed", "order_id": account.add_orders(100)}
    tasks = [{"name": "Cancel", "community.digicert.digicert_order_status": options}]
    (tmp_path / "own.yml").write_text(
        json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    )
    environment = {**ansible_playbook.environment, "HOME": str(tmp_path)}
    command = [
        PROGRAM,
        "-i",
        "localhost,",
        "-c",
        "local",
        "-e",
        "ansible_python_interpreter={{ansible_playbook_python}}",
    ]
    with subprocess.Popen(
        [*command, "own.yml"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        while not written(account):
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(number)
        running.wait(timeout=60)
    # Those that are under way take two requests each.
    time.sleep(2)
    seen = len(account.ledger.requests)
    time.sleep(2)
    assert len(account.ledger.requests) == seen
    assert len(written(account)) < 50


def test_numbers_with_commas_in_an_ini_inventory_may_be_one_order_id(play, account, tmp_path):
    (tmp_path / "inventory.ini").write_text("localhost digicert_order_id=123,456\n")
    ended = play(
        "cancel_orders", variables={"digicert_note": "Not needed"}, arguments=["-i", "inventory.ini"]
    )
    assert ended.status == 2
    assert "one number with separators or several" in ended.shown
    assert account.ledger.requests == []
