"""Handle CloudFormation custom resources: work that a deployment waits for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

import json
from collections.abc import Callable
from typing import Any, Final
from urllib.request import Request, urlopen

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.runtime.deadline import deadline
from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.observability import log_context, report
from gorder.runtime.trace import current_trace_id

RESPONSE_SECONDS: Final = 10
_MAX_REASON_LENGTH: Final = 1000  # a response may have 4096 bytes
type WorkResult = dict[str, Any]


def custom_resource_function(work: Callable[[], WorkResult]) -> LambdaHandler:
    """Return a Lambda handler that does the work when its resource is created or updated.

    The outcome is sent to CloudFormation; the work's deadline leaves time for it. Deleting the
    resource does nothing. Invoked without a `ResponseURL`, the handler returns the result of the
    work, or raises its exception.
    """

    @lambda_function
    def handler(event: dict[str, Any], context: LambdaContext) -> WorkResult:
        with log_context(current_trace_id()):
            seconds = context.get_remaining_time_in_millis() / 1000 - RESPONSE_SECONDS
            try:
                with deadline(seconds):
                    result = {} if event.get("RequestType") == "Delete" else work()
            except Exception as error:
                report(error, "work.failed")
                if "ResponseURL" not in event:
                    raise
                _send_response(event, "FAILED", f"{type(error).__name__}: {error}")
                return {}
            if "ResponseURL" in event:
                _send_response(event, "SUCCESS", "")
            return result

    return handler


def _send_response(event: dict[str, Any], status: str, reason: str) -> None:
    """Send the outcome to CloudFormation, which otherwise waits for an hour."""
    body = {
        "Status": status,
        "Reason": reason[:_MAX_REASON_LENGTH],
        # Constant, because CloudFormation deletes the previous resource when the id changes.
        "PhysicalResourceId": event["LogicalResourceId"],
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    # The URL is signed without a content type, so none may be sent.
    request = Request(  # noqa: S310 - only the deployment may invoke the function
        event["ResponseURL"],
        json.dumps(body).encode(),
        {"Content-Type": ""},
        method="PUT",
    )
    with urlopen(request, timeout=RESPONSE_SECONDS):  # noqa: S310 - the same URL
        pass
