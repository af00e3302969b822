# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cancels an order in the simulator by a playbook: `trial.py ansible-playbook cancel.yml`, and looks at the ledger."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from simulator import FULL_KEY, Simulator

ORDER = "1001"


def main(*command: str) -> None:
    """Run the playbook in check mode and for real; ends with an error if the ledger tells of anything else."""
    play = [*command, "-e", f"order_id={ORDER}"]
    with Simulator() as simulator:
        reached = {"DIGICERT_API_KEY": FULL_KEY, "DIGICERT_API_URL": simulator.api_url}
        env = {**os.environ, **reached, "REQUESTS_CA_BUNDLE": simulator.ca_path}
        subprocess.run([*play, "--check"], env=env, check=True)
        if simulator.ledger.writes or not simulator.ledger.reads:
            sys.exit("Check mode has to read and not to write.")
        subprocess.run(play, env=env, check=True)
        changes = [(str(change.order_id), change.before, change.after) for change in simulator.ledger.changes]
        if changes != [(ORDER, "pending", "canceled")]:
            sys.exit(f"Order {ORDER} was to be canceled, and the ledger has {changes}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
