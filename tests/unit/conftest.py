# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the unit tests are run, through ansible-test as well as without it."""

from __future__ import annotations

import pytest
from hypothesis import settings


def pytest_configure(config: pytest.Config) -> None:
    """Have no process for each test, in which a simulator would have to start: that more than doubles the time.

    Fixtures keep these tests apart. ansible-test cannot be told so, and loads the plugin that forks.
    """
    config.pluginmanager.set_blocked("ansible_forked")
    # A machine that is busy with something else takes longer.
    settings.register_profile("no deadline", deadline=None)
    settings.load_profile("no deadline")
