"""The order database and the access tokens, shared by the functions of the order service."""

from functools import cache
from typing import TYPE_CHECKING

from gorder.bootstrap.settings import OrderSettings, OrderTokenSettings, load
from gorder.clients.mongo import mongo_client
from gorder.clients.store_url import store_url
from gorder.order.access_token import AccessTokens
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.runtime.secrets import read_secret, require_key

if TYPE_CHECKING:
    from pymongo.collection import Collection

    from gorder.order.adapters.mongo_documents import Document


@cache
def mongo_orders() -> MongoOrders:
    """Return the repository of this execution environment. It reconnects for a new password."""
    settings = load(OrderSettings)

    def connect() -> "Collection[Document]":
        client = mongo_client(store_url(settings.mongo_secret, settings.mongo_address))
        return client.get_default_database()[COLLECTION]

    return MongoOrders(connect)


def access_tokens() -> AccessTokens:
    """Return tokens signed with the secret's `current` key; `next` and `previous` are accepted.

    A key is `next` until every execution environment knows it, and only then `current`.
    """
    secret_id = load(OrderTokenSettings).access_token_secret
    keys = read_secret(secret_id)
    others = [require_key(keys, name, secret_id) for name in ("next", "previous") if keys.get(name)]
    return AccessTokens(require_key(keys, "current", secret_id), *others)
