# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the bill of materials of a release, in the form of CycloneDX: `bill.py ARCHIVE PYTHON`.

It lies beside the archive, as its MANIFEST.json does. PYTHON is an interpreter beside which there is nothing but what the
collection needs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ADDRESSES = ("repository", "homepage", "documentation", "issues")


def main(archive: Path, python: str, *requirements: str) -> None:
    """Write the bill; ends with an error if it does not keep to the schema or a licence is unknown."""
    about = json.loads(archive.with_name("MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]
    name, version = f"{about['namespace']}.{about['name']}", about["version"]
    project = {
        "name": name,
        "version": version,
        "description": about["description"],
        "license": " AND ".join(about["license"]),
        "dependencies": requirements,
        **{f"urls.{key}": about[key] for key in ADDRESSES},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as described:
        # A text or a list of texts is written in TOML as in JSON.
        described.writelines(
            ["[project]\n", *(f"{key} = {json.dumps(value)}\n" for key, value in project.items())]
        )
        described.flush()
        form = ("--spec-version", "1.6", "--output-reproducible", "--mc-type", "library")
        command = ("cyclonedx-py", "environment", *form, "--pyproject", described.name, python)
        bill = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    digest = sha256(archive.read_bytes()).hexdigest()
    # Of the archive, and that others than the versions that were tried will do, it cannot know.
    bill["metadata"]["component"] |= {
        "hashes": [{"alg": "SHA-256", "content": digest}],
        # There is no type of package URL for Ansible collections.
        "purl": f"pkg:generic/{name}@{version}?checksum=sha256:{digest}",
        "properties": [{"name": f"{name}:requirement", "value": requirement} for requirement in requirements],
    }
    if unknown := [part["name"] for part in bill["components"] if not part.get("licenses")]:
        sys.exit(f"{', '.join(unknown)}: which licence is not said.")
    text = json.dumps(bill, indent=2) + "\n"
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"The bill of materials does not keep to the schema: {fault}")
    Path(str(archive).replace(".tar.gz", ".cdx.json")).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
