# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least that a module for one order can do with `requests`: read the order, write its status."""

from __future__ import annotations

import requests
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "order_id": {"type": "list", "elements": "int", "required": True},
            "note": {"type": "str", "required": True},
            "api_key": {"type": "str", "required": True, "no_log": True},
            "api_url": {"type": "str", "required": True},
            "ca_path": {"type": "path", "required": True},
        }
    )
    options = module.params
    url = f"{options['api_url']}/order/certificate/{options['order_id'][0]}"
    with requests.Session() as session:
        session.headers["X-DC-DEVKEY"] = options["api_key"]
        # An environment that names other CAs wins over what a session is told, not over what a request is.
        trust = options["ca_path"]
        before = session.get(url, timeout=30, verify=trust).json()["status"]
        body = {"status": "CANCELED", "note": options["note"]}
        session.put(f"{url}/status", json=body, timeout=30, verify=trust).raise_for_status()
    module.exit_json(changed=True, previous_status=before)


if __name__ == "__main__":
    main()
