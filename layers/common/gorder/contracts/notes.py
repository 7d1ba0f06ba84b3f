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


def _read(text: str) -> str:
    """Return the note without spaces around it, in Unicode's form NFC."""
    note = unicodedata.normalize("NFC", text.strip())
    if _REFUSED.search(note):
        raise PydanticCustomError("note_characters", "Not one line of text")
    if not 1 <= len(note) <= MAX_NOTE_LENGTH:
        raise PydanticCustomError(
            "note_length", "Not 1 to {max_length} characters", {"max_length": MAX_NOTE_LENGTH}
        )
    return note


Note = Annotated[
    str,
    AfterValidator(_read),
    Field(
        description=f'What the kitchen should know, such as "no onions": 1 to {MAX_NOTE_LENGTH} '
        "characters without the spaces around them, counted in the form NFC, in one line and "
        "without control characters",
        json_schema_extra={"minLength": 1},
    ),
]
