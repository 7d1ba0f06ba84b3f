"""The counter of the numbers of orders: one document, which each order that is paid increments."""

from typing import TYPE_CHECKING, Final

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, OperationFailure

from gorder.constraints import MAX_INTEGER
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_lists import lenient
from gorder.order.numbers import number_of
from gorder.order.store_errors import OrderStoreError

if TYPE_CHECKING:
    from pymongo.collection import Collection

COUNTERS: Final = "counters"
_COUNTER: Final[Document] = {"_id": "order_numbers"}
_DAMAGED: Final = [
    {"drawn": {"$not": {"$gte": -MAX_INTEGER, "$lte": MAX_INTEGER}}},
    *({"drawn": {"$type": kind}} for kind in ("double", "decimal", "array")),
]
_REFUSED: Final = {2, 14}  # BadValue, TypeMismatch: a value that cannot be incremented
_ATTEMPTS: Final = 5


def next_number(orders: "Collection[Document]") -> int:
    """Do what `OrderRepository.next_number` does. Repeated, it leaves a gap.

    A counter that is missing begins, and a damaged one begins again: for one of many processes,
    because the others find a whole number then.
    """
    counters = orders.database.get_collection(COUNTERS, lenient(orders.codec_options))
    for _ in range(_ATTEMPTS):
        match _incremented(counters):
            case {"drawn": int(drawn)} if abs(drawn) <= MAX_INTEGER:
                return number_of(drawn)
        counters.delete_one(_COUNTER | {"$or": _DAMAGED})
    raise OrderStoreError(
        f"the counter of orders is damaged: delete the document {_COUNTER['_id']} of the "
        f"collection {COUNTERS}"
    )


def _incremented(counters: "Collection[Document]") -> Document | None:
    """Return the counter after it was incremented, or None.

    It is None for a value that is no number, and for a process that begins a missing counter while
    another one does.
    """
    try:
        return counters.find_one_and_update(
            _COUNTER, {"$inc": {"drawn": 1}}, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:
        return None
    except OperationFailure as error:
        if error.code in _REFUSED:
            return None
        raise
