# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module that leaks on purpose: it puts each text in each of the places where a module could lose a key."""

from __future__ import annotations

import subprocess
import sys
import tempfile

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={"texts": {"type": "list", "elements": "str", "required": True}})
    # An option that is not masked shows nothing by itself: the result has no `invocation` without -vvv.
    for text in module.params["texts"]:
        module.log(text)
        module.warn(text)
        with tempfile.NamedTemporaryFile("w", delete=False) as left_behind:
            left_behind.write(text)
        subprocess.run([sys.executable, "-S", "-c", "import time; time.sleep(0.1)", text], check=True)
    module.exit_json()


if __name__ == "__main__":
    main()
