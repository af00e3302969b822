# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How a module begins and ends: a failure has a code, even where Ansible itself refuses an option."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.community.digicert.plugins.module_utils._errors import place_of

# No key of CertCentral is shorter: the samples of DigiCert's documentation have 47 characters.
SHORTEST_SECRET = 20
# So many letters and digits in a row, as keys have them and hardly anything else. Each row is looked at once, from its
# beginning: to look for a key in all that follows each of a hundred thousand digits takes minutes.
_POSSIBLE_KEY = re.compile(
    rf"(?<![A-Za-z0-9-])(?=[A-Za-z-]*[0-9])(?=[0-9-]*[A-Za-z])[A-Za-z0-9-]{{{SHORTEST_SECRET},}}"
)


class UnusableOption(ValueError):
    """An option has a value that cannot be used; nothing was sent to the service."""


class Module(AnsibleModule):  # type: ignore[misc] # Ansible has no types
    """An Ansible module that gives a code even to what Ansible itself refuses.

    nulls: the options that were given as null; in `params` they look as if they had not been given.
    """

    no_log_values: set[str]
    nulls: tuple[str, ...] = ()
    _began = False

    def __init__(self, **specification: Any) -> None:
        """Take what AnsibleModule takes. Ends the module where Ansible refuses an option."""
        try:
            super().__init__(**specification)
        # Ansible converts text such as Infinity to a number and foresees other exceptions only.
        except OverflowError:
            # Ansible shows the options in a result, and does not know yet which of them to mask.
            self.params: dict[str, Any] = {}
            self.fail_json(msg="One of the options holds a number that is too large.")
        self._keep_secrets()
        self._began = True

    def _load_params(self) -> None:
        """Read the options; Ansible leaves this method to modules that want to see them as they were given."""
        super()._load_params()
        self.nulls = tuple(name for name, value in self.params.items() if value is None)
        for name, option in self.argument_spec.items():
            # Ansible would mask each part of it, a 1 for example, all over the result.
            if option.get("no_log") and isinstance(self.params.get(name), (Mapping, list)):
                self.params[name] = str(self.params[name])

    def fail_json(self, msg: str, **result: Any) -> None:
        """End the module with a failure; as long as it has not begun that is an option that Ansible refuses."""
        if not self._began:
            self._keep_secrets()
            result.update(self.refusal(msg))
        super().fail_json(**{"msg": msg, **result})

    def refusal(self, message: str) -> dict[str, Any]:
        """Give the result of a task that has an option that cannot be used.

        It may be an API key that belongs in another option. Neither the message nor the options, which Ansible adds, show it.
        """
        self.params = _with_texts(self.params, without_keys)
        return _failed("invalid_option", without_keys(message))

    def _log_invocation(self) -> None:
        """Write the options to the system's log, as Ansible does, before anybody can tell whether they can be used."""
        given = self.params
        # No log takes these characters, and a module that cannot log ends.
        self.params = _with_texts(
            given, lambda text: without_keys(text).replace("\0", "\\0").encode(errors="replace").decode()
        )
        # A number may have more digits than Python writes.
        with contextlib.suppress(ValueError):
            super()._log_invocation()
        self.params = given

    def _keep_secrets(self) -> None:
        """See to it that the result has no secret, even where Ansible gives up before it knows what to mask.

        Ansible masks a secret inside of every word. One that is too short to be used would take error codes with it, so it is
        not even kept.
        """
        for name, option in self.argument_spec.items():
            secret = str(self.params.get(name) or "")
            if not option.get("no_log") or not secret.strip():
                continue
            if re.fullmatch(r"[\x21-\x7e]+", secret.strip()) and len(secret.strip()) < SHORTEST_SECRET:
                self.no_log_values -= {secret, secret.strip()}
                self.params[name] = "*" * len(secret.strip())
            else:
                self.no_log_values |= {secret, secret.strip()}
        # Nobody knows whether an option that there is none of is a secret option misspelled.
        for name, value in self.params.items():
            if name not in self.argument_spec or "options" in self.argument_spec[name]:
                self.no_log_values |= {text for text in _texts(value) if len(text) >= SHORTEST_SECRET}


def without_keys(text: str) -> str:
    """Give a text without what may be an API key."""
    return _POSSIBLE_KEY.sub("********", text)


def _with_texts(value: Any, changed: Callable[[str], str]) -> Any:
    """Give a value with each of its texts changed, those that are names among them."""
    if isinstance(value, Mapping):
        return {_with_texts(name, changed): _with_texts(inner, changed) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_texts(inner, changed) for inner in value]
    return changed(value) if isinstance(value, str) else value


def _texts(value: Any) -> Iterator[str]:
    """Give every text in a value; names are no values, and Ansible masks none."""
    if isinstance(value, (Mapping, list)):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value.strip()


def run(module: Module, task: Callable[[Any], dict[str, Any]]) -> None:
    """End the module with the result of its task: `failed` in it says how.

    An option that cannot be used ends it as well, and so does a defect in this collection. Ansible would show the text
    of an exception, and nobody knows whether that holds the API key.
    """
    try:
        result = task(module)
    except UnusableOption as error:
        result = module.refusal(str(error))
    except Exception as defect:  # noqa: BLE001 (whatever it is)
        result = _failed(
            "internal_error",
            f"A defect in this collection ended the task ({place_of(defect)}), so what it did until then is not told. "
            "Please report it. Running again is safe: an order is read before it is written to.",
        )
    # Not inside the clauses above, because Ansible adds the exception that is being handled.
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"failed": True, "msg": message, "error": {"code": code, "message": message}}
