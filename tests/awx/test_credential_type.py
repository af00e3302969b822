# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The credential type, through AWX's own injection code: the key goes into the environment, and is shown nowhere."""

from __future__ import annotations

import pytest
from awx_plugins.interfaces._temporary_private_inject_api import build_safe_env
from conftest import inject

KEY = "a-key-for-this-test-only"
US = "https://www.digicert.com/services/v2"
EU = "https://certcentral.digicert.eu/services/v2"
OWN = "https://127.0.0.1:8443/services/v2"


@pytest.mark.parametrize(
    ("inputs", "url"),
    [
        ({}, US),
        ({"api_url": US}, US),
        ({"api_url": EU}, EU),
        ({"api_url": EU, "own_api_url": ""}, EU),
        ({"api_url": US, "own_api_url": OWN}, OWN),
        ({"own_api_url": OWN}, OWN),
    ],
)
def test_the_key_and_the_url_go_into_the_environment(data, tmp_path, inputs, url):
    injected = inject(data, tmp_path, api_key=KEY, **inputs)
    assert injected.environment == {"DIGICERT_API_KEY": KEY, "DIGICERT_API_URL": url}


def test_awx_hides_the_key_in_the_environment_that_it_shows(data, tmp_path):
    injected = inject(data, tmp_path, api_key=KEY, api_url=EU)
    assert injected.shown == {"DIGICERT_API_KEY": "**********", "DIGICERT_API_URL": EU}


# AWX hides variables by their names as well, but not those that a credential injects.
def test_awx_hides_the_key_because_its_field_is_a_secret_and_not_because_of_a_name(data, tmp_path):
    names = data["credential_type_injectors"]["env"]
    assert build_safe_env(dict.fromkeys(names, "shown")) == dict.fromkeys(names, "**********")
    fields = [{**field, "secret": False} for field in data["credential_type_inputs"]["fields"]]
    told = {**data, "credential_type_inputs": {**data["credential_type_inputs"], "fields": fields}}
    assert inject(told, tmp_path, api_key=KEY).shown == {"DIGICERT_API_KEY": KEY, "DIGICERT_API_URL": US}


def test_the_key_is_in_no_argument_and_no_file(data, tmp_path):
    injected = inject(data, tmp_path, api_key=KEY)
    assert injected.arguments == []
    assert injected.files == []


def test_nothing_is_injected_as_an_extra_variable_or_a_file(data):
    assert data["credential_type_injectors"].keys() == {"env"}


def test_the_key_is_a_secret_that_has_to_be_given(data):
    inputs = data["credential_type_inputs"]
    assert inputs["required"] == ["api_key"]
    assert [field["id"] for field in inputs["fields"] if field.get("secret")] == ["api_key"]


def test_the_services_to_choose_from_are_those_of_the_module(data):
    from ansible_collections.community.digicert.plugins.module_utils._certcentral import (  # noqa: PLC0415
        EU_URL,
        US_URL,
    )

    (field,) = (field for field in data["credential_type_inputs"]["fields"] if field["id"] == "api_url")
    assert (field["choices"], field["default"]) == ([US_URL, EU_URL], US_URL)


# AWX does not let anybody change the inputs of a type that a credential is of: a type that release 1.0.0 made has these.
# Whoever needs another field makes another type, with a name of its own, and says in the changelog what becomes of this one.
def test_the_inputs_are_those_that_release_1_0_0_made(data):
    assert data["credential_type"] == "DigiCert CertCentral"
    assert data["credential_type_inputs"] == {
        "fields": [
            {
                "id": "api_key",
                "label": "API key",
                "type": "string",
                "secret": True,
                "help_text": "A key for the Services API of CertCentral that may change orders.",
            },
            {
                "id": "api_url",
                "label": "Service",
                "type": "string",
                "choices": [US, EU],
                "default": US,
                "help_text": "The US service or the EU service. A key belongs to one of them.",
            },
            {
                "id": "own_api_url",
                "label": "Another URL",
                "type": "string",
                "help_text": "Instead of the service above, for example a simulator. Leave it empty otherwise.",
            },
        ],
        "required": ["api_key"],
    }
