# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects of the in-memory AWX, and what AWX refuses to make of them.

Each rule names where AWX 24.6.1 has it. An answer is what AWX answers, as far as the modules of awx.awx look at it.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import jsonschema
import yaml
from ansible_collections.community.digicert.tests.awx.kinds import KINDS, REQUIRED, TEMPLATES, Kind
from ansible_collections.community.digicert.tests.awx.schemas import INJECTORS, INPUTS, SURVEY, Schema
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

Item = dict[str, Any]

ENCRYPTED = "$encrypted$"
# Every object has them, and no client writes them: BaseSerializer.
OF_EVERY_OBJECT = {"id", "type", "url", "related", "summary_fields", "created", "modified"}


class Refused(Exception):
    """What AWX answers instead of doing it: a status and a body."""

    def __init__(self, status: int, body: Any) -> None:
        """Take the status and the body."""
        super().__init__(status, body)
        self.status = status
        self.body = body


class Store:
    """The objects by kind and number, and what hangs on them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.items: dict[str, dict[int, Item]] = {name: {} for name in KINDS}
        self.surveys: dict[tuple[str, int], Item] = {}
        self.playbooks: dict[int, tuple[str, ...]] = {}
        self._lists: dict[tuple[str, int, str], list[int]] = {}
        self._numbers = itertools.count(1)

    def item(self, kind: str, number: int) -> Item:
        """Give an object."""
        if number not in self.items[kind]:
            raise Refused(404, {"detail": f"No {KINDS[kind].title} matches the given query."})
        return self.items[kind][number]

    def members(self, kind: str, number: int, name: str) -> list[int]:
        """Give the numbers of the objects in a list of an object."""
        return self._lists.setdefault((kind, number, name), [])

    def add(self, resource: str, /, **fields: Any) -> int:
        """Put an object there without asking any rule, as AWX itself does when it is installed; give its number."""
        number = next(self._numbers)
        usual = {**KINDS[resource].writable, **KINDS[resource].shown}
        self.items[resource][number] = {**copy.deepcopy(usual), **fields}
        return number

    def create(self, kind: str, given: Mapping[str, Any]) -> int:
        """Make an object as a client asks for it; give its number."""
        described = KINDS[kind]
        fields = {**copy.deepcopy({**described.writable, **described.shown}), **self._heard(kind, given)}
        wrong = {name: ["This field is required."] for name, value in fields.items() if value is REQUIRED}
        wrong |= {
            name: ["This field may not be blank."] for name in ("name", "image") if fields.get(name) == ""
        }
        if wrong:
            raise Refused(400, wrong)
        checked = self._checked(kind, None, fields)
        number = next(self._numbers)
        self.items[kind][number] = checked
        return number

    def change(self, kind: str, number: int, given: Mapping[str, Any]) -> None:
        """Change an object as a client asks for it."""
        before = self.item(kind, number)
        heard = self._heard(kind, given)
        fields = {name: value for name, value in heard.items() if name not in KINDS[kind].fixed}
        self.items[kind][number] = self._checked(kind, number, {**before, **fields})

    def attach(self, kind: str, number: int, name: str, member: int) -> None:
        """Put an object into a list of another one."""
        self.item(kind, number)
        of_kind = KINDS[kind].lists[name]
        if member not in self.items[of_kind]:
            raise Refused(400, {"detail": f"{KINDS[of_kind].title} matching query does not exist."})
        members = self.members(kind, number, name)
        if member not in members:
            ATTACHING[kind](self, number, name, member)
            members.append(member)

    def detach(self, kind: str, number: int, name: str, member: int) -> None:
        """Take an object out of a list of another one."""
        members = self.members(kind, number, name)
        if member in members:
            members.remove(member)

    def set_survey(self, kind: str, number: int, survey: Item) -> None:
        """Give a template its survey: JobTemplateSurveySpec._validate_spec_data."""
        _fits("error", survey, SURVEY)
        names = [question["variable"] for question in survey["spec"]]
        if len(names) != len(set(names)):
            raise Refused(400, {"error": "A variable is duplicated."})
        self.surveys[kind, number] = survey

    def create_approval(self, node: int, given: Mapping[str, Any]) -> int:
        """Make a node one that waits for an approval: WorkflowJobTemplateNodeCreateApproval; give that template's number."""
        self.item("workflow_job_template_nodes", node)
        number = self.create("workflow_approval_templates", given)
        self.items["workflow_job_template_nodes"][node]["unified_job_template"] = number
        return number

    def number(self, kind: str, named: str) -> int:
        """Give the number of the object that a path names by its number or its named URL; 0 if there is none."""
        if named.isdigit():
            return int(named)
        segments = [unquote(part) for segment in named.split("++") for part in segment.split("+")]
        paths = [path for segment in KINDS[kind].named for path in segment]
        if not paths or named.count("++") != len(KINDS[kind].named) - 1 or len(segments) != len(paths):
            return 0
        for number, item in self.items[kind].items():
            if [self._reached(kind, item, path) for path in paths] == segments:
                return number
        return 0

    def found(self, kind: str, filters: Mapping[str, str]) -> list[tuple[str, int]]:
        """Give the kinds and the numbers of the objects that a list shows: FieldLookupBackend of django-ansible-base."""
        asked = {
            name: value for name, value in filters.items() if name not in ("page", "page_size", "order_by")
        }
        for name, value in asked.items():
            self._check_filter(kind, name.removeprefix("or__"), value)
        every = [(name, value) for name, value in asked.items() if not name.startswith("or__")]
        either = [(name[4:], value) for name, value in asked.items() if name.startswith("or__")]
        kinds = TEMPLATES if kind == "unified_job_templates" else (kind,)
        return [
            (one, number)
            for one in kinds
            for number in self.items[one]
            if all(self._fits(one, number, *filter_) for filter_ in every)
            and (not either or any(self._fits(one, number, *filter_) for filter_ in either))
        ]

    def shown_inputs(self, credential: Item) -> Item:
        """Give the inputs of a credential as AWX shows them: Credential.display_inputs."""
        secret = self._fields_of_type(credential, "secret")
        return {name: ENCRYPTED if name in secret else value for name, value in credential["inputs"].items()}

    def in_use(self, credential_type: int) -> bool:
        """Tell whether there is a credential of a type."""
        return any(item["credential_type"] == credential_type for item in self.items["credentials"].values())

    def _heard(self, kind: str, given: Mapping[str, Any]) -> Item:
        described = KINDS[kind]
        heard: Item = {}
        for name, value in given.items():
            if name in OF_EVERY_OBJECT or name in described.shown:
                continue
            if name not in described.writable:
                raise Refused(501, {"detail": f"This AWX does not know the field {name} of {kind}."})
            usual = described.writable[name]
            heard[name] = _as_written(name, value, usual)
            if name in described.refers and value is not None:
                self._check_reference(described, name, value)
        return heard

    def _check_reference(self, kind: Kind, name: str, value: Any) -> None:
        refers = kind.refers[name]
        kinds = TEMPLATES if refers == "unified_job_templates" else (refers,)
        if not any(value in self.items[one] for one in kinds):
            raise Refused(400, {name: [f'Invalid pk "{value}" - object does not exist.']})

    def _checked(self, kind: str, number: int | None, fields: Item) -> Item:
        if rule := RULES.get(kind):
            rule(self, number, fields)
        unique = KINDS[kind].unique
        for other, item in self.items[kind].items():
            if other != number and unique and all(item[name] == fields[name] for name in unique):
                # Model.unique_error_message and PrimordialModel.validate_unique
                said = f"{KINDS[kind].title} with this ({', '.join(unique)}) combination already exists."
                raise Refused(400, {"__all__": [said]})
        return fields

    def _fields_of_type(self, credential: Item, key: str) -> set[str]:
        fields = self.items["credential_types"][credential["credential_type"]]["inputs"].get("fields", [])
        return {field["id"] for field in fields if field.get(key)}

    def _reached(self, kind: str, item: Item, path: str) -> str:
        first, _dot, rest = path.partition(".")
        if not rest:
            return str(item[first])
        if item[first] is None:
            return ""
        of_kind = KINDS[kind].refers[first]
        return self._reached(of_kind, self.items[of_kind][item[first]], rest)

    def _check_filter(self, kind: str, name: str, value: str) -> None:
        described = KINDS["projects" if kind == "unified_job_templates" else kind]
        plain, _underscores, lookup = name.partition("__")
        if plain not in {*OF_EVERY_OBJECT, *described.writable, *described.shown, *described.lists}:
            raise Refused(400, {"detail": f"{described.title} has no field named '{plain}'"})
        if plain == "inputs":
            raise Refused(403, {"detail": "Filtering on field inputs is not allowed."})
        if lookup not in ("", "isnull"):
            raise Refused(501, {"detail": f"This AWX does not know the filter {name}."})
        if (plain in described.refers or plain == "id") and not lookup and not value.isdigit():
            raise Refused(400, {"detail": f"Invalid {plain} id: {value}"})

    def _fits(self, kind: str, number: int, name: str, value: str) -> bool:
        plain, _underscores, lookup = name.partition("__")
        members = self._lists.get((kind, number, plain)) if plain in KINDS[kind].lists else None
        held = number if plain == "id" else self.items[kind][number].get(plain, members)
        if lookup == "isnull":
            return (not held) is (value.lower() in ("true", "1", "t"))
        return str(held) == value


def _as_written(name: str, value: Any, usual: Any) -> Any:
    """Give a value as a field of the type of its usual value takes it: CharNullField, BooleanNullField, IntegerField."""
    if value is None and isinstance(usual, (str, bool)):
        return type(usual)()
    if isinstance(usual, int) and not isinstance(usual, bool):
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise Refused(400, {name: ["A valid integer is required."]}) from error
    return value


def _a_credential_type(store: Store, number: int | None, fields: Item) -> None:
    """Check as CredentialTypeSerializer.validate and CredentialTypeInjectorField.validate do."""
    before = store.items["credential_types"].get(number or 0)
    if before and before["managed"]:
        raise Refused(403, {"detail": "Modifications not allowed for managed credential types"})
    if before and before["inputs"] != fields["inputs"] and store.in_use(number or 0):
        detail = "Modifications to inputs are not allowed for credential types that are in use"
        raise Refused(403, {"detail": detail})
    if fields["kind"] not in ("cloud", "net"):
        raise Refused(400, {"kind": f"Must be 'cloud' or 'net', not {fields['kind']}"})
    _fits("inputs", fields["inputs"], INPUTS)
    _fits("injectors", fields["injectors"], INJECTORS)
    example = {field["id"]: "EXAMPLE" for field in fields["inputs"]["fields"]}
    for name, template in fields["injectors"].get("env", {}).items():
        _renders(name, template, example)


def _fits(name: str, value: Any, schema: Schema) -> None:
    try:
        jsonschema.validate(value, schema)
    except jsonschema.ValidationError as error:
        raise Refused(400, {name: [error.message]}) from error


def _renders(name: str, template: str, variables: Item) -> None:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    try:
        environment.from_string(template).render(variables)
    except TemplateError as error:
        raise Refused(400, {"injectors": [f"{name} uses an undefined field ({error})"]}) from error


def _a_credential(store: Store, number: int | None, fields: Item) -> None:
    """Check as CredentialSerializerCreate.validate and CredentialInputField.validate do, and keep the secrets."""
    before = store.items["credentials"].get(number or 0)
    if before and before["managed"]:
        raise Refused(403, {"detail": "Modifications not allowed for managed credentials"})
    if not before and fields["organization"] is None:
        raise Refused(400, {"detail": "Missing 'user', 'team', or 'organization'."})
    known = {
        field["id"]: field
        for field in store.items["credential_types"][fields["credential_type"]]["inputs"].get("fields", [])
    }
    inputs = dict(fields["inputs"])
    for name, value in fields["inputs"].items():
        if name not in known:
            said = f"Additional properties are not allowed ('{name}' was unexpected)"
            raise Refused(400, {"inputs": [said]})
        if choices := known[name].get("choices"):
            if value not in choices:
                raise Refused(400, {"inputs": {name: [f"'{value}' is not one of {choices}"]}})
        elif not isinstance(value, str):
            raise Refused(400, {"inputs": {name: [f"{value!r} is not of type 'string'"]}})
        if known[name].get("secret") and value == ENCRYPTED:
            if not before:
                said = f"{ENCRYPTED} is a reserved keyword, and cannot be used for {name}."
                raise Refused(400, {"inputs": [said]})
            inputs[name] = before["inputs"][name]
        if known[name].get("secret") and not value:
            del inputs[name]
    fields["inputs"] = inputs


def _an_execution_environment(store: Store, number: int | None, fields: Item) -> None:
    """Check as ExecutionEnvironmentSerializer.validate does."""
    before = store.items["execution_environments"].get(number or 0)
    if before and fields["organization"] not in (None, before["organization"]):
        said = "Cannot change the organization of an execution environment"
        raise Refused(400, {"organization": [said]})


def _a_project(store: Store, number: int | None, fields: Item) -> None:
    """Check as ProjectOptions.clean_scm_url, its clean_credential and Project.clean_organization do."""
    if fields["scm_type"] != "git":
        raise Refused(501, {"detail": "This AWX knows projects in Git only."})
    if not fields["scm_url"]:
        raise Refused(400, {"scm_url": ["SCM URL is required."]})
    if fields["credential"] is not None:
        kind = store.items["credentials"][fields["credential"]]["credential_type"]
        if store.items["credential_types"][kind]["kind"] != "scm":
            raise Refused(400, {"credential": ["Credential kind must be 'scm'."]})
    before = store.items["projects"].get(number or 0)
    used = any(template["project"] == number for template in store.items["job_templates"].values())
    if before and used and before["organization"] != fields["organization"]:
        said = "Organization cannot be changed when in use by job templates."
        raise Refused(400, {"organization": [said]})


def _a_job_template(store: Store, _number: int | None, fields: Item) -> None:
    """Check as JobTemplateSerializer.validate and JobOptionsSerializer.validate do; the organization is the project's."""
    if fields["project"] is None:
        raise Refused(400, {"project": ["This field is required."]})
    if fields["inventory"] is None:
        said = "You must either set a default value or ask to prompt on launch."
        raise Refused(400, {"inventory": [said]})
    if not fields["playbook"]:
        raise Refused(400, {"playbook": ["Must select playbook for project."]})
    if fields["playbook"] not in store.playbooks.get(fields["project"], ()):
        raise Refused(400, {"playbook": ["Playbook not found for project."]})
    _variables(fields["extra_vars"], "extra_vars")
    fields["organization"] = store.items["projects"][fields["project"]]["organization"]


def _a_host(_store: Store, _number: int | None, fields: Item) -> None:
    _variables(fields["variables"], "variables")


def _a_node(store: Store, _number: int | None, fields: Item) -> None:
    """Check as LaunchConfigurationBaseSerializer.validate does."""
    template = store.items["job_templates"].get(fields["unified_job_template"])
    if fields["job_type"] and not template:
        fields["job_type"] = None
    asks = template is None or template["ask_job_type_on_launch"]
    if not asks and fields["job_type"] not in (None, template["job_type"]):
        raise Refused(400, {"job_type": ["Field is not configured to prompt on launch."]})


def _variables(text: str, name: str) -> None:
    """Check as vars_validate_or_raise does."""
    try:
        parsed = yaml.safe_load(text or "{}")
    except yaml.YAMLError as error:
        raise Refused(400, {name: ["Cannot parse as YAML."]}) from error
    if not isinstance(parsed, dict):
        raise Refused(400, {name: ["Input type is not a dictionary."]})


def _a_galaxy_credential(store: Store, _number: int, _name: str, credential: int) -> None:
    """Check as OrganizationGalaxyCredentialsList.is_valid_relation does."""
    kind = store.items["credential_types"][store.items["credentials"][credential]["credential_type"]]
    if kind["namespace"] != "galaxy_api_token":
        raise Refused(400, {"msg": f"Credential must be a Galaxy credential, not {kind['name']}."})


def _a_credential_of_a_template(store: Store, number: int, name: str, credential: int) -> None:
    """Check as JobTemplateCredentialsList.is_valid_relation does."""
    credentials = store.items["credentials"]
    kind = credentials[credential]["credential_type"]
    if kind in [
        credentials[other]["credential_type"] for other in store.members("job_templates", number, name)
    ]:
        title = store.items["credential_types"][kind]["name"]
        raise Refused(400, {"error": f"Cannot assign multiple {title} credentials."})


def _a_following_node(store: Store, number: int, name: str, following: int) -> None:
    """Check as WorkflowJobTemplateNodeChildrenBaseList.is_valid_relation and its access do."""
    kind = "workflow_job_template_nodes"
    workflows = [store.items[kind][node]["workflow_job_template"] for node in (number, following)]
    if workflows[0] != workflows[1]:
        raise Refused(403, {"detail": "You do not have permission to perform this action."})
    others = [other for other in KINDS[kind].lists if other != name]
    if any(following in store.members(kind, number, other) for other in others):
        raise Refused(400, {"Error": "Relationship not allowed."})
    if number == following or number in _all_after(store, following):
        raise Refused(400, {"Error": "Cycle detected."})


def _all_after(store: Store, node: int) -> Iterator[int]:
    kind = "workflow_job_template_nodes"
    for name in KINDS[kind].lists:
        for following in store.members(kind, node, name):
            yield following
            yield from _all_after(store, following)


# What is checked when an object is made or changed. The number is None for one that is not there yet.
RULES: Mapping[str, Callable[[Store, int | None, Item], None]] = {
    "credential_types": _a_credential_type,
    "credentials": _a_credential,
    "execution_environments": _an_execution_environment,
    "hosts": _a_host,
    "job_templates": _a_job_template,
    "projects": _a_project,
    "workflow_job_template_nodes": _a_node,
}
# What is checked when an object is put into a list of another one.
ATTACHING: Mapping[str, Callable[[Store, int, str, int], None]] = {
    "job_templates": _a_credential_of_a_template,
    "organizations": _a_galaxy_credential,
    "workflow_job_template_nodes": _a_following_node,
}
