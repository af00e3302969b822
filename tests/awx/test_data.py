# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data for AWX keeps to what AWX takes: schemas that follow the rules of its API."""

from __future__ import annotations

import jsonschema
import pytest
from ansible_collections.community.digicert.plugins.plugin_utils._request import VARIABLES
from ansible_collections.community.digicert.tests.awx.schemas import INJECTORS, INPUTS, QUESTION


def _surveys(data):
    for template in data["job_templates"]:
        yield template["name"], template["questions"]
    yield data["workflow"], data["workflow_questions"]


def test_the_credential_type_is_one_that_awx_takes(data):
    inputs = data["credential_type_inputs"]
    jsonschema.validate(inputs, INPUTS)
    jsonschema.validate(data["credential_type_injectors"], INJECTORS)
    assert set(inputs["required"]) <= {field["id"] for field in inputs["fields"]}
    for field in inputs["fields"]:
        assert field.get("default", "") in ["", *field.get("choices", [])]


def test_every_question_is_one_that_awx_takes(data):
    for _template, questions in _surveys(data):
        jsonschema.validate(questions, {"type": "array", "items": QUESTION, "minItems": 1})
        names = [question["variable"] for question in questions]
        assert len(names) == len(set(names))


def test_every_default_may_be_the_answer(data):
    for _template, questions in _surveys(data):
        for question in questions:
            if question["type"] == "integer":
                assert question["min"] <= question["default"] <= question["max"]
            elif "choices" in question:
                assert question["default"] in question["choices"]
            elif question["default"] or not question["required"]:
                assert question["min"] <= len(question["default"]) <= question["max"]


@pytest.mark.parametrize(
    "wrong", [{"type": "number"}, {"default": "30"}, {"choices": ["a"]}, {"min": -1}, {"variable": "a b"}]
)
def test_a_question_that_awx_refuses_is_noticed(data, wrong):
    question = next(question for question in data["search_questions"] if question["type"] == "integer")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**question, **wrong}, QUESTION)


def test_every_question_is_about_a_variable_of_the_playbook(data):
    for template in data["job_templates"]:
        playbook = template["playbook"].removesuffix(".yml")
        known = {name for name, variable in VARIABLES.items() if playbook in variable.playbooks}
        assert {question["variable"] for question in template["questions"]} <= known


def test_nothing_is_canceled_unless_the_dry_run_is_answered_with_no(data):
    for template in data["job_templates"][:2]:
        (question,) = (q for q in template["questions"] if q["variable"] == "digicert_dry_run")
        assert (question["default"], question["required"]) == ("yes", True)


def test_the_workflow_cancels_after_a_preview_that_succeeded_and_an_approval_only(data):
    nodes = {node["identifier"]: node for node in data["workflow_nodes"]}
    assert {name: node.get("success_nodes") for name, node in nodes.items()} == {
        "preview": ["approve"],
        "approve": ["cancel"],
        "cancel": None,
    }
    assert not any({"always_nodes", "failure_nodes"} & node.keys() for node in nodes.values())
    assert (nodes["preview"]["job_template"], nodes["preview"]["job_type"]) == (data["cancel_stale"], "check")
    assert (nodes["cancel"]["job_template"], nodes["cancel"]["job_type"]) == (data["cancel_previewed"], "run")
    assert "approval" in nodes["approve"]
