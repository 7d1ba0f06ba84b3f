"""Operations on webhook endpoints."""

import secrets
from urllib.parse import urlsplit

from devstack.stripe_standin import deliveries, metadata
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import bad_param
from devstack.stripe_standin.listing import list_page
from devstack.stripe_standin.stripe_json import JsonObject


def create(account: Account, params: JsonObject) -> JsonObject:
    secret = f"whsec_{secrets.token_urlsafe(24)}"
    return register(account, params, secret) | {"secret": secret}


def register(account: Account, params: JsonObject, secret: str) -> JsonObject:
    """Store a new endpoint whose webhooks are signed with this secret.

    Raises:
        ApiError: the URL is not http(s).
    """
    if urlsplit(params["url"]).scheme not in {"http", "https"}:
        raise bad_param("Invalid URL: An explicit scheme (such as https) must be provided.", "url")
    endpoint = account.new(
        "webhook_endpoint",
        "we",
        url=params["url"],
        enabled_events=params["enabled_events"],
        api_version=params.get("api_version"),
        status="enabled",
        description=params.get("description"),
        metadata=metadata.checked(params.get("metadata", {})),
    )
    account.store.add(endpoint, {"secret": secret})
    return endpoint


def replace(account: Account, url: str, secret: str, enabled_events: list[str]) -> JsonObject:
    """Register an endpoint, or update the secret and events of the one with this URL."""
    for endpoint in account.store.newest_first("webhook_endpoint"):
        if endpoint["url"] == url:
            endpoint["enabled_events"] = enabled_events
            account.store.save(endpoint)
            account.store.save_private(endpoint["id"], {"secret": secret})
            return endpoint
    return register(account, {"url": url, "enabled_events": enabled_events}, secret)


def list_endpoints(account: Account, params: JsonObject) -> JsonObject:
    return list_page(
        account.store.newest_first("webhook_endpoint"), params, "/v1/webhook_endpoints"
    )


def delete(account: Account, _params: JsonObject, endpoint_id: str) -> JsonObject:
    account.get("webhook_endpoint", endpoint_id)
    deliveries.abandon(account.store, endpoint_id)
    account.store.delete(endpoint_id)
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}
