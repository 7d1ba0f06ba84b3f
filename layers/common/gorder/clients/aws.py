"""AWS clients, one of each per environment, with timeouts shorter than the functions'."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from gorder.runtime.aws import client_config, propagate_order_trace
from gorder.runtime.limits import SNS, SQS, STOCK_FUNCTION

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


@cache
def lambda_client() -> "LambdaClient":
    """For the stock function."""
    return boto3.client("lambda", config=client_config(STOCK_FUNCTION))


@cache
def sns_client() -> "SNSClient":
    """For the topic."""
    client = boto3.client("sns", config=client_config(SNS))
    propagate_order_trace(client)
    return client


@cache
def sqs_client() -> "SQSClient":
    """For the kitchen's queue."""
    client = boto3.client("sqs", config=client_config(SQS))
    propagate_order_trace(client)
    return client
