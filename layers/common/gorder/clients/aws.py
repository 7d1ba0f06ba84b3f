"""AWS clients, created once per execution environment, with timeouts within the functions' own."""

from functools import cache
from typing import TYPE_CHECKING

from gorder.runtime.aws import aws_client, propagate_order_trace
from gorder.runtime.limits import DEAD_LETTERS, LOGS, S3, SNS, SQS, STOCK_FUNCTION

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


@cache
def lambda_client() -> "LambdaClient":
    """Return the client that invokes the stock function."""
    client: LambdaClient = aws_client("lambda", STOCK_FUNCTION)
    return client


@cache
def sns_client() -> "SNSClient":
    """Return the client that publishes events to the topics."""
    client: SNSClient = aws_client("sns", SNS)
    propagate_order_trace(client)
    return client


@cache
def sqs_client() -> "SQSClient":
    """Return the client that sends messages to the kitchen's queue."""
    client: SQSClient = aws_client("sqs", SQS)
    propagate_order_trace(client)
    return client


@cache
def dead_letter_client() -> "SQSClient":
    """Return the client of the dead-letter queues, and of the queues that letters go back to."""
    client: SQSClient = aws_client("sqs", DEAD_LETTERS)
    return client


@cache
def logs_client() -> "CloudWatchLogsClient":
    """Return the client that searches the functions' log."""
    client: CloudWatchLogsClient = aws_client("logs", LOGS)
    return client


@cache
def s3_client() -> "S3Client":
    """Return the client that writes the pages."""
    client: S3Client = aws_client("s3", S3)
    return client
