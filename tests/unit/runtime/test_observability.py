"""Log lines of one story belong together; the next story starts clean."""

from gorder.runtime.observability import logger, story, telemetry
from tests.unit.runtime.conftest import Lines


def test_every_line_inside_a_story_has_its_ids(log: Lines) -> None:
    with story("trace-1", "order-1"):
        telemetry.info("first")
    telemetry.info("second")

    first, second = log()
    assert (first["trace_id"], first["order_id"]) == ("trace-1", "order-1")
    assert "trace_id" not in second
    assert "order_id" not in second


def test_an_order_that_is_followed_is_on_every_line_until_the_story_ends(log: Lines) -> None:
    with story("own-trace"):
        telemetry.follow("order-1", "orders-trace")
        telemetry.warning("inside", amount=3)

    [inside] = log()
    assert (inside["order_id"], inside["trace_id"]) == ("order-1", "orders-trace")
    assert (inside["level"], inside["message"], inside["amount"]) == ("WARNING", "inside", 3)


def test_the_location_is_the_callers(log: Lines) -> None:
    telemetry.info("here")

    [line] = log()
    assert line["location"].startswith("test_the_location_is_the_callers:")


def teardown_function() -> None:
    """What a story follows ends with the invocation, as `lambda_function` has it."""
    logger.remove_keys(["order_id", "trace_id"])
