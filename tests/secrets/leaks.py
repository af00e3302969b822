# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks for an API key in whatever spelling it may have got into a text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus


def forms(key: str) -> dict[str, str]:
    """Give the spellings of a key by their names; of those that are the same, the first."""
    bare = key.strip()
    named = {
        "raw": key,
        "stripped": bare,
        "repr": repr(bare)[1:-1],
        "repr of bytes": repr(bare.encode())[2:-1],
        "URL, slash kept": quote(bare),
        "URL, slash quoted": quote(bare, safe=""),
        "URL, plus": quote_plus(bare),
        "HTML": html.escape(bare),
    }
    for _depth in range(2):
        named.update({f"JSON of {name}": json.dumps(text)[1:-1] for name, text in named.items()})
    named["JSON for HTML"] = re.sub("[<>&]", lambda mark: f"\\u{ord(mark[0]):04x}", named["JSON of stripped"])
    for offset in range(3):
        named[f"base64 at {offset}"] = text = _base64_inside(bare, offset)
        named[f"URL-safe base64 at {offset}"] = text.translate(str.maketrans("+/", "-_"))
    first: dict[str, str] = {}
    for name, text in named.items():
        if text not in first.values():
            first[name] = text
    return first


def leaks(places: Mapping[str, str], key: str) -> list[str]:
    """Name each place that holds the key, and the forms in which it does."""
    looked_for = {name: _squeezed(text) for name, text in forms(key).items()}
    found = []
    for place, content in places.items():
        # Warnings are wrapped at the edge of the screen, base64 has lines, and what is quoted in what is quoted gets
        # ever more backslashes: none of it may hide anything.
        squeezed = _squeezed(content)
        if held := [name for name, text in looked_for.items() if text in squeezed]:
            found.append(f"{place}: {', '.join(held)}")
    return found


def _base64_inside(text: str, offset: int) -> str:
    """Give what does not depend on the neighbours when `text` is encoded amid others.

    offset: how many bytes before the text belong to its first group of three.
    """
    data = text.encode()
    encoded = base64.b64encode(bytes(offset) + data).decode()
    return encoded[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\\]+", "", text)
