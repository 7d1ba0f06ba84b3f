"""The segment documents that functions and Lambda send to X-Ray, as the local cloud stores them."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

FILE = "segments.jsonl"
FUNCTION = "AWS::Lambda::Function"
"""The origin of a segment that is a whole invocation."""


class Failure(BaseModel):
    """An exception in a segment."""

    type: str = ""
    message: str = ""


class SegmentCause(BaseModel):
    """The reason why a segment failed."""

    exceptions: list[Failure] = []


class SegmentDocument(BaseModel):
    """A completed segment or subsegment. Times are in epoch seconds."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    start_time: float
    end_time: float
    trace_id: str = ""  # empty in a subsegment inside a segment
    parent_id: str | None = None
    origin: str = ""
    error: bool = False
    fault: bool = False
    cause: SegmentCause | str | None = None  # a string is the id of another segment's exception
    annotations: dict[str, Any] = {}
    subsegments: list["SegmentDocument"] = []

    @property
    def failed(self) -> bool:
        return self.error or self.fault


def collected(folder: Path) -> Iterator[SegmentDocument]:
    """Return the collected segments in order of arrival, without lines torn by a crash."""
    for path in (folder / f"{FILE}.1", folder / FILE):
        with suppress(FileNotFoundError), path.open("rb") as lines:
            for line in lines:
                with suppress(ValidationError):
                    yield SegmentDocument.model_validate_json(line)
