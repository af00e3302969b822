# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the gate finds and puts things, its environments, and how a tool of one of them is run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).resolve().parents[2]
OWN_PYTHON = "{}.{}".format(*sys.version_info)

# What to test on in place of what is pinned: a series such as "2.20" of ansible-core, a version of requests, and the
# Python that modules run with, which is otherwise the one that nox runs with. `make matrix` sets them.
CORE, REQUESTS, TARGET = (os.environ.get(f"TEST_{name}", "") for name in ("CORE", "REQUESTS", "TARGET"))

# Each environment lies in a folder of its name here.
CACHE = ROOT / ".cache" / OWN_PYTHON / "-".join(filter(None, [CORE, REQUESTS, TARGET and f"on-{TARGET}"]))

with_environment = partial(nox.session, venv_backend="uv")

# Without .pyc files, which some container images forbid, every start of a tool takes a second more.
UNSET = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")


def install(session: nox.Session, *packages: str, exact: bool = True) -> None:
    """Install packages, as pip and uv take them, into the environment of a session, if `exact` in place of all others."""
    try:
        session.install(*packages, *(["--exact"] if exact else []), log=False)
    except CommandFailed:
        # uv does not read pip's settings: where only they lead to the packages.
        pip = (sys.executable, "-m", "pip", "--python", f"{session.bin}/python")
        session.run(*pip, "install", "--no-compile", *packages, external=True, silent=True)


def install_pinned(session: nox.Session, purpose: str) -> None:
    """Install `requirements/<purpose>.txt` into the environment of a session."""
    # The lists name every package with its version, so there is nothing to resolve.
    install(session, "--no-deps", "--requirement", f"requirements/{purpose}.txt")


def run(
    session: nox.Session,
    environment: str,
    name: str,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    quiet: bool = True,
) -> str:
    """Run a tool of an environment, which finds the others of it first; give its output.

    The output is shown only when the tool fails, or at once if not `quiet`.
    """
    bin_folder = CACHE / environment / "bin"
    path = os.pathsep.join([str(bin_folder), os.environ["PATH"]])
    settled = {**dict.fromkeys(UNSET), "PATH": path, **(env or {})}
    command = (str(bin_folder / name), *arguments)
    return str(session.run(*command, env=settled, external=True, silent=quiet, log=False))


def remark(text: str) -> None:
    """Say something that is worth reading even when all went well."""
    print(f"-> {text}", flush=True)
