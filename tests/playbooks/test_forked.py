# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A forked run is one of the program itself, but for what it costs."""

from __future__ import annotations

import pytest
from conftest import canceled

ORDERS = {"digicert_order_id": [1001, 1011, 1014], "digicert_note": "Not needed"}


@pytest.mark.parametrize("arguments", [("--check",), ("--check", "--nowhere"), ("--check", "-i", "nowhere")])
def test_it_shows_hands_on_and_ends_as_the_program_does(play, arguments):
    forked, program = (
        play("cancel_orders", variables=ORDERS, arguments=arguments, forked=forked)
        for forked in (True, False)
    )
    assert forked == program


def test_it_has_an_environment_and_a_folder_of_its_own(play, account, tmp_path):
    play("cancel_orders", variables=ORDERS, environment={"DIGICERT_API_KEY": "a-key-that-no-account-has"})
    assert canceled(account) == set()
    (tmp_path / "form.yml").write_text("digicert_order_id: 1001\ndigicert_note: x\n")
    play("cancel_orders", arguments=["-e", "@form.yml"])
    assert canceled(account) == {1001}


def test_it_reads_the_settings_of_ansible_that_are_its_own(play):
    assert (
        "\x1b["
        in play("smoke", environment={"ANSIBLE_FORCE_COLOR": "true", "ANSIBLE_NOCOLOR": "false"}).shown
    )
