# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the gate finds and puts things, and how a tool of one of its environments is run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN_PYTHON = "{}.{}".format(*sys.version_info)

# What to test on in place of what is pinned: a series such as "2.20" of ansible-core, a version of requests, and the
# Python that modules run with, which is otherwise the one that nox runs with. `make matrix` sets them.
CORE, REQUESTS, TARGET = (os.environ.get(f"TEST_{name}", "") for name in ("CORE", "REQUESTS", "TARGET"))

# Each environment lies in a folder of its name here.
CACHE = ROOT / ".cache" / OWN_PYTHON / "-".join(filter(None, [CORE, REQUESTS, TARGET and f"on-{TARGET}"]))

# Of a test that the machine does not allow.
NOT_RUN = "not run"

# Without .pyc files, which some container images forbid, every start of a tool takes a second more.
UNSET = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")


class Failed(Exception):
    """What is not as it should be: the command line of a tool that failed and what it said, or a sentence."""


def run(
    bin_folder: Path,
    name: str,
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a tool, with the others of its environment first on PATH; give its output, with its errors.

    Raises Failed if its exit status is not 0.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in UNSET}
    ended = subprocess.run(
        [str(bin_folder / name), *arguments],
        cwd=cwd,
        env={**inherited, **first_on_path(bin_folder), **(env or {})},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ended.returncode != 0:
        raise Failed(f"{name} {' '.join(arguments)} (exit status {ended.returncode})\n{ended.stdout}")
    return ended.stdout


def first_on_path(bin_folder: Path) -> dict[str, str]:
    """Give the environment variables with which a tool finds the other tools of its environment first."""
    return {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}


def remark(text: str) -> None:
    """Say something that is worth reading even when all went well."""
    print(f"-> {text}", flush=True)
