"""Wrap Lambda handlers: each invocation has log context of its own and sends its metrics."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.runtime.deadline import deadline
from gorder.runtime.observability import begin_invocation, metrics

type LambdaHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def lambda_function(handle: LambdaHandler) -> LambdaHandler:
    """Wrap `handle` for AWS Lambda: reset traces and log keys before it, send metrics after it."""

    def invoke(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        begin_invocation(context.aws_request_id)
        with deadline(context.get_remaining_time_in_millis() / 1000):
            return handle(event, context)

    handler: LambdaHandler = metrics.log_metrics(invoke, capture_cold_start_metric=True)
    return handler
