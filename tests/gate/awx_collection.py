# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx, which no release of it on PyPI has but those of the package ansible up to version 13."""

from __future__ import annotations

import sys
import zipfile

import nox

from gate.tools import CACHE

# The one above `ansible_collections`.
FOLDER = CACHE / "awx-collection"
INSIDE = "ansible_collections/awx/awx/"


@nox.session(default=False, name="awx-collection")
def fetch(session: nox.Session) -> None:
    """Fetch the collection awx.awx, where it is absent."""
    if (FOLDER / INSIDE).exists() and not any(FOLDER.glob("*.whl")):
        return
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
    # Nothing of the package is installed, so it does not matter which Python it is made for.
    only_this = ("--no-deps", "--ignore-requires-python", "--require-hashes")
    session.run(*pip, *only_this, "--dest", str(FOLDER), "-r", "requirements/awx-collection.txt", log=False)
    (wheel,) = FOLDER.glob("*.whl")
    with zipfile.ZipFile(wheel) as package:
        package.extractall(FOLDER, [name for name in package.namelist() if name.startswith(INSIDE)])
    wheel.unlink()
