# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""awx_configure, with the modules of awx.awx and an AWX in memory: what it makes, and what it says where it cannot."""

from __future__ import annotations

import copy
import json
import os
import re
from functools import partial

import pytest
from ansible_collections.community.digicert.tests.awx.controller import PASSWORD, TOKEN, USER, Controller
from ansible_collections.community.digicert.tests.simulator import FULL_KEY
from conftest import COLLECTIONS, PROJECT_URL

KEY = "a-key-for-this-test-only"
URL = ("-e", f"digicert_awx_project_url={PROJECT_URL}")
PLAYBOOK = "community.digicert.awx_configure"
EU = "https://certcentral.digicert.eu/services/v2"
# Where a test is about what comes before the templates, these are left out: they take most of the time.
NO_NODES = {"digicert_awx_workflow_nodes": []}
NO_TEMPLATES = ("-e", json.dumps({"digicert_awx_job_templates": [], **NO_NODES}))
QUESTION = {"question_name": "Why", "question_description": "", "variable": "digicert_note", "type": "text",
            "required": True, "min": 1, "max": 9, "default": ""}  # fmt: skip
TEMPLATE = {"name": "Stop", "description": "", "playbook": "cancel_orders.yml", "questions": [QUESTION]}
ONE_TEMPLATE = ("-e", json.dumps({"digicert_awx_job_templates": [TEMPLATE], **NO_NODES}))


def configure_with(ansible, controller, *arguments, **environment):
    """Run the playbook as the user of a token, with a key."""
    usual = {"CONTROLLER_HOST": controller.url, "CONTROLLER_OAUTH_TOKEN": TOKEN, "DIGICERT_API_KEY": KEY}
    return ansible(PLAYBOOK, *URL, *arguments, **{**usual, **environment})


@pytest.fixture
def controller(servers):
    """A new AWX."""
    with Controller(servers.environment) as running:
        yield running


@pytest.fixture
def configure(ansible, controller):
    """Give a function that configures that AWX."""
    return partial(configure_with, ansible, controller)


def changed(ended):
    """Give how many tasks changed something."""
    return int(re.search(r"changed=(\d+)", ended.stdout)[1])


def assert_refused(ended, controller, said):
    """Look whether a run ended by saying something in its last task, and had changed nothing."""
    assert ended.returncode == 2, ended.stdout
    assert said in ended.stdout.rpartition("\nTASK [")[2], ended.stdout
    assert "Nothing was changed." in ended.stdout
    assert controller.asked == []


class TestOnceConfigured:
    """An AWX that is configured, then again and again; each run is a fixture, in this order."""

    @pytest.fixture(scope="class")
    @classmethod
    def controller(cls, lasting_servers):
        with Controller(lasting_servers.environment) as running:
            yield running

    @pytest.fixture(scope="class")
    @classmethod
    def configure(cls, ansible, controller):
        return partial(configure_with, ansible, controller)

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def configured(cls, configure):
        """The first run."""
        ended = configure("-vvvv")
        assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
        return ended

    def test_the_credential_has_the_key_and_is_of_our_type(self, controller):
        credential = controller.named("credentials", "DigiCert CertCentral")
        kind = controller.named("credential_types", "DigiCert CertCentral")
        assert credential["credential_type"] == kind["id"]
        assert credential["inputs"] == {"api_key": KEY}

    def test_the_templates_of_variables_reach_awx_as_they_are(self, controller, data):
        kind = controller.named("credential_types", "DigiCert CertCentral")
        assert kind["inputs"] == data["credential_type_inputs"]
        assert kind["injectors"] == data["credential_type_injectors"]
        assert kind["injectors"]["env"]["DIGICERT_API_KEY"] == "{{ api_key }}"
        template = controller.named("job_templates", data["cancel_previewed"])
        assert "{{ digicert_previewed_order_ids }}" in template["extra_vars"]
        assert "{{ ansible_playbook_python }}" in controller.named("hosts", "localhost")["variables"]

    def test_each_job_template_has_its_playbook_survey_credential_and_a_job_type_to_choose(
        self, controller, data
    ):
        for template in data["job_templates"]:
            made = controller.named("job_templates", template["name"])
            assert (made["playbook"], made["ask_job_type_on_launch"]) == (template["playbook"], True)
            assert (made["job_type"], made["survey_enabled"]) == ("run", True)
            assert controller.store.surveys["job_templates", made["id"]]["spec"] == template["questions"]
            assert controller.members("job_templates", made["id"], "credentials") == [data["credential"]]

    def test_the_workflow_previews_waits_for_an_approval_and_cancels(self, controller, data):
        workflow = controller.named("workflow_job_templates", data["workflow"])
        survey = controller.store.surveys["workflow_job_templates", workflow["id"]]
        assert survey["spec"] == data["workflow_questions"]
        kind = "workflow_job_template_nodes"
        nodes = {name: controller.named(kind, name) for name in ("preview", "approve", "cancel")}
        following = {
            name: controller.members(kind, node["id"], "success_nodes") for name, node in nodes.items()
        }
        assert following == {"preview": ["approve"], "approve": ["cancel"], "cancel": []}
        assert (nodes["preview"]["job_type"], nodes["cancel"]["job_type"]) == ("check", "run")
        for name, template in (("preview", data["cancel_stale"]), ("cancel", data["cancel_previewed"])):
            of_node = nodes[name]["unified_job_template"]
            assert of_node == controller.named("job_templates", template)["id"]
        ((approval, made),) = controller.store.items["workflow_approval_templates"].items()
        assert (nodes["approve"]["unified_job_template"], made["timeout"]) == (approval, 259200)

    def test_the_key_is_in_no_output(self, configured):
        assert KEY not in configured.stdout + configured.stderr

    def test_only_the_token_of_the_environment_was_used(self, controller):
        assert controller.headers == {f"Bearer {TOKEN}"}

    @pytest.fixture(scope="class")
    @classmethod
    def later(cls, configure, controller):
        """A run without a key, where another release made the type, and the last update of the project failed."""
        kind = controller.named("credential_types", "DigiCert CertCentral")["id"]
        stored = controller.store.items["credential_types"][kind]
        stored["inputs"] = copy.deepcopy(stored["inputs"])
        stored["inputs"]["fields"][0]["help_text"] = "What another release says."
        stored["injectors"] = {"env": {"DIGICERT_API_KEY": "{{ api_key }}"}}
        project = controller.named("projects", "DigiCert")["id"]
        controller.store.items["projects"][project]["status"] = "failed"
        controller.asked.clear()
        ended = configure(*NO_TEMPLATES, DIGICERT_API_KEY=None)
        assert ended.returncode == 0, ended.stdout
        assert "Type the API key" not in ended.stdout
        wanted = [f"PATCH /api/v2/credential_types/{kind}/", f"POST /api/v2/projects/{project}/update/"]
        assert controller.asked == wanted
        return ended

    @pytest.mark.usefixtures("later")
    def test_inputs_of_the_type_by_another_release_stay_and_its_injectors_do_not(self, controller, data):
        kind = controller.named("credential_types", "DigiCert CertCentral")
        assert kind["inputs"]["fields"][0]["help_text"] == "What another release says."
        assert kind["injectors"] == data["credential_type_injectors"]

    # Jobs of a project whose last update failed do not start, although its playbooks are known from the one before.
    def test_a_project_whose_last_update_failed_is_updated_once_more(self, later, controller):
        assert controller.named("projects", "DigiCert")["status"] == "successful"
        assert changed(later) == 1, "that is the type: the project has the revision that it had"

    def test_an_organization_that_gets_a_galaxy_credential_gets_the_collections_of_the_project_as_well(
        self, configure, controller
    ):
        default = controller.named("organizations", "Default")["id"]
        controller.store.members("organizations", default, "galaxy_credentials").clear()
        # The names of execution environments are there once, whichever organization has them.
        pki = controller.store.add("organizations", name="PKI")
        shared = controller.store.add("execution_environments", name="EE", organization=pki, image="ee:1")
        given = {
            "digicert_awx_galaxy_credential": "Ansible Galaxy",
            "digicert_awx_execution_environment": "EE",
            "digicert_awx_execution_environment_image": "ee:2",
        }
        controller.asked.clear()
        ended = configure(*NO_TEMPLATES, "-e", json.dumps(given))
        assert ended.returncode == 0, ended.stdout
        project = controller.named("projects", "DigiCert")["id"]
        assert controller.asked == [
            f"POST /api/v2/organizations/{default}/galaxy_credentials/",
            f"PATCH /api/v2/execution_environments/{shared}/",
            f"POST /api/v2/projects/{project}/update/",
        ]
        stored = controller.store.items["execution_environments"][shared]
        assert (stored["organization"], stored["image"]) == (pki, "ee:2")


def test_a_project_that_cannot_be_fetched_says_where_the_reason_is_and_is_fetched_by_the_next_run(
    configure, controller, servers
):
    (scm,) = (
        number for number, kind in controller.store.items["credential_types"].items() if kind["kind"] == "scm"
    )
    credential = controller.store.add("credentials", name="Git", credential_type=scm)
    repository = servers.path(PROJECT_URL)
    away = repository.rename(repository.with_suffix(".away"))
    given = (*ONE_TEMPLATE, "-e", "digicert_awx_project_credential=Git")
    ended = configure(*given)
    assert ended.returncode == 2
    assert "Project update failed. If it is an update that failed, AWX has its output" in ended.stdout
    assert controller.store.items["job_templates"] == {}
    away.rename(repository)
    again = configure(*given)
    assert again.returncode == 0, again.stdout
    assert controller.named("projects", "DigiCert")["credential"] == credential
    assert controller.named("job_templates", "Stop")["playbook"] == "cancel_orders.yml"


class TestTheOrganization:
    def test_that_is_missing_is_named(self, configure, controller):
        ended = configure("-e", "digicert_awx_organization=PKI")
        said = "AWX has no organization PKI that you may see: create it in AWX first"
        assert_refused(ended, controller, said)
        assert "censored" not in ended.stdout

    def test_without_a_galaxy_credential_is_refused_because_its_jobs_would_find_no_collection(
        self, configure, controller
    ):
        controller.store.add("organizations", name="PKI")
        ended = configure("-e", "digicert_awx_organization=PKI")
        said = "The organization PKI has no Galaxy credential, so AWX installs no collection for its projects"
        assert_refused(ended, controller, said)


def test_check_mode_says_that_there_is_nothing_to_look_at_yet(configure, controller):
    said = "The organization Default is not configured yet, and check mode cannot show how it would be"
    assert_refused(configure("--check"), controller, said)


# What has the key in it comes after all that can be refused for another reason, and only that is hidden.
@pytest.mark.parametrize("kind", ["credential_types", "credentials"])
def test_who_may_not_make_it_is_told_so_and_the_key_is_shown_nowhere(configure, controller, kind):
    controller.forbidden.add(("POST", kind))
    ended = configure("-vvvv")
    assert ended.returncode == 2
    assert f"You don't have permission to POST to /api/v2/{kind}/ (HTTP 403)." in ended.stdout
    assert "censored" not in ended.stdout
    assert KEY not in ended.stdout + ended.stderr


class TestReachingAwx:
    def test_without_the_collection_awx_awx_says_how_to_get_it(self, ansible, controller):
        usual = {"CONTROLLER_HOST": controller.url, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        alone = COLLECTIONS.split(os.pathsep)[0]
        ended = ansible(PLAYBOOK, *URL, **usual, ANSIBLE_COLLECTIONS_PATH=alone)
        said = "The collection awx.awx is not installed: install it with ansible-galaxy collection install awx.awx:24.6.1."
        assert_refused(ended, controller, said)

    def test_without_an_address_says_which_variable_is_missing(self, configure, controller):
        ended = configure(CONTROLLER_HOST=None)
        assert_refused(ended, controller, "CONTROLLER_HOST is not set: export the address of AWX")

    def test_without_a_token_says_where_to_make_one(self, configure, controller):
        ended = configure(CONTROLLER_OAUTH_TOKEN=None)
        said = "CONTROLLER_OAUTH_TOKEN is not set: create a token with the scope Write in AWX"
        assert_refused(ended, controller, said)

    def test_with_a_token_that_awx_does_not_know_says_so(self, configure, controller):
        ended = configure(CONTROLLER_OAUTH_TOKEN=f"not-{TOKEN}")
        said = "Invalid authentication credentials for /api/v2/organizations/ (HTTP 401). Check whether"
        assert_refused(ended, controller, said)

    def test_without_the_url_of_the_project_says_so_first(self, ansible, controller):
        usual = {"CONTROLLER_HOST": controller.url, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        assert_refused(ansible(PLAYBOOK, **usual), controller, "digicert_awx_project_url is missing")


class TestTheKey:
    """Of a credential that is there without one; the runs end at the inventory, which their user may not make."""

    @pytest.fixture
    def inputs(self, controller, data):
        kind = controller.store.add(
            "credential_types", name=data["credential_type"], inputs=data["credential_type_inputs"],
            injectors=data["credential_type_injectors"], kind="cloud",
        )  # fmt: skip
        organization = controller.named("organizations", "Default")["id"]
        credential = controller.store.add(
            "credentials", name=data["credential"], credential_type=kind, organization=organization
        )
        controller.store.items["credentials"][credential]["inputs"] = {"api_url": EU}
        controller.forbidden.add(("POST", "inventories"))
        return lambda: controller.store.items["credentials"][credential]["inputs"]

    def run(self, configure):
        ended = configure()
        assert "You don't have permission to POST to /api/v2/inventories/" in ended.stdout
        return "Type the API key into the credential DigiCert CertCentral in AWX" in ended.stdout

    def test_is_given_to_it_and_the_url_stays(self, configure, inputs):
        assert not self.run(configure)
        assert inputs() == {"api_url": EU, "api_key": KEY}

    def test_has_to_be_typed_by_somebody_who_may_where_the_user_may_not_change_it(
        self, configure, controller, inputs
    ):
        controller.forbidden.add(("PATCH", "credentials"))
        assert self.run(configure)
        assert inputs() == {"api_url": EU}

    def test_is_not_given_to_one_that_takes_it_from_elsewhere(self, configure, controller, data, inputs):
        credential = controller.named("credentials", data["credential"])["id"]
        source = {"source_credential": credential, "input_field_name": "api_key"}
        controller.store.add("credential_input_sources", target_credential=credential, **source)
        assert not self.run(configure)
        assert inputs() == {"api_url": EU}


BY_PASSWORD = {"CONTROLLER_OAUTH_TOKEN": None, "CONTROLLER_USERNAME": USER, "CONTROLLER_PASSWORD": PASSWORD}
OWN_NAMES = {
    "digicert_awx_credential": "Mine",
    "digicert_awx_execution_environment": "EE",
    "digicert_awx_execution_environment_image": "ee:1",
}


class TestOnAutomationPlatform:
    """It has another path, where the user has a name and a password; what is made has names of its own."""

    @pytest.fixture
    def controller(self, servers):
        with Controller(servers.environment, prefix="/api/controller/") as running:
            # Its execution environment has the collection inside.
            default = running.named("organizations", "Default")["id"]
            running.store.members("organizations", default, "galaxy_credentials").clear()
            yield running

    @pytest.mark.parametrize("user", [{}, BY_PASSWORD], ids=["token", "password"])
    def test_the_prefix_that_is_missing_is_named(self, configure, controller, user):
        said = "export CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX=/api/controller/."
        assert_refused(configure(**user), controller, said)

    def test_all_is_made_there_by_the_names_that_are_given_and_the_key_has_to_be_typed(
        self, configure, controller
    ):
        ended = configure(
            *ONE_TEMPLATE,
            "-e",
            json.dumps(OWN_NAMES),
            **BY_PASSWORD,
            CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX="/api/controller/",
            DIGICERT_API_KEY=None,
            DIGICERT_API_URL=EU,
        )
        assert ended.returncode == 0, ended.stdout
        assert "Type the API key into the credential Mine in AWX" in ended.stdout
        assert f"Bearer {TOKEN}" not in controller.headers
        assert controller.named("credentials", "Mine")["inputs"] == {"api_url": EU}
        environment = controller.named("execution_environments", "EE")
        assert environment["image"] == "ee:1"
        assert controller.named("job_templates", "Stop")["execution_environment"] == environment["id"]


def test_the_smoke_playbook_needs_no_credential(ansible):
    ended = ansible("community.digicert.smoke")
    assert ended.returncode == 0, ended.stdout


def test_stands_beside_the_playbooks_that_cancel_in_one_run_twice(ansible, controller, account):
    names = [
        f"community.digicert.{name}" for name in ("cancel_orders", "awx_configure", "cancel_stale_orders")
    ]
    variables = {"digicert_order_id": 1002, "digicert_older_than_days": 30, "digicert_note": "Not needed"}
    ended = ansible(
        *names,
        *reversed(names),
        *URL,
        *NO_TEMPLATES,
        "-e",
        json.dumps(variables),
        CONTROLLER_HOST=controller.url,
        CONTROLLER_OAUTH_TOKEN=TOKEN,
        DIGICERT_API_KEY=FULL_KEY,
        DIGICERT_API_URL=account.api_url,
        REQUESTS_CA_BUNDLE=account.ca_path,
    )
    assert ended.returncode == 0, ended.stdout
    assert sorted(request.order_id for request in account.ledger.writes) == [1001, 1002, 1003, 1004]
    assert "1 of 1 order canceled." in ended.stdout
    assert "0 of 1 order canceled, 1 already canceled." in ended.stdout
    assert "No stale order was found, nothing to do." in ended.stdout
