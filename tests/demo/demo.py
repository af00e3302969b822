# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows the collection in action: builds it, installs it, and runs a playbook against a simulated CertCentral.

Needs ansible-core and what the simulator needs; `make demo` brings both. The simulator runs inside this process, so
that nothing is left running, however the demo ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from simulator import FULL_KEY, Simulator  # noqa: E402  (it lies in a folder that is no installed package)

SHOWN = (1001, 1002, 1004, 1011, 1014)
PLAYBOOK = "cancel_orders.yml"
CLEAN_UP = "clean_up.yml"
REPORT = "orders.md"
CLEANED_UP = {
    1001: "canceled",
    1003: "canceled",
    1004: "canceled",
    1006: "issued",
    1101: "rejected",
    1107: "issued",
}


def main() -> int:
    """Run the demo; gives the exit status, 0 only if every step ended as it says."""
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        environment = _environment(Path(folder), simulator)
        _install(Path(folder), environment)
        as_told = _cancel_some(Path(folder), environment, simulator)
        as_told &= _clean_up(Path(folder), environment, simulator)
    if not as_told:
        print("\nThe demo did not go as it should.")
        return 1
    print("\nEvery order ended as the check runs had predicted, and no other was touched.")
    return 0


def _cancel_some(folder: Path, environment: dict[str, str], simulator: Simulator) -> bool:
    """Show the module; tell whether everything went as it should."""
    _show_account("The account before", simulator)

    def run(title: str, order_id: str, *options: str) -> int:
        return _play(title, [PLAYBOOK, "-e", f"order_id={order_id}", *options], folder, environment)

    statuses = [
        run("A preview: --check reads and judges, and writes nothing", "1001,1004", "--check", "--diff"),
        run("The same for real", "1001,1004", "--diff"),
        run("Once more: the orders are as wanted, nothing is changed", "1001,1004"),
        run("An issued order must not be canceled. The play FAILS, and says what to do instead", "1011"),
    ]
    _show_account("The account after", simulator)
    changed = [(change.order_id, change.after) for change in simulator.ledger.changes]
    return statuses == [0, 0, 0, 2] and changed == [(1001, "canceled"), (1004, "canceled")]


def _clean_up(folder: Path, environment: dict[str, str], simulator: Simulator) -> bool:
    """Show the playbook that clears out what nobody finished; tell whether everything went as it should."""
    simulator.reset()
    command = ["community.digicert.cancel_stale_orders", "-e", f"@{CLEAN_UP}"]
    preview = _play(
        "The clean-up: what it would do, and what each order waits for",
        [*command, "--check"],
        folder,
        environment,
    )
    untouched = not simulator.ledger.changes
    done = _play("The clean-up for real", command, folder, environment)
    _title("Its report")
    print((folder / REPORT).read_text(encoding="utf-8"))
    changed = {change.order_id: change.after for change in simulator.ledger.changes}
    return preview == done == 2 and untouched and changed == CLEANED_UP


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
    for name in (PLAYBOOK, CLEAN_UP):
        shutil.copy(HERE / name, folder)


def _show_account(title: str, simulator: Simulator) -> None:
    _title(title)
    for order_id in SHOWN:
        order = simulator.order(order_id)
        print(f"  {order_id}  {order.status:<16} {order.common_name}")


def _play(title: str, arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> int:
    """Run a playbook for all to see; give its exit status."""
    _title(title)
    command = ["ansible-playbook", *arguments]
    print(f"$ {' '.join(command)}\n", flush=True)
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def _title(text: str) -> None:
    print(f"\n=== {text} ===\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
