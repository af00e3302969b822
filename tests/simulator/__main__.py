# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process: `PYTHONPATH=tests python -m simulator`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .account import DEFAULT_ACCOUNT, AccountError
from .rate_limits import DOCUMENTED_LIMITS, RateLimit
from .rules import KEYS
from .running import NotRunning, Running
from .server import Certificate, Simulator
from .settings import IdFilter, Settings, Spelling

START_SECONDS = 20.0
OWN_OPTIONS = ("spelling", "time_scale", "retry_after", "latency", "id_filter")
"""The settings that have an option of their own, beside `rate_limits`."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line and give its exit code: 0, or 1 when the simulator cannot start."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.reset or options.stop:
        if options.state_file is None:
            parser.error("--reset and --stop need the --state-file of the simulator that is meant")
        return _tell(options.state_file, stop=options.stop)
    if options.state_file and _show_the_one_that_runs(options.state_file):
        return 0
    if options.background:
        return _run_in_background(arguments)
    stop = threading.Event()
    try:
        simulator = Simulator(
            account=options.account,
            port=options.port,
            plain_http=options.plain_http,
            certificate=options.certificate,
            on_stop=stop.set,
            **_settings(options),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with simulator, _state_file(options.state_file, simulator) as state:
            print(_exports(state), flush=True)
            stop.wait(options.lifetime)
    except (AccountError, OSError, OverflowError, ValueError) as error:
        print(f"The simulator cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A simulator of the DigiCert CertCentral Services API v2, on loopback only.",
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="port to listen on (default: a free one)")
    add("--plain-http", action="store_true", help="HTTP instead of HTTPS with a throwaway CA")
    add("--certificate", type=Certificate, default=Certificate.GOOD, help=_choices(Certificate))
    add("--lifetime", type=_seconds, default=3600.0, metavar="SECONDS", help="ends by itself (default: 3600)")
    add("--account", type=Path, default=DEFAULT_ACCOUNT, metavar="FILE", help="orders to start with (YAML)")
    add("--spelling", type=Spelling, default=Spelling.ANY, help="of the cancel value: " + _choices(Spelling))
    limits = parser.add_mutually_exclusive_group()
    limits.add_argument(
        "--rate-limits",
        type=_rate_limits,
        default=DOCUMENTED_LIMITS,
        metavar="REQUESTS/SECONDS,...",
        help="per API key (default: 1000/180,100/5)",
    )
    limits.add_argument("--no-rate-limits", action="store_true", help="never reply 429")
    add("--time-scale", type=_seconds, default=1.0, help="factor for the seconds of the rate limits")
    add("--retry-after", action="store_true", help="send Retry-After with 429")
    add("--latency", type=_seconds, default=0.0, metavar="SECONDS", help="wait before every reply")
    add("--id-filter", type=IdFilter, default=IdFilter.HONOURED, help="of order lists: " + _choices(IdFilter))
    add("--set", type=_setting, action="append", default=[], metavar="NAME=VALUE", help=_settings_help())
    add("--state-file", type=Path, metavar="FILE", help="written when ready (JSON), removed at the end")
    also = parser.add_mutually_exclusive_group()
    also.add_argument("--reset", action="store_true", help="reset the simulator of the --state-file")
    also.add_argument("--stop", action="store_true", help="end the simulator of the --state-file")
    add("--background", action="store_true", help="return when ready and leave the simulator running")
    return parser


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    own = {name: getattr(options, name) for name in OWN_OPTIONS}
    limits = () if options.no_rate_limits else options.rate_limits
    return {**own, "rate_limits": limits, **dict(options.set)}


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError("not NAME=VALUE")
    return name, value


def _settings_help() -> str:
    names = [name for name in Settings.describe() if name not in (*OWN_OPTIONS, "rate_limits")]
    return f"another setting, as often as wanted: {', '.join(names)}"


def _choices(values: Any) -> str:
    return ", ".join(value.value for value in values)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= threading.TIMEOUT_MAX:
        raise ValueError("not a time")
    return value


def _rate_limits(text: str) -> tuple[RateLimit, ...]:
    pairs = [limit.split("/") for limit in text.split(",")]
    return tuple(RateLimit(int(requests), _seconds(seconds)) for requests, seconds in pairs)


@contextlib.contextmanager
def _state_file(path: Path | None, simulator: Simulator) -> Iterator[dict[str, Any]]:
    """Write the state where a reader finds either all of it or nothing, and take it away at the end."""
    state = {
        "api_url": simulator.api_url,
        "control_url": simulator.control_url,
        "ca_path": None if simulator.base_url.startswith("http:") else simulator.ca_path,
        "pid": os.getpid(),
        "keys": dict(KEYS),
    }
    if path is None:
        yield state
        return
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)
    try:
        yield state
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def _show_the_one_that_runs(state_file: Path) -> bool:
    """Tell how to reach a simulator that wrote the same file, if one runs: nothing would tell of it after a second one."""
    try:
        running = Running.find(state_file)
    except NotRunning:
        return False
    print(_exports(running.state))
    print(
        f"The simulator is already running (process {running.pid}) and was left as it is. Stop it first to start it with other "
        "options.",
        file=sys.stderr,
    )
    return True


def _tell(state_file: Path, stop: bool) -> int:
    """Reset or stop the simulator that wrote this file; to stop one that does not run is no error."""
    try:
        running = Running.find(state_file)
        if stop:
            running.stop()
        else:
            running.call("POST", "reset")
    except NotRunning as error:
        print(f"Nothing was done: {error}.", file=sys.stderr)
        return 0 if stop else 1
    except OSError as error:
        print(f"The simulator did not do it: {error}", file=sys.stderr)
        return 1
    print(f"The simulator, process {running.pid}, was {'stopped' if stop else 'reset'}.")
    return 0


def _exports(state: Mapping[str, Any]) -> str:
    curl = ["curl", "--silent", "--noproxy", "*"]
    if state["ca_path"]:
        curl += ["--cacert", state["ca_path"]]
    lines = [
        f"export DIGICERT_API_KEY={shlex.quote(state['keys']['full'])}",
        f"export DIGICERT_API_URL={shlex.quote(state['api_url'])}",
        # No proxy reaches a loopback address. Some programs look at the one variable, some at the other.
        'export no_proxy="${no_proxy:-${NO_PROXY:-}}"',
        'export no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"',
        'export NO_PROXY="$no_proxy"',
    ]
    if state["ca_path"]:
        # The modules trust what this variable names where the playbook gives no ca_path.
        lines.append(f"export REQUESTS_CA_BUNDLE={shlex.quote(state['ca_path'])}")
    lines += [
        f"# Ledger: {shlex.join([*curl, state['control_url'] + '/ledger'])}",
        f"# Reset: {shlex.join([*curl, '--request', 'POST', state['control_url'] + '/reset'])}",
    ]
    return "\n".join(lines)


def _run_in_background(arguments: Sequence[str]) -> int:
    """Start the same command without --background and wait until it is ready, or tell why it is not."""
    with tempfile.TemporaryDirectory(prefix="certcentral_simulator_start_") as directory:
        output = Path(directory, "stdout")
        errors = Path(directory, "stderr")
        package = __spec__.parent if __spec__ else "simulator"
        command = [sys.executable, "-m", str(package), *(one for one in arguments if one != "--background")]
        with output.open("wb") as stdout, errors.open("wb") as stderr:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
            )
        end = time.monotonic() + START_SECONDS
        while child.poll() is None and "# Reset: " not in (text := output.read_text(encoding="utf-8")):
            if time.monotonic() > end:
                child.kill()
                child.wait()
                print(f"The simulator was not ready after {START_SECONDS:.0f} seconds.", file=sys.stderr)
                return 1
            time.sleep(0.02)
        if child.returncode is not None:
            print(errors.read_text(encoding="utf-8", errors="replace"), end="", file=sys.stderr)
            return child.returncode or 1
        print(text + f"# Process {child.pid} runs in the background. Stop it with: kill {child.pid}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
