"""`make metrics`: the functions' metrics, from the EMF lines in their logs."""

import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devstack.console import StackError, exit_status
from devstack.state import Directory

_SERVICE = "service"
_SAME_AS_SERVICE = "function_name"  # a dimension of ColdStart
_HEAD = ("SERVICE", "METRIC", "UNIT", "VALUES", "SUM", "P50", "P99", "MAX")
_TEXT_COLUMNS = 3


class Metric(BaseModel):
    """The name and unit of a metric."""

    name: str = Field(alias="Name")
    unit: str = Field(alias="Unit", default="None")


class Directive(BaseModel):
    """The metrics in a line, and their dimensions."""

    dimensions: list[list[str]] = Field(alias="Dimensions")
    metrics: list[Metric] = Field(alias="Metrics")


class EmfMetadata(BaseModel):
    """The member `_aws`, which makes a log line an EMF line."""

    directives: list[Directive] = Field(alias="CloudWatchMetrics")


class EmfLine(BaseModel):
    """An EMF line. The values of dimensions and metrics are further members."""

    model_config = ConfigDict(extra="allow")

    metadata: EmfMetadata = Field(alias="_aws")


class Series(NamedTuple):
    """The key of a row: values with the same key are aggregated."""

    service: str  # with the values of further dimensions
    metric: str
    unit: str


def main() -> None:
    """Print the metrics of the local cloud."""
    print(metrics(Directory.default().function_logs))


def metrics(logs: Path) -> str:
    """Return a table of the metrics in a folder of logs.

    Raises:
        StackError: the logs have no metrics.
    """
    values: dict[Series, list[float]] = {}
    for line in _lines(logs):
        for series, measured in _measured(line):
            values.setdefault(series, []).extend(measured)
    if not values:
        raise StackError("The functions have logged no metrics yet: make demo, or place an order")
    return _table([_HEAD, *(_row(series, values[series]) for series in sorted(values))])


def _lines(logs: Path) -> Iterator[EmfLine]:
    """Return the EMF lines of all logs."""
    for log in logs.glob("*.log"):
        with log.open("rb") as lines:
            for line in lines:
                if b'"_aws"' in line:
                    with suppress(ValidationError):
                        yield EmfLine.model_validate_json(line)


def _measured(line: EmfLine) -> Iterator[tuple[Series, list[float]]]:
    members = line.model_extra or {}
    for directive in line.metadata.directives:
        for dimensions in directive.dimensions:
            further = sorted({*dimensions} - {_SERVICE, _SAME_AS_SERVICE})
            dimension_values = [f"{name}={members.get(name)}" for name in further]
            service = " ".join([str(members.get(_SERVICE, "-")), *dimension_values])
            for metric in directive.metrics:
                value = members.get(metric.name, [])
                values = value if isinstance(value, list) else [value]
                yield Series(service, metric.name, metric.unit), values


def _row(series: Series, values: Sequence[float]) -> tuple[str, ...]:
    """Return a row: counts have a sum, other units a distribution."""
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


if __name__ == "__main__":
    sys.exit(exit_status(main))
