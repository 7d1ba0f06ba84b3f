"""What every Lambda function has at its edge: a trace, context on the log lines, metrics sent."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.runtime.observability import begin_invocation, metrics

type LambdaHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def lambda_function(
    handle: Callable[[dict[str, Any], LambdaContext], dict[str, Any]],
) -> LambdaHandler:
    """The handler as AWS Lambda calls it."""

    def begun(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        begin_invocation(context.aws_request_id)
        return handle(event, context)

    handler: LambdaHandler = metrics.log_metrics(begun, capture_cold_start_metric=True)
    return handler
