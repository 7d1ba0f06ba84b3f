"""A repair of an order's document whose process ends, or whose answer is lost."""

from typing import Any

import pytest
from pymongo.database import Database

from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_kept_repairs import REPAIRS, kept_repair
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.repairs import DocumentEdit
from tests.contract.documentdb import DocumentDBGuard
from tests.contract.stored_orders import new_order
from tests.contract.test_order_documents import ANN, HandChangedOrders, stored

__all__ = ["stored"]


@pytest.mark.servers
def test_a_repair_that_ended_after_its_copy_is_repeated(database: Database[Document]) -> None:
    stored = HandChangedOrders(MongoOrders(lambda: database[COLLECTION]))
    order = stored.add(new_order())
    plan = stored.documents.plan(order.order_id, DocumentEdit({"customer_id": "bob"}), ANN)
    database[REPAIRS].insert_one(kept_repair(plan, f"{order.order_id}:0"))

    stored.repair(order, {"customer_id": "bob"})

    assert stored.orders.get(order.order_id).customer_id == "bob"
    assert len(stored.documents.document(order.order_id).repairs) == 2


@pytest.mark.servers
def test_a_repair_whose_answer_is_lost_is_written_once(database: Database[Document]) -> None:
    lost = LosesAnswers(MongoOrders(lambda: database[COLLECTION]))
    stored = HandChangedOrders(lost.orders)
    order = stored.add(new_order())
    plan = stored.documents.plan(order.order_id, DocumentEdit({"customer_id": "bob"}), ANN)

    assert MongoOrderDocuments(lost).save(plan, f"{order.order_id}:1")  # type: ignore[arg-type]

    assert len(lost.orders.get(order.order_id).notes) == 1
    assert database[REPAIRS].count_documents({"order_id": order.order_id}) == 1


class LosesAnswers:
    """Runs a write, and then again as after a lost answer."""

    def __init__(self, orders: MongoOrders) -> None:
        self.orders = orders

    def run(self, work: Any, again: Any = None) -> Any:
        done = self.orders.run(work)
        return self.orders.run(again) if again else done


@pytest.mark.servers
def test_documentdb_has_every_command_of_a_repair(
    database: Database[Document], guard: DocumentDBGuard
) -> None:
    stored = HandChangedOrders(MongoOrders(lambda: database[COLLECTION]))
    order = stored.add(new_order())
    stored.repair(order, {"customer_id": "bob"}, "reason")
    stored.documents.document(order.order_id)

    assert guard.refused == []
