# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes the place of the Python bindings of systemd, so that what a module logs can be read afterwards."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


class daemon:  # noqa: N801 - the name is systemd's
    """Says that systemd runs here."""

    @staticmethod
    def booted() -> bool:
        """Say so."""
        return True


class journal:  # noqa: N801
    """Keeps what is sent to the journal, a line a message."""

    @staticmethod
    def send(**message: Any) -> None:
        """Keep a message with all its fields."""
        with Path(os.environ["RECORDED_JOURNAL"]).open("a", encoding="utf-8") as recorded:
            recorded.write("".join(f"{name}={value} " for name, value in message.items()) + "\n")

    sendv = send
