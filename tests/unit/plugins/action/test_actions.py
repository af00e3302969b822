# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins make of a task, without Ansible around them; tests/playbooks runs them within it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible import context
from ansible.errors import AnsibleConnectionFailure, AnsibleUndefinedVariable
from ansible.module_utils.common.collections import ImmutableDict
from ansible_collections.community.digicert.plugins.action import cancel_in_batches, check_variables
from ansible_collections.community.digicert.plugins.plugin_utils._request import Given, Request, read_request

KEY = "a-key-of-some-length"


class Templar:
    """Works out text with two braces, and knows one variable."""

    def is_template(self, value):
        return "{{" in str(value)

    def template(self, value):
        if "absent" in str(value):
            raise AnsibleUndefinedVariable("'absent' is undefined")
        return "" if self.is_template(value) else value


class Encrypted:
    """A vaulted value as ansible-core 2.16 has it."""

    __ENCRYPTED__ = True

    def __str__(self):
        return KEY


@pytest.fixture
def action(monkeypatch):
    """Give a function that makes an action for a task."""
    monkeypatch.setenv("DIGICERT_API_KEY", KEY)

    def make(module, check_mode=False, transport="local", become=None, extra=(), options=(), **args):
        cliargs = ImmutableDict(extra_vars=tuple(options))
        monkeypatch.setattr(context, "CLIARGS", cliargs)
        monkeypatch.setattr(
            check_variables, "load_extra_vars", lambda loader: dict.fromkeys(extra), raising=False
        )
        task = SimpleNamespace(
            args=args, check_mode=check_mode, async_val=0, _get_parent_attribute=lambda *_: None
        )
        connection = SimpleNamespace(transport=transport, become=become, _shell=SimpleNamespace(tmpdir="x"))
        return module.ActionModule(
            task=task,
            connection=connection,
            play_context=SimpleNamespace(become=False),
            loader=None,
            templar=Templar(),
            shared_loader_obj=None,
        )

    return make


class TestCheckVariables:
    VARIABLES = {"digicert_order_id": "1001", "digicert_note": "x"}  # noqa: RUF012 (nobody changes it)

    def run(self, action, variables, **task):
        return action(check_variables, playbook="cancel_orders", **task).run(
            task_vars={**self.VARIABLES, **variables}
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

    def test_fails_with_everything_that_is_wrong(self, action):
        variables = {
            "digicert_dryrun": True,
            "digicert_dry_run": "{{ nothing }}",
            "digicert_batch_size": "{{ absent }}",
            "digicert_note": None,
            "digicert_earlier": {"changed": True},
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
            "Ansible drops what follows a blank in an extra variable, and this was lost: 'needed' behind "
            "-e digicert_note=.... Put the value in quotes of its own, as in -e 'digicert_note=\"Two words\"', or give "
            'the variables as JSON, as in -e \'{"digicert_note": "Two words"}\', or in a file, as in '
            "-e @variables.yml. "
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

    def test_warns_of_variables_without_effect(self, action):
        result = self.run(action, {"digicert_maximum": 5})
        assert result["warnings"] == ["digicert_maximum has no effect on cancel_orders."]

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
        monkeypatch.setattr(cancel_in_batches, "Display", lambda: SimpleNamespace(display=lines.append))
        return lines

    @pytest.fixture
    def run(self, action, shown, monkeypatch):
        """Give a function that runs the action, and the calls of the module."""
        calls = []

        def run(module, request=self.REQUEST, check_mode=False, **args):
            made = action(cancel_in_batches, check_mode=check_mode, request=request.as_result(), **args)

            def call(name, options, task_vars):
                calls.append((name, options, made._task.check_mode, task_vars))
                return module(options)

            monkeypatch.setattr(made, "_execute_module", call)
            return made.run(task_vars={"a": 1})

        run.calls = calls
        return run

    @staticmethod
    def cancel(options):
        """Cancel every order."""
        orders = [{"order_id": order_id, "outcome": "changed"} for order_id in options["order_id"]]
        return {"orders": orders, "diff": {"before": "pending\n", "after": "canceled\n"}}

    def test_calls_the_module_for_each_batch_with_the_connection_of_the_task(self, run, shown):
        result = run(self.cancel, api_key=KEY, timeout=5)
        spread = [{"requests": 1, "seconds": 0.2}]
        common = {"api_key": KEY, "timeout": 5, "note": "Not needed", "rate_limits": spread}
        module = "community.digicert.digicert_order_status"
        assert run.calls == [
            (module, {**common, "order_id": [1, 2]}, False, {"a": 1}),
            (module, {**common, "order_id": [3]}, False, {"a": 1}),
        ]
        assert shown[-2:] == ["Batch 1 of 2: 2 orders: 2 canceled.", "Batch 2 of 2: 1 order: 1 canceled."]
        assert "Orders that were named: 3" in shown
        assert {name: result[name] for name in ("as_wanted", "verdict", "diff")} == {
            "as_wanted": True,
            "verdict": "3 of 3 orders canceled.",
            "diff": [{"before": "pending\n", "after": "canceled\n"}] * 2,
        }
        assert result["statistics"]["digicert_canceled_order_ids"] == [1, 2, 3]

    def test_a_single_batch_may_use_all_that_the_service_allows(self, run):
        result = run(self.cancel, Request(**{**self.REQUEST.as_result(), "batch_size": 3}))
        ((_name, options, _check, _vars),) = run.calls
        assert "rate_limits" not in options
        assert result["changed"]

    def test_limits_of_the_user_hold_for_batches_too(self, run):
        run(self.cancel, rate_limits=[{"requests": 9, "seconds": 9}])
        assert {str(options["rate_limits"]) for _name, options, _check, _vars in run.calls} == {
            "[{'requests': 9, 'seconds': 9}]"
        }

    @pytest.mark.parametrize(("preview", "check_mode"), [(True, False), (False, True), (True, True)])
    def test_nothing_takes_check_mode_away(self, run, preview, check_mode):
        run(self.cancel, Request(**{**self.REQUEST.as_result(), "preview": preview}), check_mode)
        assert [check for _name, _options, check, _vars in run.calls] == [True, True]

    def test_a_module_that_cannot_be_run_leaves_its_orders_unknown_and_tells_no_key(self, run):
        def broken(options):
            raise AnsibleConnectionFailure(f"No folder, and here is {KEY}")

        result = run(broken, api_key=KEY)
        assert not result["as_wanted"]
        assert not result["changed"]
        assert result["statistics"]["digicert_unknown_order_ids"] == [1, 2]
        assert "The module did not end as modules do: No folder, and here is ********" in result["verdict"]

    def test_takes_the_orders_of_a_search(self, run):
        request = Request(
            "cancel_stale_orders", False, "x", "https://x.example.com", 2, older_than_days=1, maximum=9
        )
        run(self.cancel, request, search={"orders": [{"id": 7}]})
        assert [options["order_id"] for _name, options, _check, _vars in run.calls] == [[7]]

    def test_writes_the_report_and_tells_if_that_fails(self, run, tmp_path):
        path = tmp_path / "report.csv"
        assert run(self.cancel, Request(**{**self.REQUEST.as_result(), "report_path": str(path)}))[
            "as_wanted"
        ]
        assert path.read_text().count('"canceled"') == 3
        path.unlink()
        path.mkdir()
        (path / "x").touch()
        result = run(self.cancel, Request(**{**self.REQUEST.as_result(), "report_path": str(path)}))
        assert not result["as_wanted"]
        assert (
            result["verdict"]
            == f"3 of 3 orders canceled. The report {path} could not be written: Is a directory."
        )

    def test_prints_nothing_where_json_is_printed(self, run, shown, monkeypatch):
        monkeypatch.setattr(cancel_in_batches.constants, "DEFAULT_STDOUT_CALLBACK", "ansible.posix.json")
        run(self.cancel)
        assert shown == []
