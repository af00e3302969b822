# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules in this process, through Ansible's own way in and out, against a simulator over HTTPS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import hypothesis
import pytest
from ansible.module_utils import basic
from ansible_collections.community.digicert.plugins.module_utils import _pacing
from ansible_collections.community.digicert.plugins.modules import (
    digicert_order_info,
    digicert_order_status,
    digicert_request_info,
)
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Simulator
from ansible_collections.community.digicert.tests.unit.plugins.module_args import patch_module_args

# How long an example takes tells more of what else the machine does.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@dataclass(frozen=True)
class Outcome:
    """What a module printed for people: the result as Ansible parses it, and every byte of it as text; its warnings."""

    result: dict[str, Any]
    printed: str
    warnings: list[str]

    def __getitem__(self, key: str) -> Any:
        """Give a part of the result."""
        return self.result[key]

    @property
    def failed(self) -> bool:
        """Whether the task failed."""
        return bool(self.result.get("failed"))

    @property
    def orders(self) -> dict[int, dict[str, Any]]:
        """The orders of the result by their IDs, as they stand in it."""
        return {order["order_id"]: order for order in self.result["orders"]}


RunModule = Callable[..., Outcome]


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    """A simulator for the whole session."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    """A simulator with the account as seeded, an empty ledger and no faults."""
    running_simulator.reset()
    return running_simulator


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the environment of whoever runs the tests out of them."""
    for name in ("DIGICERT_API_KEY", "DIGICERT_API_URL", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for scheme in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits in seconds that the module asks for; none of them takes any time. Jitter always gives its most."""
    asked: list[float] = []
    for name in ("rest", "hold"):
        monkeypatch.setattr(_pacing.Pacer, name, lambda pacer, seconds: asked.append(seconds))
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    return asked


@pytest.fixture
def run_module(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> RunModule:
    """Give a function that runs a module with the given options and no others."""
    warnings: list[str] = []
    # A module in a process that has loaded the controller's half of Ansible leaves its warnings to that half.
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda module, warning: warnings.append(warning))

    def run(module: ModuleType, check: bool = False, **options: Any) -> Outcome:
        capsys.readouterr()
        warnings.clear()
        settings = {"_ansible_check_mode": check}
        # By default ansible-core 2.21 leaves the options out of a result.
        if "inject_invocation" in basic.PASS_VARS:
            settings["_ansible_inject_invocation"] = True
        with patch_module_args({**options, **settings}), pytest.raises(SystemExit):
            module.main()
        captured = capsys.readouterr()
        result = json.loads(captured.out)
        # ansible-core 2.22 tells the controller, and nobody else, what it has to mask from then on.
        if result.pop("_ansible_new_secrets", None) is None:
            return Outcome(result, captured.out + captured.err, list(warnings))
        return Outcome(result, json.dumps(result) + captured.err, list(warnings))

    return run


@pytest.fixture
def connection(simulator: Simulator) -> Iterator[dict[str, Any]]:
    """Give the options that lead to the simulator, without retries.

    At the end it was not asked to approve anything, nor for a change that is neither a status update nor a rejection.
    """
    yield {"api_key": FULL_KEY, "api_url": simulator.api_url, "ca_path": simulator.ca_path, "retries": 0}
    assert simulator.ledger.forbidden == []


@pytest.fixture
def run_bare(run_module: RunModule) -> RunModule:
    """Give a function that runs digicert_order_status with the given options and no others."""
    return partial(run_module, digicert_order_status)


@pytest.fixture
def run(run_bare: RunModule, connection: dict[str, Any]) -> RunModule:
    """Give the same with a connection to the simulator and a note, as far as not given otherwise."""
    return lambda check=False, **options: run_bare(
        check=check, **{**connection, "note": "Not needed any more", **options}
    )


@pytest.fixture
def run_info(run_module: RunModule, connection: dict[str, Any]) -> RunModule:
    """Give a function that runs digicert_order_info with a connection to the simulator."""
    return lambda check=False, **options: run_module(
        digicert_order_info, check=check, **{**connection, **options}
    )


@pytest.fixture
def run_requests(run_module: RunModule, connection: dict[str, Any]) -> RunModule:
    """Give a function that runs digicert_request_info with a connection to the simulator."""
    return lambda check=False, **options: run_module(
        digicert_request_info, check=check, **{**connection, **options}
    )
