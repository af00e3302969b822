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


def test_awx_would_hide_both_by_their_names_alone(data):
    names = data["credential_type_injectors"]["env"]
    assert build_safe_env(dict.fromkeys(names, "shown")) == dict.fromkeys(names, "**********")


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
