"""What a function writes to its log, and its metrics, both as CloudWatch reads them."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest

from gorder.runtime.observability import logger, metrics

type Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log() -> Iterator[Lines]:
    """The log lines so far."""
    stream = StringIO()
    handler = logger.registered_handler
    assert hasattr(handler, "setStream")
    before = handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(before)


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, float]]:
    """The metrics printed since it was last asked, by name."""
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
