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
    """Return the products that can be ordered."""
    listed = get_menu(ListMenuRequest(trace_id=request.trace_id))
    items = [
        MenuItemBody(
            id=product.product_id,
            name=product.name,
            unit_amount=product.unit_amount,
            currency=product.currency,
            available=product.available,
        )
        for product in listed.products
    ]
    return HttpResponse(HTTPStatus.OK, MenuBody(items=items), CACHED)


handler = http_function(respond, service)
