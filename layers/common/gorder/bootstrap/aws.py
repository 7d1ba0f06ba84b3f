"""AWS clients, one of each per environment, with timeouts shorter than the functions'."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_CONNECT_SECONDS = 2


@cache
def lambda_client() -> "LambdaClient":
    """Waits 14 s: longer than the stock function may take, shorter than its callers may.

    Does not retry by itself: who calls for a second time may by then have no time left.
    """
    return boto3.client("lambda", config=_config(read_seconds=14, attempts=1))


@cache
def sns_client() -> "SNSClient":
    """Waits 3 s, twice at most."""
    return boto3.client("sns", config=_config(read_seconds=3, attempts=2))


@cache
def sqs_client() -> "SQSClient":
    """Waits 3 s, twice at most."""
    return boto3.client("sqs", config=_config(read_seconds=3, attempts=2))


def _config(read_seconds: int, attempts: int) -> Config:
    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
