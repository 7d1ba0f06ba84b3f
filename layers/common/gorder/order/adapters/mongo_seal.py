"""The seal of an order's document, which shows a change that gorder did not make (ADR 28).

Every write of an order seals what it leaves: a digest of the content, the version that it is of,
and a digest of each event in the outbox. Events are taken out without a new version, and none is
added without one, so what is left of the outbox was sealed. A release without seals leaves the seal
of an earlier version.
"""

import hashlib
import json
from calendar import timegm
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

# Raise it when the content of a document changes: an earlier release cannot check a seal of a later
# form, and this one leaves out what was added since an earlier form. A document without what was
# added has the earlier form.
FORM: Final = 2
_SINCE_FORM_2: Final = "number"
_OF_LINES_SINCE_FORM_2: Final = "notes"
# `changed_at` is the server's time of the write. The others follow from the content.
_FOLLOWS: Final = ("watch_at", "placed_at", "money_on")
_NOT_CONTENT: Final = {"version", "outbox", *_FOLLOWS, "changed_at", "seal"}

type Document = dict[str, Any]


def seal_of(document: Document) -> Document:
    """Return the seal of a document as gorder writes it, in the first form that has its content."""
    content = _content(document, FORM)
    form = next(each for each in range(1, FORM + 1) if _content(document, each) == content)
    return {
        "form": form,
        "version": document["version"],
        "digest": _digest(content),
        "events": [_digest(event) for event in document["outbox"]],
    }


def broken_seal(stored: Document, written: Document) -> Iterator[str]:
    """Yield what in a document contradicts its seal.

    A document without a seal, with one of a later form, or written since by a release without
    seals, yields nothing.

    Args:
        stored: the document as it was found.
        written: the document that gorder writes of the same order.
    """
    match stored.get("seal"):
        case None:
            return
        case {"form": int(form)} if form > FORM:
            return
        case {
            "form": int(form),
            "version": int(version),
            "digest": str(digest),
            "events": list(events),
        } if 1 <= form <= FORM:
            is_same = digest == _digest(_content(written, form))
            yield from _differences(stored, written, version, events, is_same=is_same)
        case _:
            yield "its seal has another form"


def _differences(
    stored: Document, written: Document, version: int, events: list[object], *, is_same: bool
) -> Iterator[str]:
    """Yield the differences; `is_same`: the content is what was sealed."""
    if version > stored["version"]:
        yield f"its version is {stored['version']}, and version {version} was sealed"
        return
    if version < stored["version"]:
        if is_same:  # a release without seals changes more than the version
            yield f"its version is {stored['version']}, and what it has is version {version}"
        return
    if not is_same:
        yield "its content is not what gorder wrote"
    for event, sealed in zip(written["outbox"], written["seal"]["events"], strict=True):
        if sealed not in events:
            yield f"gorder did not write the event {event['event_id']} in its outbox"
    for name in _FOLLOWS:
        if is_same and _plain(stored.get(name)) != _plain(written[name]):
            yield f"{name} is not what gorder wrote"


def _content(document: Document, form: int) -> Document:
    """Return the content that a seal of the form is of."""
    content = {name: value for name, value in document.items() if name not in _NOT_CONTENT}
    if form == 1:
        content.pop(_SINCE_FORM_2, None)
        content["lines"] = [
            {name: value for name, value in line.items() if name != _OF_LINES_SINCE_FORM_2}
            for line in document["lines"]
        ]
    return content


def _digest(value: Document) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    """Return a time in milliseconds, as BSON keeps it, and any other value unchanged."""
    if isinstance(value, datetime):
        return timegm(value.utctimetuple()) * 1000 + value.microsecond // 1000
    return value
