"""GET /api/menu."""

from http import HTTPStatus
from typing import Final

from gorder.bootstrap.get_menu import service
from gorder.contracts.api import MenuBody, MenuItemBody
from gorder.contracts.stock import ListMenuRequest, MenuListed
from gorder.runtime.decorators import Handler
from gorder.runtime.http import HttpRequest, HttpResponse, http_function

# Any cache may keep it for a moment: an order is checked against current prices and units.
CACHED: Final = {"Cache-Control": "public, max-age=5"}


def respond(request: HttpRequest, get_menu: Handler[ListMenuRequest, MenuListed]) -> HttpResponse:
    """Return the products that can be ordered, and those that are paused."""
    listed = get_menu(ListMenuRequest(trace_id=request.trace_id))
    items = [
        MenuItemBody(
            id=product.product_id,
            name=product.name,
            unit_amount=product.unit_amount,
            currency=product.currency,
            available=product.available,
            description=product.description,
            image=product.image,
            category=product.category,
            paused=product.paused or None,
        )
        for product in listed.products
    ]
    body = MenuBody(paused=listed.paused, items=items)
    return HttpResponse(HTTPStatus.OK, body, CACHED, can_be_revalidated=True)


handler = http_function(respond, service)
