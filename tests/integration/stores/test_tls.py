"""Clients connect to a store only if its certificate is valid."""

from dataclasses import replace

import pytest
from pymongo.errors import PyMongoError
from pymysql import MySQLError
from redis.exceptions import RedisError

from gorder.clients import mongo
from gorder.runtime.limits import MONGO
from tests.integration.stores.conftest import SecuredStore

pytestmark = pytest.mark.servers

REFUSED = (MySQLError, RedisError, PyMongoError)
STORES = ["mysql", "redis", "mongo"]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> SecuredStore:
    """Each store in turn. The MongoDB client gives up after 0.3 s."""
    monkeypatch.setattr(mongo, "MONGO", replace(MONGO, search_seconds=0.3))
    found: SecuredStore = request.getfixturevalue(request.param)
    return found


def test_a_server_with_a_trusted_authority_is_accepted(store: SecuredStore) -> None:
    store.connect(store.url)


def test_a_server_with_an_unknown_authority_is_refused(
    store: SecuredStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    url = store.url.partition("tlsCAFile")[0].rstrip("?&")
    with pytest.raises(REFUSED, match="unable to get local issuer certificate"):
        store.connect(url)


def test_a_server_with_another_name_is_refused(store: SecuredStore) -> None:
    with pytest.raises(REFUSED, match=r"certificate is not valid for '127\.0\.0\.1'"):
        store.connect(store.url.replace("localhost", "127.0.0.1"))


@pytest.mark.parametrize(
    ("store", "variable"),
    [("mysql", "GORDER_MYSQL_URL"), ("redis", "GORDER_REDIS_URL"), ("mongo", "GORDER_MONGO_URL")],
    indirect=["store"],
)
def test_a_server_without_tls_is_refused(
    store: SecuredStore, variable: str, store_urls: dict[str, str]
) -> None:
    plain = store_urls[variable].partition("://")[2].rpartition("@")[2].partition("/")[0]
    here = f"localhost:{store.proxy.port}"
    with pytest.raises(REFUSED, match=r"SSL is required|Timeout connecting|No servers found"):
        store.connect(store.url.replace(here, plain))
