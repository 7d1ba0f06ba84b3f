"""Handle CloudFormation custom resources: work that a deployment waits for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

import json
import os
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.errors import DefectError
from gorder.runtime.deadline import deadline
from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.observability import log_context, report
from gorder.runtime.trace import current_trace_id

RESPONSE_SECONDS: Final = 10
_MAX_REASON_LENGTH: Final = 1000  # a response may have 4096 bytes
# CloudFormation's bucket in the region.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html
_AWS_URL: Final = (
    r"https://cloudformation-custom-resource-response-{bucket}"
    r"\.s3([.-]{region}|\.dualstack\.{region})?\.{domain}/[!-~]+"
)
# The domain of AWS's partitions by the beginning of their regions. The others have amazonaws.com.
_DOMAINS: Final = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}
type WorkResult = dict[str, Any]


class InvalidResponseUrlError(DefectError):
    """A request has a ResponseURL that is not CloudFormation's. Nothing was done."""

    code = "invalid_response_url"


def custom_resource_function(
    work: Callable[[], WorkResult], on_delete: Callable[[], WorkResult] = dict
) -> LambdaHandler:
    """Return a Lambda handler that does the work when its resource is created or updated.

    The outcome is sent to CloudFormation; the work's deadline leaves time for it. When the resource
    is deleted, `on_delete` is called, which by default does nothing. Invoked without a
    `ResponseURL`, the handler returns the result of the work, or raises its exception. With one
    that is not CloudFormation's it does nothing and raises InvalidResponseUrlError.
    """

    @lambda_function
    def handler(event: dict[str, Any], context: LambdaContext) -> WorkResult:
        with log_context(current_trace_id()):
            if "ResponseURL" in event:
                _require_aws(event["ResponseURL"])
            seconds = context.get_remaining_time_in_millis() / 1000 - RESPONSE_SECONDS
            try:
                with deadline(seconds):
                    result = on_delete() if event.get("RequestType") == "Delete" else work()
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
    request = Request(  # noqa: S310 - the URL was checked
        event["ResponseURL"],
        json.dumps(body).encode(),
        {"Content-Type": ""},
        method="PUT",
    )
    with _opener().open(request, timeout=RESPONSE_SECONDS):
        pass


def _require_aws(url: object) -> None:
    """Check that the URL is one of CloudFormation, or of the local cloud."""
    region = os.environ.get("AWS_REGION", "")
    aws_url = _AWS_URL.format(
        bucket=re.escape(region.replace("-", "")),
        region=re.escape(region),
        domain=re.escape(_DOMAINS.get(region.partition("-")[0], "amazonaws.com")),
    )
    local = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if isinstance(url, str):
        if re.fullmatch(aws_url, url):
            return
        if local and url.startswith(f"{local}/"):
            return
    error = InvalidResponseUrlError(
        "the ResponseURL is not CloudFormation's, nothing was done: invoke the function without "
        "one, or through a deployment"
    )
    report(error, "work.refused")
    raise error


def _opener() -> OpenerDirector:
    """Return an opener of HTTP and HTTPS that follows no redirect and uses no proxy."""
    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
        opener.add_handler(handler)
    return opener
