"""What functions and Lambda tell the X-Ray daemon, and where the local cloud keeps it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

FILE = "segments.jsonl"
FUNCTION = "AWS::Lambda::Function"
"""The origin of a segment that is a whole invocation."""


class Failure(BaseModel):
    """An exception, as a segment has it."""

    type: str = ""
    message: str = ""


class SegmentCause(BaseModel):
    """Why a segment failed."""

    exceptions: list[Failure] = []


class SegmentDocument(BaseModel):
    """A segment document that has ended; a subsegment is one, too. Times are in epoch seconds."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    start_time: float
    end_time: float
    trace_id: str = ""  # what lies inside another has none
    parent_id: str | None = None
    origin: str = ""
    error: bool = False
    fault: bool = False
    cause: SegmentCause | str | None = (
        None  # a string: the id of an exception that is told elsewhere
    )
    annotations: dict[str, Any] = {}
    subsegments: list["SegmentDocument"] = []

    @property
    def failed(self) -> bool:
        return self.error or self.fault


def collected(folder: Path) -> Iterator[SegmentDocument]:
    """All that the collector has kept, in the order it came. A line torn by a crash is left out."""
    for path in (folder / f"{FILE}.1", folder / FILE):
        with suppress(FileNotFoundError), path.open("rb") as lines:
            for line in lines:
                with suppress(ValidationError):
                    yield SegmentDocument.model_validate_json(line)
