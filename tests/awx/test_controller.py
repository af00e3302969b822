# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-memory AWX refuses what AWX refuses: what a test of the configuration would otherwise not notice."""

from __future__ import annotations

import time

import pytest
import requests
from ansible_collections.community.digicert.tests.awx.controller import PASSWORD, TOKEN, USER, Controller
from conftest import PROJECT_URL, git_servers

INPUTS = {"fields": [{"id": "key", "label": "Key", "type": "string", "secret": True}]}
INJECTORS = {"env": {"KEY": "{{ key }}"}}
SURVEY = {"name": "", "description": "", "spec": []}


class Api:
    """A client of an AWX that has things of each kind."""

    def __init__(self, controller):
        self.controller = controller
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"
        self.default = controller.named("organizations", "Default")["id"]
        self.other = controller.store.add("organizations", name="Other")
        self.type = self.make(
            "credential_types", name="Kind", kind="cloud", inputs=INPUTS, injectors=INJECTORS
        )
        self.credential = self.make(
            "credentials",
            name="Mine",
            organization=self.default,
            credential_type=self.type,
            inputs={"key": "s"},
        )
        self.inventory = self.make("inventories", name="Here", organization=self.default)
        self.project = self.make(
            "projects", name="Git", organization=self.default, scm_type="git", scm_url=PROJECT_URL
        )
        self.wait()
        self.template = self.make("job_templates", name="Run", **self.runnable)
        self.workflow = self.make("workflow_job_templates", name="Flow", organization=self.default)
        self.node = self.make(
            "workflow_job_template_nodes", identifier="first", workflow_job_template=self.workflow
        )

    @property
    def runnable(self):
        return {"project": self.project, "inventory": self.inventory, "playbook": "cancel_orders.yml"}

    def ask(self, method, path, *, prefix="/api/v2/", **options):
        return self.session.request(method, self.controller.url + prefix + path, timeout=10, **options)

    def make(self, resource, /, **fields):
        answer = self.ask("POST", f"{resource}/", json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def wait(self):
        """Wait for the updates of projects."""
        for _attempt in range(100):
            updates = self.ask("GET", "project_updates/").json()["results"]
            if all(one["finished"] for one in updates):
                return updates
            time.sleep(0.05)
        raise TimeoutError


@pytest.fixture
def api(servers):
    with Controller(servers.environment) as controller:
        yield Api(controller)


def assert_refused(answer, status, said):
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


@pytest.mark.parametrize(
    "path",
    ["nothing/", "projects/0/", "projects/{project}/nothing/", "workflow_approval_templates/",
     "workflow_approval_templates/{approval}/success_nodes/", "unified_job_templates/{project}/", "projects"],
)  # fmt: skip
def test_a_path_that_awx_does_not_have_is_not_found(api, path):
    approval = {"name": "Wait", "timeout": 1}
    made = api.ask("POST", f"workflow_job_template_nodes/{api.node}/create_approval_template/", json=approval)
    answer = api.ask("GET", path.format(project=api.project, approval=made.json()["id"]))
    assert answer.status_code == 404


def test_nothing_is_found_below_another_prefix(api):
    assert api.ask("GET", "me/", prefix="/api/controller/v2/").status_code == 404


@pytest.mark.parametrize("given", [None, "Bearer of-another-awx", "Basic bm9ib2R5OnBhc3N3b3Jk"])
def test_nobody_is_let_in_without_a_valid_token_or_password(api, given):
    assert api.ask("GET", "me/", headers={"Authorization": given}).status_code == 401


def test_a_user_makes_a_token_and_takes_it_back(api):
    made = api.ask("POST", "tokens/", json={"scope": "write"})
    token = {"Authorization": f"Bearer {made.json()['token']}"}
    assert api.ask("GET", "me/", headers=token).status_code == 200
    assert api.ask("DELETE", f"tokens/{made.json()['id']}/").status_code == 204
    assert api.ask("GET", "me/", headers=token).status_code == 401


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("organizations", {"name": "Default"}),
        ("credential_types", {"name": "Kind", "kind": "cloud", "inputs": INPUTS}),
        ("credentials", {"name": "Mine", "organization": "default", "credential_type": "type"}),
        ("inventories", {"name": "Here", "organization": "default"}),
        ("projects", {"name": "Git", "organization": "default", "scm_type": "git", "scm_url": PROJECT_URL}),
        ("job_templates", {"name": "Run", "project": "project", "inventory": "inventory", "playbook": "cancel_orders.yml"}),
        ("workflow_job_templates", {"name": "Flow", "organization": "default"}),
        ("workflow_job_template_nodes", {"identifier": "first", "workflow_job_template": "workflow"}),
    ],
)  # fmt: skip
def test_a_name_is_there_once_where_it_has_to_be(api, kind, fields):
    given = {name: getattr(api, str(value), value) for name, value in fields.items()}
    assert_refused(api.ask("POST", f"{kind}/", json=given), 400, "combination already exists.")


class TestANameInTwoOrganizations:
    def test_is_taken_and_a_look_up_by_it_finds_two(self, api):
        api.make("inventories", name="Here", organization=api.other)
        assert api.ask("GET", "inventories/?name=Here").json()["count"] == 2
        assert api.ask("GET", f"inventories/?name=Here&organization={api.other}").json()["count"] == 1

    def test_is_told_apart_by_a_named_url(self, api):
        inventory = api.make("inventories", name="Here", organization=api.other)
        assert api.ask("GET", "inventories/Here++Other/").json()["id"] == inventory
        assert api.ask("GET", "inventories/Here++Nowhere/").status_code == 404
        named = api.ask("GET", "credentials/Mine++Kind+cloud++Default/")
        assert named.json()["id"] == api.credential

    def test_of_an_execution_environment_is_refused_and_it_stays_where_it_is(self, api):
        made = api.make("execution_environments", name="EE", organization=api.default, image="ee:1")
        given = {"name": "EE", "organization": api.other, "image": "ee:1"}
        assert_refused(api.ask("POST", "execution_environments/", json=given), 400, "already exists")
        moved = api.ask("PATCH", f"execution_environments/{made}/", json={"organization": api.other})
        assert_refused(moved, 400, "Cannot change the organization of an execution environment")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("projects/?nosuch=Git", 400, "Project has no field named 'nosuch'"),
        ("projects/?organization=Default", 400, "Invalid organization id: Default"),
        ("credentials/?inputs=x", 403, "Filtering on field inputs is not allowed."),
        ("projects/?name__regex=x", 501, "does not know the filter"),
    ],
)
def test_a_filter_that_awx_does_not_have_is_refused(api, path, status, said):
    assert_refused(api.ask("GET", path), status, said)


def test_a_number_may_be_an_id_or_a_name(api):
    other = api.make("inventories", name=str(api.inventory), organization=api.default)
    found = api.ask("GET", f"inventories/?or__id={api.inventory}&or__name={api.inventory}").json()["results"]
    assert {item["id"] for item in found} == {api.inventory, other}


def test_a_list_is_shown_by_pages(api):
    for number in range(30):
        api.make("inventories", name=f"Inventory {number}", organization=api.other)
    first = api.ask("GET", f"inventories/?organization={api.other}").json()
    assert (first["count"], len(first["results"])) == (30, 25)
    second = api.ask("GET", first["next"], prefix="").json()
    assert (len(second["results"]), second["next"]) == (5, None)


def test_a_field_that_this_awx_does_not_know_is_an_error_and_one_that_only_awx_writes_is_not_heard(api):
    assert_refused(
        api.ask("POST", "inventories/", json={"nosuch": "x"}), 501, "does not know the field nosuch"
    )
    made = api.make("credential_types", name="Own", kind="cloud", inputs=INPUTS, managed=True, type="x")
    assert api.controller.store.items["credential_types"][made]["managed"] is False


def test_what_is_missing_empty_or_not_there_is_refused(api):
    assert_refused(api.ask("POST", "inventories/", json={"name": "x"}), 400, "This field is required.")
    given = {"name": "", "organization": api.default}
    assert_refused(api.ask("POST", "inventories/", json=given), 400, "This field may not be blank.")
    given = {"name": "x", "organization": 9999}
    assert_refused(api.ask("POST", "inventories/", json=given), 400, "object does not exist.")
    assert_refused(api.ask("PUT", f"inventories/{api.inventory}/", json={}), 405, "not allowed")


class TestACredentialType:
    def test_that_a_credential_is_of_keeps_its_inputs_and_takes_other_injectors(self, api):
        inputs = {"fields": [{**INPUTS["fields"][0], "help_text": "Other words."}]}
        changed = api.ask("PATCH", f"credential_types/{api.type}/", json={"inputs": inputs})
        assert_refused(changed, 403, "Modifications to inputs are not allowed")
        injectors = {"env": {"OTHER": "{{ key }}"}}
        changed = api.ask("PATCH", f"credential_types/{api.type}/", json={"injectors": injectors})
        assert (changed.status_code, changed.json()["injectors"]) == (200, injectors)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"kind": "ssh"}, "Must be 'cloud' or 'net'"),
            ({"inputs": {"fields": [{"id": "tower", "label": "x", "type": "string"}]}}, "tower"),
            ({"injectors": {"env": {"KEY": "{{ other }}"}}}, "KEY uses an undefined field"),
        ],
    )
    def test_that_awx_cannot_use_is_refused(self, api, wrong, said):
        given = {"name": "Own", "kind": "cloud", "inputs": INPUTS, "injectors": INJECTORS, **wrong}
        assert_refused(api.ask("POST", "credential_types/", json=given), 400, said)


class TestACredential:
    def test_shows_no_secret_and_keeps_it_where_it_is_handed_back(self, api):
        shown = api.ask("GET", f"credentials/{api.credential}/").json()["inputs"]
        assert shown == {"key": "$encrypted$"}
        api.ask("PATCH", f"credentials/{api.credential}/", json={"inputs": shown})
        assert api.controller.store.items["credentials"][api.credential]["inputs"] == {"key": "s"}

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"organization": None}, "Missing 'user', 'team', or 'organization'."),
            ({"inputs": {"other": "x"}}, "Additional properties are not allowed ('other' was unexpected)"),
            ({"inputs": {"key": "$encrypted$"}}, "is a reserved keyword"),
            ({"inputs": {"key": 1}}, "is not of type 'string'"),
        ],
    )
    def test_that_does_not_fit_its_type_is_refused(self, api, wrong, said):
        given = {"name": "Own", "organization": api.default, "credential_type": api.type, **wrong}
        assert_refused(api.ask("POST", "credentials/", json=given), 400, said)

    def test_is_one_of_its_type_in_a_template_and_none_for_galaxy(self, api):
        second = api.make("credentials", name="Own", organization=api.default, credential_type=api.type)
        path = f"job_templates/{api.template}/credentials/"
        assert api.ask("POST", path, json={"id": api.credential}).status_code == 204
        assert_refused(
            api.ask("POST", path, json={"id": second}), 400, "Cannot assign multiple Kind credentials."
        )
        galaxy = api.ask("POST", f"organizations/{api.other}/galaxy_credentials/", json={"id": second})
        assert_refused(galaxy, 400, "Credential must be a Galaxy credential, not Kind.")


class TestAProject:
    def test_has_playbooks_once_an_update_succeeded(self, api):
        assert api.ask("GET", f"projects/{api.project}/playbooks/").json() == [
            "cancel_orders.yml",
            "cancel_stale_orders.yml",
        ]

    def test_that_cannot_be_fetched_has_none_and_no_template_takes_one_of_it(self, api):
        url = "https://git.example.com/pki/nowhere.git"
        given = {"name": "Away", "organization": api.default, "scm_type": "git", "scm_url": url}
        project = api.make("projects", **given)
        assert [one["status"] for one in api.wait()] == ["successful", "failed"]
        assert api.ask("GET", f"projects/{project}/").json()["status"] == "failed"
        template = {**api.runnable, "name": "Away", "project": project}
        refused = api.ask("POST", "job_templates/", json=template)
        assert_refused(refused, 400, "Playbook not found for project.")

    def test_reaches_no_server_beyond_this_machine(self, api):
        given = {
            "name": "Web",
            "organization": api.default,
            "scm_type": "git",
            "scm_url": "http://127.0.0.1:9/x",
        }
        api.make("projects", **given)
        api.wait()
        assert "transport 'http' not allowed" in api.controller.outputs[-1]

    def test_is_updated_where_another_url_is_given_and_not_where_it_is_the_same(self, api):
        for url, updates in ((PROJECT_URL, 1), ("https://git.example.com/other.git", 2)):
            api.ask("PATCH", f"projects/{api.project}/", json={"scm_url": url})
            assert len(api.wait()) == updates

    def test_stays_in_its_organization_while_a_template_uses_it(self, api):
        moved = api.ask("PATCH", f"projects/{api.project}/", json={"organization": api.other})
        assert_refused(moved, 400, "Organization cannot be changed when in use by job templates.")


class TestAJobTemplate:
    def test_is_in_the_organization_of_its_project(self, api):
        made = api.make("job_templates", name="Own", organization=api.other, **api.runnable)
        assert api.ask("GET", f"job_templates/{made}/").json()["organization"] == api.default

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"project": None}, "This field is required."),
            ({"inventory": None}, "You must either set a default value or ask to prompt on launch."),
            ({"playbook": ""}, "Must select playbook for project."),
            ({"extra_vars": "[1]"}, "Input type is not a dictionary."),
        ],
    )
    def test_that_cannot_run_is_refused(self, api, wrong, said):
        assert_refused(
            api.ask("POST", "job_templates/", json={"name": "Own", **api.runnable, **wrong}), 400, said
        )

    def test_takes_a_survey_with_questions_only(self, api):
        path = f"job_templates/{api.template}/survey_spec/"
        assert api.ask("GET", path).json() == {}
        assert api.ask("POST", path, json=SURVEY).status_code == 400


class TestANode:
    def link(self, api, node, following, name="success_nodes"):
        return api.ask("POST", f"workflow_job_template_nodes/{node}/{name}/", json={"id": following})

    def test_may_change_the_job_type_only_of_a_template_that_asks_for_it(self, api):
        given = {
            "identifier": "x",
            "workflow_job_template": api.workflow,
            "unified_job_template": api.template,
        }
        refused = api.ask("POST", "workflow_job_template_nodes/", json={**given, "job_type": "check"})
        assert_refused(refused, 400, "Field is not configured to prompt on launch.")
        api.ask("PATCH", f"job_templates/{api.template}/", json={"ask_job_type_on_launch": True})
        made = api.ask("POST", "workflow_job_template_nodes/", json={**given, "job_type": "check"})
        assert (made.status_code, made.json()["job_type"]) == (201, "check")

    def test_is_followed_by_nodes_of_its_workflow_and_in_no_circle(self, api):
        second = api.make(
            "workflow_job_template_nodes", identifier="second", workflow_job_template=api.workflow
        )
        assert self.link(api, api.node, second).status_code == 204
        assert_refused(self.link(api, api.node, second, "always_nodes"), 400, "Relationship not allowed.")
        assert_refused(self.link(api, second, api.node), 400, "Cycle detected.")
        assert_refused(self.link(api, second, second), 400, "Cycle detected.")
        other = api.make("workflow_job_templates", name="Other", organization=api.default)
        alien = api.make("workflow_job_template_nodes", identifier="first", workflow_job_template=other)
        assert self.link(api, api.node, alien).status_code == 403


def test_an_installation_has_one_organization_with_a_galaxy_credential_and_a_new_one_has_none(api):
    path = "organizations/{}/galaxy_credentials/"
    for organization, names in ((api.default, ["Ansible Galaxy"]), (api.other, [])):
        found = api.ask("GET", path.format(organization)).json()["results"]
        assert [item["name"] for item in found] == names


def test_what_the_user_may_not_do_is_forbidden_and_told_beforehand(api):
    api.controller.forbidden.add(("PATCH", "credentials"))
    shown = api.ask("GET", f"credentials/{api.credential}/").json()
    assert shown["summary_fields"]["user_capabilities"] == {"edit": False}
    assert api.ask("PATCH", f"credentials/{api.credential}/", json={}).status_code == 403


def test_an_awx_later_than_24_6_1_has_no_tokens(tmp_path):
    with Controller(git_servers(tmp_path).environment, offers_tokens=False) as controller:
        path = f"{controller.url}/api/v2/me/"
        assert requests.get(path, auth=(USER, PASSWORD), timeout=10).status_code == 200
        assert requests.get(path, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10).status_code == 401
        made = requests.post(f"{controller.url}/api/v2/tokens/", json={}, auth=(USER, PASSWORD), timeout=10)
        assert made.status_code == 404
