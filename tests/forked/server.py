# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process that is forked: it takes a run as a line of JSON, and answers with its exit status."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import ansible
from ansible.cli.playbook import main
from ansible.plugins import loader
from ansible.plugins.connection import local
from ansible.utils.collection_loader import _collection_finder

from forked.modules import Modules


def serve() -> None:
    """Run whatever is asked for, one after the other."""
    # Each run would load all of these anew.
    for plugins in (
        loader.become_loader,
        loader.callback_loader,
        loader.connection_loader,
        loader.inventory_loader,
        loader.shell_loader,
        loader.strategy_loader,
    ):
        list(plugins.all(class_only=True))
    _read_metadata_once()
    # Each run would import it anew.
    import_module("requests")
    # Nor is the garbage of what is there to be collected again in each run.
    gc.freeze()
    with Modules() as modules:
        modules.take_over(local)
        for line in sys.stdin:
            run = os.fork()
            if not run:
                _become(json.loads(line))
            print(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]), flush=True)


def _read_metadata_once() -> None:
    """Parse now what ansible.builtin says of its plugins: thousands of lines of YAML."""
    parse = lru_cache(_collection_finder._meta_yml_to_dict)  # noqa: SLF001 (others are meant to put a cache here)
    told = Path(ansible.__file__).with_name("config") / "ansible_builtin_runtime.yml"
    parse(told.read_bytes(), ("ansible.builtin", "runtime.yml"))
    _collection_finder._meta_yml_to_dict = parse  # noqa: SLF001


def _become(wanted: Mapping[str, Any]) -> None:
    """Be ansible-playbook, and end."""
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.argv = wanted["arguments"]
    nothing = os.open(os.devnull, os.O_RDONLY)
    files = (nothing, *(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600) for path in wanted["outputs"]))
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    status = 1
    try:
        main()
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # What is to be done at exit belongs to the process that was forked.
        os._exit(status)


if __name__ == "__main__":
    serve()
