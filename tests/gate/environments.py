# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The private environments of the gate: one virtual environment per list in `requirements/`."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nox

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / f"{sys.version_info.major}.{sys.version_info.minor}"

UV = str(Path(sys.executable).with_name("uv"))

# Starts a line that is worth reading even when all went well.
REMARK = "-> "
# Begins a remark on a test that the machine does not allow.
NOT_RUN = "not run"

# Without .pyc files, which some container images forbid, every start of a tool takes a second more.
UNSET = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")


def environment(session: nox.Session, purpose: str, extra: tuple[str, ...] = ()) -> Path:
    """Give the environment with `requirements/<purpose>.txt` in it; make it when it is absent or out of date.

    `extra` are requirements that go on top and may replace pinned ones, such as another ansible-core. The
    interpreter is the one that nox runs with.
    """
    requirements = ROOT / "requirements" / f"{purpose}.txt"
    directory = CACHE / re.sub(r"[^\w.-]+", "-", "-".join([purpose, *extra])).strip("-.")
    stamp = directory / "made-for"
    wanted = sha256("\n".join([sys.version, requirements.read_text(), *extra]).encode()).hexdigest()
    with alone(directory.name):
        if not (stamp.exists() and stamp.read_text() == wanted):
            session.log(f"making {directory.relative_to(ROOT)}")
            start = time.monotonic()
            run(session, sys.executable, "-m", "venv", "--clear", str(directory))
            # The lists name every package with its version, so there is nothing to resolve.
            install(session, directory, ("--no-deps", "-r", str(requirements)))
            if extra:
                run(session, *pip(directory), *extra)
            stamp.write_text(wanted)
            remark(f"{time.monotonic() - start:.0f} s of it for the tools in {directory.relative_to(ROOT)}")
    return directory


def install(session: nox.Session, directory: Path, arguments: tuple[str, ...]) -> None:
    """Install with what `uv pip install` and `pip install` both take, for the interpreter of an environment."""
    fast = (UV, "pip", "install", "--python", tool(directory, "python"), *arguments)
    if run_outside(fast, directory).returncode != 0:
        # uv takes a fifth of the time, and does not read pip's settings: where only they lead to the packages.
        run(session, *pip(directory), *arguments)


def pip(directory: Path) -> tuple[str, ...]:
    """Give the command with which pip installs into an environment."""
    python = tool(directory, "python")
    return (python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile")


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one session at a time do what `name` stands for."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(session: nox.Session, *command: str, env: Mapping[str, str] | None = None) -> str:
    """Run a command and give its output, which is shown only when the command fails."""
    settled = {**dict.fromkeys(UNSET), **(env or {})}
    return str(session.run(*command, env=settled, external=True, silent=True, log=False))


def run_outside(
    command: Sequence[str], tools: Path, folder: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command where there is no session, with the tools of an environment first; its errors are in its output."""
    inherited = {name: value for name, value in os.environ.items() if name not in UNSET}
    return subprocess.run(
        command,
        cwd=folder,
        env={**inherited, **with_tools(tools), **(env or {})},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def remark(text: str) -> None:
    """Say something that is worth reading even when all went well."""
    print(REMARK + text, flush=True)


def remarks(output: str) -> list[str]:
    """Give what was said so in the output of a session."""
    return [line.removeprefix(REMARK) for line in output.splitlines() if line.startswith(REMARK)]


def tool(directory: Path, name: str) -> str:
    """Give the path of a tool in an environment: nox itself would look on PATH, and find another of that name."""
    return str(directory / "bin" / name)


def with_tools(directory: Path) -> dict[str, str]:
    """Give the environment variables with which a tool finds the other tools of its environment first."""
    return {"PATH": f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}"}
