# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How text from the service is made fit for a result: on one line, and without the API key or another secret in any spelling."""

from __future__ import annotations

import base64
import math
import re
from typing import Any
from urllib.parse import unquote

_MASK = "********"
_WITHHELD = "withheld because it holds the API key or another secret"
_TOO_DEEP = "withheld because it is nested too deep"
# An order has five levels. Python and Ansible fail at some hundreds.
_DEEPEST = 50
_QUOTE_LIMIT = 300
# Only with one of these can a text spell a character in another way: %2F, &#47; and &sol;, \u002f and \x2f.
_SPELLS_OTHERWISE = frozenset("%&\\")
_CODE_POINT = re.compile(r"\\+(?:u00|x)([0-9A-Fa-f]{2})")
# HTML in JSON in a URL is three times quoted, and the key can look quoted itself.
_ROUNDS = 5
# Base64 has two alphabets, and lines; what they differ in is not needed to find it.
_NO_LETTER = str.maketrans("", "", "+/-_ ")
# A shorter piece of base64 is found in many texts by chance.
_SHORTEST_ENCODED = 8
# So many characters of a secret in a row are no chance. Fewer do not help to guess the rest of a key.
_SHORTEST_RUN = 12
# Any run of that length has one of the secret's pieces of this length in it, from the first on.
_PIECE = _SHORTEST_RUN // 2
# What a text is broken or grouped with.
_NO_WORD = re.compile(r"[\W_]+")


class Masking:
    """Keeps secrets, above all the API key, out of what the service says, which may echo the request."""

    def __init__(self, *secrets: str) -> None:
        """Take the secrets, as they travel."""
        self._secrets = secrets
        # A form sends a plus for a space.
        self._verbatim = {form for secret in secrets for form in (secret, secret.replace(" ", "+"))}
        self._encoded = frozenset().union(*map(_pieces_of_base64, secrets))
        self._squeezed = [word for word in map(_squeezed, secrets) if len(word) >= _SHORTEST_RUN]
        self._shortest_encoded = min(map(len, self._encoded), default=math.inf)

    def quoted(self, text: str) -> str:
        """Give a text for a message: masked, and cut."""
        line = self.line(text)
        return line if len(line) <= _QUOTE_LIMIT else line[:_QUOTE_LIMIT] + "..."

    def line(self, text: str) -> str:
        """Give a text on one line with the secrets masked.

        Where one of them, or a part of it, is spelled in another way than in the request, such as in base64 or with entities
        of HTML, broken into lines or cut, the whole text is withheld.
        """
        line = "".join(character if character.isprintable() else " " for character in text)
        for secret in self._verbatim:
            line = line.replace(secret, _MASK)
        return _WITHHELD if self._is_spelled_in(line) else line

    def value(self, value: Any, depth: int = 0) -> Any:
        """Give a JSON value, its texts treated as by `line`; what is nested too deep for a result is withheld."""
        if isinstance(value, str):
            return self.line(value)
        if not isinstance(value, (dict, list)):
            return value
        if depth == _DEEPEST:
            return _TOO_DEEP
        if isinstance(value, dict):
            return {self._name(name): self.value(inner, depth + 1) for name, inner in value.items()}
        return [self.value(inner, depth + 1) for inner in value]

    def _name(self, name: str) -> str:
        # Ansible takes what begins so for marks of its own, and fails over a result that has them.
        line = self.line(name)
        return f"service{line}" if line.startswith("__ansible_") else line

    def _is_spelled_in(self, text: str) -> bool:
        if self._is_encoded_in(text) or self._is_partly_in(text):
            return True
        if _SPELLS_OTHERWISE.isdisjoint(text):
            return False
        plain = _plain(text)
        spelled = any(_plain(secret) in plain for secret in self._secrets)
        return spelled or self._is_encoded_in(plain) or self._is_partly_in(plain)

    def _is_partly_in(self, text: str) -> bool:
        if len(text) < _SHORTEST_RUN:
            return False
        letters = _squeezed(text)
        return any(_have_a_run(secret, letters) for secret in self._squeezed)

    def _is_encoded_in(self, text: str) -> bool:
        # Fast for most texts, which are shorter than what could hold a key.
        if len(text) < self._shortest_encoded:
            return False
        letters = text.translate(_NO_LETTER)
        return any(piece in letters for piece in self._encoded)


def _squeezed(text: str) -> str:
    """Take out of a text what it may be broken with, and its capital letters."""
    return _NO_WORD.sub("", text).casefold()


def _have_a_run(secret: str, letters: str) -> bool:
    """Tell whether so much of a secret is found in letters that it is no chance."""
    pieces = range(0, len(secret) - _PIECE + 1, _PIECE)
    runs = range(len(secret) - _SHORTEST_RUN + 1)
    return any(secret[at : at + _PIECE] in letters for at in pieces) and any(
        secret[at : at + _SHORTEST_RUN] in letters for at in runs
    )


def _plain(text: str) -> str:
    """Take back what URLs, HTML, JSON and source code do to a text, in any order.

    A key that looks as if something had been done to it is changed as well, so both sides of a comparison need this.
    """
    # Few texts need it, and importing it takes a while.
    from html import unescape  # noqa: PLC0415

    for _round in range(_ROUNDS):
        text = unescape(unquote(_CODE_POINT.sub(lambda code: chr(int(code[1], 16)), text)))
    return text.replace("\\", "").replace("+", "").replace(" ", "")


def _pieces_of_base64(key: str) -> frozenset[str]:
    """Give what is found in any text that was encoded with the key in it (RFC 4648), without `_NO_LETTER`.

    Base64 has four characters for three bytes, so there are three pieces, by the place where the key begins; those
    characters that depend on its neighbours are not part of them.
    """
    pieces = set()
    for offset in range(3):
        data = bytes(offset) + key.encode()
        encoded = base64.b64encode(data).decode()
        start, end = -(-offset * 4 // 3), len(data) * 4 // 3
        pieces.add(encoded[start:end].translate(_NO_LETTER))
    return frozenset(piece for piece in pieces if len(piece) >= _SHORTEST_ENCODED)
