# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries a built collection as somebody does who has nothing else: an empty home, no other collection, no other package."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from simulator import FULL_KEY, Simulator

from gate.tools import Failed, remark, run

COLLECTION = "community.digicert"
PLAYBOOK = "ansible_collections/community/digicert/tests/demo/cancel_orders.yml"
ORDER = "1001"


def try_out(built: Path, requirements: Sequence[str], folder: Path) -> Path:
    """Install an archive in a folder where there is nothing but its requirements, and use it; give the interpreter there.

    Raises Failed if a step fails, or if the ledger of the simulator tells of something else than was asked for.
    """
    run(Path(sys.prefix, "bin"), "python", "-m", "venv", str(folder))
    bin_folder, home, collections = folder / "bin", folder / "home", str(folder / "collections")
    home.mkdir()
    pip = partial(run, bin_folder, "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    pip("install", *requirements)
    pip("uninstall", "--yes", "pip", "setuptools")
    env = {"HOME": str(home), "ANSIBLE_COLLECTIONS_PATH": collections, "ANSIBLE_NOCOLOR": "true"}
    galaxy = partial(run, bin_folder, "ansible-galaxy", "collection", cwd=home, env=env)
    galaxy("install", str(built), "-p", collections, "--offline")
    galaxy("verify", COLLECTION, "--offline")
    play = partial(run, bin_folder, "ansible-playbook", cwd=home)
    play(f"{COLLECTION}.smoke", env=env)
    with Simulator() as simulator:
        reached = {"DIGICERT_API_KEY": FULL_KEY, "DIGICERT_API_URL": simulator.api_url}
        cancel = partial(play, f"{collections}/{PLAYBOOK}", "-e", f"order_id={ORDER}")
        cancel = partial(cancel, env={**env, **reached, "REQUESTS_CA_BUNDLE": simulator.ca_path})
        output = cancel("--check")
        if simulator.ledger.writes or not simulator.ledger.reads:
            raise Failed(f"Check mode has to read and not to write:\n{output}")
        output = cancel()
        changes = [(str(change.order_id), change.before, change.after) for change in simulator.ledger.changes]
        if changes != [(ORDER, "pending", "canceled")]:
            raise Failed(f"Order {ORDER} was to be canceled, and the ledger has {changes}:\n{output}")
    remark(
        f"installed beside nothing but {' and '.join(requirements)}: verified, and it canceled an order of the simulator"
    )
    return bin_folder / "python"
