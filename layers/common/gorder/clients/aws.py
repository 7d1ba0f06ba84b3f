"""AWS clients, created once per execution environment, with timeouts within the functions' own."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from gorder.runtime.aws import client_config, propagate_order_trace, respect_deadline
from gorder.runtime.limits import SNS, SQS, STOCK_FUNCTION

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


@cache
def lambda_client() -> "LambdaClient":
    """Return the client that invokes the stock function."""
    client = boto3.client("lambda", config=client_config(STOCK_FUNCTION))
    respect_deadline(client, STOCK_FUNCTION)
    return client


@cache
def sns_client() -> "SNSClient":
    """Return the client that publishes events to the topic."""
    client = boto3.client("sns", config=client_config(SNS))
    respect_deadline(client, SNS)
    propagate_order_trace(client)
    return client


@cache
def sqs_client() -> "SQSClient":
    """Return the client that sends messages to the kitchen's queue."""
    client = boto3.client("sqs", config=client_config(SQS))
    respect_deadline(client, SQS)
    propagate_order_trace(client)
    return client
