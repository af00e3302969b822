# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for all tests, reset before each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Simulator

Call = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """A simulator with HTTPS that lives as long as the tests."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    """The simulator as it was at its start."""
    running.reset()
    return running


def make_call(session: requests.Session, base_url: str, verify: str | bool) -> Call:
    """Make a function that sends one request below a base URL, with the full key unless told otherwise."""
    session.trust_env = False

    def call(method: str, path: str, key: str | None = FULL_KEY, **arguments: object) -> requests.Response:
        headers = {} if key is None else {"X-DC-DEVKEY": key}
        headers.update(arguments.pop("headers", {}))  # type: ignore[call-overload]
        return session.request(
            method,
            base_url + path,
            headers=headers,
            verify=verify,
            timeout=arguments.pop("timeout", 10),
            allow_redirects=False,
            **arguments,
        )

    return call


@pytest.fixture(scope="session")
def connections() -> Iterator[requests.Session]:
    """Connections that the tests share."""
    with requests.Session() as session:
        yield session


@pytest.fixture
def call(simulator: Simulator, connections: requests.Session) -> Call:
    """Send a request below /services/v2: call(METHOD, PATH, key=..., json=..., ...)."""
    return make_call(connections, simulator.api_url, simulator.ca_path)


@pytest.fixture
def control(simulator: Simulator, connections: requests.Session) -> Call:
    """Send a request below /simulator, without a key."""
    call = make_call(connections, simulator.control_url, simulator.ca_path)
    return lambda method, path, **arguments: call(method, path, key=None, **arguments)
