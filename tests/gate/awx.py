# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx, which no release of it on PyPI has but those of the package ansible up to version 13."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from gate.environments import CACHE, ROOT, alone

FOLDER = "ansible_collections/awx/awx/"


def awx_collection(python: str) -> Path:
    """Give the folder above `ansible_collections` with awx.awx in it; fetch it where it is absent.

    python: the interpreter whose pip fetches the package that `requirements/awx-collection.txt` pins.
    """
    folder = CACHE / "awx-collection"
    with alone("awx-collection"):
        if not (folder / FOLDER / "MANIFEST.json").exists():
            requirements = ROOT / "requirements/awx-collection.txt"
            # Nothing of the package is installed, so it does not matter which Python it is made for.
            command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            command += [
                "--ignore-requires-python",
                "--require-hashes",
                "--dest",
                str(folder),
                "-r",
                str(requirements),
            ]
            subprocess.run(command, check=True)
            (wheel,) = folder.glob("*.whl")
            with zipfile.ZipFile(wheel) as package:
                names = [name for name in package.namelist() if name.startswith(FOLDER)]
                package.extractall(folder, sorted(names, key=lambda name: name == FOLDER + "MANIFEST.json"))
            wheel.unlink()
    return folder
