"""`make metrics`: what the functions have measured, from the EMF lines in their logs."""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devstack.console import StackError

_SERVICE = "service"
_SAME_AS_SERVICE = "function_name"  # a dimension of ColdStart
_HEAD = ("SERVICE", "METRIC", "UNIT", "VALUES", "SUM", "P50", "P99", "MAX")
_TEXT_COLUMNS = 3


class Metric(BaseModel):
    """A metric's name and unit."""

    name: str = Field(alias="Name")
    unit: str = Field(alias="Unit", default="None")


class Directive(BaseModel):
    """Which members of a line are metrics, and by which they are told apart."""

    dimensions: list[list[str]] = Field(alias="Dimensions")
    metrics: list[Metric] = Field(alias="Metrics")


class EmfMetadata(BaseModel):
    """What makes a line an EMF line."""

    directives: list[Directive] = Field(alias="CloudWatchMetrics")


class EmfLine(BaseModel):
    """An EMF line; dimensions and values are further members."""

    model_config = ConfigDict(extra="allow")

    header: EmfMetadata = Field(alias="_aws")


class Series(NamedTuple):
    """What values are put together by."""

    service: str  # and further dimensions
    metric: str
    unit: str


def metrics(logs: Path) -> str:
    """A table of all that is in a folder's logs.

    Raises:
        StackError: there is nothing.
    """
    values: dict[Series, list[float]] = {}
    for line in _lines(logs):
        for series, measured in _measured(line):
            values.setdefault(series, []).extend(measured)
    if not values:
        raise StackError("No function has measured anything yet: make demo, or place an order")
    return _table([_HEAD, *(_row(series, values[series]) for series in sorted(values))])


def _lines(logs: Path) -> Iterator[EmfLine]:
    """The EMF lines among all that functions have written."""
    for log in logs.glob("*.log"):
        with log.open("rb") as lines:
            for line in lines:
                if b'"_aws"' in line:
                    with suppress(ValidationError):
                        yield EmfLine.model_validate_json(line)


def _measured(line: EmfLine) -> Iterator[tuple[Series, list[float]]]:
    members = line.model_extra or {}
    for directive in line.header.directives:
        for dimensions in directive.dimensions:
            further = sorted({*dimensions} - {_SERVICE, _SAME_AS_SERVICE})
            told_apart_by = [f"{name}={members.get(name)}" for name in further]
            service = " ".join([str(members.get(_SERVICE, "-")), *told_apart_by])
            for metric in directive.metrics:
                value = members.get(metric.name, [])
                values = value if isinstance(value, list) else [value]
                yield Series(service, metric.name, metric.unit), values


def _row(series: Series, values: Sequence[float]) -> tuple[str, ...]:
    """What is counted has a sum; what is measured has a distribution."""
    if series.unit == "Count":
        return (*series, str(len(values)), f"{sum(values):.0f}", "", "", "")
    ordered = sorted(values)
    spread = [ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.99, 1)]
    return (*series, str(len(values)), "", *(f"{value:.1f}" for value in spread))


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:<{width}}" if column < _TEXT_COLUMNS else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
