"""A customer's note on a line of an order, such as "no onions"."""

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

MAX_NOTE_LENGTH: Final = 140
# Control characters, separators of lines and paragraphs, halves of surrogate pairs, and characters
# that change the direction of the text around them (https://www.unicode.org/reports/tr9/).
_REFUSED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
# Categories of characters without a shape of their own. Unassigned ones (Cn) are not among them: a
# phone may have an emoji of a later Unicode.
_SHAPELESS: Final = {"Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp", "Mn", "Mc", "Me"}
# Letters and symbols that are shown as nothing, and code points that Unicode reserves for such
# (Default_Ignorable_Code_Point, https://www.unicode.org/reports/tr44/).
_BLANK: Final = re.compile(
    "[\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442\U0001d159"
    "\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


def _read(text: str) -> str:
    """Return the note without spaces around it, in Unicode's form NFC."""
    note = unicodedata.normalize("NFC", text.strip())
    if _REFUSED.search(note):
        raise PydanticCustomError("note_characters", "Not one line of text")
    if not 1 <= len(note) <= MAX_NOTE_LENGTH:
        raise PydanticCustomError(
            "note_length", "Not 1 to {max_length} characters", {"max_length": MAX_NOTE_LENGTH}
        )
    if not any(map(_is_visible, note)):
        raise PydanticCustomError("note_blank", "No visible character")
    return note


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _SHAPELESS and not _BLANK.match(character)


Note = Annotated[
    str,
    AfterValidator(_read),
    Field(
        description=f'What the kitchen should know, such as "no onions": 1 to {MAX_NOTE_LENGTH} '
        "characters without the spaces around them, counted in the form NFC, in one line, "
        "without control characters and with a visible character",
        json_schema_extra={"minLength": 1},
    ),
]
