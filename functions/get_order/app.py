"""GET /api/customer/{customer_id}/orders/{order_id}."""

from http import HTTPStatus

from gorder.bootstrap.get_order import service
from gorder.order.ports import OrderView
from gorder.order.queries.get_order import GetOrder
from gorder.order.representation import order_body
from gorder.runtime.decorators import Handler
from gorder.runtime.http import HttpRequest, HttpResponse, http_function
from gorder.runtime.observability import telemetry


def respond(request: HttpRequest, get_order: Handler[GetOrder, OrderView]) -> HttpResponse:
    """Show the order to the holder of its token."""
    path = request.path
    telemetry.bind(path["order_id"])
    query = GetOrder(path["customer_id"], path["order_id"], request.bearer_token())
    return HttpResponse(HTTPStatus.OK, order_body(get_order(query)))


handler = http_function(respond, service)
