"""Every function on a real order database, so that documents can have unknown fields."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import boto3
import pytest
from moto import mock_aws
from pymongo.collection import Collection

from gorder.clients.mongo import mongo_client
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from tests.fakes.aws_events import REGION
from tests.fakes.deployment import FakeDeployment
from tests.unit.runtime.conftest import emitted, log

if TYPE_CHECKING:
    from tests.fakes.orders import MemoryOrders

__all__ = ["emitted", "log"]

QUEUES = ("payment_link", "order_paid", "refund", "kitchen", "catalogue_sync")


@pytest.fixture
def collection(mongo_url: str) -> Iterator[Collection[Document]]:
    """The orders, empty."""
    with mongo_client(mongo_url) as client:
        database = client.get_default_database()
        ensure_indexes(database)
        database[COLLECTION].delete_many({})
        yield database[COLLECTION]


@pytest.fixture
def deployment(
    collection: Collection[Document], monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeDeployment]:
    """Every function, its orders in MongoDB, its queues in moto."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        sqs = boto3.client("sqs", region_name=REGION)
        for name in QUEUES:
            sqs.create_queue(QueueName=name)
        # The same port as MemoryOrders; only its methods are used here.
        yield FakeDeployment(cast("MemoryOrders", MongoOrders(lambda: collection)))
