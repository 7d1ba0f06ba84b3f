"""What the menu shows of a product besides its name and price. No I/O."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gorder.constraints import (
    IMAGE_URL_PATTERN,
    MAX_CATEGORY_LENGTH,
    MAX_DESCRIPTION_LENGTH,
    MAX_IMAGE_URL_LENGTH,
)

_POSITION: Final = re.compile(r"-?[0-9]{1,6}")
_CUT: Final = "…"
# Characters that a browser or a terminal does not print, that change the direction of the text
# after them, or that UTF-8 cannot encode. Joiners and marks that a script or an emoji needs stay.
_UNUSABLE: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class MenuDetails:
    """The texts are one line each, `image` is a URL. Products are sorted by `position`."""

    description: str | None = None
    image: str | None = None
    category: str | None = None
    position: int = 0


def usable_details(
    description: str | None, images: Iterable[str], category: str | None, position: str | None
) -> MenuDetails:
    """Return what can be used of the values that a shop has entered. Nothing is refused.

    A longer text is cut, the first usable image counts, and a position that is not an integer of
    at most six digits is 0.
    """
    return MenuDetails(
        description=_one_line(description, MAX_DESCRIPTION_LENGTH),
        image=next(filter(_is_usable, images), None),
        category=_one_line(category, MAX_CATEGORY_LENGTH),
        position=_integer(position),
    )


def _one_line(text: str | None, longest: int) -> str | None:
    line = " ".join(_UNUSABLE.sub("", text or "").split())
    if len(line) > longest:
        line = line[: longest - len(_CUT)].rstrip() + _CUT
    return line or None


def _is_usable(image: str) -> bool:
    return len(image) <= MAX_IMAGE_URL_LENGTH and bool(re.fullmatch(IMAGE_URL_PATTERN, image))


def _integer(text: str | None) -> int:
    found = _POSITION.fullmatch((text or "").strip())
    return int(found[0]) if found else 0
