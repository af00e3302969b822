# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the service says is shown on one line and without the API key, however the key is spelled in it."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.community.digicert.plugins.module_utils._masking import Masking
from hypothesis import given
from hypothesis import strategies as st

WITHHELD = "withheld because it holds the API key or another secret"
# With every kind of character that a spelling changes.
HARD = "hard\"key'with\\slash/plus+and%41&amp;=<>? a space"


def base64_of(text):
    return base64.b64encode(text.encode()).decode()


def escaped(text):
    return "".join(f"\\u{ord(character):04X}" for character in text)


SPELLINGS = {
    "as it is": lambda key: key,
    "URL": lambda key: quote(key, safe=""),
    "URL, slash kept": quote,
    "URL, every character": lambda key: "".join(f"%{ord(character):02x}" for character in key),
    "URL, twice": lambda key: quote(quote(key)),
    "form": quote_plus,
    "HTML": html.escape,
    "HTML, twice": lambda key: html.escape(html.escape(key)),
    "HTML, numbers": lambda key: "".join(f"&#{ord(character)};" for character in key),
    "HTML, names": lambda key: html.escape(key).replace("/", "&sol;").replace("+", "&plus;"),
    "JSON": json.dumps,
    "JSON in JSON": lambda key: json.dumps(json.dumps(key)),
    "JSON for HTML": lambda key: json.dumps(key).replace("<", "\\u003c").replace("&", "\\u0026"),
    "JSON, every character": escaped,
    "JSON of HTML": lambda key: json.dumps(html.escape(key)),
    "Python": repr,
    "Python, bytes": lambda key: repr(key.encode()),
    "base64": base64_of,
    "base64 of a header": lambda key: base64_of(f"X-DC-DEVKEY: {key}\r\n"),
    "base64 of a user name": lambda key: base64_of(f"{key}:password"),
    "base64 amid others": lambda key: base64_of(f"12{key}3"),
    "base64 for URLs": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "base64 in a URL": lambda key: quote(base64_of(key), safe=""),
    "base64 on several lines": lambda key: base64.encodebytes((key * 3).encode()).decode(),
}
BREAKS = ["\n", "\r\n ", "\x00", "\u200b", " ", "-", " * "]
SPELLINGS.update(
    {
        "base64 of UTF-16": lambda key: base64.b64encode(key.encode("utf-16-le")).decode(),
        "base64 of base64": lambda key: base64_of(base64_of(key)),
        "base64 in source code": lambda key: "\\n".join(re.findall(".{1,20}", base64_of(key))),
        "base64, cut at both ends": lambda key: base64_of(f"12{key}3")[4:-8],
        "base64 in a URL, every character": lambda key: "".join(f"%{ord(one):02x}" for one in base64_of(key)),
    }
)
KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=16).map(str.strip)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("key", [HARD, "0123456789ABCDEF-usual-key"])
def test_a_spelling_of_the_key_is_not_shown(key, spelling):
    written = SPELLINGS[spelling](key)
    shown = Masking(key).line(f"before {written} after")
    assert written not in shown
    assert shown == WITHHELD or "********" in shown


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(key=KEYS.filter(lambda key: len(key) > 15))
def test_a_spelling_of_any_key_is_not_shown(spelling, key):
    shown = Masking(key).line(SPELLINGS[spelling](key))
    assert shown == WITHHELD or "********" in shown


@pytest.mark.parametrize(
    "broken", BREAKS, ids=["newline", "folded", "null", "unseen", "blank", "hyphen", "stars"]
)
@given(key=st.text(st.sampled_from("0123456789ABCDEF"), min_size=20, max_size=60), data=st.data())
def test_a_key_that_is_broken_anywhere_is_not_shown(broken, key, data):
    at = data.draw(st.integers(1, len(key) - 1))
    for text in (key[:at] + broken + key[at:], broken.join(key)):
        assert Masking(key).line(f"You sent <{text}>.") == WITHHELD


def test_a_key_in_other_letters_is_not_shown():
    assert Masking("0123456789ABCDEFGHIJ").line("You sent 0123456789abcdefghij.") == WITHHELD


@given(key=st.text(st.sampled_from("0123456789ABCDEF"), min_size=20, max_size=60), data=st.data())
def test_no_twelve_characters_of_a_key_are_shown(key, data):
    at = data.draw(st.integers(0, len(key) - 12))
    assert Masking(key).line(f"You sent <{key[at : at + 12]}>.") == WITHHELD


@pytest.mark.parametrize("at", [0, 7, 8], ids=["first", "last but one", "last"])
def test_no_twelve_characters_of_a_key_are_shown_alone_or_spelled_otherwise(at):
    key = "0123456789ABCDEFGHIJ"
    some = key[at : at + 12]
    assert Masking(key).line(some) == WITHHELD
    assert Masking(key).line("".join(f"%{ord(one):02x}" for one in some)) == WITHHELD


@pytest.mark.parametrize("some", ["0123456789A", "9ABCDEFGHIJ"])
def test_eleven_characters_of_a_key_may_be_chance(some):
    assert Masking("0123456789ABCDEFGHIJ").line(f"Order {some}!") == f"Order {some}!"


def test_the_key_as_it_is_does_not_hide_the_words_around_it():
    assert Masking("the-key-of-the-test").line("No the-key-of-the-test here.") == "No ******** here."
    assert Masking("a key with blanks").line("No a+key+with+blanks here.") == "No ******** here."


def test_a_second_spelling_beside_the_key_as_it_is_is_noticed():
    assert Masking("a/key/with/slashes").line("a/key/with/slashes and a%2Fkey%2Fwith%2Fslashes") == WITHHELD


@pytest.mark.parametrize(
    "text",
    ["100 % sure & <b>bold</b> &amp; C:\\new\\u0041 1+1", "%zz &nosuch; \\u00", "a" * 1000, "", "Ünïcode ✓"],
)
def test_a_text_without_the_key_is_left_as_it_is(text):
    assert Masking("the-key-of-the-test").line(text) == text


@pytest.mark.parametrize("key", ["k", "ab", "abcde"])
def test_a_short_key_is_not_seen_in_base64_by_chance(key):
    text = f"{base64_of(key)} {base64_of('x' + key)}"
    assert Masking(key).line(text) == text


@pytest.mark.parametrize(
    ("before", "password"), [("", "secret"), ("y", "secrets"), ("yz", "secrets")], ids=str
)
def test_a_password_of_six_or_seven_characters_is_seen_in_base64_wherever_it_begins(before, password):
    """Eight letters of base64 are the least that is no chance."""
    assert Masking(password).line(base64_of(before + password)) == WITHHELD


def test_the_password_of_a_proxy_is_not_shown_in_base64_of_another_character_set():
    credentials = "somebody:pässwort-geheim"
    encoded = base64.b64encode(credentials.encode("latin-1")).decode()
    assert Masking(credentials).line(f"Proxy-Authorization: Basic {encoded}") == WITHHELD


@pytest.mark.parametrize("piece", ["\\", "&", "%", "&#", "%25", "\\u", "&amp;"])
def test_no_text_takes_long(piece):
    began = time.process_time()
    Masking("the-key-of-the-test").line(piece * 200_000)
    assert time.process_time() - began < 2.0


def test_a_secret_may_have_characters_that_not_every_character_set_knows():
    key = "a key of 20 \u20ac, and more"
    assert Masking(key).line(base64_of(key)) == WITHHELD


def test_a_text_that_nobody_can_read_is_withheld():
    assert Masking("the-key-of-the-test").line(f"&#{'1' * 5000};") == WITHHELD


def test_a_long_text_is_cut():
    shown = Masking("the-key-of-the-test").line("x" * 40_000)
    assert shown == "x" * 32_768 + "..."
    assert Masking("the-key-of-the-test").line("x" * 32_768) == "x" * 32_768


def test_a_line_has_no_control_characters():
    assert Masking("the-key-of-the-test").line("red\x1b[31m\r\nnext\u2028line") == "red [31m  next line"


def test_a_value_is_masked_at_every_depth():
    masking = Masking("the-key-of-the-test")
    value = {"the-key-of-the-test": [{"note": "the-key-of-the-test", "id": 1, "renewed": None, "ok": True}]}
    assert masking.value(value) == {"********": [{"note": "********", "id": 1, "renewed": None, "ok": True}]}


@pytest.mark.parametrize(
    "wrap", [lambda value: [value], lambda value: {"in": value}], ids=["list", "mapping"]
)
def test_what_is_nested_more_than_50_deep_is_withheld(wrap):
    inner, expected = [], "withheld because it is nested too deep"
    for _level in range(50):
        inner, expected = wrap(inner), wrap(expected)
    assert Masking("the-key-of-the-test").value(inner) == expected
    assert (
        Masking("the-key-of-the-test").value(inner[0] if isinstance(inner, list) else inner["in"]) != expected
    )


def test_a_quote_is_cut_after_300_characters():
    masking = Masking("the-key-of-the-test")
    assert masking.quoted("x" * 300) == "x" * 300
    assert masking.quoted("x" * 301) == "x" * 300 + "..."


def test_a_key_at_the_cut_is_masked_before_it():
    assert Masking("the-key-of-the-test").quoted("x" * 295 + "the-key-of-the-test") == "x" * 295 + "*****..."
