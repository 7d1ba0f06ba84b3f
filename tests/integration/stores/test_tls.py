"""A connection to a store is made to that store, or not at all."""

from dataclasses import replace

import pytest
from pymongo.errors import PyMongoError
from pymysql import MySQLError
from redis.exceptions import RedisError

from gorder.clients import mongo
from gorder.runtime.limits import MONGO
from tests.integration.stores.conftest import Store

pytestmark = pytest.mark.servers

REFUSED = (MySQLError, RedisError, PyMongoError)
STORES = ["mysql", "redis", "mongo"]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Each in turn. Nobody looks long for a MongoDB that is not to be trusted."""
    monkeypatch.setattr(mongo, "MONGO", replace(MONGO, pause_seconds=0.3))
    found: Store = request.getfixturevalue(request.param)
    return found


def test_a_server_is_trusted_whose_authority_is(store: Store) -> None:
    store.ask(store.url)


def test_a_server_is_not_trusted_by_what_comes_with_the_layer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    url = store.url.partition("tlsCAFile")[0].rstrip("?&")
    with pytest.raises(REFUSED, match="unable to get local issuer certificate"):
        store.ask(url)


def test_a_server_of_another_name_is_not_trusted(store: Store) -> None:
    with pytest.raises(REFUSED, match=r"certificate is not valid for '127\.0\.0\.1'"):
        store.ask(store.url.replace("localhost", "127.0.0.1"))


@pytest.mark.parametrize(
    ("store", "variable"),
    [("mysql", "GORDER_MYSQL_URL"), ("redis", "GORDER_REDIS_URL"), ("mongo", "GORDER_MONGO_URL")],
    indirect=["store"],
)
def test_a_server_without_tls_is_not_spoken_to(
    store: Store, variable: str, store_urls: dict[str, str]
) -> None:
    plain = store_urls[variable].partition("://")[2].rpartition("@")[2].partition("/")[0]
    here = f"localhost:{store.relay.port}"
    with pytest.raises(REFUSED, match=r"SSL is required|Timeout connecting|No servers found"):
        store.ask(store.url.replace(here, plain))
