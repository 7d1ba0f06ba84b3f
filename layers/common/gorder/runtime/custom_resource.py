"""From a CloudFormation custom resource, or from a person, to work that a deployment waits for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

import json
from collections.abc import Callable
from typing import Any, Final
from urllib.request import Request, urlopen

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.observability import log_context, report
from gorder.runtime.trace import current_trace_id

_ANSWER_SECONDS: Final = 10
_LONGEST_REASON: Final = 1000  # an answer may have 4096 bytes
type Answer = dict[str, Any]


def custom_resource_function(work: Callable[[], Answer]) -> LambdaHandler:
    """The Lambda handler that does the work when its resource is created or updated.

    CloudFormation is told how it ended; deleting the resource does nothing. Invoked by anybody
    else, it returns what the work does, or raises what it raises.
    """

    @lambda_function
    def handler(event: dict[str, Any], _context: LambdaContext) -> Answer:
        with log_context(current_trace_id()):
            try:
                done = {} if event.get("RequestType") == "Delete" else work()
            except Exception as error:
                report(error, "work.failed")
                if "ResponseURL" not in event:
                    raise
                _tell(event, "FAILED", f"{type(error).__name__}: {error}")
                return {}
            if "ResponseURL" in event:
                _tell(event, "SUCCESS", "")
            return done

    return handler


def _tell(event: dict[str, Any], status: str, reason: str) -> None:
    """Answer where CloudFormation listens. It waits for an hour if this does not arrive."""
    body = {
        "Status": status,
        "Reason": reason[:_LONGEST_REASON],
        # Always the same: another one would have CloudFormation delete the one before.
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
    with urlopen(request, timeout=_ANSWER_SECONDS):  # noqa: S310 - likewise
        pass
