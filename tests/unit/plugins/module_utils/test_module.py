# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module of the collection ends, whatever its task does."""

from __future__ import annotations

import json
import re
import time

import pytest
from ansible_collections.community.digicert.plugins.module_utils._module import (
    Module,
    UnusableOption,
    run,
    without_keys,
)
from ansible_collections.community.digicert.tests.unit.plugins.module_args import patch_module_args

SECRET = "what nobody may read"


@pytest.fixture(name="ended")
def _ended(capfd):
    """Give a function that runs a task in a module and gives the result that the module printed."""

    def ended(task):
        with patch_module_args({}), pytest.raises(SystemExit) as exit_:
            run(Module(argument_spec={}), task)
        printed = capfd.readouterr().out
        assert SECRET not in printed
        return {"status": exit_.value.code, **json.loads(printed)}

    return ended


def raises(error):
    """Give a task that raises an error while it handles another one."""

    def task(module):
        try:
            raise LookupError(SECRET)
        except LookupError:
            raise error from None

    return task


def test_a_result_ends_the_module_as_it_is(ended):
    result = ended(lambda module: {"changed": True, "orders": [1]})
    assert (result["status"], result["changed"], result["orders"]) == (0, True, [1])


def test_a_failed_result_fails_the_module_and_is_told(ended):
    result = ended(lambda module: {"failed": True, "msg": "No.", "orders": [1]})
    assert (result["status"], result["failed"], result["msg"], result["orders"]) == (1, True, "No.", [1])


def test_an_unusable_option_is_told(ended):
    result = ended(raises(UnusableOption("note is blank.")))
    assert result["status"] == 1
    assert result["msg"] == "note is blank."
    assert result["error"] == {"code": "invalid_option", "message": "note is blank."}


def test_a_defect_is_told_by_its_type_and_place_without_its_text(ended):
    result = ended(raises(ZeroDivisionError(SECRET)))
    line = raises.__code__.co_firstlineno + 7
    assert result["status"] == 1
    assert result["msg"] == (
        f"A defect in this collection ended the task (ZeroDivisionError in test_module.py, line {line}), so what it did "
        "until then is not told. Please report it. Running again is safe: an order is read before it is written to."
    )
    assert result["error"] == {"code": "internal_error", "message": result["msg"]}


def test_a_task_that_ends_the_module_itself_names_the_error(ended):
    error = {"code": "library_missing", "message": "No requests."}
    result = ended(lambda module: module.fail_json(msg="No requests.", error=error))
    assert (result["status"], result["msg"], result["error"]) == (1, "No requests.", error)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "missing required arguments: count"),
        ({"count": 1, "other": 2}, "Unsupported parameters for"),
        ({"count": "two"}, "argument 'count' is of type"),
        ({"count": None}, "argument 'count' is of type"),
        # ansible-core before 2.17 has words of its own for it.
        (
            {"count": "Infinity"},
            "One of the options holds a number that is too large.|cannot be converted to an int",
        ),
    ],
    ids=str,
)
def test_what_ansible_refuses_is_an_unusable_option_as_well(capfd, options, message):
    specification = {"count": {"type": "int", "required": True}, "key": {"type": "str", "no_log": True}}
    with patch_module_args({**options, "key": SECRET}), pytest.raises(SystemExit) as exit_:
        Module(argument_spec=specification)
    result = json.loads(capfd.readouterr().out)
    result.pop("_ansible_new_secrets", None)
    assert exit_.value.code == 1
    assert result["error"] == {"code": "invalid_option", "message": result["msg"]}
    assert re.search(message, result["msg"])
    assert SECRET not in json.dumps(result)


@pytest.mark.parametrize(
    "given",
    [SECRET, f" {SECRET}\n", [SECRET], {"X-DC-DEVKEY": SECRET}, [{"key": [1, [SECRET]]}]],
    ids=["text", "spaced", "list", "dictionary", "nested"],
)
def test_an_option_that_there_is_none_of_may_be_a_secret_misspelled(capfd, given):
    specification = {
        "count": {"type": "int"},
        "api_key": {"type": "str", "no_log": True},
        "windows": {"type": "list", "elements": "dict", "options": {"seconds": {"type": "int"}}},
    }
    options = {"apikey": given, "cuont": 17, "windows": [{"seconds": 1, "api_key": given}]}
    with patch_module_args(options), pytest.raises(SystemExit):
        Module(argument_spec=specification)
    result = json.loads(capfd.readouterr().out)
    result.pop("_ansible_new_secrets", None)
    assert "Unsupported parameters for" in result["msg"]
    assert "apikey, cuont" in result["msg"]
    assert SECRET not in json.dumps(result)


def test_so_may_one_inside_of_an_option_that_there_is(capfd):
    windows = {"type": "list", "elements": "dict", "options": {"seconds": {"type": "int"}}}
    with patch_module_args({"windows": [{"seconds": 1, "apikey": SECRET}]}), pytest.raises(SystemExit):
        Module(argument_spec={"windows": windows})
    result = json.loads(capfd.readouterr().out)
    result.pop("_ansible_new_secrets", None)
    assert "windows.apikey" in result["msg"]
    assert SECRET not in json.dumps(result)


def test_what_ansible_tells_a_module_of_its_own_hides_no_part_of_a_complaint(capfd):
    with (
        patch_module_args({"_ansible_remote_tmp": "Unsupported parameters", "odd": 1}),
        pytest.raises(SystemExit),
    ):
        Module(argument_spec={})
    assert json.loads(capfd.readouterr().out)["msg"].startswith("Unsupported parameters for")


@pytest.mark.parametrize("around", ["{}", " {}\n"])
def test_a_secret_of_twenty_characters_is_masked_inside_of_words(capfd, around):
    """Each option may be in a result without the white space around it."""
    secrets = ["what-nobody-may-read", "nor-what-stands-here"]
    specification = {f"key{number}": {"type": "str", "no_log": True} for number in range(2)}
    options = {f"key{number}": around.format(secret) for number, secret in enumerate(secrets)}
    with patch_module_args(options), pytest.raises(SystemExit):
        run(Module(argument_spec=specification), lambda module: {"told": "/".join(secrets)})
    assert json.loads(capfd.readouterr().out)["told"] == "********/********"


def test_what_ansible_tells_a_module_of_its_own_is_no_secret(capfd):
    folder = "~/.ansible/tmp-of-somebody"
    with patch_module_args({"_ansible_remote_tmp": folder}), pytest.raises(SystemExit):
        run(Module(argument_spec={}), lambda module: {"folder": folder})
    assert json.loads(capfd.readouterr().out)["folder"] == folder


def test_which_options_were_given_as_null_is_known():
    with patch_module_args({"one": None, "two": 2}):
        module = Module(argument_spec={name: {"type": "int"} for name in ("one", "two", "three")})
    assert [name for name in module.nulls if name in module.params] == ["one"]


@pytest.mark.parametrize(
    "options",
    [{"key": "l"}, {"key": " invalid\n"}, {"key": "l", "count": "two"}],
    ids=["a-letter", "a-word-amid-white-space", "beside-another-mistake"],
)
def test_a_secret_that_is_too_short_is_neither_shown_nor_masked_in_other_words(capfd, options):
    specification = {"count": {"type": "int"}, "key": {"type": "str", "no_log": True}}
    with patch_module_args(options), pytest.raises(SystemExit):
        run(Module(argument_spec=specification), raises(UnusableOption("invalid all the same")))
    result = json.loads(capfd.readouterr().out)
    assert result["error"]["code"] == "invalid_option"
    shown = result.get("invocation", {}).get("module_args", {}).get("key", "")
    assert set(shown) <= {"*"}


@pytest.mark.parametrize("piece", ["1", "a", "-", "1-", "-a", "a1 "])
def test_no_text_takes_long_in_which_a_possible_key_is_looked_for(piece):
    began = time.process_time()
    assert without_keys(piece * 100_000) == piece * 100_000
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize("around", ["", " ", "_", ".", "ü", '"'])
def test_a_possible_key_is_hidden_whatever_is_around_it(around):
    key = "1" * 10 + "-" + "a" * 9
    assert without_keys(f"{around}{key}{around}") == f"{around}********{around}"
    assert without_keys(f"{around}{key[1:]}{around}") == f"{around}{key[1:]}{around}"
