"""POST /api/customer/{customer_id}/orders."""

from http import HTTPStatus
from typing import Final

from gorder.bootstrap.create_order import service
from gorder.constraints import ID_PATTERN
from gorder.contracts.api import CreateOrderBody
from gorder.contracts.request_body import InvalidBody, read_body
from gorder.order.commands.create_order import CreateOrder, PlacedOrder
from gorder.order.idempotency import KEY_REFUSALS, IdempotencyKey
from gorder.order.lines import WantedLine
from gorder.order.next_look import FIRST_LOOK_SECONDS
from gorder.order.representation import placed_body
from gorder.runtime.decorators import Handler
from gorder.runtime.http import HttpRequest, HttpResponse, http_function
from gorder.runtime.observability import telemetry

PAGES_PROOF: Final = "x-gorder-pages"  # a header that CloudFront adds, with a secret


def respond(request: HttpRequest, create_order: Handler[CreateOrder, PlacedOrder]) -> HttpResponse:
    """Place the order that the body describes. Count a refused key, because it may be a guess."""
    try:
        return _place(request, create_order)
    except KEY_REFUSALS:
        telemetry.count("IdempotencyKeyRefused")
        raise


def _place(request: HttpRequest, create_order: Handler[CreateOrder, PlacedOrder]) -> HttpResponse:
    invalid = InvalidBody(
        [{"field": "customer_id", "problem": f"in the path must match {ID_PATTERN}"}]
    )
    customer_id = request.path_id("customer_id", invalid)
    body = read_body(CreateOrderBody, request.json_body())
    if body.customer_id not in {None, customer_id}:
        raise InvalidBody([{"field": "customer_id", "problem": "differs from the one in the path"}])
    command = CreateOrder(
        customer_id=customer_id,
        lines=tuple(WantedLine(item.id, item.quantity, item.note) for item in body.items),
        trace_id=request.trace_id,
        addresses=request.addresses,
        pages_proof=request.headers.get(PAGES_PROOF, ""),
        key=IdempotencyKey.sent(
            request.headers.get("idempotency-key"), request.headers.get("idempotency-secret")
        ),
    )
    placed = create_order(command)
    # Relative, because only the client knows the host and the stage of its request.
    headers = {
        "Location": f"orders/{placed.order.order_id}",
        "Retry-After": str(FIRST_LOOK_SECONDS),
    }
    if placed.replayed:
        headers["Idempotent-Replayed"] = "true"
    return HttpResponse(HTTPStatus.CREATED, placed_body(placed.order, placed.access_token), headers)


handler = http_function(respond, service)
