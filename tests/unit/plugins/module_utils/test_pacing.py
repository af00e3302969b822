# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who waits for a turn; that the windows are kept is the matter of the tests with many orders."""

from __future__ import annotations

import threading

from ansible_collections.community.digicert.plugins.module_utils._pacing import Pacer, RateLimit


def test_whoever_waits_goes_on_once_it_is_open():
    pacer = Pacer([RateLimit(requests=1, seconds=1000.0)])
    with pacer.turn():
        pass
    gone_on = threading.Event()

    def wait_for_a_turn():
        with pacer.turn():
            gone_on.set()

    waiting = threading.Thread(target=wait_for_a_turn, daemon=True)
    waiting.start()
    assert not gone_on.wait(0.1)
    pacer.open()
    assert gone_on.wait(30)
    waiting.join()
