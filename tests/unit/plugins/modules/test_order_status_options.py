# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of digicert_order_status: what they take, where they come from, and what is refused before any request."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from ansible_collections.community.digicert.plugins.module_utils import _options
from ansible_collections.community.digicert.tests.simulator import (
    FULL_KEY,
    Certificate,
    Fault,
    Operation,
    Simulator,
)


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


@pytest.mark.parametrize(("given", "named"), [(0, "0"), ([1001, -5, 0], "-5, 0"), ([True], "True")])
def test_order_id_takes_positive_integers_only(run, simulator, given, named):
    _refused(run(order_id=given), simulator, f"order_id takes positive integers, but it holds {named}.")


@pytest.mark.parametrize("given", ["", "abc", "1001 1002", "1001;DROP", [None], [[1001]], {"id": 1001}])
def test_what_is_no_number_at_all_is_refused_by_ansible(run, simulator, given):
    outcome = run(order_id=given)
    assert outcome.failed
    assert "order_id" in outcome["msg"]
    assert simulator.ledger.requests == []


@pytest.mark.parametrize("status", ["canceled", "reissue_canceled"])
def test_the_cancellations_require_a_note(run_bare, simulator, status):
    outcome = run_bare(order_id=1001, status=status, api_key=FULL_KEY, api_url=simulator.api_url)
    assert outcome.failed
    assert outcome["msg"] == f"status is {status} but all of the following are missing: note"
    assert simulator.ledger.requests == []


@pytest.mark.parametrize("status", ["canceled", "reissue_canceled"])
def test_a_note_that_is_null_is_a_missing_note(run, simulator, status):
    _refused(
        run(order_id=1001, status=status, note=None),
        simulator,
        "note is missing: a cancellation requires one.",
    )


@pytest.mark.parametrize("status", ["canceled", "reissue_canceled", "renewed", "not_renewed"])
@pytest.mark.parametrize("note", ["", "  ", "\n\t"])
def test_a_blank_note_is_refused(run, simulator, status, note):
    _refused(
        run(order_id=1001, status=status, note=note),
        simulator,
        "note is blank: say why the order is changed.",
    )


def test_without_a_note_none_is_sent_where_none_is_needed(run, simulator):
    assert run(order_id=1020, status="renewed", note=None)["changed"] is True
    assert simulator.ledger.writes[0].json == {"status": "renewed"}


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
        f"api_key has {len(key)} characters, and no key of CertCentral has less than 20: give the whole key.",
    )


def test_a_status_that_cannot_be_wanted_is_refused(run, simulator):
    outcome = run(order_id=1001, status="issued")
    assert outcome.failed
    assert outcome["msg"] == (
        "value of status must be one of: canceled, reissue_canceled, renewed, not_renewed, got: issued"
    )
    assert simulator.ledger.requests == []


def test_canceled_is_what_is_wanted_by_default(run, simulator):
    assert run(order_id=1001).orders[1001]["status"] == "canceled"
    assert simulator.order(1001).status == "canceled"


def test_api_key_is_required(run_bare, simulator):
    outcome = run_bare(order_id=1001, note="n", api_url=simulator.api_url)
    assert outcome.failed
    assert outcome["msg"] == "missing required arguments: api_key"


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
    _refused(run(order_id=1001, api_key=key), simulator, "api_key is empty.")


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
    ],
)
def test_an_api_url_that_names_no_service_is_refused(run, simulator, url):
    _refused(
        run(order_id=1001, api_url=url),
        simulator,
        f"api_url is not the URL of a service: {url!r}. "
        "An example of one: https://www.digicert.com/services/v2",
    )


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
        f"ca_path names a file that is not there or cannot be read: {ca_path}.",
    )


def test_a_ca_bundle_of_the_environment_that_is_not_there_is_refused(run, simulator, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    _refused(
        run(order_id=1001, ca_path=None),
        simulator,
        "the environment variable REQUESTS_CA_BUNDLE names a file that is not there or cannot be read: /nowhere/ca.pem.",
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


def test_validate_certs_false_takes_any_certificate_and_warns(run, simulator, monkeypatch):
    with Simulator() as stranger:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", stranger.ca_path)
        outcome = run(order_id=1001, ca_path=None, validate_certs=False)
    assert outcome["changed"] is True
    assert any("validate_certs=false" in warning for warning in outcome.warnings)
    assert "InsecureRequestWarning" not in outcome.printed


@pytest.mark.parametrize("timeout", [0, -1])
def test_timeout_must_be_positive(run, simulator, timeout):
    _refused(
        run(order_id=1001, timeout=timeout),
        simulator,
        f"timeout must be more than 0 seconds, but it is {timeout}.",
    )


def test_a_request_that_takes_longer_than_timeout_fails(run, simulator):
    simulator.script(Fault(operation=Operation.READ, delay=30))
    started = time.monotonic()
    outcome = run(order_id=1001, timeout=0.3)
    assert outcome.orders[1001]["error"]["code"] == "timed_out"
    assert time.monotonic() - started < 15


def test_retries_must_not_be_negative(run, simulator):
    _refused(run(order_id=1001, retries=-1), simulator, "retries must not be negative, but it is -1.")


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_a_passing_failure_is_tried_again_as_often_as_retries_says(run, simulator, waits, retries):
    simulator.script(Fault(operation=Operation.READ, times=None, status=503))
    outcome = run(order_id=1001, retries=retries)
    assert outcome.orders[1001]["error"]["code"] == "service_unavailable"
    assert len(simulator.ledger.reads) == retries + 1
    assert len(waits) == retries


def test_without_requests_the_module_says_what_is_missing_and_for_which_python(tmp_path):
    # A folder that comes first on the path and holds a package of that name which cannot be imported.
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / "__init__.py").write_text("raise ImportError('not here')\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from ansible_collections.community.digicert.tests.unit.plugins.conftest import patch_module_args\n"
        "from ansible_collections.community.digicert.plugins.modules.digicert_order_status import main\n"
        # Ansible masks the key wherever it finds it, in the path of Python as well.
        "with patch_module_args({'order_id': [1], 'note': 'n', 'api_key': '0-a-key-that-no-path-holds-0'}):\n"
        "    main()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert "Failed to import the required Python library (requests)" in ended.stdout
    assert sys.executable in ended.stdout
