# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the bytecode of what is imported from ZIP archives, as Python does for files.

Every task of Ansible brings its module, and all that this imports, in an archive: to compile that is half of what a task
costs. The session that makes the environment of the tests puts this there, and Python imports it at each start.
"""

from __future__ import annotations

import marshal
import os
import sys
import zipimport
from _imp import _fix_co_filename, source_hash  # type: ignore[attr-defined]
from types import CodeType

_FOLDER = os.path.join(sys.prefix, "kept-bytecode")
_compile = zipimport._compile_source  # type: ignore[attr-defined]
_read: dict[tuple[str, bytes], CodeType] = {}


# Python 3.15 gives the name of the module as well.
def compile_once(path: str, source: bytes, *more: str | None) -> CodeType:
    """Compile a source, unless that was done before."""
    # An import asks twice: for the name of the file, and for the code.
    if (path, source) in _read:
        return _read[path, source]
    kept = os.path.join(_FOLDER, source_hash(sys.hexversion, source).hex())
    try:
        with open(kept, "rb") as file:
            # marshal.load() would read it in thousands of small pieces.
            code: CodeType = marshal.loads(file.read())  # noqa: S302 (it is written below)
    except OSError:
        code = _compile(path, source, *more)
        _keep(code, kept)
    else:
        _fix_co_filename(code, path)
    _read[path, source] = code
    return code


def _keep(code: CodeType, path: str) -> None:
    try:
        os.makedirs(_FOLDER, exist_ok=True)
        with open(f"{path}.{os.getpid()}", "wb") as file:
            marshal.dump(code, file)
        os.replace(file.name, path)
    except OSError:  # A task may be run by somebody who must not write there.
        return


zipimport._compile_source = compile_once  # type: ignore[attr-defined]
