"""GET /api/customer/{customer_id}/orders/{order_id}."""

from http import HTTPStatus

from gorder.bootstrap.get_order import service
from gorder.order.errors import OrderNotFound
from gorder.order.model import Order
from gorder.order.queries.get_order import GetOrder
from gorder.order.representation import order_body
from gorder.runtime.decorators import Handler
from gorder.runtime.http import HttpRequest, HttpResponse, http_function


def respond(request: HttpRequest, get_order: Handler[GetOrder, Order]) -> HttpResponse:
    """Return the order to the holder of its token."""
    token = request.bearer_token()
    customer_id = request.path_id("customer_id", OrderNotFound())
    order_id = request.path_id("order_id", OrderNotFound())
    query = GetOrder(customer_id=customer_id, order_id=order_id, access_token=token)
    return HttpResponse(HTTPStatus.OK, order_body(get_order(query)))


handler = http_function(respond, service)
