"""Invoke the deployed `back_office` function, as the shop does on AWS."""

import json
from collections.abc import Mapping
from typing import Any

from devstack import sam
from devstack.console import StackError


def sync_catalogue(environment: Mapping[str, str]) -> None:
    """Copy every product and price from Stripe to the catalogue.

    Raises:
        StackError: the function failed.
    """
    _invoke(environment, {"command": "sync_catalogue"})


def receive_stock(
    environment: Mapping[str, str], receipt_id: str, product_id: str, quantity: int
) -> None:
    """Add received units to the stock, once for each receipt and product.

    Raises:
        StackError: the function failed, or refused the receipt.
    """
    receipt = {"receipt_id": receipt_id, "product_id": product_id, "quantity": quantity}
    _invoke(environment, {"command": "receive_stock", **receipt})


def _invoke(environment: Mapping[str, str], request: Mapping[str, Any]) -> None:
    resource = sam.client("cloudformation", environment).describe_stack_resource(
        StackName=sam.STACK, LogicalResourceId="BackOfficeFunction"
    )
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    functions = sam.client("lambda", environment)
    response = functions.invoke(FunctionName=name, Payload=json.dumps(request))
    if "FunctionError" in response:
        error = response["Payload"].read().decode()
        raise StackError(f"{request['command']} failed: {error}; make logs F=back_office")
