"""A customer's note on a line is read strictly."""

import json
import unicodedata

import pytest

from gorder.contracts.api import CreateOrderBody
from gorder.contracts.notes import MAX_NOTE_LENGTH
from gorder.contracts.request_body import InvalidBody, read_body

SCOTLAND = "".join(chr(0xE0000 + ord(c)) for c in "gbsct\x7f")
LENGTH = "must have 1 to 140 characters"
VISIBLE = "must have a visible character"
CHARACTERS = "must be one line without control characters"
BLANKS = [
    *"\u00ad\u034f\u180e\u200b\u200c\u200d\u2060\u2063\ufeff\U000e0001",  # formats and joiners
    *"\ufe00\ufe0f\U000e0100\U000e01ef",  # selectors of a variation
    *SCOTLAND,  # tags
    *"\u0301\u0903\u20dd",  # marks without a letter
    *"\ue000\U000f0000",  # private use
    *"\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0",  # letters and signs without ink
    *"\U00013441\U00013442\U00016fe4\U0001d159",
    *"\u2065\ufff0\ufff8\U000e0000\U000e0080\U000e0fff",  # reserved for invisible ones
]


def read(note: object) -> str | None:
    """Return the note of a body with one line."""
    line = {"id": "soup", "quantity": 1, "note": note}
    [item] = read_body(CreateOrderBody, json.dumps({"items": [line]}).encode()).items
    return item.note


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("no onions", "no onions"),
        ("  no onions\t\n", "no onions"),
        ("a", "a"),
        ("a" * 140, "a" * 140),
        (" " * 9999 + "a" * 140 + " " * 9999, "a" * 140),
        ("e\u0301" * 140, "\u00e9" * 140),  # 280 characters as sent
        (
            "\U0001f468\u200d\U0001f373",
            "\U0001f468\u200d\U0001f373",
        ),  # a cook: two signs and a joiner
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        ("\U0001f1ef\U0001f1f5", "\U0001f1ef\U0001f1f5"),
        # The flag of Scotland: a flag, then tags
        (f"\U0001f3f4{SCOTLAND}", f"\U0001f3f4{SCOTLAND}"),
        ("\U0001fae9", "\U0001fae9"),  # of Unicode 16, which this Python may not know
        ("!", "!"),
        ("\u200bno onions\u3164", "\u200bno onions\u3164"),
        ("\u4e0d\u8981\u9999\u83dc", "\u4e0d\u8981\u9999\u83dc"),
        (
            "\u0628\u062f\u0648\u0646 \u0628\u0635\u0644",
            "\u0628\u062f\u0648\u0646 \u0628\u0635\u0644",
        ),
        ('<script>alert(1)</script> & "x"', '<script>alert(1)</script> & "x"'),
        ("$where: {a.b} \\0 %s", "$where: {a.b} \\0 %s"),
        ("a\u00a0b\u3000c", "a\u00a0b\u3000c"),
        (None, None),
    ],
)
def test_a_note_is_kept_without_the_spaces_around_it(sent: str | None, kept: str | None) -> None:
    assert read(sent) == kept


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ("", LENGTH),
        (" \t\n\u2003", LENGTH),
        ("a" * 141, LENGTH),
        ("a" * 60_000, LENGTH),
        ("\u0958" * 71, LENGTH),  # NFC has two characters for each
        *((f"no{c}onions", CHARACTERS) for c in "\n\r\t\v\f\0\x1b\x1c\x7f\x80\x85\x9f\u2028\u2029"),
        *((f"no{c}onions", CHARACTERS) for c in "\ud800\udfff\u061c\u200e\u200f"),
        *((f"no{c}onions", CHARACTERS) for c in "\u202a\u202b\u202c\u202d\u202e"),
        *((f"{c}onions", CHARACTERS) for c in "\u2066\u2067\u2068\u2069\ud800\0"),
        *((blank, VISIBLE) for blank in BLANKS),
        ("".join(BLANKS), VISIBLE),
        ("\u200b \u3164 \u2800", VISIBLE),
        ("\u200b" * 141, LENGTH),
        (7, "must be a string"),
        (["a"], "must be a string"),
        ({"text": "a"}, "must be a string"),
        (True, "must be a string"),
    ],
)
def test_another_note_is_refused_in_words(sent: object, problem: str) -> None:
    with pytest.raises(InvalidBody) as raised:
        read(sent)

    assert raised.value.errors == [{"field": "items.0.note", "problem": problem}]


def test_every_control_character_and_line_end_is_refused() -> None:
    refused = {"Cc", "Cs", "Zl", "Zp"}
    wanted = [c for c in map(chr, range(0x11_0000)) if unicodedata.category(c) in refused]
    directions = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    wanted += [c for c in map(chr, range(0x11_0000)) if unicodedata.bidirectional(c) in directions]

    for character in wanted:
        with pytest.raises(InvalidBody):
            read(f"a{character}b")


def test_a_refusal_does_not_repeat_the_note() -> None:
    with pytest.raises(InvalidBody) as raised:
        read("my secret" + "x" * MAX_NOTE_LENGTH)

    assert "secret" not in f"{raised.value} {raised.value.members()}"
