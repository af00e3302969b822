# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX takes as a survey and as a credential type, as schemas: the data and the in-memory AWX are held against them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
# What AWX checks of a question: required keys, the type of the default by that of the question, choices where needed.
QUESTION: Schema = {
    "type": "object",
    "required": ["question_name", "question_description", "required", "type", "variable", "default"],
    "additionalProperties": False,
    "properties": {
        "question_name": {**TEXT, "minLength": 1},
        "question_description": TEXT,
        "required": {"type": "boolean"},
        "type": {
            "enum": ["text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect"]
        },
        "variable": {**TEXT, "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
        "min": {"type": "integer", "minimum": 0},
        "max": {"type": "integer", "minimum": 1},
        "choices": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
        "default": {},
    },
    "allOf": [
        {
            "if": {"properties": {"type": {"enum": ["text", "textarea", "password"]}}},
            "then": {"properties": {"default": TEXT}, "required": ["min", "max"]},
        },
        {
            "if": {"properties": {"type": {"const": "integer"}}},
            "then": {"properties": {"default": {"type": "integer"}}, "required": ["min", "max"]},
        },
        {
            "if": {"properties": {"type": {"enum": ["multiplechoice", "multiselect"]}}},
            "then": {"properties": {"default": TEXT}, "required": ["choices"]},
            "else": {"not": {"required": ["choices"]}},
        },
    ],
}
SURVEY: Schema = {
    "type": "object",
    "required": ["name", "description", "spec"],
    "additionalProperties": False,
    "properties": {
        "name": TEXT,
        "description": TEXT,
        "spec": {"type": "array", "items": QUESTION, "minItems": 1},
    },
}
FIELD: Schema = {
    "type": "object",
    "required": ["id", "label", "type"],
    "additionalProperties": False,
    "properties": {
        "id": {**TEXT, "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$", "not": {"const": "tower"}},
        "label": TEXT,
        "type": {"enum": ["string", "boolean"]},
        "format": {"enum": ["ssh_private_key", "url"]},
        "secret": {"type": "boolean"},
        "multiline": {"type": "boolean"},
        "choices": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
        "default": TEXT,
        "help_text": TEXT,
    },
}
INPUTS: Schema = {
    "type": "object",
    "required": ["fields"],
    "additionalProperties": False,
    "properties": {
        "fields": {"type": "array", "items": FIELD},
        "required": {"type": "array", "items": TEXT},
    },
}
INJECTORS: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "env": {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {"^[A-Z][A-Z0-9_]*$": TEXT},
        }
    },
}
