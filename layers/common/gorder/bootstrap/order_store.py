"""The order database and the keys of its tokens, as the order service's functions share them."""

from functools import cache

from gorder.bootstrap.clients import mongo_client
from gorder.bootstrap.settings import OrderSettings, OrderTokenSettings, load
from gorder.order.access_token import AccessTokens
from gorder.order.mongo_orders import COLLECTION, MongoOrders
from gorder.runtime.secrets import read_secret, secret_field


@cache
def mongo_orders() -> MongoOrders:
    """The repository, on a client that lives as long as the environment."""
    url = secret_field(load(OrderSettings).mongo_secret, "url")
    return MongoOrders(mongo_client(url).get_default_database()[COLLECTION])


@cache
def access_tokens() -> AccessTokens:
    """Signs with the secret's `current` key; `previous` opens what was signed before a rotation."""
    secret_id = load(OrderTokenSettings).access_token_secret
    current = secret_field(secret_id, "current")
    previous = read_secret(secret_id).get("previous")
    return AccessTokens(current, *([previous] if previous else []))
