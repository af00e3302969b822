# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of materials of a release, in the form of CycloneDX."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from gate.tools import Failed, run

ADDRESSES = ("repository", "homepage", "documentation", "issues")


def bill_of_materials(
    about: Mapping[str, Any], digest: str, requirements: Sequence[str], tried_with: Path, bin_folder: Path
) -> str:
    """Give the bill of materials; raises Failed if it does not keep to the schema or a licence is unknown.

    about: what MANIFEST.json says of the collection. digest: the SHA-256 of the archive. requirements: what it needs at run
    time. tried_with: the interpreter of an environment with nothing but that. bin_folder: where cyclonedx-py is.
    """
    name, version = f"{about['namespace']}.{about['name']}", about["version"]
    project = {
        "name": name,
        "version": version,
        "description": about["description"],
        "license": " AND ".join(about["license"]),
        "dependencies": requirements,
        **{f"urls.{key}": about[key] for key in ADDRESSES},
    }
    with tempfile.TemporaryDirectory() as folder:
        described, result = Path(folder, "pyproject.toml"), Path(folder, "bill.json")
        # A text or a list of texts is written in TOML as in JSON.
        lines = [f"{key} = {json.dumps(value)}" for key, value in project.items()]
        described.write_text("\n".join(["[project]", *lines]), encoding="utf-8")
        form = ("--spec-version", "1.6", "--output-reproducible", "--output-file", str(result))
        main = ("--pyproject", str(described), "--mc-type", "library")
        run(bin_folder, "cyclonedx-py", "environment", *form, *main, str(tried_with))
        bill = json.loads(result.read_text(encoding="utf-8"))
    # Of the archive, and that others than the versions that were tried will do, it cannot know.
    bill["metadata"]["component"] |= {
        "hashes": [{"alg": "SHA-256", "content": digest}],
        # There is no type of package URL for Ansible collections.
        "purl": PackageURL("generic", None, name, version, {"checksum": f"sha256:{digest}"}).to_string(),
        "properties": [{"name": f"{name}:requirement", "value": requirement} for requirement in requirements],
    }
    if unknown := [part["name"] for part in bill["components"] if not part.get("licenses")]:
        raise Failed(f"{', '.join(unknown)}: which licence is not said.")
    text = json.dumps(bill, indent=2) + "\n"
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise Failed(f"The bill of materials does not keep to the schema: {fault}")
    return text
