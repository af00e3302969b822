# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins make of a task, without Ansible around them; tests/playbooks runs them within it."""

from __future__ import annotations

import csv
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from ansible import context
from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleUndefinedVariable
from ansible.module_utils.common.collections import ImmutableDict
from ansible_collections.community.digicert.plugins.action import cancel_in_batches, check_variables
from ansible_collections.community.digicert.plugins.plugin_utils._request import Given, Request, read_request

KEY = "a-key-of-some-length"
OTHER_KEY = "another-key-of-some-length"
LOADER = object()


class Templar:
    """Works out text with two braces, and knows one variable."""

    def is_template(self, value):
        return isinstance(value, str) and "{{" in value

    def template(self, value):
        text = value if isinstance(value, str) else ""
        if "absent" in text:
            raise AnsibleUndefinedVariable("'absent' is undefined")
        if "broken" in text:
            # Before ansible-core 2.19 an exception of a filter comes as it is.
            raise ValueError(f"not {OTHER_KEY}")
        return "" if self.is_template(value) else value


class VariableManager:
    """Knows the variables that extra variables take precedence over."""

    _inventory = SimpleNamespace(get_host={"localhost": "the host"}.get)

    def __init__(self, beneath):
        self._beneath = beneath
        self._extra_vars = {"digicert_note": "an extra variable"}

    def get_vars(self, play, host, task, include_hostvars):
        assert (host, include_hostvars) == ("the host", False)
        assert play is task.get_play()
        return {**self._beneath, **self._extra_vars}


class Encrypted:
    """A vaulted value as ansible-core 2.16 has it."""

    __ENCRYPTED__ = True

    def __str__(self):
        return KEY


@pytest.fixture
def action(monkeypatch):
    """Give a function that makes an action for a task."""
    monkeypatch.setenv("DIGICERT_API_KEY", KEY)

    def make(
        module,
        check_mode=False,
        transport="local",
        become=None,
        extra=(),
        options=(),
        names=1,
        beneath=None,
        condition=None,
        **args,
    ):
        cliargs = ImmutableDict(extra_vars=tuple(options), args=tuple(["x.yml"] * names))
        monkeypatch.setattr(context, "CLIARGS", cliargs)
        monkeypatch.setattr(
            check_variables,
            "load_extra_vars",
            lambda loader: dict.fromkeys(extra if loader is LOADER else ()),
        )
        play, manager = SimpleNamespace(_included_conditional=condition), VariableManager(beneath or {})
        task = SimpleNamespace(
            args=args,
            check_mode=check_mode,
            async_val=0,
            _get_parent_attribute=lambda *_: None,
            get_play=lambda: play,
            get_variable_manager=lambda: manager,
        )
        connection = SimpleNamespace(transport=transport, become=become, _shell=SimpleNamespace(tmpdir="x"))
        return module.ActionModule(
            task=task,
            connection=connection,
            play_context=SimpleNamespace(become=False),
            loader=LOADER,
            templar=Templar(),
            shared_loader_obj=None,
        )

    return make


class TestCheckVariables:
    VARIABLES = {"digicert_order_id": "1001", "digicert_note": "x"}  # noqa: RUF012 (nobody changes it)

    def run(self, action, variables, **task):
        return action(check_variables, playbook="cancel_orders", **task).run(
            task_vars={"inventory_hostname": "localhost", **self.VARIABLES, **variables}
        )

    def test_gives_the_request(self, action):
        expected = read_request(
            "cancel_orders",
            {name: Given(value) for name, value in self.VARIABLES.items()},
            {"DIGICERT_API_KEY": KEY},
            True,
        )
        result = self.run(action, {"inventory_hostname": "localhost"}, check_mode=True)
        assert Request.of_result(result) == expected
        assert expected.preview
        assert not result.get("failed")
        assert "warnings" not in result

    @pytest.mark.parametrize(
        ("variables", "name"),
        [
            ({"digicert_note": f"The key is {KEY}."}, "digicert_note"),
            ({"digicert_report_path": f"{KEY}.csv"}, "digicert_report_path"),
            ({"digicert_note": OTHER_KEY, "digicert_api_key": OTHER_KEY}, "digicert_note"),
            ({"digicert_note": KEY, "digicert_api_key": OTHER_KEY}, "digicert_note"),
        ],
    )
    def test_refuses_the_key_in_another_variable(self, action, variables, name):
        result = self.run(action, variables)
        assert result["error"] == {"code": "invalid_variable"}
        assert result["msg"] == (
            f"{name} holds the API key, which would be shown: remove it from there. Nothing was changed."
        )
        assert KEY not in str(result)
        assert OTHER_KEY not in str(result)

    def test_refuses_the_key_in_the_url_of_the_environment(self, action, monkeypatch):
        monkeypatch.setenv("DIGICERT_API_URL", f"https://www.digicert.com/{KEY}")
        result = self.run(action, {})
        assert result["msg"].startswith(
            "The environment variable DIGICERT_API_URL holds the API key, which would be shown: remove it from there."
        )
        assert KEY not in str(result)

    def test_fails_with_everything_that_is_wrong(self, action):
        variables = {
            "digicert_dryrun": True,
            "digicert_dry_run": "{{ nothing }}",
            "digicert_batch_size": "{{ absent }}",
            "digicert_note": None,
            "digicert_earlier": {"changed": True, "failed": False},
        }
        result = self.run(
            action,
            variables,
            transport="ssh",
            become=object(),
            extra=["digicert_mine"],
            options=["@digicert.yml", "digicert_note=Not needed", ' {"digicert_note": "a b"}', "x=a b"],
        )
        assert result["failed"]
        assert result["error"] == {"code": "invalid_variable"}
        assert result["msg"] == (
            "Ansible drops what is not of the form name=value in an extra variable, also what follows a blank, and this was "
            "dropped: 'needed' after -e digicert_note=..., '{\"digicert_note\": \"a b\"}' of -e "
            "' {\"digicert_note\": \"a b\"}', 'b' after -e x=.... Put the value in quotes of its own, as in "
            "-e 'digicert_note=\"Two words\"', or give the variables as JSON, as in -e "
            '\'{"digicert_note": "Two words"}\', or in a file, as in -e @variables.yml, without a blank in front of the '
            "brace or the @. "
            "This playbook runs on the machine that Ansible runs on, but ansible_connection is 'ssh' by an extra variable "
            "or a fact: remove it. "
            "This playbook runs as the user who runs Ansible, but ansible_become is set by an extra variable or a fact: "
            "remove it. "
            "digicert_dryrun is not a variable of this playbook: did you mean digicert_dry_run? "
            "digicert_mine is not a variable of this playbook: remove it, or give it a name that does not begin with "
            "digicert. "
            "digicert_batch_size cannot be worked out: 'absent' is undefined "
            "digicert_note takes text, but it is null. "
            "digicert_dry_run takes true or false, but it comes out as '' of an expression. "
            "Nothing was changed."
        )

    @pytest.mark.parametrize(
        ("extra", "options", "names"),
        [
            ([], [], 1),
            (["digicert_maximum"], ["digicert_maximum=5"], 2),
            (["digicert_maximum"], ["@answers.yml"], 1),
        ],
    )
    def test_warns_of_variables_that_other_playbooks_may_be_meant_by(self, action, extra, options, names):
        result = self.run(action, {"digicert_maximum": 5}, extra=extra, options=options, names=names)
        assert result["warnings"] == ["digicert_maximum has no effect on cancel_orders."]
        assert not result.get("failed")

    def test_refuses_an_extra_variable_without_effect_on_the_only_playbook(self, action):
        result = self.run(
            action, {"digicert_maximum": 5}, extra=["digicert_maximum"], options=["digicert_maximum=5"]
        )
        assert result["msg"] == (
            "digicert_maximum has no effect on cancel_orders: remove it, or, if it is for another playbook of this run, "
            "give it as a variable of that play. Nothing was changed."
        )

    def test_refuses_an_answer_without_effect_on_the_playbook_that_searches(self, action):
        result = action(
            check_variables,
            playbook="cancel_stale_orders",
            extra=["digicert_order_id"],
            options=["@answers.yml"],
        ).run(task_vars={"digicert_older_than_days": 30, "digicert_note": "x", "digicert_order_id": "1001"})
        assert result["msg"].startswith("digicert_order_id has no effect on cancel_stale_orders: remove it")

    @pytest.mark.parametrize("playbook", [{}, {"playbook": "cancel_everything"}])
    def test_has_to_be_told_which_playbook_it_is(self, action, playbook):
        with pytest.raises(AnsibleError, match="playbook"):
            action(check_variables, **playbook).run(task_vars=self.VARIABLES)

    def test_takes_variables_where_there_is_no_command_line(self, action, monkeypatch):
        made = action(check_variables, playbook="cancel_orders")
        monkeypatch.setattr(context, "CLIARGS", ImmutableDict())
        assert not made.run(task_vars=self.VARIABLES).get("failed")

    def test_does_not_show_why_an_expression_with_the_key_cannot_be_worked_out(self, action):
        result = self.run(action, {"digicert_api_key": "{{ absent }}"})
        assert (
            result["msg"]
            == "digicert_api_key cannot be worked out: its expression is not shown here. Nothing was changed."
        )

    def test_shows_nothing_of_a_key_whose_expression_ends_with_any_exception(self, action):
        result = self.run(action, {"digicert_api_key": "{{ broken }}"})
        assert (
            result["msg"]
            == "digicert_api_key cannot be worked out: its expression is not shown here. Nothing was changed."
        )

    @pytest.mark.parametrize(
        ("option", "warned"),
        [
            (f"digicert_api_key={OTHER_KEY}", True),
            (f'{{"digicert_api_key": "{OTHER_KEY}"}}', True),
            ("@keys.yml", False),
        ],
    )
    def test_warns_of_a_key_on_the_command_line(self, action, option, warned):
        result = self.run(action, {"digicert_api_key": OTHER_KEY}, options=[option])
        warning = (
            "digicert_api_key was given on the command line, where other processes see it, and Ansible prints it with -vvvv: set "
            "the environment variable DIGICERT_API_KEY in its place, or give the variable in a file, as in -e @variables.yml."
        )
        assert result.get("warnings", []) == ([warning] if warned else [])
        assert OTHER_KEY not in str(result)

    @pytest.mark.parametrize(
        "more", [{"failed": False}, {"results": []}, {"skipped": True}, {"unreachable": True}]
    )
    def test_takes_no_result_of_another_play_for_a_variable(self, action, more):
        assert not self.run(action, {"digicert_earlier": {"changed": False, **more}}).get("failed")
        assert self.run(action, {"digicert_earlier": {"changed": False}})["failed"]

    def test_masks_the_key_that_was_given_as_something_else(self, action):
        result = self.run(action, {"digicert_order_id": KEY})
        assert "but it holds: ********" in result["msg"]
        assert KEY not in str(result)

    def test_masks_the_key_of_the_variable_where_the_environment_has_none(self, action, monkeypatch):
        monkeypatch.delenv("DIGICERT_API_KEY")
        result = self.run(action, {"digicert_api_key": KEY, "digicert_order_id": KEY})
        assert "but it holds: ********" in result["msg"]
        assert KEY not in str(result)

    @pytest.mark.parametrize(
        ("playbook", "name", "beneath", "expected"),
        [
            ("cancel_stale_orders", "digicert_organization_id", 501, {"organization_id": [501]}),
            ("cancel_stale_orders", "digicert_organization_id", None, {}),
        ],
    )
    def test_an_answer_that_is_empty_hides_no_value_that_narrows_the_search(
        self, action, playbook, name, beneath, expected
    ):
        variables = {
            "inventory_hostname": "localhost",
            "digicert_older_than_days": 90,
            "digicert_note": "x",
            name: "",
        }
        result = action(
            check_variables,
            playbook=playbook,
            extra=[name],
            options=["@answers.yml"],
            beneath={name: beneath} if beneath else {},
        ).run(task_vars=variables)
        assert not result.get("failed")
        assert result["filters"] == expected

    def test_extra_variables_are_as_they_were_once_it_is_known_what_they_hide(self, action):
        made = action(
            check_variables, playbook="cancel_orders", extra=["digicert_note"], options=["@answers.yml"]
        )
        made.run(task_vars={"inventory_hostname": "localhost", **self.VARIABLES, "digicert_note": ""})
        assert made._task.get_variable_manager()._extra_vars == {"digicert_note": "an extra variable"}

    def test_an_answer_that_is_empty_hides_no_value_that_cannot_be_used(self, action):
        result = self.run(
            action,
            {"digicert_batch_size": ""},
            extra=["digicert_batch_size"],
            options=["@answers.yml"],
            beneath={"digicert_batch_size": "many"},
        )
        assert result["msg"].startswith("digicert_batch_size ")

    def test_an_empty_answer_to_whether_it_is_a_dry_run_is_refused_whatever_it_hides(self, action):
        result = self.run(
            action,
            {"digicert_dry_run": ""},
            extra=["digicert_dry_run"],
            options=["@answers.yml"],
            beneath={"digicert_dry_run": False},
        )
        assert "digicert_dry_run" in result["msg"]
        assert "but it is empty. Nothing was changed." in result["msg"]

    def test_an_empty_extra_variable_of_the_command_line_hides_what_is_beneath_and_is_refused(self, action):
        result = self.run(
            action,
            {"digicert_batch_size": ""},
            extra=["digicert_batch_size"],
            options=["digicert_batch_size="],
            beneath={"digicert_batch_size": 3},
        )
        assert "digicert_batch_size" in result["msg"]
        assert "but it is empty. Nothing was changed." in result["msg"]

    @pytest.mark.parametrize("value", [16**5000, [1, {"a": 16**5000}]], ids=["number", "inside"])
    def test_a_number_of_more_digits_than_python_writes_is_told_with_its_name(self, action, value):
        result = self.run(action, {"digicert_order_id": value, "digicert_maximum": 16**5000})
        limit = getattr(sys, "get_int_max_str_digits", lambda: 0)()
        if limit:
            for name in ("digicert_order_id", "digicert_maximum"):
                assert f"{name} cannot be worked out: Exceeds the limit ({limit} digits)" in result["msg"]
        assert result["failed"]
        assert result["error"] == {"code": "invalid_variable"}

    def test_an_answer_may_be_empty_and_nothing_else(self, action):
        variables = {"digicert_batch_size": ""}
        given = {"extra": ["digicert_batch_size"]}
        assert not self.run(action, variables, options=["@answers.yml"], **given).get("failed")
        assert self.run(action, variables, options=["digicert_batch_size="], **given)["failed"]
        assert self.run(action, variables)["failed"]

    def test_runs_for_one_host_only(self, action):
        assert not self.run(action, {"ansible_play_hosts_all": ["localhost"]}).get("failed")
        result = self.run(action, {"ansible_play_hosts_all": ["web1", "web2"]})
        assert result["msg"] == (
            "This playbook runs once, but the inventory has a group localhost of 2 hosts: give the group another name. "
            "Nothing was changed."
        )

    def test_takes_a_vaulted_key(self, action, monkeypatch):
        monkeypatch.delenv("DIGICERT_API_KEY")
        result = self.run(action, {"digicert_api_key": Encrypted()})
        assert not result.get("failed")
        assert KEY not in str(result)


class TestCancelInBatches:
    REQUEST = Request("cancel_orders", False, "Not needed", "https://x.example.com", 2, order_ids=[1, 2, 3])

    @pytest.fixture
    def shown(self, monkeypatch):
        """Give the lines that are printed."""
        lines = []
        monkeypatch.setattr(
            cancel_in_batches,
            "Display",
            lambda: SimpleNamespace(display=lambda text: lines.extend(text.split("\n"))),
        )
        return lines

    @pytest.fixture
    def run(self, action, shown, monkeypatch):
        """Give a function that runs the action, and the calls of the module."""
        calls = []

        def run(module, request=self.REQUEST, check_mode=False, condition=None, beneath=None, **variables):
            # That is what check_variables finds out.
            request = replace(request, own_key="digicert_api_key" in variables)
            made = action(
                cancel_in_batches,
                check_mode=check_mode,
                condition=condition,
                beneath=beneath,
                request=request.as_result(),
            )

            def call(name, options, task_vars):
                calls.append((name, options, made._task.check_mode, task_vars))
                return module(options)

            monkeypatch.setattr(made, "_execute_module", call)
            return made.run(task_vars={"a": 1, **variables})

        run.calls = calls
        return run

    @staticmethod
    def cancel(options):
        """Cancel every order."""
        orders = [{"order_id": order_id, "outcome": "changed"} for order_id in options["order_id"]]
        return {"orders": orders, "diff": {"before": "pending\n", "after": "canceled\n"}}

    def test_calls_the_module_for_each_batch_with_the_connection_and_the_key_of_the_variables(
        self, run, shown
    ):
        variables = {"digicert_api_key": KEY}
        result = run(self.cancel, replace(self.REQUEST, connection={"timeout": 5}), **variables)
        common = {
            "api_key": KEY,
            "timeout": 5,
            "status": "canceled",
            "only_status": ["pending", "waiting_pickup"],
            "note": "Not needed",
        }
        module = "community.digicert.digicert_order_status"
        assert run.calls == [
            (module, {**common, "order_id": [1, 2]}, False, {"a": 1, **variables}),
            (module, {**common, "order_id": [3]}, False, {"a": 1, **variables}),
        ]
        assert shown[-2:] == ["Batch 1 of 2: 2 orders: 2 canceled.", "Batch 2 of 2: 1 order: 1 canceled."]
        assert "Orders that were named: 3" in shown
        assert {name: result[name] for name in ("as_wanted", "verdict", "diff")} == {
            "as_wanted": True,
            "verdict": "3 of 3 orders canceled.",
            "diff": [{"before": "pending\n", "after": "canceled\n"}] * 2,
        }
        assert result["statistics"]["digicert_canceled_order_ids"] == [1, 2, 3]
        assert "warnings" not in result

    @pytest.mark.parametrize("named", [True, False])
    @pytest.mark.parametrize(
        ("key", "why"),
        [
            ("{{ absent }}", "digicert_api_key cannot be worked out any more, so nothing was canceled."),
            ("{{ broken }}", "digicert_api_key cannot be worked out any more, so nothing was canceled."),
            (
                "{{ empty by now }}",
                "digicert_api_key takes text, but it cannot be used. It was another value before. Nothing was canceled.",
            ),
            (
                "short",
                (
                    "digicert_api_key has 5 characters, and no key of CertCentral has fewer than 20: give the whole key. It was "
                    "another value before. Nothing was canceled."
                ),
            ),
        ],
    )
    def test_no_other_key_takes_the_place_of_one_that_comes_out_in_another_way(
        self, run, shown, named, key, why
    ):
        result = run(self.cancel, self.REQUEST if named else self.STALE, digicert_api_key=key)
        assert run.calls == []
        assert result["statistics"]["digicert_not_attempted_order_ids"] == ([1, 2, 3] if named else [])
        assert why in result["verdict"]
        assert not result["as_wanted"]
        assert OTHER_KEY not in str(result)
        assert any("not known, because the search failed" in line for line in shown) is not named

    @pytest.mark.parametrize(
        ("orders", "batch_size", "spread"), [(16, 4, False), (17, 9, True), (17, 17, False)]
    )
    def test_batches_leave_room_for_each_other_where_they_would_be_too_much_together(
        self, run, orders, batch_size, spread
    ):
        run(self.cancel, replace(self.REQUEST, order_ids=list(range(1, orders + 1)), batch_size=batch_size))
        limits = [options.get("rate_limits") for _name, options, _check, _vars in run.calls]
        assert limits == [[{"requests": 1, "seconds": 0.2}] if spread else None] * len(limits)

    def test_limits_of_the_user_hold_for_batches_too(self, run):
        limits = [{"requests": 9, "seconds": 9}]
        run(
            self.cancel,
            replace(self.REQUEST, order_ids=list(range(1, 27)), connection={"rate_limits": limits}),
        )
        assert {str(options["rate_limits"]) for _name, options, _check, _vars in run.calls} == {str(limits)}

    def test_warnings_of_the_modules_are_handed_on(self, run):
        result = run(lambda options: {**self.cancel(options), "warnings": ["The rate limit."]})
        assert result["warnings"] == ["The rate limit."] * 2

    @pytest.mark.parametrize(("preview", "check_mode"), [(True, False), (False, True), (True, True)])
    def test_nothing_takes_check_mode_away(self, run, preview, check_mode):
        run(self.cancel, replace(self.REQUEST, preview=preview), check_mode)
        assert [check for _name, _options, check, _vars in run.calls] == [True, True]

    @pytest.mark.parametrize("key", [{"digicert_api_key": KEY}, {}])
    def test_orders_of_a_module_that_ended_in_an_odd_way_are_unknown_and_no_key_is_told(self, run, key):
        def broken(options):
            raise RuntimeError(f"No more memory, and here is {KEY}")

        result = run(broken, **key)
        assert not result["as_wanted"]
        assert not result["changed"]
        assert result["statistics"]["digicert_unknown_order_ids"] == [1, 2]
        assert (
            "The module did not end as modules do: No more memory, and here is ********" in result["verdict"]
        )

    def test_orders_of_a_module_that_could_not_be_put_into_place_are_not_attempted(self, run):
        def broken(options):
            raise AnsibleConnectionFailure(f"No folder, and here is {KEY}")

        result = run(broken)
        assert result["statistics"]["digicert_not_attempted_order_ids"] == [1, 2, 3]
        assert "The module could not be started: No folder, and here is ********" in result["verdict"]

    def test_a_search_that_could_not_be_put_into_place_says_so(self, run):
        def broken(options):
            raise AnsibleConnectionFailure("No folder")

        assert run(broken, self.STALE)["verdict"] == (
            "The search for orders failed, so nothing was canceled. The module could not be started: No folder"
        )

    def test_what_a_module_printed_is_told_without_the_key(self, run):
        printed = {
            "msg": "MODULE FAILURE",
            "module_stdout": "",
            "module_stderr": f"Traceback of {KEY}",
            "rc": 1,
        }
        result = run(lambda options: printed)
        assert "MODULE FAILURE It printed: Traceback of ********" in result["verdict"]
        assert KEY not in str(result)

    @pytest.mark.parametrize("name", ["report.csv", "report.md"])
    def test_what_is_printed_and_reported_has_no_key_that_was_given_as_something_else(
        self, run, shown, tmp_path, name
    ):
        path = tmp_path / name
        request = replace(self.REQUEST, note=f"The key {KEY}", report_path=str(path))
        result = run(self.cancel, request, digicert_api_key=KEY)
        assert "Note: The key ********" in shown
        assert "The key ********" in path.read_text().replace("\\", "")
        assert KEY not in f"{shown}{result}{path.read_text()}"
        assert [options["note"] for _name, options, *_rest in run.calls] == [f"The key {KEY}"] * 2

    def test_what_a_module_printed_is_cut_once_the_key_is_out_of_it(self, run):
        printed = {"msg": "MODULE FAILURE", "module_stderr": f"{KEY}{'x' * 992}", "rc": 1}
        assert f"It printed: ********{'x' * 992}" in run(lambda options: printed)["verdict"]

    def test_what_a_module_printed_is_told_without_the_key_of_a_variable(self, run, monkeypatch):
        monkeypatch.delenv("DIGICERT_API_KEY")
        printed = {"msg": "MODULE FAILURE", "module_stderr": f"Traceback of {KEY}", "rc": 1}
        result = run(lambda options: printed, digicert_api_key=KEY)
        assert "MODULE FAILURE It printed: Traceback of ********" in result["verdict"]

    STALE = Request(
        "cancel_stale_orders", False, "x", "https://x.example.com", 2, older_than_days=1, maximum=9
    )

    def test_takes_the_orders_that_its_search_finds(self, run):
        result = run(
            lambda options: self.cancel(options) if "order_id" in options else {"orders": [{"id": 7}]},
            self.STALE,
        )
        assert [(name.rpartition(".")[2], options) for name, options, _check, _vars in run.calls] == [
            ("digicert_order_info", {"status": ["pending", "waiting_pickup"], "created_before": "-1 days"}),
            (
                "digicert_order_status",
                {
                    "order_id": [7],
                    "status": "canceled",
                    "only_status": ["pending", "waiting_pickup"],
                    "note": "x",
                },
            ),
        ]
        assert result["as_wanted"]

    def test_looks_at_each_order_for_the_details_unless_there_are_more_than_the_maximum(self, run, shown):
        def module(options):
            if "note" in options:
                return self.cancel(options)
            return {"orders": [{"id": 7, "status": "pending", "waiting_for": ["approval"]}]}

        run(module, replace(self.STALE, details=True))
        (finder, searched), (looker, looked) = [call[:2] for call in run.calls[:2]]
        assert (looker, looked) == (finder, {**searched, "details": True})
        assert "7            pending             ? days  -, -, waits for approval" in shown
        run.calls.clear()
        run(module, replace(self.STALE, details=True, maximum=0))
        assert len(run.calls) == 1

    @pytest.mark.parametrize("details", [False, True])
    def test_tells_how_old_an_order_is(self, run, shown, details):
        created = datetime.now(timezone.utc) - timedelta(days=3, hours=1)
        order = {"id": 7, "status": "pending", "date_created": created.isoformat()}
        run(lambda options: {"orders": [order]}, replace(self.STALE, details=details))
        assert "7            pending             3 days  -, -" in shown

    @pytest.mark.parametrize(("orders", "spread"), [(16, False), (17, True)])
    def test_leaves_room_while_it_looks_at_many_orders(self, run, orders, spread):
        found = [{"id": number, "status": "pending"} for number in range(1, orders + 1)]
        run(lambda options: {"orders": found}, replace(self.STALE, details=True, maximum=None))
        limits = [options.get("rate_limits") for _name, options, _check, _vars in run.calls[:2]]
        assert limits == [None, [{"requests": 1, "seconds": 0.2}] if spread else None]

    def test_takes_nothing_but_what_was_listed_and_still_meets_the_search(self, run):
        def module(options):
            if "note" in options:
                return self.cancel(options)
            found = [8, 9, 6, 10, 11] if "details" in options else [7, 8, 5, 4]
            left_out = [
                {"order_id": 4 if "details" in options else 9, "reason": "it is odd"},
                *([{"order_id": None, "reason": "it is new"}] if "details" in options else []),
            ]
            return {
                "orders": [{"id": order_id, "status": "pending"} for order_id in found],
                "left_out": left_out,
            }

        result = run(module, replace(self.STALE, details=True, maximum=4))
        assert result["statistics"]["digicert_canceled_order_ids"] == [8]
        assert result["warnings"] == [
            "Not found any more when each order was looked at, so left alone: 5, 7."
        ]
        # The first search left out one, the second one another: neither is to be lost.
        assert result["as_wanted"] is False
        assert "Order 9 was left out of the list: it is odd." in result["verdict"]
        assert "Order without an ID was left out of the list: it is new." in result["verdict"]
        assert result["statistics"]["digicert_failed_order_ids"] == [4]
        assert [options["order_id"] for _name, options, _check, _vars in run.calls if "note" in options] == [
            [8]
        ]

    @pytest.mark.parametrize(
        ("outcome", "changed"), [("changed", True), ("unchanged", False), ("unknown", False)]
    )
    def test_has_changed_something_if_an_order_was_changed(self, run, outcome, changed):
        result = run(
            lambda options: {"orders": [{"order_id": number, "outcome": outcome} for number in (1, 2, 3)]}
        )
        assert result["changed"] is changed

    def test_masks_the_key_of_the_variable_where_the_environment_has_another(self, run):
        def broken(options):
            raise RuntimeError("Here is another-key-of-some-length")

        result = run(broken, digicert_api_key="another-key-of-some-length")
        assert "another-key-of-some-length" not in str(result)

    def test_orders_that_could_be_looked_at_are_canceled_although_others_could_not(self, run, tmp_path):
        path = tmp_path / "report.csv"

        def module(options):
            if "note" in options:
                return self.cancel(options)
            if "details" in options:
                left_out = [{"order_id": 8, "reason": "it could not be read: Refused by X."}]
                error = {"code": "service_unavailable"}
                return {
                    "failed": True,
                    "msg": "Refused.",
                    "error": error,
                    "orders": [{"id": 7}],
                    "left_out": left_out,
                }
            # What order 9 says of itself does not meet the search any more.
            return {"orders": [{"id": 7}, {"id": 8}, {"id": 9}]}

        result = run(module, replace(self.STALE, details=True, report_path=str(path)))
        assert [options["order_id"] for _name, options, _check, _vars in run.calls if "note" in options] == [
            [7]
        ]
        assert not result["as_wanted"]
        assert result["statistics"]["digicert_failed_order_ids"] == [8]
        assert '"Order 8 was left alone: it could not be read: Refused by X."' in path.read_text()
        assert result["warnings"] == ["Not found any more when each order was looked at, so left alone: 9."]

    @pytest.mark.parametrize("error", [{"code": "access_denied"}, {"code": "interrupted"}])
    def test_a_reason_not_to_go_on_is_one_while_orders_are_looked_at_too(self, run, error):
        def module(options):
            if "details" in options:
                return {"failed": True, "msg": "Ended.", "error": error}
            return {"orders": [{"id": 7}]}

        result = run(module, replace(self.STALE, details=True))
        assert len(run.calls) == 2
        assert result["statistics"]["digicert_not_attempted_order_ids"] == [7]
        assert result["verdict"].startswith(
            "The orders could not be looked at, so nothing was canceled: Ended."
        )

    @pytest.mark.parametrize("error", [None, {"code": "service_unavailable"}])
    def test_no_order_is_canceled_if_none_could_be_looked_at(self, run, error):
        def module(options):
            if "details" in options:
                return {"failed": True, "msg": "Ended.", "error": error}
            return {"orders": [{"id": 7}]}

        result = run(module, replace(self.STALE, details=True))
        assert len(run.calls) == 2
        assert result["statistics"]["digicert_not_attempted_order_ids"] == [7]

    def test_a_search_that_cannot_be_understood_cancels_nothing_and_says_so(self, run, shown, monkeypatch):
        def broken(*_arguments):
            raise RecursionError

        monkeypatch.setattr(cancel_in_batches, "begin", broken)
        result = run(lambda options: {"orders": []}, self.STALE)
        assert not result["as_wanted"]
        assert re.fullmatch(
            r"What the search found cannot be read \(RecursionError in .*\), so nothing was canceled.",
            result["verdict"],
        )
        assert any("not known, because the search failed" in line for line in shown)

    def test_no_further_batch_is_handed_out_once_ansible_is_gone(self, run, shown, monkeypatch, tmp_path):
        gone = []
        path = tmp_path / "report.csv"
        parent = os.getppid()
        monkeypatch.setattr(cancel_in_batches.os, "getppid", lambda: 1 if gone else parent)

        def cancel(options):
            gone.append(True)
            return self.cancel(options)

        result = run(cancel, replace(self.REQUEST, report_path=str(path)))
        assert len(run.calls) == 1
        assert result["failed"]
        assert "It stopped because: Ansible was ended, so no further batch was handed out." in result["msg"]
        with path.open(newline="") as file:
            rows = [(row["order_id"], row["outcome"]) for row in csv.DictReader(file)]
        assert rows == [("1", "canceled"), ("2", "canceled"), ("3", "not attempted")]
        # Anything but a few words would wait for ever for somebody who takes it.
        assert not any("Batch" in line for line in shown)
        assert "statistics" not in result

    def test_what_was_done_is_reported_before_it_is_printed(self, run, monkeypatch, tmp_path):
        path, printed = tmp_path / "report.csv", []

        def display(text):
            printed.append((text.partition(":")[0], path.read_text().count('"canceled"')))

        monkeypatch.setattr(cancel_in_batches, "Display", lambda: SimpleNamespace(display=display))
        run(self.cancel, replace(self.REQUEST, report_path=str(path)))
        # Each time all at once, so that nobody can go away between two lines.
        assert printed == [("Orders that were named", 0), ("Batch 1 of 2", 2), ("Batch 2 of 2", 3)]

    @pytest.mark.parametrize(
        ("condition", "fails", "failed"),
        [(["x"], True, True), (["x"], False, None), (None, True, None), (None, False, None)],
    )
    def test_fails_by_itself_where_a_condition_of_import_playbook_could_skip_what_concludes(
        self, run, condition, fails, failed
    ):
        def cancel(options):
            orders = [
                {"order_id": order_id, "outcome": "failed", "error": {"code": "rejected", "message": "No."}}
                for order_id in options["order_id"]
            ]
            return {"failed": True, "orders": orders} if fails else self.cancel(options)

        result = run(cancel, condition=condition)
        assert result.get("failed") is failed
        assert result["as_wanted"] is not fails
        if failed:
            assert result["msg"] == result["verdict"]

    def test_takes_the_key_that_a_question_left_out_would_hide(self, run):
        beneath = {"digicert_api_key": OTHER_KEY}
        result = run(self.cancel, beneath=beneath, inventory_hostname="localhost", digicert_api_key="")
        assert result["as_wanted"]
        assert [options["api_key"] for _name, options, _check, _variables in run.calls] == [OTHER_KEY] * 2

    def test_no_further_batch_is_handed_out_and_nothing_printed_once_nobody_reads_it(
        self, run, shown, monkeypatch
    ):
        monkeypatch.setattr(
            cancel_in_batches, "nobody_reads", lambda process: process == os.getppid() and len(run.calls) > 0
        )
        result = run(self.cancel)
        assert result["statistics"]["digicert_canceled_order_ids"] == [1, 2]
        assert (
            "It stopped because: Nobody reads what Ansible prints any more, so no further batch was handed out."
            in result["verdict"]
        )
        assert not any("Batch" in line for line in shown)

    @pytest.mark.parametrize("kind", ["pipe", "named pipe", "terminal"])
    def test_nobody_reads_what_a_process_prints_once_the_other_end_is_closed(self, tmp_path, kind):
        if kind == "named pipe":
            os.mkfifo(tmp_path / "pipe")
            reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
            writing = os.open(tmp_path / "pipe", os.O_WRONLY)
        else:
            reading, writing = os.pipe() if kind == "pipe" else os.openpty()
        with subprocess.Popen(
            [sys.executable, "-c", "input()"],
            stdin=subprocess.PIPE,
            stdout=writing,
            start_new_session=True,
        ) as other:
            os.close(writing)
            assert not cancel_in_batches.nobody_reads(other.pid)
            os.close(reading)
            assert cancel_in_batches.nobody_reads(other.pid)
            other.kill()
        assert not cancel_in_batches.nobody_reads(other.pid)

    def test_somebody_may_read_what_goes_into_a_socket(self):
        ours, theirs = socket.socketpair()
        with (
            ours,
            subprocess.Popen(
                [sys.executable, "-c", "input()"],
                stdin=subprocess.PIPE,
                stdout=theirs,
                start_new_session=True,
            ) as other,
        ):
            theirs.close()
            assert not cancel_in_batches.nobody_reads(other.pid)
            other.kill()

    def test_the_report_tells_what_is_done_while_it_is_under_way(self, run, tmp_path):
        path, seen = tmp_path / "report.csv", []

        def cancel(options):
            with path.open(newline="") as file:
                seen.append([(row["order_id"], row["outcome"]) for row in csv.DictReader(file)])
            return self.cancel(options)

        run(cancel, replace(self.REQUEST, report_path=str(path)))
        assert seen == [
            [("1", ""), ("2", ""), ("3", ""), ("", "not finished")],
            [("1", "canceled"), ("2", "canceled"), ("3", ""), ("", "not finished")],
        ]
        assert "not finished" not in path.read_text()

    def test_writes_the_report(self, run, tmp_path):
        path = tmp_path / "report.csv"
        assert run(self.cancel, replace(self.REQUEST, report_path=str(path)))["as_wanted"]
        assert path.read_text().count('"canceled"') == 3

    def test_what_a_report_tells_of_a_run_has_no_key(self, run, tmp_path, monkeypatch):
        monkeypatch.setenv("DIGICERT_API_KEY", KEY)
        path = tmp_path / "report.md"
        request = replace(self.REQUEST, report_path=str(path), service=f"https://x.example.com/{KEY}")
        run(self.cancel, request)
        assert "- Service: `https://x.example.com/********`\n" in path.read_text()

    def test_cancels_nothing_if_the_report_cannot_be_written(self, run, tmp_path):
        path = tmp_path / "report.csv"
        path.mkdir()
        (path / "inside").touch()
        result = run(self.cancel, replace(self.REQUEST, report_path=str(path)))
        assert run.calls == []
        assert not result["as_wanted"]
        assert result["statistics"]["digicert_not_attempted_order_ids"] == [1, 2, 3]
        assert result["verdict"] == f"The report {path} could not be written: Is a directory."

    def test_tells_if_the_report_can_no_longer_be_written(self, run, tmp_path):
        path = tmp_path / "report.csv"

        def cancel(options):
            if path.is_file():
                path.unlink()
                path.mkdir()
                (path / "inside").touch()
            return self.cancel(options)

        result = run(cancel, replace(self.REQUEST, report_path=str(path)))
        assert not result["as_wanted"]
        assert (
            result["verdict"]
            == f"3 of 3 orders canceled. The report {path} could not be written: Is a directory."
        )

    @pytest.mark.parametrize("callback", ["ansible.posix.json", "ansible.posix.jsonl"])
    def test_prints_nothing_where_json_is_printed(self, run, shown, monkeypatch, callback):
        monkeypatch.setattr(cancel_in_batches.constants, "DEFAULT_STDOUT_CALLBACK", callback)
        run(self.cancel)
        assert shown == []
