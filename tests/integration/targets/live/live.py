# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks which rows of the contract hold at the real service: the program behind `make live`.

The key is in DIGICERT_API_KEY. ORDER_ID names an order to cancel; without it nothing is written. The exit status is 0 if
no row did not hold, 1 if one did not, and 2 if what was given, or typed, is no ground to go on, whatever held until then.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLLECTION = HERE.parents[3]


def main() -> int:
    """Run the target; gives the exit status."""
    order_id = os.environ.get("ORDER_ID", "").strip()
    if complaint := _complaint(order_id):
        print(complaint, "Nothing was sent.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "rows.json")
        variables = {"live_results": str(results), "live_order_id": order_id}
        playbook = [str(Path(sys.executable).with_name("ansible-playbook")), str(HERE / "live.yml")]
        ended = subprocess.run(
            [*playbook, "-e", json.dumps(variables)], env=_environment(Path(folder)), check=False
        )
        # They are there only where it came to its end.
        rows = json.loads(results.read_text(encoding="utf-8")) if results.exists() else []
    if any(row["verdict"] == "did not hold" for row in rows):
        return 1
    return 0 if ended.returncode == 0 else 2


def _complaint(order_id: str) -> str | None:
    if not os.environ.get("DIGICERT_API_KEY", "").strip():
        return "The environment variable DIGICERT_API_KEY is not set: it has to hold the API key for CertCentral."
    if order_id and not re.fullmatch(r"[1-9][0-9]{0,17}", order_id):
        return f"ORDER_ID takes the ID of one order, such as 123456789, but it is {order_id!r}."
    if order_id and not sys.stdin.isatty():
        return "ORDER_ID names an order to cancel, and without a terminal nobody can say yes to that."
    return None


def _environment(folder: Path) -> dict[str, str]:
    """Have Ansible find the collection as it is in this checkout."""
    link = folder / "ansible_collections/community/digicert"
    link.parent.mkdir(parents=True)
    link.symlink_to(COLLECTION)
    return {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(folder),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOWS": "true",
    }


if __name__ == "__main__":
    sys.exit(main())
