"""The shop's own commands, asked of the deployed `back_office` function, as on AWS."""

import json
from collections.abc import Mapping
from typing import Any

from devstack import sam
from devstack.console import StackError


def sync_catalogue(environment: Mapping[str, str]) -> None:
    """Copy every product and price from Stripe.

    Raises:
        StackError: the function failed.
    """
    _ask(environment, {"command": "sync_catalogue"})


def receive_stock(
    environment: Mapping[str, str], receipt_id: str, product_id: str, quantity: int
) -> None:
    """Book units that came in, once for each receipt and product.

    Raises:
        StackError: the function failed, or refused.
    """
    wanted = {"receipt_id": receipt_id, "product_id": product_id, "quantity": quantity}
    _ask(environment, {"command": "receive_stock", **wanted})


def _ask(environment: Mapping[str, str], request: Mapping[str, Any]) -> None:
    endpoint = environment["AWS_ENDPOINT_URL"]
    resource = sam.client("cloudformation", endpoint).describe_stack_resource(
        StackName=sam.STACK, LogicalResourceId="BackOfficeFunction"
    )
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    answer = sam.client("lambda", endpoint).invoke(FunctionName=name, Payload=json.dumps(request))
    if "FunctionError" in answer:
        raise StackError(f"{request['command']} failed: {answer['Payload'].read().decode()}")
