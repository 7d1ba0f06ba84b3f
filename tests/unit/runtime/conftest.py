"""Fixtures that read the log lines and metrics of a function as CloudWatch does."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest

from gorder.runtime.observability import logger, metrics

type Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log() -> Iterator[Lines]:
    """Return the log lines written so far."""
    stream = StringIO()
    handler = logger.registered_handler
    assert hasattr(handler, "setStream")
    before = handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(before)


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, float]]:
    """Return the metrics printed since the last call, by name."""
    metrics.clear_metrics()

    def read() -> dict[str, float]:
        documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return {
            metric["Name"]: sum(document[metric["Name"]])
            for document in documents
            for group in document["_aws"]["CloudWatchMetrics"]
            for metric in group["Metrics"]
            if metric["Name"] != "ColdStart"
        }

    return read
