# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of objects that the in-memory AWX has, as a table.

From AWX 24.6.1: the fields and the lists from awx/api/serializers.py and awx/api/urls, what is unique and the named URLs
from awx/main/models and awx/main/utils/named_url_graph.py. What is not in the table is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# In place of a default: the field has to be given.
REQUIRED = ...

CREATE, LIST, SHOW, CHANGE, DELETE = "create", "list", "show", "change", "delete"
USUAL = frozenset({CREATE, LIST, SHOW, CHANGE})


@dataclass(frozen=True)
class Kind:
    """A kind of object.

    title: what AWX calls it in its messages.
    writable: the fields that may be written, each with what AWX puts where one is left out.
    shown: the fields that AWX alone writes, each with what is there at first. Who writes them is not heard.
    refers: the fields that hold the number of another object, each with the kind of that.
    fixed: the fields that are not heard any more once the object is there.
    unique: fields that no two objects may have the same in.
    lists: the lists of other objects that it has, each with the kind of those.
    parts: what else can be asked for below it.
    named: what its named URL is made of: between `++` the fields, with `+` between those, of the object and of others.
    offers: what can be done with it.
    """

    title: str
    writable: Mapping[str, Any]
    shown: Mapping[str, Any] = field(default_factory=dict)
    refers: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    unique: tuple[str, ...] = ()
    lists: Mapping[str, str] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()
    named: tuple[tuple[str, ...], ...] = ()
    offers: frozenset[str] = USUAL


NAME = {"name": REQUIRED, "description": ""}
IN_AN_ORGANIZATION = (("name",), ("organization.name",))
# One of them may be the template of a node.
TEMPLATES = ("projects", "job_templates", "workflow_job_templates", "workflow_approval_templates")

KINDS: Mapping[str, Kind] = {
    "organizations": Kind(
        "Organization",
        {**NAME, "max_hosts": 0, "default_environment": None},
        {"custom_virtualenv": None},
        refers={"default_environment": "execution_environments"},
        unique=("name",),
        lists={"galaxy_credentials": "credentials"},
        named=(("name",),),
    ),
    "credential_types": Kind(
        "CredentialType",
        {**NAME, "kind": REQUIRED, "inputs": {}, "injectors": {}},
        {"managed": False, "namespace": None},
        unique=("name", "kind"),
        named=(("name", "kind"),),
    ),
    "credentials": Kind(
        "Credential",
        {**NAME, "organization": None, "credential_type": REQUIRED, "inputs": {}},
        {"managed": False},
        refers={"organization": "organizations", "credential_type": "credential_types"},
        unique=("organization", "name", "credential_type"),
        parts=frozenset({"input_sources"}),
        named=(("name",), ("credential_type.name", "credential_type.kind"), ("organization.name",)),
    ),
    "credential_input_sources": Kind(
        "CredentialInputSource",
        {
            "description": "",
            "input_field_name": REQUIRED,
            "metadata": {},
            "target_credential": REQUIRED,
            "source_credential": REQUIRED,
        },
        refers={"target_credential": "credentials", "source_credential": "credentials"},
        unique=("target_credential", "input_field_name"),
    ),
    "execution_environments": Kind(
        "ExecutionEnvironment",
        {**NAME, "organization": None, "image": REQUIRED, "credential": None, "pull": ""},
        {"managed": False},
        refers={"organization": "organizations", "credential": "credentials"},
        unique=("name",),
        named=(("name",),),
    ),
    "inventories": Kind(
        "Inventory",
        {
            **NAME,
            "organization": REQUIRED,
            "kind": "",
            "host_filter": None,
            "variables": "",
            "prevent_instance_group_fallback": False,
        },
        refers={"organization": "organizations"},
        unique=("name", "organization"),
        named=IN_AN_ORGANIZATION,
    ),
    "hosts": Kind(
        "Host",
        {**NAME, "inventory": REQUIRED, "enabled": True, "instance_id": "", "variables": ""},
        refers={"inventory": "inventories"},
        fixed=frozenset({"inventory"}),
        unique=("name", "inventory"),
        named=(("name",), ("inventory.name",), ("inventory.organization.name",)),
    ),
    "projects": Kind(
        "Project",
        {
            **NAME,
            "organization": None,
            "local_path": "",
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_refspec": "",
            "scm_clean": False,
            "scm_track_submodules": False,
            "scm_delete_on_update": False,
            "scm_update_on_launch": False,
            "scm_update_cache_timeout": 0,
            "allow_override": False,
            "credential": None,
            "default_environment": None,
            "signature_validation_credential": None,
            "timeout": 0,
        },
        {"scm_revision": "", "status": "never updated", "last_update_failed": False},
        refers={
            "organization": "organizations",
            "credential": "credentials",
            "default_environment": "execution_environments",
            "signature_validation_credential": "credentials",
        },
        unique=("name", "organization"),
        parts=frozenset({"update", "playbooks"}),
        named=IN_AN_ORGANIZATION,
    ),
    "project_updates": Kind(
        "ProjectUpdate",
        {},
        {
            "name": "",
            "project": None,
            "status": "pending",
            "failed": False,
            "finished": None,
            "event_processing_finished": False,
            "scm_revision": "",
        },
        refers={"project": "projects"},
        offers=frozenset({LIST, SHOW}),
    ),
    "job_templates": Kind(
        "JobTemplate",
        {
            **NAME,
            "job_type": "run",
            "inventory": None,
            "project": None,
            "playbook": "",
            "execution_environment": None,
            "extra_vars": "",
            "survey_enabled": False,
            "ask_job_type_on_launch": False,
            "ask_variables_on_launch": False,
        },
        # It is that of the project.
        {"organization": None},
        refers={
            "organization": "organizations",
            "inventory": "inventories",
            "project": "projects",
            "execution_environment": "execution_environments",
        },
        unique=("name", "organization"),
        lists={"credentials": "credentials"},
        parts=frozenset({"survey_spec"}),
        named=IN_AN_ORGANIZATION,
    ),
    "workflow_job_templates": Kind(
        "WorkflowJobTemplate",
        {
            **NAME,
            "organization": None,
            "inventory": None,
            "extra_vars": "",
            "survey_enabled": False,
            "allow_simultaneous": False,
            "ask_variables_on_launch": False,
        },
        refers={"organization": "organizations", "inventory": "inventories"},
        unique=("name", "organization"),
        parts=frozenset({"survey_spec"}),
        named=IN_AN_ORGANIZATION,
    ),
    "workflow_job_template_nodes": Kind(
        "WorkflowJobTemplateNode",
        {
            "identifier": REQUIRED,
            "workflow_job_template": REQUIRED,
            "unified_job_template": None,
            "job_type": None,
            "extra_data": {},
            "all_parents_must_converge": False,
        },
        refers={
            "workflow_job_template": "workflow_job_templates",
            "unified_job_template": "unified_job_templates",
        },
        fixed=frozenset({"workflow_job_template"}),
        unique=("identifier", "workflow_job_template"),
        lists=dict.fromkeys(
            ("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes"
        ),
        parts=frozenset({"create_approval_template"}),
        named=(
            ("identifier",),
            ("workflow_job_template.name",),
            ("workflow_job_template.organization.name",),
        ),
    ),
    # They are made by way of a node, and cannot be listed.
    "workflow_approval_templates": Kind(
        "WorkflowApprovalTemplate",
        {**NAME, "timeout": 0},
        offers=frozenset({SHOW, CHANGE}),
    ),
    "unified_job_templates": Kind("UnifiedJobTemplate", {}, offers=frozenset({LIST})),
    "tokens": Kind(
        "OAuth2AccessToken",
        {"description": "", "application": None, "scope": "write"},
        {"token": "", "user": None},
        offers=frozenset({CREATE, LIST, SHOW, DELETE}),
    ),
    "me": Kind("User", {}, {"username": ""}, offers=frozenset({LIST})),
}
