"""Events as AWS gives them to a function."""

from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-central-1"


def http_event(
    body: str = "", path: dict[str, str] | None = None, **headers: str
) -> dict[str, Any]:
    """Return an API Gateway proxy event. The header of `content_type` is `Content-Type`."""
    headers = {"content_type": "application/json"} | headers
    return {
        "pathParameters": path,
        "headers": {name.replace("_", "-").title(): value for name, value in headers.items()},
        "body": body,
        "isBase64Encoded": False,
    }


def sqs_event(*bodies: str, queue: str = "queue", receive_count: int = 1) -> dict[str, Any]:
    """Return a batch of messages with the ids `0`, `1` and so on."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "receiptHandle": f"handle-{number}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(receive_count)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
                "awsRegion": REGION,
            }
            for number, body in enumerate(bodies)
        ]
    }
