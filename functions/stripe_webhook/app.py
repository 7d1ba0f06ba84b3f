"""POST /api/webhook: Stripe's events."""

from http import HTTPStatus

from gorder.bootstrap.stripe_webhook import service
from gorder.contracts.api import WebhookBody
from gorder.payment.commands.receive_webhook import ReceiveWebhook
from gorder.runtime.decorators import Handler
from gorder.runtime.http import HttpRequest, HttpResponse, http_function


def respond(request: HttpRequest, receive_webhook: Handler[ReceiveWebhook, None]) -> HttpResponse:
    """Answer 200 once the event is published. After any other status Stripe sends it again."""
    signature = request.headers.get("stripe-signature", "")
    receive_webhook(ReceiveWebhook(request.body, signature, request.trace_id))
    return HttpResponse(HTTPStatus.OK, WebhookBody())


handler = http_function(respond, service)
