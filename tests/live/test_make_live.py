# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make live` tells which rows hold, never writes but to one order after a typed answer, and never shows the key."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.community.digicert.tests.secrets.leaks import leaks
from ansible_collections.community.digicert.tests.simulator import (
    Fault,
    IdFilter,
    Operation,
    Simulator,
)
from certcentral_contract import READING, WRITING
from conftest import CHECKOUT, KEY, TARGET

REQUESTS_AT_MOST = 35


def verdicts(shown):
    """Give the verdicts by what the rows are about."""
    rows = re.findall(
        r"^ *\| (held|did not hold|could not be tried) +\| \d +\| (.*?) +\|", shown, re.MULTILINE
    )
    return {fact: verdict for verdict, fact in rows}


def test_every_row_about_reading_holds_and_nothing_is_written(simulator, make_live):
    ended = make_live(ANSIBLE_VERBOSITY="4")
    assert ended.status == 0, ended.shown
    assert verdicts(ended.shown) == {row.fact: "held" for row in READING}
    assert {request.method for request in simulator.ledger.requests} == {"GET"}
    assert len(simulator.ledger.requests) <= REQUESTS_AT_MOST
    assert simulator.ledger.changes == []
    # It was as loud as it gets, and no customer is named either.
    assert "EXEC /bin/sh" in ended.shown
    assert leaks({"shown": ended.shown}, KEY) == []
    assert [order.common_name for order in simulator.orders() if order.common_name in ended.shown] == []


def test_what_does_not_hold_is_told_and_fails_the_run(simulator, make_live_in_a_terminal):
    simulator.configure(id_filter=IdFilter.IGNORED)
    simulator.script(
        Fault(operation=Operation.WRITE, times=None, status=409, body=f'{{"key": {json.dumps(KEY)}}}')
    )
    ended = make_live_in_a_terminal("cancel 1001", ORDER_ID="1001", ANSIBLE_VERBOSITY="4")
    assert ended.status == 1
    assert {fact: verdict for fact, verdict in verdicts(ended.shown).items() if verdict != "held"} == {
        "filter id, several values": "did not hold",
        **{row.fact: "did not hold" for row in WRITING},
        "a canceled order, canceled again": "could not be tried",
    }
    assert [write.order_id for write in simulator.ledger.writes] == [1001]
    assert leaks({"shown": ended.shown}, KEY) == []


def test_make_leaves_it_the_certificates_to_trust(environment, simulator, tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/ready").touch()
    command = ["make", "--silent", "-C", str(CHECKOUT), "live", f"CACHE={tmp_path}"]
    printed = subprocess.check_output(
        [*command, "DEMO_PYTHON=printenv REQUESTS_CA_BUNDLE #"], env=environment, text=True
    )
    assert printed.strip() == simulator.ca_path


def test_the_order_is_canceled_after_the_typed_answer_and_no_other(simulator, make_live_in_a_terminal):
    ended = make_live_in_a_terminal("cancel 1001", ORDER_ID="1001", ANSIBLE_VERBOSITY="4")
    assert ended.status == 0, ended.shown
    assert "Order 1001, pending, shop.example.com." in ended.shown
    rows = [row.fact for row in (*READING, *WRITING)] + ["a canceled order, canceled again"]
    assert verdicts(ended.shown) == dict.fromkeys(rows, "held")
    assert [write.order_id for write in simulator.ledger.writes] == [1001]
    assert [(change.order_id, change.after) for change in simulator.ledger.changes] == [(1001, "canceled")]
    assert leaks({"shown": ended.shown}, KEY) == []


def test_another_answer_writes_nothing(simulator, make_live_in_a_terminal):
    ended = make_live_in_a_terminal("cancel 1002", ORDER_ID="1001")
    assert ended.status == 2
    assert "The answer was not 'cancel 1001'. Nothing was written." in ended.shown
    assert simulator.ledger.writes == []


def test_another_answer_counts_more_than_a_row_that_did_not_hold(simulator, make_live_in_a_terminal):
    simulator.configure(id_filter=IdFilter.IGNORED)
    ended = make_live_in_a_terminal("cancel 1002", ORDER_ID="1001")
    assert verdicts(ended.shown)["filter id, several values"] == "did not hold"
    assert (ended.status, simulator.ledger.writes) == (2, [])


def test_at_the_simulator_as_it_opens_one_row_does_not_hold_and_it_is_told_where_that_is_explained(
    make_live,
):
    with Simulator() as as_it_opens:
        ended = make_live(DIGICERT_API_URL=as_it_opens.api_url, REQUESTS_CA_BUNDLE=as_it_opens.ca_path)
    assert ended.status == 1
    different = [fact for fact, verdict in verdicts(ended.shown).items() if verdict != "held"]
    assert different == ["known statuses"]
    assert "section 9 of docs/certcentral-contract.md" in " ".join(ended.shown.split())
    contract = (TARGET.parents[3] / "docs/certcentral-contract.md").read_text(encoding="utf-8")
    assert "*known statuses*" in contract.partition("## 9. ")[2]


def test_an_order_that_cannot_be_canceled_is_not_asked_about(simulator, make_live_in_a_terminal):
    ended = make_live_in_a_terminal("cancel 1006", ORDER_ID="1006")
    assert ended.status == 2
    assert "Order 1006 is reissue_pending, so nothing was written." in ended.shown
    assert verdicts(ended.shown) == {}
    assert simulator.ledger.writes == []


def test_without_a_terminal_nothing_is_sent(simulator, make_live):
    ended = make_live(ORDER_ID="1001")
    assert (ended.status, simulator.ledger.requests) == (2, [])
    assert "without a terminal nobody can say yes" in ended.shown


def test_the_target_itself_writes_nothing_without_a_terminal(simulator, environment, tmp_path):
    link = tmp_path / "ansible_collections/community/digicert"
    link.parent.mkdir(parents=True)
    link.symlink_to(TARGET.parents[3])
    ended = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), TARGET / "live.yml", "-e", "live_order_id=1001"],
        env={**environment, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "The answer was not 'cancel 1001'. Nothing was written." in ended.stdout
    assert simulator.ledger.writes == []


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"DIGICERT_API_KEY": " "}, "The environment variable DIGICERT_API_KEY is not set"),
        ({"ORDER_ID": "1001,1002"}, "ORDER_ID takes the ID of one order"),
        ({"ORDER_ID": "all"}, "ORDER_ID takes the ID of one order"),
    ],
)
def test_what_cannot_be_used_is_refused_before_any_request(simulator, make_live, variables, message):
    ended = make_live(**variables)
    assert (ended.status, simulator.ledger.requests) == (2, [])
    assert message in ended.shown


def test_a_key_that_the_service_refuses_ends_it_after_one_request(simulator, make_live):
    ended = make_live(DIGICERT_API_KEY="not-a-key-of-this-account")
    assert (ended.status, len(simulator.ledger.requests)) == (2, 1)
    assert "The service refused the API key" in " ".join(ended.shown.split())
    assert "not-a-key-of-this-account" not in ended.shown


def test_ansible_test_leaves_the_target_out():
    assert "unsupported" in (TARGET / "aliases").read_text(encoding="utf-8").splitlines()
