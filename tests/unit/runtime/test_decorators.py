"""A handler has a log line and metrics for each outcome."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from aws_lambda_powertools.metrics import MetricUnit

from gorder.runtime.decorators import observed
from gorder.runtime.observability import metrics
from tests.fakes.errors import Busy, RuleBroken
from tests.unit.runtime.conftest import Lines


@dataclass(frozen=True)
class Eat:
    """A message."""

    error: Exception | None = None


class EatHandler:
    """Returns, or raises the error of its message."""

    def __call__(self, message: Eat) -> str:
        if message.error:
            raise message.error
        return "eaten"


eat = observed("EatBread", EatHandler())


def test_a_success_is_returned_logged_and_counted(
    log: Lines, emitted: Callable[[], dict[str, float]]
) -> None:
    assert eat(Eat()) == "eaten"

    metrics.flush_metrics()
    counted = emitted()
    assert counted["EatBread.Succeeded"] == 1
    assert counted.keys() == {"EatBread.Succeeded", "EatBread.Duration"}
    assert [(line["level"], line["message"]) for line in log()] == [("INFO", "eat_bread.succeeded")]


@pytest.mark.parametrize(
    ("error", "metric", "level", "code"),
    [
        (RuleBroken("sold out"), "EatBread.Refused", "INFO", "refused"),
        (Busy("later"), "EatBread.Transient", "WARNING", "busy"),
        (ZeroDivisionError("ours"), "EatBread.Defect", "WARNING", "internal_error"),
    ],
)
def test_an_error_is_raised_unchanged_and_logged_and_counted_by_kind(
    error: Exception,
    metric: str,
    level: str,
    code: str,
    log: Lines,
    emitted: Callable[[], dict[str, float]],
) -> None:
    with pytest.raises(type(error)) as raised:
        eat(Eat(error))

    assert raised.value is error
    metrics.flush_metrics()
    counted = emitted()
    assert counted.keys() == {metric, "EatBread.Duration"}
    assert counted[metric] == 1
    [line] = log()
    assert (line["level"], line["message"]) == (level, metric.lower().replace("eatb", "eat_b"))
    assert (line["code"], line["reason"]) == (code, str(error))


def test_the_duration_is_in_milliseconds(emitted: Callable[[], dict[str, float]]) -> None:
    eat(Eat())

    assert metrics.metric_set["EatBread.Duration"]["Unit"] == MetricUnit.Milliseconds.value
    metrics.flush_metrics()
    assert 0 <= emitted()["EatBread.Duration"] < 1000
