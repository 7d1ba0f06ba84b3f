"""A password that is changed while functions run."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import boto3
import pytest
from moto import mock_aws

from gorder.bootstrap import order_store, stock_check, stock_store
from gorder.clients.redis import redis_client
from gorder.clients.store_url import store_url
from gorder.contracts.stock import ListMenu
from gorder.order.access_token import AccessTokens, Scope
from gorder.order.ports import OrderStoreUnavailableError
from gorder.stock.adapters.redis_lock import RedisStockLock
from gorder.stock.ports import StockStoreUnavailableError
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stores.conftest import USER, Store

pytestmark = pytest.mark.servers

type Save = Callable[[str, Store], None]

MENU = ListMenu(trace_id="t")
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def save(monkeypatch: pytest.MonkeyPatch) -> Iterator[Save]:
    """Writes a store's secret, named as the variables of a function on AWS name it."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        manager = boto3.client("secretsmanager")
        for store in ("mysql", "redis", "mongo"):
            manager.create_secret(Name=store)
            monkeypatch.setenv(f"GORDER_{store.upper()}_SECRET", store)

        def save(name: str, store: Store) -> None:
            monkeypatch.setenv(f"GORDER_{name.upper()}_ADDRESS", store.address)
            secret = {"username": USER, "password": store.password}
            manager.put_secret_value(SecretId=name, SecretString=json.dumps(secret))

        stock_check.service.cache_clear()
        stock_store.mysql_store.cache_clear()
        order_store.mongo_orders.cache_clear()
        yield save
        order_store.mongo_orders().close()


def test_mysql_is_asked_with_the_new_password(save: Save, mysql: Store) -> None:
    save("mysql", mysql)
    menu = stock_check.service().menu
    menu(MENU)
    mysql.rotate()
    menu(MENU)  # on the connection it has
    mysql.relay.cut()
    with pytest.raises(StockStoreUnavailableError, match="Access denied") as refused:
        menu(MENU)  # the secret is late
    assert mysql.password not in str(refused.value)
    save("mysql", mysql)

    menu(MENU)


def test_mongo_is_asked_with_the_new_password(save: Save, mongo: Store) -> None:
    save("mongo", mongo)
    orders = order_store.mongo_orders()
    orders.overdue(NOW, 1)
    mongo.rotate()
    orders.overdue(NOW, 1)  # on the connection it has
    mongo.relay.cut()
    with pytest.raises(OrderStoreUnavailableError, match="OperationFailure"):
        orders.overdue(NOW, 1)  # the secret is late
    save("mongo", mongo)

    orders.overdue(NOW, 1)


def test_redis_is_asked_with_the_new_password(save: Save, redis: Store) -> None:
    save("redis", redis)
    telemetry = MemoryTelemetry()
    lock = RedisStockLock(lambda: redis_client(store_url("redis", redis.address)), telemetry)
    take = partial(lock.held, ["soup"])
    with take():
        pass
    redis.rotate()
    save("redis", redis)
    redis.relay.cut()

    with take():
        pass

    assert telemetry.counts == {}


def test_redis_whose_secret_is_late_is_done_without(save: Save, redis: Store) -> None:
    save("redis", redis)
    redis.rotate()
    telemetry = MemoryTelemetry()
    lock = RedisStockLock(lambda: redis_client(store_url("redis", redis.address)), telemetry)

    with lock.held(["soup"]):
        pass

    assert telemetry.counts == {"StockLockUnavailable": 1}


@pytest.mark.usefixtures("save")
def test_a_token_of_a_new_key_opens_its_order_wherever_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GORDER_ACCESS_TOKEN_SECRET", "tokens")
    old, new, now = "0" * 64, "1" * 64, datetime.now(UTC)
    manager = boto3.client("secretsmanager")
    manager.create_secret(Name="tokens", SecretString=json.dumps({"current": old}))
    stale = order_store.access_tokens()

    def step(**keys: str) -> AccessTokens:
        manager.put_secret_value(SecretId="tokens", SecretString=json.dumps(keys))
        return order_store.access_tokens()

    for ahead in (step(current=old, next=new), step(current=new, previous=old)):
        token = ahead.issue(Scope, "ann", "order-1", now)
        assert stale.opens(token, Scope.READ, "ann", "order-1", now)
        assert ahead.opens(
            stale.issue(Scope, "ann", "order-1", now), Scope.READ, "ann", "order-1", now
        )
        stale = ahead
