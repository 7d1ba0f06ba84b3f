"""Entity tags: a client that has a body already is not sent it again (RFC 9110, 8.8.3, 13.1.2)."""

import hashlib
import re
from typing import Final

_TAG: Final = r'(?:W/)?"([!#-~\x80-\xff]*)"'
_LIST: Final = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_LENGTH: Final = 32


def etag_of(body: bytes) -> str:
    """Return the entity tag of a body: the same for the same bytes only."""
    return f'"{hashlib.sha256(body).hexdigest()[:_LENGTH]}"'


def is_known(etag: str, if_none_match: str) -> bool:
    """Return whether an If-None-Match names the tag, strong or weak, or any tag (`*`).

    A header of another form names none.
    """
    if if_none_match.strip() == "*":
        return True
    if not _LIST.fullmatch(if_none_match):
        return False
    return etag.strip('"') in re.findall(_TAG, if_none_match)
