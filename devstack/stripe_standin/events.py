"""Events: what happened to an object, as it was then, and the webhooks that tell of it."""

from contextvars import ContextVar
from typing import NamedTuple

import stripe

from devstack.stripe_standin import deliveries
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.listing import list_page
from devstack.stripe_standin.sdk_schema import check_event
from devstack.stripe_standin.webhook_rules import Plan
from devstack.stripe_standin.wire import JsonObject


class Cause(NamedTuple):
    """The API request that an event comes from; empty when Stripe acted by itself."""

    request_id: str | None = None
    idempotency_key: str | None = None


NO_REQUEST = Cause()
cause: ContextVar[Cause] = ContextVar("cause", default=NO_REQUEST)


def emit(
    account: Account, type_: str, subject: JsonObject, previous: JsonObject | None = None
) -> None:
    """Record an event and queue its webhooks, in the transaction that changed the subject.

    `previous` holds the old values of the fields an `….updated` event tells of.
    """
    data = (
        {"object": subject}
        if previous is None
        else {"object": subject, "previous_attributes": previous}
    )
    request = cause.get()
    event = account.new(
        "event",
        "evt",
        type=type_,
        data=data,
        api_version=stripe.api_version,
        request={"id": request.request_id, "idempotency_key": request.idempotency_key},
    )
    if drift := check_event(event):
        raise AssertionError(f"{type_} departs from the SDK: {drift[0]}")
    account.store.add(event)
    if takers := _takers(account, event):
        _queue(account, event, takers, account.webhook_rules.plan(type_))


def resend(account: Account, event_id: str) -> None:
    """Queue an event's webhooks once more, whatever rule is in force."""
    event = account.get("event", event_id)
    _queue(account, event, _takers(account, event), Plan())


def shown(account: Account, event: JsonObject) -> JsonObject:
    """Give the event as the API shows it now: how many webhooks are still to be accepted."""
    return event | {"pending_webhooks": deliveries.undelivered(account.store, event["id"])}


def retrieve(account: Account, _params: JsonObject, event_id: str) -> JsonObject:
    return shown(account, account.get("event", event_id))


def list_events(account: Account, params: JsonObject) -> JsonObject:
    wanted = set(params.get("types", [])) | ({params["type"]} if "type" in params else set())
    success = params.get("delivery_success")
    found = (
        shown(account, event)
        for event in account.store.newest_first("event")
        if not wanted or event["type"] in wanted
    )
    matching = (e for e in found if success is None or success == (e["pending_webhooks"] == 0))
    return list_page(matching, params, "/v1/events")


def _takers(account: Account, event: JsonObject) -> list[str]:
    return [
        endpoint["id"]
        for endpoint in account.store.newest_first("webhook_endpoint")
        if {"*", event["type"]} & set(endpoint["enabled_events"])
    ]


def _queue(account: Account, event: JsonObject, endpoints: list[str], plan: Plan) -> None:
    now = account.clock.time()
    for endpoint in endpoints:
        deliveries.enqueue(account.store, event["id"], endpoint, plan, now)
