"""GET /api/customer/{customer_id}/orders/{order_id}."""

from http import HTTPStatus

from gorder.bootstrap.get_order import service
from gorder.order.errors import OrderNotFound
from gorder.order.model import Order
from gorder.order.next_look import seconds_to_next_look
from gorder.order.queries.get_order import GetOrder
from gorder.order.representation import order_body
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler
from gorder.runtime.http import HttpRequest, HttpResponse, http_function


def respond(request: HttpRequest, get_order: Handler[GetOrder, Order]) -> HttpResponse:
    """Return the order to the holder of its token."""
    token = request.bearer_token()
    customer_id = request.path_id("customer_id", OrderNotFound())
    order_id = request.path_id("order_id", OrderNotFound())
    query = GetOrder(customer_id=customer_id, order_id=order_id, access_token=token)
    order = get_order(query)
    wait = seconds_to_next_look(order.status, order.changed_at, utc_now())
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return HttpResponse(HTTPStatus.OK, order_body(order), headers, can_be_revalidated=True)


handler = http_function(respond, service)
