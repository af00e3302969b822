# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide on AWX, typed as it is written from its first command to its last: it leads to jobs that cancel orders."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import pytest
from ansible_collections.community.digicert.tests.awx import jobs
from ansible_collections.community.digicert.tests.awx.controller import Controller
from ansible_collections.community.digicert.tests.awx.projects import AUTHOR
from ansible_collections.community.digicert.tests.forked import AnsiblePlaybook
from ansible_collections.community.digicert.tests.simulator import FULL_KEY
from conftest import COLLECTIONS, Place, became, usual_environment
from expected import EXPECTED, GUIDE_ON_AWX
from recipes import script
from test_examples import EXAMPLES, check

# What the reader has before the first command, besides an AWX in which an administrator made a second organization.
EMPTY_REPOSITORY = "https://git.example.com/pki/digicert.git"
KINDS = {
    "credentials": ["DigiCert CertCentral"],
    "inventories": ["DigiCert localhost"],
    "projects": ["DigiCert"],
    "job_templates": [
        "DigiCert - Cancel orders",
        "DigiCert - Cancel stale orders",
        "DigiCert - Cancel previewed orders",
    ],
    "workflow_job_templates": ["DigiCert - Preview, approve, cancel stale orders"],
    "workflow_job_template_nodes": ["preview", "approve", "cancel"],
}


@pytest.fixture(scope="module")
def awx(servers):
    """An AWX with a second organization, and beside it an empty repository."""
    servers.add(EMPTY_REPOSITORY)
    with Controller(servers.environment) as running:
        running.store.add("organizations", name="PKI")
        yield running


@pytest.fixture(scope="module")
def place(simulator, servers, awx, tmp_path_factory):
    """A place with no collection in it; all that is not in the guide is where the simulator is."""
    simulator.reset()
    folder, home = tmp_path_factory.mktemp("folder"), tmp_path_factory.mktemp("home")
    (source,) = (path for path in map(awx_awx, COLLECTIONS.split(os.pathsep)) if path.exists())
    settings = {
        **servers.environment,
        **AUTHOR,
        "AWX_AWX": str(source),
        "DIGICERT_API_URL": simulator.api_url,
        # awx.awx 24.6.1 uses what later releases of ansible-core deprecate.
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
    }
    own = {"HOME": str(home), "ANSIBLE_COLLECTIONS_PATH": str(home / ".ansible/collections")}
    with AnsiblePlaybook({**usual_environment(simulator), **own, **settings}) as program:
        yield Place(
            simulator, program, folder, home, own["ANSIBLE_COLLECTIONS_PATH"], awx.url, settings=settings
        )


def awx_awx(folder):
    """Give the folder of what is named awx in a folder with collections."""
    return Path(folder, "ansible_collections/awx")


@pytest.fixture(scope="module", autouse=True)
def followed(place):
    """The whole guide."""
    for example, expected in zip(EXAMPLES[GUIDE_ON_AWX], EXPECTED[GUIDE_ON_AWX]):
        check(place, example, expected, lasting=True)


@pytest.mark.parametrize("organization", ["Default", "PKI"])
def test_awx_has_all_of_it_in_each_organization_by_the_same_names(awx, organization):
    found = {kind: [awx.named(kind, name, organization) for name in names] for kind, names in KINDS.items()}
    assert found["credentials"][0]["inputs"]["api_key"] == FULL_KEY
    assert {kind: len(awx.store.items[kind]) for kind in KINDS} == {
        # There was one before, for Galaxy.
        kind: 2 * len(names) + (kind == "credentials")
        for kind, names in KINDS.items()
    }


@pytest.mark.parametrize("organization", ["Default", "PKI"])
def test_what_an_organization_has_refers_to_its_own(awx, organization):
    own = partial(awx.named, organization=organization)
    inventory, project = own("inventories", "DigiCert localhost")["id"], own("projects", "DigiCert")["id"]
    credential = own("credentials", "DigiCert CertCentral")["id"]
    workflow = own("workflow_job_templates", "DigiCert - Preview, approve, cancel stale orders")["id"]
    assert own("hosts", "localhost")["inventory"] == inventory
    for template in ("orders", "stale orders", "previewed orders"):
        made = own("job_templates", f"DigiCert - Cancel {template}")
        assert (made["inventory"], made["project"]) == (inventory, project)
        assert awx.store.members("job_templates", made["id"], "credentials") == [credential]
    for node, template in (("preview", "stale orders"), ("cancel", "previewed orders")):
        made = own("workflow_job_template_nodes", node)
        of_node = own("job_templates", f"DigiCert - Cancel {template}")["id"]
        assert (made["workflow_job_template"], made["unified_job_template"]) == (workflow, of_node)


@pytest.mark.parametrize(("number", "organization"), [(4, "Default"), (5, "PKI")])
def test_the_same_command_once_more_changes_nothing_even_with_another_key_and_galaxy_credential(
    awx, place, number, organization
):
    example = EXAMPLES[GUIDE_ON_AWX][number]
    *_before, command = script(example.language, example.text).splitlines()
    assert command.startswith("ansible-playbook community.digicert.awx_configure")
    awx.asked.clear()
    others = f"DIGICERT_API_KEY=another-key {command} -e digicert_awx_galaxy_credential=Another"
    ended = place.run(others, lasting=True, connected=False)
    assert (ended.status, awx.asked) == (0, []), ended.errors
    assert "changed=0" in ended.output
    assert awx.named("credentials", "DigiCert CertCentral", organization)["inputs"]["api_key"] == FULL_KEY
    number_of_it = awx.named("organizations", organization)["id"]
    assert awx.members("organizations", number_of_it, "galaxy_credentials") == ["Ansible Galaxy"]


@pytest.mark.parametrize("organization", ["Default", "PKI"])
def test_a_job_cancels_an_order_with_the_collection_that_awx_fetched(awx, place, tmp_path, organization):
    place.account.reset()
    template = awx.named("job_templates", "DigiCert - Cancel orders", organization)
    kind = awx.named("credential_types", "DigiCert CertCentral")
    credential = awx.named("credentials", "DigiCert CertCentral", organization)
    content = awx.content(template["project"])
    folder = tmp_path / "job"
    injected = jobs.inject(kind["inputs"], kind["injectors"], folder, **credential["inputs"])
    answers = {"digicert_order_id": "1001", "digicert_note": "CHG0031337", "digicert_dry_run": "no"}
    job = jobs.run(
        folder,
        content.files,
        template["playbook"],
        {**json.loads(template["extra_vars"]), **answers},
        json.loads(awx.named("hosts", "localhost", organization)["variables"]),
        {
            "PATH": usual_environment(place.account)["PATH"],
            **injected.environment,
            "ANSIBLE_COLLECTIONS_PATH": str(content.collections),
            "REQUESTS_CA_BUNDLE": place.account.ca_path,
        },
    )
    assert job.succeeded, job.output
    assert became(place.changes()) == {1001: "canceled"}
