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

    def with_request_id(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        # Powertools' own decorator adds what every line of a function has in common.
        logger.clear_state()
        logger.append_keys(function_request_id=context.aws_request_id)
        return handle(event, context)

    handler: LambdaHandler = metrics.log_metrics(with_request_id, capture_cold_start_metric=True)
    return handler
