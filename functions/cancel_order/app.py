"""POST /api/customer/{customer_id}/orders/{order_id}/cancel."""

from http import HTTPStatus

from gorder.bootstrap.cancel_order import service
from gorder.order.commands.cancel_order import CancelOrder
from gorder.order.errors import OrderNotFound
from gorder.order.model import Order
from gorder.order.representation import order_body
from gorder.runtime.decorators import Handler
from gorder.runtime.http import HttpRequest, HttpResponse, http_function


def respond(request: HttpRequest, cancel_order: Handler[CancelOrder, Order]) -> HttpResponse:
    """Cancel the order for the holder of its token."""
    token = request.bearer_token()
    customer_id = request.path_id("customer_id", OrderNotFound())
    order_id = request.path_id("order_id", OrderNotFound())
    command = CancelOrder(customer_id=customer_id, order_id=order_id, access_token=token)
    return HttpResponse(HTTPStatus.OK, order_body(cancel_order(command)))


handler = http_function(respond, service)
