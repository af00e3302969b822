# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook runs that the tests look at; each takes place once."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import situations
import trustme
from ansible_collections.community.digicert.tests.simulator import KEYS, Fault, Operation, Simulator
from playing import Played, play
from situations import Situation

ROOT = Path(__file__).resolve().parents[2]

# Each of its marks is written differently in a URL, in JSON, in HTML, in base64 or in Python.
HARD = 'canary5d1f"b\\c+d/e=%&<> end7a2c'
SPACED = f"  {HARD}\t"
# As the service's own keys look.
USUAL = "CANARY7Q2XJ4M5WZK8RT3VB6NPD9HSFYL0GA1CE_47f0c6"
KEYS_IN_FILE = {"hard": HARD, "spaced": SPACED, "usual": USUAL, "broken": f"canary5d1f\n{HARD}"}

# What is appended to a copy of the collection, and breaks it where the environment says so.
DEFECTS = {
    "_http.py": """
import os as _os
_request = HttpClient.request
def _defective(self, *arguments, **named):
    if _os.environ.get("DEFECT") == "request":
        raise Exception(repr(vars(self)))
    return _request(self, *arguments, **named)
HttpClient.request = _defective
""",
    "_options.py": """
_connect = connect
def connect(module):
    if os.environ.get("DEFECT") == "main":
        raise Exception(repr(module.params))
    return _connect(module)
""",
}


@dataclass(frozen=True)
class Run:
    """A run of the playbook of situations."""

    situations: Sequence[Situation]
    played: Played


RunSituations = Callable[..., Run]


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """A simulator that takes the keys of these tests."""
    with mock.patch.dict(KEYS, full=HARD, usual=USUAL), Simulator(rate_limits=()) as running:
        yield running


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the collection in it."""
    return _linked(tmp_path_factory.mktemp("linked"), ROOT)


@pytest.fixture(scope="session")
def closed_port() -> Iterator[int]:
    """A port on which nobody listens, and nobody else can."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture(scope="session")
def other_ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a CA that did not issue the simulator's certificate."""
    path = tmp_path_factory.mktemp("ca") / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def run_situations(
    simulator: Simulator, collections: Path, tmp_path_factory: pytest.TempPathFactory
) -> RunSituations:
    """Give a function that runs the playbook of situations."""

    def run(
        changes: Sequence[Situation],
        looks: Sequence[Situation] = (),
        asks: Sequence[Situation] = (),
        tree: Path = collections,
        **how: Any,
    ) -> Run:
        changes, looks, asks = (situations.prepare(simulator, some) for some in (changes, looks, asks))
        variables = {
            "keys": KEYS_IN_FILE,
            "api_url": simulator.api_url,
            "ca_path": simulator.ca_path,
            "changes": [situation.as_item() for situation in changes],
            "looks": [situation.as_item() for situation in looks],
            "asks": [situation.as_item() for situation in asks],
        }
        folder = tmp_path_factory.mktemp("situations")
        return Run([*changes, *looks, *asks], play("situations.yml", folder, tree, variables, **how))

    return run


@pytest.fixture(scope="session")
def key_in_environment(run_situations: RunSituations, closed_port: int, other_ca: str) -> Run:
    """Every situation, with the key in DIGICERT_API_KEY."""
    return run_situations(
        situations.changes(HARD, closed_port, other_ca),
        situations.looks(HARD, closed_port),
        situations.asks(HARD, closed_port),
        environment={"DIGICERT_API_KEY": HARD},
    )


@pytest.fixture(scope="session")
def key_in_file_by_runner(run_situations: RunSituations, closed_port: int, other_ca: str) -> Run:
    """What holds the key, by ansible-runner, with white space around the key and the key in a file of variables."""
    changes = situations.changes(HARD, closed_port, other_ca)
    return run_situations(
        situations.with_key("spaced", [change for change in changes if "echo" in change.name]),
        situations.with_key("spaced", situations.looks(HARD, closed_port)),
        situations.with_key("spaced", situations.asks(HARD, closed_port)),
        environment={"ANSIBLE_PIPELINING": "true"},
        runner=True,
    )


@pytest.fixture(scope="session")
def key_in_many_ways(run_situations: RunSituations) -> Run:
    """A few situations with each of the other combinations of a key and the way in which it is given."""
    tasks = situations.with_each_key()
    return run_situations(tasks, environment={"DIGICERT_API_KEY": SPACED})


@pytest.fixture(scope="session")
def echoing(run_situations: RunSituations) -> Run:
    """Looks at orders in which the service describes the keys in all their forms."""
    return run_situations([], situations.echoes({"hard": HARD, "usual": USUAL}))


@pytest.fixture(scope="session")
def defective(run_situations: RunSituations, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Modules that break and tell the key in doing so."""
    copy = tmp_path_factory.mktemp("defective") / "copy"
    shutil.copytree(ROOT / "plugins", copy / "plugins")
    shutil.copytree(ROOT / "meta", copy / "meta")
    for name, addition in DEFECTS.items():
        with (copy / "plugins/module_utils" / name).open("a", encoding="utf-8") as util:
            util.write(addition)
    changes, looks = situations.defects()
    return run_situations(changes, looks, tree=_linked(copy.parent, copy))


@pytest.fixture(scope="session", params=[False, True], ids=["command", "runner"])
def playbooks(
    request: pytest.FixtureRequest,
    simulator: Simulator,
    collections: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Played:
    """The playbooks of the collection, with the key in a variable and a service that tells it wherever it can."""
    order = {
        "id": 1001,
        "status": "pending",
        "date_created": "2020-01-01T00:00:00Z",
        "certificate": {"common_name": f"{USUAL}.example.com"},
        "organization": {"id": 501, "name": USUAL},
    }
    told = {"errors": [{"code": f"bad|{USUAL}", "message": f"X-DC-DEVKEY: {USUAL}"}]}
    simulator.reset()
    simulator.script(
        Fault(Operation.LIST, status=200, body=json.dumps({"orders": [order], "page": {"total": 1}})),
        Fault(Operation.READ, order_id=1002, times=None, status=400, body=json.dumps(told)),
    )
    folder = tmp_path_factory.mktemp("playbooks")
    variables = {
        "digicert_api_key": USUAL,
        "digicert_api_url": simulator.api_url,
        "digicert_ca_path": simulator.ca_path,
        "digicert_retries": 0,
        "report": str(folder / "places/report"),
    }
    return play("playbooks.yml", folder, collections, variables, runner=request.param)


@pytest.fixture(scope="session")
def plant(collections: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Played]:
    """Give a function that runs the playbook that leaks on purpose."""
    return lambda variables, **how: play(
        "leak_on_purpose.yml", tmp_path_factory.mktemp("planted"), collections, variables, **how
    )


def _linked(folder: Path, collection: Path) -> Path:
    link = folder / "ansible_collections" / "community" / "digicert"
    link.parent.mkdir(parents=True)
    link.symlink_to(collection)
    return folder
