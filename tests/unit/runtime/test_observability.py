"""Log lines of one story belong together; the next story starts clean."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from aws_lambda_powertools.metrics import MetricUnit

from gorder.runtime.observability import log_context, logger, metrics, telemetry
from tests.unit.runtime.conftest import Lines


def test_every_line_inside_a_story_has_its_ids(log: Lines) -> None:
    with log_context("trace-1", "order-1"):
        telemetry.info("first")
    telemetry.info("second")

    first, second = log()
    assert (first["trace_id"], first["order_id"]) == ("trace-1", "order-1")
    assert "trace_id" not in second
    assert "order_id" not in second


def test_an_order_that_is_followed_is_on_every_line_until_the_story_ends(log: Lines) -> None:
    with log_context("own-trace"):
        telemetry.bind("order-1", "orders-trace")
        telemetry.warning("inside", amount=3)

    [inside] = log()
    assert (inside["order_id"], inside["trace_id"]) == ("order-1", "orders-trace")
    assert (inside["level"], inside["message"], inside["amount"]) == ("WARNING", "inside", 3)


def test_what_is_followed_ends_with_the_story(log: Lines) -> None:
    with log_context("tick"):
        telemetry.bind("order-1", "orders-trace")
    with log_context("tick"):
        telemetry.info("next")

    [line] = log()
    assert line["trace_id"] == "tick"
    assert "order_id" not in line


def teardown_function() -> None:
    """What a story follows ends with the invocation, as `lambda_function` has it."""
    logger.remove_keys(["order_id", "trace_id"])


def test_revenue_is_apart_by_currency_under_the_functions_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.revenue(1650, "eur")

    document = json.loads(capsys.readouterr().out)
    [group] = document["_aws"]["CloudWatchMetrics"]
    assert (document["Revenue"], document["currency"]) == ([1650.0], "eur")
    assert group["Dimensions"] == [["service", "currency"]]
    assert document["service"] == logger.service


def test_a_time_is_in_milliseconds_and_a_level_as_it_is(
    emitted: Callable[[], dict[str, float]],
) -> None:
    telemetry.timing("TimeToPaid", timedelta(minutes=1))
    telemetry.gauge("StockDrift", 0)

    assert metrics.metric_set["TimeToPaid"]["Unit"] == MetricUnit.Milliseconds.value
    metrics.flush_metrics()
    assert emitted() == {"TimeToPaid": 60_000, "StockDrift": 0}
