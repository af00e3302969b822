# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Sphinx has to know of Ansible's own documentation, without asking for it on the web."""

from __future__ import annotations

import zlib
from pathlib import Path

ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"

# The places in it that the pages of a collection link to, by their label: the page, and what the link says.
LABELS = {
    "action_plugins": ("plugins/action.html#action-plugins", "Action plugins"),
    "ansible_configuration_settings": (
        "reference_appendices/config.html#ansible-configuration-settings",
        "Ansible Configuration Settings",
    ),
    "common_return_values": (
        "reference_appendices/common_return_values.html#common-return-values",
        "Return Values",
    ),
}


def know_ansible(folder: Path) -> None:
    """Tell the Sphinx project in a folder where these places are; a link to any other one stays a warning."""
    entries = "".join(f"{label} std:label -1 {page} {title}\n" for label, (page, title) in LABELS.items())
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: latest\n"
    head += "# The remainder of this file is compressed using zlib.\n"
    inventory = folder / "ansible.inv"
    inventory.write_bytes(head.encode() + zlib.compress(entries.encode()))
    with (folder / "conf.py").open("a", encoding="utf-8") as configuration:
        # It replaces the mapping that antsibull-docs writes, all of which is on the web.
        configuration.write(f"\nintersphinx_mapping = {{'ansible': ({ANSIBLE!r}, {str(inventory)!r})}}\n")
