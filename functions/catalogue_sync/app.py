"""Consumes catalogue.changed: copy the product as Stripe has it now."""

from gorder.bootstrap.catalogue_sync import service
from gorder.contracts.events import CatalogueChanged, Event, unhandled_event
from gorder.runtime.decorators import Handler
from gorder.runtime.sqs import sqs_function
from gorder.stock.commands.sync_product import SyncProduct


def consume(event: Event, sync_product: Handler[SyncProduct, None]) -> None:
    """Copy the product that changed."""
    match event:
        case CatalogueChanged():
            sync_product(SyncProduct(event.data.product_id))
        case _:
            raise unhandled_event(event)


handler = sqs_function(consume, service)
