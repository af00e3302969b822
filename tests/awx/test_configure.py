# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""awx_configure, with the modules of awx.awx and an AWX in memory: what it makes, and that it makes it once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from controller import Controller

TOKEN, KEY = "a-token-for-this-test", "a-key-for-this-test-only"
URL = "digicert_awx_project_url=https://git.example.com/pki/digicert.git"
PLAYBOOK = "community.digicert.awx_configure"


@pytest.fixture(scope="module")
def controller() -> Iterator[Controller]:
    """An AWX that was configured once."""
    with Controller() as running:
        yield running


@pytest.fixture(scope="module")
def configure(ansible, controller):
    """Give a function that configures that AWX."""

    def run(*arguments, **environment):
        usual = {"CONTROLLER_HOST": controller.url, "CONTROLLER_OAUTH_TOKEN": TOKEN, "DIGICERT_API_KEY": KEY}
        return ansible(PLAYBOOK, *arguments, **{**usual, **environment})

    return run


@pytest.fixture(scope="module")
def configured(configure):
    """The first run."""
    ended = configure("-e", URL, "-vvv")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def changed(ended):
    """Give how many tasks changed something."""
    return int(re.search(r"changed=(\d+)", ended.stdout)[1])


@pytest.mark.usefixtures("configured")
class TestOnceConfigured:
    def test_the_credential_has_the_key_and_is_of_our_type(self, controller):
        (credential,) = controller.items["credentials"].values()
        kind = controller.named("credential_types", "DigiCert CertCentral")
        assert credential["credential_type"] == kind["id"]
        assert credential["inputs"] == {"api_key": KEY}

    def test_the_templates_of_variables_reach_awx_as_they_are(self, controller, data):
        kind = controller.named("credential_types", "DigiCert CertCentral")
        assert kind["injectors"] == data["credential_type_injectors"]
        assert kind["injectors"]["env"]["DIGICERT_API_KEY"] == "{{ api_key }}"
        template = controller.named("job_templates", data["cancel_previewed"])
        assert "{{ digicert_previewed_order_ids }}" in template["extra_vars"]
        assert "{{ ansible_playbook_python }}" in controller.named("hosts", "localhost")["variables"]

    def test_each_job_template_has_its_playbook_survey_credential_and_a_job_type_to_choose(
        self, controller, data
    ):
        credential = controller.named("credentials", data["credential"])["id"]
        for template in data["job_templates"]:
            made = controller.named("job_templates", template["name"])
            assert (made["playbook"], made["ask_job_type_on_launch"]) == (template["playbook"], True)
            assert (made["job_type"], made["survey_enabled"]) == ("run", True)
            assert controller.surveys["job_templates", made["id"]]["spec"] == template["questions"]
            assert controller.related["job_templates", made["id"], "credentials"] == [credential]

    def test_the_workflow_previews_waits_for_an_approval_and_cancels(self, controller, data):
        workflow = controller.named("workflow_job_templates", data["workflow"])
        assert (
            controller.surveys["workflow_job_templates", workflow["id"]]["spec"] == data["workflow_questions"]
        )
        kind = "workflow_job_template_nodes"
        nodes = {name: controller.named(kind, name) for name in ("preview", "approve", "cancel")}
        following = {
            name: controller.names(kind, controller.related.get((kind, node["id"], "success_nodes"), []))
            for name, node in nodes.items()
        }
        assert following == {"preview": ["approve"], "approve": ["cancel"], "cancel": []}
        assert nodes["preview"]["job_type"] == "check"
        assert (
            nodes["preview"]["unified_job_template"]
            == controller.named("job_templates", data["cancel_stale"])["id"]
        )
        assert (
            nodes["cancel"]["unified_job_template"]
            == controller.named("job_templates", data["cancel_previewed"])["id"]
        )
        assert controller.approvals[nodes["approve"]["id"]]["timeout"] == 259200

    def test_the_key_is_in_no_output(self, configured):
        assert KEY not in configured.stdout + configured.stderr

    def test_only_the_token_of_the_environment_was_used(self, controller):
        assert controller.tokens == {f"Bearer {TOKEN}"}

    def test_once_more_changes_nothing(self, configure, controller):
        controller.writes.clear()
        again = configure("-e", URL)
        assert again.returncode == 0, again.stdout
        assert (changed(again), controller.writes) == (0, [])

    def test_the_key_is_left_alone_where_another_one_or_none_is_given(self, configure, controller):
        for key in ("another-key", ""):
            ended = configure("-e", URL, DIGICERT_API_KEY=key)
            assert ended.returncode == 0, ended.stdout
            (credential,) = controller.items["credentials"].values()
            assert credential["inputs"] == {"api_key": KEY}


def test_without_the_url_of_the_project_nothing_is_made(ansible):
    with Controller() as controller:
        ended = ansible(PLAYBOOK, CONTROLLER_HOST=controller.url, CONTROLLER_OAUTH_TOKEN=TOKEN)
        assert ended.returncode == 2
        assert "digicert_awx_project_url is missing" in ended.stdout
        assert controller.writes == []


def test_names_and_the_image_can_be_given_and_the_url_of_the_service_is_taken_over(ansible):
    names = ["-e", URL, "-e", "digicert_awx_credential=Mine", "-e", "digicert_awx_cancel=Stop", "-e",
             "digicert_awx_execution_environment=EE", "-e", "digicert_awx_execution_environment_image=ee:1"]  # fmt: skip
    service = "https://certcentral.digicert.eu/services/v2"
    with Controller() as controller:
        ended = ansible(
            PLAYBOOK,
            *names,
            CONTROLLER_HOST=controller.url,
            CONTROLLER_OAUTH_TOKEN=TOKEN,
            DIGICERT_API_URL=service,
        )
        assert ended.returncode == 0, ended.stdout
        assert "Type the API key into the credential Mine in AWX" in ended.stdout
        assert controller.named("credentials", "Mine")["inputs"] == {"api_url": service}
        environment = controller.named("execution_environments", "EE")
        assert environment["image"] == "ee:1"
        assert controller.named("job_templates", "Stop")["execution_environment"] == environment["id"]


def test_the_smoke_playbook_needs_no_credential(ansible):
    ended = ansible("community.digicert.smoke")
    assert ended.returncode == 0, ended.stdout
    assert "The collection and the Python library requests are there" in ended.stdout
