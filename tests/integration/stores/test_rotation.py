"""Rotation of a store's password while functions run."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from gorder.bootstrap import order_store, stock_check, stock_store
from gorder.clients.redis import redis_client
from gorder.clients.store_url import store_url
from gorder.order.access_token import AccessTokens, Scope
from gorder.order.store_errors import OrderStoreUnavailableError
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.ports import StockStoreUnavailableError
from gorder.stock.queries.list_menu import ListMenu
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stores.conftest import USER, SecuredStore

pytestmark = pytest.mark.servers

type Save = Callable[[str, SecuredStore], None]

MENU = ListMenu()
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def save(monkeypatch: pytest.MonkeyPatch) -> Iterator[Save]:
    """Saves a store's secret, with the names that a function's variables have on AWS."""
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

        def save(name: str, store: SecuredStore) -> None:
            monkeypatch.setenv(f"GORDER_{name.upper()}_ADDRESS", store.address)
            secret = {"username": USER, "password": store.password}
            manager.put_secret_value(SecretId=name, SecretString=json.dumps(secret))

        stock_check.service.cache_clear()
        stock_store.mysql_store.cache_clear()
        order_store.mongo_orders.cache_clear()
        yield save
        order_store.mongo_orders().close()


def test_mysql_reconnects_with_the_new_password(save: Save, mysql: SecuredStore) -> None:
    save("mysql", mysql)
    menu = stock_check.service().menu
    menu(MENU)
    mysql.rotate()
    menu(MENU)  # on the open connection
    mysql.proxy.cut()
    with pytest.raises(StockStoreUnavailableError, match="Access denied") as refused:
        menu(MENU)  # the secret still has the old password
    assert mysql.password not in str(refused.value)
    save("mysql", mysql)

    menu(MENU)


def test_mongo_reconnects_with_the_new_password(save: Save, mongo: SecuredStore) -> None:
    save("mongo", mongo)
    orders = order_store.mongo_orders()
    orders.overdue(NOW, 1)
    mongo.rotate()
    orders.overdue(NOW, 1)  # on the open connection
    mongo.proxy.cut()
    with pytest.raises(OrderStoreUnavailableError, match="OperationFailure"):
        orders.overdue(NOW, 1)  # the secret still has the old password
    save("mongo", mongo)

    orders.overdue(NOW, 1)


def test_redis_reconnects_with_the_new_password(save: Save, redis: SecuredStore) -> None:
    save("redis", redis)
    telemetry = MemoryTelemetry()
    with closing(new_queue(redis, telemetry)) as queue:
        queue.reserve("soup", [], lambda _: [])
        redis.rotate()
        save("redis", redis)
        redis.proxy.cut()
        queue.reserve("soup", [], lambda _: [])

    assert telemetry.counts == {}


def test_redis_with_an_outdated_secret_is_skipped(save: Save, redis: SecuredStore) -> None:
    save("redis", redis)
    redis.rotate()
    telemetry = MemoryTelemetry()
    with closing(new_queue(redis, telemetry)) as queue:
        queue.reserve("soup", [], lambda _: [])

    assert telemetry.counts == {"StockQueueUnavailable": 1}


def new_queue(redis: SecuredStore, telemetry: MemoryTelemetry) -> RedisQueue:
    return RedisQueue(lambda: redis_client(store_url("redis", redis.address)), telemetry)


@pytest.mark.usefixtures("save")
def test_tokens_stay_valid_while_their_key_is_rotated(
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
