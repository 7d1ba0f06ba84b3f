"""Events: a record of each change with the object's state at that time, and its webhooks."""

from contextvars import ContextVar
from fnmatch import fnmatchcase
from typing import NamedTuple

import stripe

from devstack.stripe_standin import deliveries
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import bad_param, no_such
from devstack.stripe_standin.listing import list_page
from devstack.stripe_standin.sdk_schema import check_event
from devstack.stripe_standin.stripe_json import JsonObject
from devstack.stripe_standin.webhook_rules import DeliveryPlan

RETENTION_SECONDS = 30 * 24 * 60 * 60
MAX_TYPES = 20


class CausingRequest(NamedTuple):
    """The API request that caused an event. Empty if Stripe acted by itself."""

    request_id: str | None = None
    idempotency_key: str | None = None


NO_REQUEST = CausingRequest()
causing_request: ContextVar[CausingRequest] = ContextVar("causing_request", default=NO_REQUEST)


def emit(
    account: Account, type_: str, resource: JsonObject, previous: JsonObject | None = None
) -> None:
    """Store an event and queue its webhooks, in the transaction that changed the resource.

    `previous` has the old values of the fields that an `….updated` event reports.
    """
    data = (
        {"object": resource}
        if previous is None
        else {"object": resource, "previous_attributes": previous}
    )
    request = causing_request.get()
    event = account.new(
        "event",
        "evt",
        type=type_,
        data=data,
        api_version=stripe.api_version,
        request={"id": request.request_id, "idempotency_key": request.idempotency_key},
    )
    if drift := check_event(event):
        raise AssertionError(f"event {type_} does not match the SDK's types: {drift[0]}")
    account.store.add(event)
    if subscribers := _subscribers(account, event):
        _queue(account, event, subscribers, account.webhook_rules.plan(type_))


def resend(account: Account, event_id: str) -> None:
    """Queue an event's webhooks again, without applying a delivery rule."""
    event = account.get("event", event_id)
    _queue(account, event, _subscribers(account, event), DeliveryPlan())


def with_pending_webhooks(account: Account, event: JsonObject) -> JsonObject:
    """Return the event with its current number of undelivered webhooks."""
    return event | {"pending_webhooks": deliveries.undelivered(account.store, event["id"])}


def retrieve(account: Account, _params: JsonObject, event_id: str) -> JsonObject:
    event = account.get("event", event_id)
    if not _is_retained(account, event):
        raise no_such("event", event_id)
    return with_pending_webhooks(account, event)


def list_events(account: Account, params: JsonObject) -> JsonObject:
    """List the events of the last 30 days.

    With `delivery_success=false`, only the events that an endpoint has not accepted: their
    webhook is pending or held, or has failed.
    """
    patterns = _type_patterns(params)
    success = params.get("delivery_success")
    found = (
        with_pending_webhooks(account, event)
        for event in account.store.newest_first("event")
        if any(fnmatchcase(event["type"], pattern) for pattern in patterns)
        and _is_retained(account, event)
    )
    matching = (e for e in found if success is None or success == (e["pending_webhooks"] == 0))
    return list_page(matching, params, "/v1/events")


def _type_patterns(params: JsonObject) -> list[str]:
    types: list[str] = params.get("types", [])
    if types and "type" in params:
        raise bad_param("You may only specify one of these parameters: type, types.", "type")
    if len(types) > MAX_TYPES:
        raise bad_param(f"Array must contain at most {MAX_TYPES} elements.", "types")
    if any("*" in name for name in types):
        raise bad_param("A wildcard is allowed in `type` only.", "types")
    return types or [params.get("type", "*")]


def _is_retained(account: Account, event: JsonObject) -> bool:
    return bool(event["created"] > account.clock.now() - RETENTION_SECONDS)


def _subscribers(account: Account, event: JsonObject) -> list[str]:
    return [
        endpoint["id"]
        for endpoint in account.store.newest_first("webhook_endpoint")
        if {"*", event["type"]} & set(endpoint["enabled_events"])
    ]


def _queue(account: Account, event: JsonObject, endpoints: list[str], plan: DeliveryPlan) -> None:
    now = account.clock.time()
    for endpoint in endpoints:
        deliveries.enqueue(account.store, event["id"], endpoint, plan, now)
