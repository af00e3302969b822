# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows the collection at work: builds it, installs it, and runs a playbook against a simulated CertCentral.

Needs ansible-core and what the simulator needs; `make demo` brings both. The simulator runs inside this process, so
that nothing is left running, however the demo ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from simulator import FULL_KEY, Simulator  # noqa: E402  (it lies in a folder that is no installed package)

SHOWN = (1001, 1002, 1004, 1011, 1014)
PLAYBOOK = "cancel_orders.yml"


def main() -> int:
    """Run the demo; gives the exit status, 0 only if every step ended as it says."""
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        environment = _environment(Path(folder), simulator)
        _install(Path(folder), environment)
        runs = [
            (
                "A preview: --check reads and judges, and writes nothing",
                "1001,1004",
                ["--check", "--diff"],
                True,
            ),
            ("The same for real", "1001,1004", ["--diff"], True),
            ("Once more: the orders are as wanted, nothing is changed", "1001,1004", [], True),
            (
                "An issued order must not be canceled. The play FAILS, and says what to do instead",
                "1011",
                [],
                False,
            ),
        ]
        _show_account("The account before", simulator)
        as_told = [
            _play(title, order_id, options, succeeds, environment)
            for title, order_id, options, succeeds in runs
        ]
        _show_account("The account after", simulator)
        changed = [(change.order_id, change.after) for change in simulator.ledger.changes]
    if not all(as_told) or changed != [(1001, "canceled"), (1004, "canceled")]:
        print("\nThe demo did not go as it should.")
        return 1
    print("\nTwo orders were canceled, each by one request that the check run had predicted. That was all.")
    return 0


def _environment(folder: Path, simulator: Simulator) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": str(folder),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "ANSIBLE_DISPLAY_FAILED_STDERR": "false",
        "ANSIBLE_FORCE_COLOR": str(sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOWS": "true",
        "DIGICERT_API_KEY": FULL_KEY,
        "DIGICERT_API_URL": simulator.api_url,
        "REQUESTS_CA_BUNDLE": simulator.ca_path,
    }


def _install(folder: Path, environment: dict[str, str]) -> None:
    _title("Building the collection and installing it")
    galaxy = ["ansible-galaxy", "collection"]
    build = [*galaxy, "build", str(HERE.parent.parent), "--output-path", str(folder)]
    subprocess.run(build, env=environment, check=True, stdout=subprocess.DEVNULL)
    (built,) = folder.glob("*.tar.gz")
    install = [*galaxy, "install", str(built), "--collections-path", str(folder), "--offline"]
    subprocess.run(install, env=environment, check=True, stdout=subprocess.DEVNULL)
    print(f"{built.name} is installed.")


def _show_account(title: str, simulator: Simulator) -> None:
    _title(title)
    for order_id in SHOWN:
        order = simulator.order(order_id)
        print(f"  {order_id}  {order.status:<16} {order.common_name}")


def _play(title: str, order_id: str, options: list[str], succeeds: bool, environment: dict[str, str]) -> bool:
    """Run the playbook for all to see; tell whether it ended as it should."""
    _title(title)
    command = ["ansible-playbook", PLAYBOOK, "-e", f"order_id={order_id}", *options]
    print(f"$ {' '.join(command)}\n", flush=True)
    ended = subprocess.run(command, cwd=HERE, env=environment, check=False)
    return (ended.returncode == 0) is succeeds


def _title(text: str) -> None:
    print(f"\n=== {text} ===\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
