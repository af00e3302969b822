# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML pages of the collection."""

from __future__ import annotations

import shutil
import zlib
from functools import partial
from pathlib import Path

import nox

from gate.tools import CACHE, install_pinned, run, with_environment
from gate.tree import collections_folder, copied_tree

COLLECTION = "community.digicert"
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"
# What Sphinx has to know of the places in it that the pages link to: the label, the page, and what the link says.
PLACES = b"""\
action_plugins std:label -1 plugins/action.html#action-plugins Action plugins
ansible_configuration_settings std:label -1 reference_appendices/config.html Ansible Configuration Settings
common_return_values std:label -1 reference_appendices/common_return_values.html Return Values
"""
INVENTORY = b"""\
# Sphinx inventory version 2
# Project: Ansible
# Version: latest
# The remainder of this file is compressed using zlib.
"""


@with_environment(default=False)
def site(session: nox.Session) -> None:
    """Build the HTML pages of the collection; every warning of Sphinx is an error."""
    install_pinned(session, "docs")
    collections = str(collections_folder(copied_tree(session.name)))
    folder = CACHE / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    source, html = folder / "rst", folder / "html"
    source.mkdir(parents=True, mode=0o755)
    which = ("--use-current", "--squash-hierarchy", "--fail-on-error")
    names = ("--project", COLLECTION, "--title", COLLECTION, "--html-short-title", COLLECTION)
    tool = partial(run, session, "site", env={"ANSIBLE_COLLECTIONS_PATH": collections})
    tool("antsibull-docs", "sphinx-init", *which, *names, "--dest-dir", str(folder), COLLECTION)
    know_ansible(folder)
    settings = ("--config-file", str(folder / "antsibull-docs.cfg"))
    tool("antsibull-docs", *settings, "collection", *which, "--dest-dir", str(source), COLLECTION)
    # It lists what the options of plugins other than modules take from the environment: there is no such option.
    (source / "environment_variables.rst").unlink()
    strict = ("--fail-on-warning", "--keep-going", "--nitpicky")
    tool("sphinx-build", *strict, "--conf-dir", str(folder), str(source), str(html))
    print(html / "index.html")


def know_ansible(folder: Path) -> None:
    """Tell a Sphinx project of Ansible's documentation without the web; a link to any other place in it stays a warning."""
    inventory = folder / "ansible.inv"
    inventory.write_bytes(INVENTORY + zlib.compress(PLACES))
    with (folder / "conf.py").open("a", encoding="utf-8") as configuration:
        # It replaces the mapping that antsibull-docs writes, all of which is on the web.
        configuration.write(f"\nintersphinx_mapping = {{'ansible': ({ANSIBLE!r}, {str(inventory)!r})}}\n")
