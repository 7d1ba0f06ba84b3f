"""Ask the deployed `back_office` function, as the program `gorder` does."""

from collections.abc import Mapping

from devstack import sam
from devstack.console import StackError
from gorder.contracts.back_office import BackOfficeRequest
from gorder.contracts.back_office_stock import ReceiveStockRequest, SyncCatalogueRequest
from ops.errors import CommandError
from ops.function import DeployedStack


def sync_catalogue(environment: Mapping[str, str]) -> None:
    """Copy every product and price from Stripe to the catalogue.

    Raises:
        StackError: the function failed.
    """
    _ask(environment, SyncCatalogueRequest(command="sync_catalogue"))


def receive_stock(
    environment: Mapping[str, str], receipt_id: str, product_id: str, quantity: int
) -> None:
    """Add received units to the stock, once for each receipt and product.

    Raises:
        StackError: the function failed, or refused the receipt.
    """
    request = ReceiveStockRequest(
        command="receive_stock", receipt_id=receipt_id, product_id=product_id, quantity=quantity
    )
    _ask(environment, request)


def _ask(environment: Mapping[str, str], request: BackOfficeRequest) -> None:
    try:
        DeployedStack(sam.STACK, lambda service: sam.client(service, environment)).ask(request)
    except CommandError as error:
        raise StackError(f"{request.command} failed: {error}; make logs F=back_office") from error
