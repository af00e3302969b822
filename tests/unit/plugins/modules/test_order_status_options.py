# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of digicert_order_status: what they take, where they come from, and what is refused before any request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.community.digicert.plugins.module_utils import _options
from ansible_collections.community.digicert.plugins.module_utils._module import Module, UnusableOption
from ansible_collections.community.digicert.tests.simulator import (
    FULL_KEY,
    Certificate,
    Fault,
    Operation,
    Simulator,
)

ANOTHER_KEY = "0123456789ABCDEF-another-key-of-a-one-0123456789"


def _refused(outcome, simulator: Simulator, message: str) -> None:
    assert outcome.failed
    assert outcome["msg"] == message
    assert outcome["error"] == {"code": "invalid_option", "message": message}
    assert simulator.ledger.requests == []


@pytest.mark.parametrize(
    ("given", "order_ids"),
    [
        (1001, [1001]),
        ("1001", [1001]),
        ("1001,1002", [1001, 1002]),
        ("1001, 1002", [1001, 1002]),
        (["1002", 1001], [1002, 1001]),
        ([1001, 1002, 1001], [1001, 1002]),
        ([], []),
    ],
)
def test_order_id_takes_one_or_several_in_any_of_ansibles_ways_and_each_once(
    run, simulator, given, order_ids
):
    outcome = run(order_id=given)
    assert not outcome.failed
    assert [order["order_id"] for order in outcome["orders"]] == order_ids
    assert sorted(change.order_id for change in simulator.ledger.changes) == sorted(order_ids)


def test_an_empty_list_of_orders_is_nothing_to_do(run, simulator):
    outcome = run(order_id=[])
    assert (outcome["changed"], outcome["msg"]) == (False, "No orders were given, nothing to do.")
    assert simulator.ledger.requests == []


# What a template, a spreadsheet or a script makes of an ID, and how it is named then.
@pytest.mark.parametrize(
    ("given", "named"),
    [
        (0, "'0'"),
        ([1001, -5, 0], "-5, 0"),
        ([True], "True"),
        (True, "'True'"),
        (1001.0, "'1001.0'"),
        ([1001.0], "1001.0"),
        (1.23457e08, "'123457000.0'"),
        ("1.23457E+08", "'1.23457E+08'"),
        (["1.23457E+08"], "'1.23457E+08'"),
        ("1,001", "'001'"),
        ("10_01", "'10_01'"),
        (["10_01"], "'10_01'"),
        ("1e3", "'1e3'"),
        ("01753", "'01753'"),
        ("+1001", "'+1001'"),
        ("0x3e9", "'0x3e9'"),
        ("1001.", "'1001.'"),
        ("\u0661\u0660\u0660\u0661", "'\\u0661\\u0660\\u0660\\u0661'"),
        ("1" * 19, "'" + "1" * 19 + "'"),
        ("", "''"),
        ("1001,", "''"),
        ("abc", "'abc'"),
        ("1001 1002", "'1001 1002'"),
        ("1001;DROP", "'1001;DROP'"),
        ([None], "None"),
        ([[1001]], "[1001]"),
        ([{"id": 1001}], "{'id': 1001}"),
        (["9 " * 100], "'" + "9 " * 49 + "9..."),
        (["x" * 97], "'" + "x" * 97 + "'"),
        (["x" * 98], "'" + "x" * 98 + "'"),
        (["x" * 99], "'" + "x" * 99 + "..."),
        (["123456789;123456790;"], "'123456789;123456790;'"),
    ],
)
def test_order_id_takes_plain_digits_only(run, simulator, given, named):
    _refused(
        run(order_id=given),
        simulator,
        f"order_id takes whole numbers in plain digits, such as 123456789, but it holds {named}.",
    )


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (ANOTHER_KEY, "'********'"),
        ([1001, ANOTHER_KEY], "'********'"),
        ([{"key": ANOTHER_KEY}], "{'key': '********'}"),
        (f"1001 {ANOTHER_KEY}", "'1001 ********'"),
        ([f"{ANOTHER_KEY};"], "'********;'"),
        ([f"{ANOTHER_KEY} " * 5], "'" + "******** " * 4 + "********'"),
        ("1" * 20, f"'{'1' * 20}'"),
    ],
)
def test_a_key_that_was_given_as_an_order_id_is_not_shown(run, simulator, given, named):
    outcome = run(order_id=given)
    _refused(
        outcome,
        simulator,
        f"order_id takes whole numbers in plain digits, such as 123456789, but it holds {named}.",
    )
    assert ANOTHER_KEY not in json.dumps(outcome.result)


@pytest.mark.parametrize(
    "option", ["api_url", "ca_path", "status", "timeout", "retries", "validate_certs", "only_status"]
)
def test_a_key_that_was_given_in_another_option_is_not_shown(run, simulator, option):
    outcome = run(**{"order_id": 1001, option: ANOTHER_KEY})
    assert outcome["error"] == {"code": "invalid_option", "message": outcome["msg"]}
    assert option in outcome["msg"]
    assert ANOTHER_KEY not in json.dumps(outcome.result)
    assert simulator.ledger.requests == []


def test_a_key_that_was_given_in_another_option_is_not_logged(run, monkeypatch):
    logged = []
    monkeypatch.setattr(
        AnsibleModule, "log", lambda _module, message, log_args=None: logged.append((message, log_args))
    )
    run(order_id=ANOTHER_KEY)
    run(order_id=1001, note=ANOTHER_KEY)
    assert len(logged) == 2
    assert ANOTHER_KEY not in str(logged)


def test_a_null_character_does_not_reach_the_log_which_would_refuse_it(run, monkeypatch):
    logged = []
    monkeypatch.setattr(
        AnsibleModule, "log", lambda _module, message, log_args=None: logged.append((message, log_args))
    )
    run(order_id=1001, note="a\0b")
    ((message, options),) = logged
    assert "note=a\\0b" in message
    assert "\0" not in message + "".join(map(str, options.values()))


def test_what_is_not_utf_8_is_logged_all_the_same(monkeypatch):
    logged = []
    monkeypatch.setattr(
        AnsibleModule, "log", lambda _module, message, log_args=None: logged.append((message, log_args))
    )
    module = object.__new__(Module)
    given = {"note": "a\udce9b", "order_id": [ANOTHER_KEY, 1001]}
    module.params = given
    module.argument_spec = {"note": {"type": "str"}, "order_id": {"type": "list"}}
    module.no_log_values, module.aliases = set(), {}
    module._log_invocation()
    assert "note=a?b" in logged[0][0]
    assert "order_id=['********', 1001]" in logged[0][0]
    assert module.params is given


def test_a_number_that_python_does_not_write_is_no_reason_to_end(monkeypatch):
    monkeypatch.setattr(AnsibleModule, "log", lambda *_arguments, **_options: None)
    module = object.__new__(Module)
    module.params = given = {"order_id": 10**5000}
    module.argument_spec = {"order_id": {"type": "int"}}
    module.no_log_values, module.aliases = set(), {}
    module._log_invocation()
    assert module.params is given


def test_a_key_that_was_given_as_a_name_is_not_shown(run):
    outcome = run(order_id=[{ANOTHER_KEY: 1}], rate_limits=[{ANOTHER_KEY: 1}])
    assert outcome["error"]["code"] == "invalid_option"
    assert ANOTHER_KEY not in json.dumps(outcome.result)


def test_what_only_looks_like_a_key_is_left_in_the_result(run):
    outcome = run(order_id=1001, note=ANOTHER_KEY)
    assert outcome["invocation"]["module_args"]["note"] == ANOTHER_KEY


@pytest.mark.parametrize("key", [{"key": FULL_KEY, "version": 1}, [FULL_KEY, 0], [FULL_KEY, "dictionary"]])
def test_a_key_that_is_no_text_is_refused(run, simulator, key):
    _refused(
        run(order_id=1001, api_key=key),
        simulator,
        "api_key holds a dictionary or a list: give the key alone, which may be a part of what a lookup returns.",
    )


@pytest.mark.parametrize(
    "given", ["1,234", "123,456,789", ["12", "345"], " 1,234", "1,234\n", "123,456, 1001"]
)
def test_text_that_may_be_one_number_with_commas_or_several_is_refused(run, simulator, given):
    shown = given.strip() if isinstance(given, str) else ",".join(given)
    _refused(
        run(order_id=given),
        simulator,
        f"order_id holds {shown}, which may be one number or several: write one without commas, and several as a list of "
        "numbers.",
    )


def test_a_list_of_short_numbers_is_one(run):
    assert list(run(order_id=[12, 345]).orders) == [12, 345]


def test_what_is_no_list_is_refused_by_ansible_with_a_code_as_well(run, simulator):
    outcome = run(order_id={"id": 1001})
    assert outcome.failed
    assert "order_id" in outcome["msg"]
    assert outcome["error"] == {"code": "invalid_option", "message": outcome["msg"]}
    assert simulator.ledger.requests == []


@pytest.mark.parametrize(
    "option",
    ["order_id", "status", "api_key", "api_url", "timeout", "retries", "rate_limits", "validate_certs"],
)
def test_a_null_is_refused(run, simulator, option):
    outcome = run(**{"order_id": 1001, option: None})
    assert outcome.failed
    assert option in outcome["msg"]
    assert outcome["error"] == {"code": "invalid_option", "message": outcome["msg"]}
    assert simulator.ledger.requests == []


@pytest.mark.parametrize("status", ["canceled", "reissue_canceled", "rejected"])
def test_the_cancellations_and_the_rejection_require_a_note(run_bare, simulator, status):
    outcome = run_bare(order_id=1001, status=status, api_key=FULL_KEY, api_url=simulator.api_url)
    assert outcome.failed
    assert outcome["msg"] == f"status is {status} but all of the following are missing: note"
    assert simulator.ledger.requests == []


@pytest.mark.parametrize("status", ["canceled", "reissue_canceled", "rejected"])
def test_a_note_that_is_null_is_a_missing_note(run, simulator, status):
    _refused(
        run(order_id=1001, status=status, note=None),
        simulator,
        "note is missing: say why the order is changed.",
    )


@pytest.mark.parametrize("status", ["canceled", "reissue_canceled", "rejected", "renewed", "not_renewed"])
@pytest.mark.parametrize("note", ["", "  ", "\n\t"])
def test_a_blank_note_is_refused(run, simulator, status, note):
    _refused(
        run(order_id=1001, status=status, note=note),
        simulator,
        "note is blank: say why the order is changed.",
    )


def test_a_key_of_the_environment_that_is_not_used_is_not_shown_either(run, simulator, monkeypatch):
    monkeypatch.setenv("DIGICERT_API_KEY", " another-key-of-a-one\n")
    simulator.script(
        Fault(operation=Operation.READ, edit={"/certificate/common_name": "another-key-of-a-one"})
    )
    outcome = run(order_id=1001)
    assert outcome.orders[1001]["common_name"] == "********"
    assert "another-key-of-a-one" not in outcome.printed


def test_without_a_note_none_is_sent_where_none_is_needed(run, simulator):
    assert run(order_id=1020, status="renewed", note=None)["changed"] is True
    assert simulator.ledger.writes[0].json == {"status": "renewed"}


def test_a_note_that_is_not_utf_8_is_refused():
    # Ansible itself refuses it from 2.19 on.
    with pytest.raises(
        UnusableOption, match=r"^note holds characters that are not UTF-8: leave them out[.]$"
    ):
        _options.usable_note("half a \udcff character", required=True)


def test_the_note_is_sent_as_given(run, simulator):
    note = 'Zurückgezogen: "doppelt" \\ siehe CHG0031337 ✂\nzweite Zeile'
    run(order_id=1001, note=note)
    assert simulator.ledger.writes[0].json["note"] == note
    assert simulator.ledger.changes[0].note == note


@pytest.mark.parametrize("key", ["1001", "0123456789abcdefghi"])
def test_a_key_that_is_too_short_to_be_masked_is_refused(run, simulator, key):
    _refused(
        run(order_id=1001, api_key=key),
        simulator,
        f"api_key has {len(key)} characters, and no key of CertCentral has fewer than 20: give the whole key.",
    )


def test_a_status_that_cannot_be_wanted_is_refused(run, simulator):
    outcome = run(order_id=1001, status="issued")
    assert outcome.failed
    assert outcome["msg"] == (
        "value of status must be one of: canceled, reissue_canceled, rejected, renewed, not_renewed, got: issued"
    )
    assert simulator.ledger.requests == []


def test_canceled_is_what_is_wanted_by_default(run, simulator):
    assert run(order_id=1001).orders[1001]["status"] == "canceled"
    assert simulator.order(1001).status == "canceled"


def test_api_key_is_required_here_or_in_the_environment(run_bare, simulator):
    _refused(
        run_bare(order_id=1001, note="n", api_url=simulator.api_url),
        simulator,
        "There is no API key: give it in api_key, or in the environment variable DIGICERT_API_KEY.",
    )


def test_key_and_url_fall_back_to_the_environment(run_bare, simulator, monkeypatch):
    monkeypatch.setenv("DIGICERT_API_KEY", FULL_KEY)
    monkeypatch.setenv("DIGICERT_API_URL", simulator.api_url)
    outcome = run_bare(order_id=1001, note="n", ca_path=simulator.ca_path)
    assert outcome["changed"] is True
    assert simulator.ledger.writes[0].header("X-DC-DEVKEY") == FULL_KEY


def test_options_win_over_the_environment(run, simulator, monkeypatch):
    monkeypatch.setenv("DIGICERT_API_KEY", "not-the-key-that-was-given")
    monkeypatch.setenv("DIGICERT_API_URL", "https://localhost:1/services/v2")
    assert run(order_id=1001)["changed"] is True


@pytest.mark.parametrize("around", ["{}\n", "\r\n{}\r\n", "  {}\t"])
def test_white_space_around_the_key_is_stripped(run, simulator, around):
    outcome = run(order_id=1001, api_key=around.format(FULL_KEY))
    assert outcome["changed"] is True
    assert simulator.ledger.writes[0].header("X-DC-DEVKEY") == FULL_KEY
    assert FULL_KEY not in outcome.printed


@pytest.mark.parametrize(
    "key", ["first-half\nsecond-half", "key\rX-Other: 1", "schlüssel", "key\x00", "k\x7fey", "кey"]
)
def test_a_key_that_a_header_cannot_carry_is_refused_and_not_shown(run, simulator, key):
    outcome = run(order_id=1001, api_key=key)
    _refused(
        outcome,
        simulator,
        "api_key holds a line break or another character that an HTTP header cannot carry; "
        "white space around it is removed, inside it is not.",
    )
    assert key not in outcome.printed
    assert repr(key)[1:-1] not in outcome.printed


@pytest.mark.parametrize("key", ["", " \n"])
def test_an_empty_key_is_refused(run, simulator, key):
    _refused(
        run(order_id=1001, api_key=key),
        simulator,
        "The API key is empty: give it in api_key, or in the environment variable DIGICERT_API_KEY.",
    )


@pytest.mark.parametrize(
    "url",
    ["http://www.digicert.com/services/v2", "http://127.0.0.1.example.com/", "http://localhost.example.com/"],
)
def test_plain_http_is_refused_beyond_loopback(run, simulator, url):
    _refused(
        run(order_id=1001, api_url=url),
        simulator,
        f"api_url must begin with https:// so that the API key travels encrypted, but it is {url!r}. "
        "Plain http is for loopback addresses only.",
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "www.digicert.com/services/v2",
        "ftp://www.digicert.com/services/v2",
        "https://",
        "https://www.digicert.com:99999/services/v2",
        "https://www.digicert.com:port/services/v2",
        "https://www.digicert.com/services/v2?account=1",
        "https://www.digicert.com/services/v2#orders",
        "https://www.digicert.com/services v2",
        "https://www.digicert.com/\r\nX-Other: 1",
        "https://www..com/",
        "https://.",
        f"https://{'a' * 64}.example.com",
        "https://[.]",
        "https://[::1",
        "https://sch\u00f6n.example.com",
        "https://127.0.0.1:65536",
    ],
)
def test_an_api_url_that_names_no_service_is_refused(run, simulator, url):
    _refused(
        run(order_id=1001, api_url=url),
        simulator,
        f"api_url is not the URL of a service: {url!a}. "
        "An example of one: https://www.digicert.com/services/v2",
    )


def test_blanks_around_an_api_url_and_slashes_at_its_end_are_none_of_it():
    assert _options.usable_api_url(" https://x.example.com/X//\n") == "https://x.example.com/X"


def test_an_api_url_may_have_the_highest_port(run):
    assert run(order_id=1001, api_url="https://127.0.0.1:65535", retries=0)["error"]["code"] == "not_reached"


def test_an_api_url_with_a_password_is_refused(run, simulator):
    _refused(
        run(order_id=1001, api_url="https://user:password@www.digicert.com/services/v2"),
        simulator,
        "api_url must not hold a user name or a password.",
    )


@pytest.mark.parametrize("end", ["/services/v2", "/services/v2/", "", "/"])
def test_api_url_may_end_with_a_slash_or_be_the_root_of_the_host(run, simulator, end):
    assert run(order_id=1001, api_url=simulator.base_url + end)["changed"] is True
    assert [request.path for request in simulator.ledger.requests] == [
        "/services/v2/order/certificate/1001",
        "/services/v2/order/certificate/1001/status",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_plain_http_is_taken_on_loopback(run, host):
    with Simulator(plain_http=True) as plain:
        outcome = run(order_id=1001, api_url=f"http://{host}:{plain.port}", ca_path=None)
        assert outcome["changed"] is True
        assert len(plain.ledger.changes) == 1


def test_the_us_service_is_the_default():
    assert _options.connection_options()["api_url"]["default"] == "https://www.digicert.com/services/v2"


def test_a_certificate_of_a_private_ca_is_refused_without_ca_path(run, simulator):
    outcome = run(order_id=1001, ca_path=None)
    assert outcome.failed
    assert outcome.orders[1001]["error"]["code"] == "tls_refused"
    assert simulator.ledger.requests == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_without_ca_path_the_environment_names_the_ca(run, simulator, monkeypatch, variable):
    monkeypatch.setenv(variable, simulator.ca_path)
    assert run(order_id=1001, ca_path=None)["changed"] is True


def test_ca_path_wins_over_the_environment(run, simulator, monkeypatch, tmp_path):
    with Simulator() as stranger:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", stranger.ca_path)
        assert run(order_id=1001)["changed"] is True


def test_a_ca_path_that_is_not_there_is_refused(run, simulator, tmp_path):
    ca_path = tmp_path / "ca.pem"
    _refused(
        run(order_id=1001, ca_path=str(ca_path)),
        simulator,
        f"ca_path names a file that is absent or cannot be read: {ca_path}.",
    )


def test_a_ca_path_that_ansible_cannot_give_back_is_refused(run, simulator, tmp_path, monkeypatch):
    # With ansible-core 2.19 no test can give such an option.
    ca_path = tmp_path / "\udcff.pem"
    ca_path.touch()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_path))
    _refused(
        run(order_id=1001, ca_path=None),
        simulator,
        "The environment variable REQUESTS_CA_BUNDLE holds characters that are not UTF-8: give the file another name.",
    )


def test_a_ca_path_that_no_file_can_have_is_refused(run, simulator):
    _refused(
        run(order_id=1001, ca_path="ca\0.pem"),
        simulator,
        "ca_path names a file that is absent or cannot be read: ca\0.pem.",
    )


def test_a_ca_bundle_of_the_environment_that_is_not_there_is_refused(run, simulator, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    _refused(
        run(order_id=1001, ca_path=None),
        simulator,
        "The environment variable REQUESTS_CA_BUNDLE names a file that is absent or cannot be read: /nowhere/ca.pem.",
    )


def test_a_ca_path_without_certificates_accepts_no_service(run, simulator, tmp_path):
    ca_path = tmp_path / "ca.pem"
    ca_path.write_text("no certificate")
    outcome = run(order_id=1001, ca_path=str(ca_path))
    assert outcome.orders[1001]["error"]["code"] == "tls_refused"
    assert "NO_CERTIFICATE_OR_CRL_FOUND" in outcome["msg"]
    assert simulator.ledger.requests == []


@pytest.mark.parametrize(
    "certificate", [Certificate.EXPIRED, Certificate.SELF_SIGNED, Certificate.WRONG_HOST]
)
def test_a_certificate_that_does_not_hold_is_refused(run, certificate):
    with Simulator(certificate=certificate) as dubious:
        outcome = run(order_id=1001, api_url=dubious.api_url, ca_path=dubious.ca_path)
        error = outcome.orders[1001]["error"]
        assert (error["code"], error["http_status"], error["method"]) == ("tls_refused", None, "GET")
        assert dubious.ledger.requests == []


def test_the_service_is_told_who_asks(run, simulator):
    run(order_id=1001)
    assert simulator.ledger.requests
    for request in simulator.ledger.requests:
        assert ("User-Agent", "community.digicert") in request.headers


def test_validate_certs_false_takes_any_certificate_and_warns(run, simulator, monkeypatch):
    with Simulator() as stranger, warnings.catch_warnings(record=True) as printed:
        warnings.simplefilter("always")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", stranger.ca_path)
        outcome = run(order_id=1001, ca_path=None, validate_certs=False)
    assert outcome["changed"] is True
    assert outcome.warnings == [
        "The service's certificate is not checked (validate_certs=false): the API key can be intercepted."
    ]
    assert "InsecureRequestWarning" not in f"{outcome.printed}{[warning.category for warning in printed]}"


@pytest.mark.parametrize("timeout", [0, -1, 86401, 1e10, "inf", "-inf", "nan"])
def test_timeout_must_be_positive(run, simulator, timeout):
    _refused(
        run(order_id=1001, timeout=timeout),
        simulator,
        f"timeout must be more than 0 seconds and at most 86400, but it is {float(timeout):g}.",
    )


def test_the_bounds_of_timeout_and_rate_limits_can_be_used(run):
    limits = [{"requests": 1000000, "seconds": 86400}, {"requests": 2, "seconds": 0.5}]
    assert not run(order_id=1001, timeout=86400, rate_limits=limits).failed


def test_a_request_that_takes_longer_than_timeout_fails(run, simulator):
    simulator.script(Fault(operation=Operation.READ, delay=30))
    started = time.monotonic()
    outcome = run(order_id=1001, timeout=0.3)
    assert outcome.orders[1001]["error"]["code"] == "timed_out"
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("retries", [-1, 1001, True, 10**400], ids=lambda retries: str(retries)[:9])
def test_retries_has_bounds(run, simulator, retries):
    shown = str(retries) if len(str(retries)) <= 100 else f"{str(retries)[:100]}..."
    _refused(
        run(order_id=1001, retries=retries), simulator, f"retries must be from 0 to 1000, but it is {shown}."
    )


def test_retries_may_be_as_many_as_1000(run):
    assert not run(order_id=1001, retries=1000).failed


@pytest.mark.parametrize(
    "window",
    [
        {"requests": 0, "seconds": 5},
        {"requests": 5, "seconds": 0},
        {"requests": 9223372036854775808, "seconds": 5},
        {"requests": 5, "seconds": "inf"},
        {"requests": 5, "seconds": "nan"},
        {"requests": 5, "seconds": 1e10},
    ],
    ids=str,
)
def test_rate_limits_have_bounds(run, simulator, window):
    _refused(
        run(order_id=1001, rate_limits=[{"requests": 100, "seconds": 5}, window]),
        simulator,
        "rate_limits takes windows of 1 to 1000000 requests in more than 0 and at most 86400 seconds.",
    )


@pytest.mark.parametrize(
    "value", [None, [None], [{"requests": None, "seconds": 5}], [{"requests": 5}], "5", False, ["5"]], ids=str
)
def test_rate_limits_of_another_shape_are_refused_by_ansible(run, simulator, value):
    outcome = run(order_id=1001, rate_limits=value)
    assert outcome["error"] == {"code": "invalid_option", "message": outcome["msg"]}
    assert simulator.ledger.requests == []
    # Ansible itself loses what is to be masked then, and shows the options.
    assert FULL_KEY not in outcome.printed


@pytest.mark.parametrize("rate_limits", [False, ["5"]], ids=str)
def test_a_key_of_the_environment_is_not_shown_where_ansible_refuses_an_option(
    run_bare, simulator, monkeypatch, rate_limits
):
    monkeypatch.setenv("DIGICERT_API_KEY", f" {FULL_KEY}\n")
    outcome = run_bare(order_id=1001, note="n", rate_limits=rate_limits)
    assert outcome["error"]["code"] == "invalid_option"
    assert FULL_KEY not in outcome.printed


def test_a_proxy_of_the_environment_that_has_no_address_is_refused_without_its_password(
    run, simulator, monkeypatch
):
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:word-of-the-proxy%E2%82%AC@squid:3128")
    outcome = run(order_id=1001)
    _refused(
        outcome,
        simulator,
        "The environment variable HTTPS_PROXY holds no address of a proxy that can be used. An example of one: "
        "http://proxy.example.com:3128",
    )
    assert "word-of-the-proxy" not in outcome.printed


@pytest.mark.parametrize(
    "variable", ["DIGICERT_API_KEY", "DIGICERT_API_URL", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY"]
)
def test_a_variable_that_is_no_utf_8_is_refused(run_bare, simulator, monkeypatch, variable):
    good = {
        "DIGICERT_API_KEY": FULL_KEY,
        "DIGICERT_API_URL": simulator.api_url,
        "REQUESTS_CA_BUNDLE": simulator.ca_path,
    }
    for name, value in {**good, variable: b"https://\xff".decode(errors="surrogateescape")}.items():
        monkeypatch.setenv(name, value)
    outcome = run_bare(order_id=1001, note="n")
    _refused(outcome, simulator, outcome["msg"])
    outcome.printed.encode()


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_a_passing_failure_is_tried_again_as_often_as_retries_says(run, simulator, waits, retries):
    simulator.script(Fault(operation=Operation.READ, times=None, status=503))
    outcome = run(order_id=1001, retries=retries)
    assert outcome.orders[1001]["error"]["code"] == "service_unavailable"
    assert len(simulator.ledger.reads) == retries + 1
    assert len(waits) == retries


def test_without_requests_the_result_has_a_code_and_says_why(run, simulator, monkeypatch):
    monkeypatch.setattr(_options, "REQUESTS_IMPORT_ERROR", "Traceback: no requests")
    outcome = run(order_id=1001)
    assert outcome["error"] == {"code": "library_missing", "message": outcome["msg"]}
    assert "(requests)" in outcome["msg"]
    assert simulator.ledger.requests == []


def test_without_requests_the_module_says_what_is_missing_and_for_which_python(tmp_path):
    # A folder that comes first on the path and holds a package of that name which cannot be imported.
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / "__init__.py").write_text("raise ImportError('not here')\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from ansible_collections.community.digicert.tests.unit.plugins.module_args import patch_module_args\n"
        "from ansible_collections.community.digicert.plugins.modules.digicert_order_status import main\n"
        # Ansible masks the key wherever it finds it, in the path of Python as well.
        "with patch_module_args({'order_id': [1], 'note': 'n', 'api_key': '0-a-key-that-no-path-holds-0'}):\n"
        "    main()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    result = json.loads(ended.stdout)
    assert "Failed to import the required Python library (requests)" in result["msg"]
    assert sys.executable in result["msg"]
    assert result["error"] == {"code": "library_missing", "message": result["msg"]}
