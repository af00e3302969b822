# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How text from the service is made fit for a result: on one line, and without the API key or another secret in any spelling."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

_MASK = "********"
_WITHHELD = "withheld because it holds the API key or another secret"
_TOO_DEEP = "withheld because it is nested too deep"
# An order has five levels. Python and Ansible fail at some hundreds.
_DEEPEST = 50
_QUOTE_LIMIT = 300
# The longest that an order has is a chain of certificates, some 10,000 characters. It takes time to look through a text.
_LONGEST_TEXT = 32 * 1024
# Only with one of these can a text spell a character in another way: %2F, &#47; and &sol;, \u002f and \x2f.
_SPELLS_OTHERWISE = frozenset("%&\\")
_CODE_POINT = re.compile(r"(?<!\\)\\+(?:u00|x)([0-9A-Fa-f]{2})")
# HTML in JSON in a URL is three times quoted, and the key can look quoted itself.
_ROUNDS = 5
# Base64 has two alphabets, and lines; what they differ in is not needed to find it.
_NO_LETTER = str.maketrans("", "", "+/-_ ")
_OTHER_ALPHABET = str.maketrans("+/", "-_")
# A shorter piece of base64 is found in many texts by chance.
_SHORTEST_ENCODED = 8
# What a program may have made bytes of a text with before it wrote these in base64.
_CHARACTER_SETS = ("utf-8", "latin-1", "utf-16-le")
# So many characters of a secret in a row are no chance. Fewer do not help to guess the rest of a key.
_SHORTEST_RUN = 12
# What a run begins with. Few texts have it, and to look for that in a text takes one look at each of its characters.
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
        encoded = frozenset().union(*map(_in_base64, secrets))
        self._encoded = _Runs(encoded)
        # Those of which there is no run are short, like their secret.
        self._short_encoded = [piece for piece in encoded if len(piece) < _SHORTEST_RUN]
        self._squeezed = _Runs(map(_squeezed, secrets))

    def quoted(self, text: str) -> str:
        """Give a text for a message: masked, and cut."""
        line = self.line(text)
        return line if len(line) <= _QUOTE_LIMIT else line[:_QUOTE_LIMIT] + "..."

    def line(self, text: str) -> str:
        """Give a text on one line with the secrets masked.

        Where one of them, or a part of it, is spelled in another way than in the request, such as in base64 or with entities
        of HTML, broken into lines or cut, the whole text is withheld.
        """
        text = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."
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
        try:
            plain = _plain(text)
        except ValueError:
            # Python refuses to read a number of thousands of digits, and nobody knows what else is in such a text.
            return True
        spelled = any(_plain(secret) in plain for secret in self._secrets)
        return spelled or self._is_encoded_in(plain) or self._is_partly_in(plain)

    def _is_partly_in(self, text: str) -> bool:
        return len(text) >= _SHORTEST_RUN and self._squeezed.found_in(_squeezed(text))

    def _is_encoded_in(self, text: str) -> bool:
        # Most texts of a reply are shorter than what could hold a key.
        if len(text) < _SHORTEST_ENCODED:
            return False
        letters = text.translate(_NO_LETTER)
        return self._encoded.found_in(letters) or any(piece in letters for piece in self._short_encoded)


class _Runs:
    """Finds so much of a word in a text that it is no chance."""

    def __init__(self, words: Iterable[str]) -> None:
        self._runs = [run for word in words for run in _parts(word, _SHORTEST_RUN)]
        self._pieces = frozenset(run[:_PIECE] for run in self._runs)

    def found_in(self, letters: str) -> bool:
        if self._pieces.isdisjoint(_parts(letters, _PIECE)):
            return False
        return any(run in letters for run in self._runs)


def _squeezed(text: str) -> str:
    """Take out of a text what it may be broken with, and its capital letters."""
    return _NO_WORD.sub("", text).casefold()


def _parts(text: str, length: int) -> Iterator[str]:
    """Give all parts of a text that have this length."""
    for start in range(len(text) - length + 1):
        end = start + length
        yield text[start:end]


def _plain(text: str) -> str:
    """Take back what URLs, HTML, JSON and source code do to a text, in any order.

    A key that looks as if something had been done to it is changed as well, so both sides of a comparison need this.
    """
    # Few texts need it, and importing it takes a while.
    from html import unescape  # noqa: PLC0415

    for _round in range(_ROUNDS):
        text = unescape(unquote(_CODE_POINT.sub(lambda code: chr(int(code[1], 16)), text)))
    return text.replace("\\", "").replace("+", "").replace(" ", "")


def _in_base64(secret: str) -> frozenset[str]:
    """Give what is found in any text that was encoded with a secret in it, once or twice, without `_NO_LETTER`."""
    once = {piece for name in _CHARACTER_SETS for piece in _pieces_of_base64(secret.encode(name, "replace"))}
    in_urls = {piece.translate(_OTHER_ALPHABET) for piece in once}
    twice = {piece for first in once | in_urls for piece in _pieces_of_base64(first.encode())}
    pieces = (piece.translate(_NO_LETTER) for piece in once | twice)
    return frozenset(piece for piece in pieces if len(piece) >= _SHORTEST_ENCODED)


def _pieces_of_base64(content: bytes) -> Iterator[str]:
    """Give what is found in any base64 that was made of these bytes and others (RFC 4648).

    Base64 has four characters for three bytes, so there are three pieces, by the place where the bytes begin; those
    characters that depend on their neighbors are not part of them.
    """
    for offset in range(3):
        data = bytes(offset) + content
        start, end = -(-offset * 4 // 3), len(data) * 4 // 3
        yield base64.b64encode(data).decode()[start:end]
