"""The order store on a server that it cannot use, and on one that changes under it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from gorder.clients.mongo import mongo_client
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.store_errors import OrderStoreError, OrderStoreUnavailableError
from tests.fakes.clock import NOON
from tests.fakes.examples import pending
from tests.integration.stores.wire_mongo import PRIMARY, Command, WireMongo, wire_mongo

pytestmark = pytest.mark.servers

NOT_PRIMARY = (10107, 189, 10058, 13435, 13436, 11600, 11602, 91)
MEMBER = {"setName": "rs0", "hosts": ["127.0.0.1:1"], "me": "127.0.0.1:1", "secondary": False}


def is_handshake(command: Command) -> bool:
    return next(iter(command)).lower() in {"hello", "ismaster"}


def refusal(code: int) -> Command:
    return {"ok": 0, "code": code, "codeName": f"Code{code}", "errmsg": "for the test"}


@contextmanager
def orders_at(url: str) -> Iterator[MongoOrders]:
    connect = lambda: mongo_client(url).get_default_database()[COLLECTION]  # noqa: E731
    with closing(MongoOrders(connect)) as orders:
        yield orders


@contextmanager
def orders_on(server: WireMongo, options: str = "") -> Iterator[MongoOrders]:
    with orders_at(f"{server.url}{options}") as orders:
        yield orders


def test_a_server_that_the_driver_does_not_support_is_a_defect() -> None:
    with (
        wire_mongo(lambda _: PRIMARY | {"maxWireVersion": 2}) as server,
        orders_on(server) as orders,
    ):
        for _ in range(2):
            with pytest.raises(
                OrderStoreError, match=r"wire version 2, but .* requires .*deploy.md"
            ):
                orders.get("x")


def test_a_server_is_used_after_its_upgrade() -> None:
    versions = [13, 2]

    def answer(command: Command) -> Command:
        if is_handshake(command):
            return PRIMARY | {"maxWireVersion": versions[-1]}
        return {"ok": 1, "cursor": {"id": 0, "ns": "gorder.orders", "firstBatch": []}}

    with wire_mongo(answer) as server, orders_on(server) as orders:
        with pytest.raises(OrderStoreError):
            orders.overdue(NOON, 1)
        versions.pop()

        assert orders.overdue(NOON, 1) == []


@pytest.mark.parametrize("member", [{}, MEMBER], ids=["standalone", "another set"])
def test_a_wrong_replica_set_is_a_defect(member: Command) -> None:
    with (
        wire_mongo(lambda _: PRIMARY | member) as server,
        orders_on(server, "?replicaSet=another") as orders,
        pytest.raises(OrderStoreError, match="correct replicaSet"),
    ):
        orders.get("x")


def test_a_server_that_does_not_answer_is_transient() -> None:
    with (
        orders_at("mongodb://127.0.0.1:1/gorder?replicaSet=rs0") as orders,
        pytest.raises(OrderStoreUnavailableError, match="ServerSelectionTimeoutError"),
    ):
        orders.get("x")


@pytest.mark.parametrize("code", [2, 13, 59, 303, 334])
def test_a_command_that_is_refused_for_ever_is_a_defect(code: int) -> None:
    answers = lambda command: PRIMARY if is_handshake(command) else refusal(code)  # noqa: E731
    with (
        wire_mongo(answers) as server,
        orders_on(server) as orders,
        pytest.raises(OrderStoreError, match=rf"refused a command: {code} Code{code}"),
    ):
        orders.get("x")


@pytest.mark.parametrize("code", [50, 64, 18, 8000])
def test_another_refusal_is_transient(code: int) -> None:
    answers = lambda command: PRIMARY if is_handshake(command) else refusal(code)  # noqa: E731
    with (
        wire_mongo(answers) as server,
        orders_on(server) as orders,
        pytest.raises(OrderStoreUnavailableError),
    ):
        orders.get("x")


def test_a_mechanism_that_the_server_does_not_offer_is_a_defect() -> None:
    answers = lambda command: PRIMARY if is_handshake(command) else refusal(334)  # noqa: E731
    with (
        wire_mongo(answers) as server,
        orders_at(f"mongodb://u:p@{server.address}/gorder?authMechanism=SCRAM-SHA-1") as orders,
        pytest.raises(OrderStoreError, match="334") as caught,
    ):
        orders.get("x")
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("code", NOT_PRIMARY)
def test_a_write_that_a_former_primary_refuses_is_repeated(code: int) -> None:
    """The kept connection is to a server that was the primary until now."""
    refusals = [refusal(code)]

    def answer(command: Command) -> Command:
        if is_handshake(command):
            return PRIMARY
        return refusals.pop() if refusals and "insert" in command else {"ok": 1, "n": 1}

    with wire_mongo(answer) as server, orders_on(server) as orders:
        assert orders.add(pending())

        inserts = [command for command in server.commands if "insert" in command]
    assert len(inserts) == 2
    assert inserts[0]["documents"] == inserts[1]["documents"]
    assert {"w": "majority", "j": True} in [insert["writeConcern"] for insert in inserts]


def test_a_server_that_stays_without_a_primary_is_transient() -> None:
    answers = lambda command: PRIMARY if is_handshake(command) else refusal(10107)  # noqa: E731
    with (
        wire_mongo(answers) as server,
        orders_on(server) as orders,
        pytest.raises(OrderStoreUnavailableError, match="NotPrimaryError"),
    ):
        orders.add(pending())
