# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of materials of a release, in the form of CycloneDX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from gate.trial import Package

# Which address of galaxy.yml is what.
REFERENCES = {
    "repository": ExternalReferenceType.VCS,
    "homepage": ExternalReferenceType.WEBSITE,
    "documentation": ExternalReferenceType.DOCUMENTATION,
    "issues": ExternalReferenceType.ISSUE_TRACKER,
}


def bill_of_materials(galaxy: Mapping[str, Any], digest: str, packages: Sequence[Package]) -> str:
    """Give the bill of materials; raises ValueError if it does not keep to the schema.

    galaxy: what galaxy.yml says. digest: the SHA-256 of the archive. packages: what the collection needs at run time,
    in the versions that it was tried with.
    """
    licences = LicenseFactory()
    name = f"{galaxy['namespace']}.{galaxy['name']}"
    collection = Component(
        type=ComponentType.LIBRARY,
        bom_ref=name,
        name=name,
        version=galaxy["version"],
        description=galaxy["description"],
        licenses=[licences.make_with_expression(" AND ".join(galaxy["license"]))],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        # There is no type of package URL for Ansible collections.
        purl=PackageURL("generic", None, name, galaxy["version"], {"checksum": f"sha256:{digest}"}),
        external_references=[
            ExternalReference(type=kind, url=XsUri(galaxy[key])) for key, kind in REFERENCES.items()
        ],
    )
    needed = [
        Component(
            type=ComponentType.LIBRARY,
            bom_ref=package.name,
            name=package.name,
            version=package.version,
            licenses=[licences.make_from_string(package.licence)],
            purl=PackageURL("pypi", None, package.name, package.version),
            # Its version is the one that was tried; others will do.
            properties=[Property(name=f"{name}:requirement", value=package.requirement)],
        )
        for package in packages
    ]
    bill = Bom(components=needed)
    bill.metadata.component = collection
    bill.register_dependency(collection, needed)
    text = str(JsonV1Dot6(bill).output_as_string(indent=2)) + "\n"
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"the bill of materials does not keep to the schema: {fault}")
    return text
