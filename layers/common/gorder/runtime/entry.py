"""What every Lambda function has at its edge: its context on each log line, its metrics flushed."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.runtime.observability import logger, metrics

type LambdaHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def lambda_function(
    handle: Callable[[dict[str, Any], LambdaContext], dict[str, Any]],
) -> LambdaHandler:
    """The handler as AWS Lambda calls it."""
    with_context = logger.inject_lambda_context(handle, clear_state=True)
    handler: LambdaHandler = metrics.log_metrics(with_context, capture_cold_start_metric=True)
    return handler
