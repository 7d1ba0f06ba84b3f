"""Log lines have the ids of their context, and the next context starts without them."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from aws_lambda_powertools.metrics import MetricUnit

from gorder.runtime.observability import log_context, logger, metrics, telemetry
from tests.unit.runtime.conftest import Lines


def test_every_line_in_a_context_has_its_ids(log: Lines) -> None:
    with log_context("trace-1", "order-1"):
        telemetry.info("first")
    telemetry.info("second")

    first, second = log()
    assert (first["trace_id"], first["order_id"]) == ("trace-1", "order-1")
    assert "trace_id" not in second
    assert "order_id" not in second


def test_a_bound_order_is_on_every_line_of_the_context(log: Lines) -> None:
    with log_context("own-trace"):
        telemetry.bind("order-1", "orders-trace")
        telemetry.warning("inside", amount=3)

    [inside] = log()
    assert (inside["order_id"], inside["trace_id"]) == ("order-1", "orders-trace")
    assert (inside["level"], inside["message"], inside["amount"]) == ("WARNING", "inside", 3)


def test_bound_ids_are_removed_at_the_end_of_the_context(log: Lines) -> None:
    with log_context("tick"):
        telemetry.bind("order-1", "orders-trace")
    with log_context("tick"):
        telemetry.info("next")

    [line] = log()
    assert line["trace_id"] == "tick"
    assert "order_id" not in line


def teardown_function() -> None:
    """Remove the ids, as `lambda_function` does for each invocation."""
    logger.remove_keys(["order_id", "trace_id"])


def test_revenue_has_the_dimensions_service_and_currency(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.revenue(1650, "eur")

    document = json.loads(capsys.readouterr().out)
    [group] = document["_aws"]["CloudWatchMetrics"]
    assert (document["Revenue"], document["currency"]) == ([1650.0], "eur")
    assert group["Dimensions"] == [["service", "currency"]]
    assert document["service"] == logger.service


def test_a_timing_is_in_milliseconds_and_a_gauge_has_no_unit(
    emitted: Callable[[], dict[str, float]],
) -> None:
    telemetry.timing("TimeToPaid", timedelta(minutes=1))
    telemetry.gauge("StockDrift", 0)

    assert metrics.metric_set["TimeToPaid"]["Unit"] == MetricUnit.Milliseconds.value
    metrics.flush_metrics()
    assert emitted() == {"TimeToPaid": 60_000, "StockDrift": 0}
