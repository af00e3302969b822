# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interpreters of this machine."""

from __future__ import annotations

import os
from pathlib import Path

from python_discovery import get_interpreter


def interpreters() -> dict[str, str]:
    """Give the interpreters of this machine by their versions from "3.9" on."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    # Its shims run the versions that are selected and no other.
    folders = [*map(str, sorted(pyenv.glob("versions/*/bin"))), os.environ["PATH"]]
    env = {**os.environ, "PATH": os.pathsep.join(folders)}
    found = {f"3.{minor}": get_interpreter(f"3.{minor}", env=env) for minor in range(9, 16)}
    return {version: str(python.system_executable) for version, python in found.items() if python}
