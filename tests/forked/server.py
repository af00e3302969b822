# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process that is forked: it takes a run as JSON with its three files, and answers with its exit status."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).parents[1]))

import ansible
from ansible import constants
from ansible.cli.playbook import main
from ansible.plugins import loader
from ansible.plugins.connection import local
from ansible.utils.collection_loader import _collection_finder

from forked.modules import Modules, be_in, forget_those_that_ended, take

# What begins so is read while Ansible is imported.
SETTINGS = ("ANSIBLE_", "LC_", "PYTHON")
# Ansible looks at these constants once it runs, and not before.
LATE = {
    "ANSIBLE_COLLECTIONS_PATH": "COLLECTIONS_PATHS",
    "ANSIBLE_VAULT_PASSWORD_FILE": "DEFAULT_VAULT_PASSWORD_FILE",
}


def serve(listening: socket.socket) -> None:
    """Run whatever is asked for, also at the same time."""
    # Each run would load all of these anew.
    for plugins in (
        loader.become_loader,
        loader.connection_loader,
        loader.inventory_loader,
        loader.shell_loader,
        loader.strategy_loader,
    ):
        list(plugins.all(class_only=True))
    # Not one that others brought along: that of ansible-runner looks at once for the job that it is in.
    loader.callback_loader.get("default", class_only=True)
    _read_metadata_once()
    # Each run would import it anew, and compile the plugins of collections.
    import_module("requests")
    with contextlib.suppress(ImportError):
        kept = import_module("kept_bytecode")
        _collection_finder.compile = lambda source, filename, **_how: kept.compile_once(filename, source)
    # Nor is the garbage of what is there to be collected again in each run.
    gc.freeze()
    with Modules() as modules:
        modules.take_over(local)
        # Its input ends when it is not needed any more.
        while sys.stdin not in select.select([sys.stdin, listening], [], [])[0]:
            connection, _address = listening.accept()
            with connection:
                if not os.fork():
                    listening.close()
                    _answer(connection)
            forget_those_that_ended()


def _read_metadata_once() -> None:
    """Parse now what ansible.builtin says of its plugins: thousands of lines of YAML."""
    parse = lru_cache(_collection_finder._meta_yml_to_dict)  # noqa: SLF001 (others are meant to put a cache here)
    told = Path(ansible.__file__).with_name("config") / "ansible_builtin_runtime.yml"
    parse(told.read_bytes(), ("ansible.builtin", "runtime.yml"))
    _collection_finder._meta_yml_to_dict = parse  # noqa: SLF001


def _answer(connection: socket.socket) -> NoReturn:
    """Answer with the exit status of a run, or with nothing where it has other settings, and end."""
    _message, files, _flags, _address = socket.recv_fds(connection, 1, 3)
    arguments, folder, environment = json.load(connection.makefile())
    if _settings(environment) == _settings(os.environ):
        run = os.fork()
        if not run:
            connection.close()
            _become(arguments, folder, environment, files)
        status = os.waitstatus_to_exitcode(os.waitpid(run, 0)[1])
        connection.sendall(str(status).encode())
    os._exit(0)


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name.startswith(SETTINGS) and name not in LATE
    }


def _become(
    arguments: list[str], folder: str, environment: Mapping[str, str], files: Sequence[int]
) -> NoReturn:
    """Be ansible-playbook, and end."""
    told_otherwise = any(environment.get(name) != os.environ.get(name) for name in LATE)
    be_in(folder, environment)
    if told_otherwise:
        # In its temporary folder Ansible keeps the modules that it put together, by their names alone.
        for constant in (*LATE.values(), "DEFAULT_LOCAL_TMP"):
            setattr(constants, constant, constants.config.get_config_value(constant))
    sys.argv = arguments
    take(files)
    status = 1
    try:
        main()
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 (as Python ends a program)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # What is to be done at exit belongs to the process that was forked.
        os._exit(status)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
