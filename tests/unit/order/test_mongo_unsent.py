"""A failed insert is known to be unsent only if no connection was there to send it on."""

import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from pymongo.errors import (
    AutoReconnect,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.store_errors import OrderStoreUnavailableError, OrderStoreUnreachableError
from tests.fakes.examples import pending

if TYPE_CHECKING:
    from pymongo.collection import Collection

    from gorder.order.adapters.mongo_documents import Document


class FailingCollection:
    """A collection at which each insert fails."""

    database = SimpleNamespace(client=None)

    def __init__(self, error: PyMongoError, *earlier: PyMongoError) -> None:
        self._errors = [*earlier, error]

    def insert_one(self, _document: object) -> None:
        self._fail(list(self._errors))

    def _fail(self, errors: list[PyMongoError]) -> None:
        """Raise the last error while the one before it is handled."""
        error = errors.pop()
        if not errors:
            raise error
        try:
            self._fail(errors)
        except PyMongoError:
            raise error  # noqa: B904 - as a second attempt raises it


def caused(error: PyMongoError, cause: Exception) -> PyMongoError:
    error.__cause__ = cause
    return error


def add(*errors: PyMongoError) -> Exception:
    """Return what adding an order raises; the last error is that of the last attempt."""
    collection = cast("Collection[Document]", FailingCollection(errors[-1], *errors[:-1]))
    with pytest.raises(OrderStoreUnavailableError) as caught:
        MongoOrders(lambda: collection).add(pending())
    return caught.value


NOT_FOUND = ServerSelectionTimeoutError("no server")


@pytest.mark.parametrize(
    "errors",
    [
        [NOT_FOUND],
        [caused(AutoReconnect("refused"), ConnectionRefusedError(111, "refused"))],
        [caused(AutoReconnect("no address"), socket.gaierror("no address"))],
        [caused(AutoReconnect("refused"), ConnectionRefusedError()), NOT_FOUND],
    ],
)
def test_an_insert_without_a_connection_was_not_sent(errors: list[PyMongoError]) -> None:
    assert isinstance(add(*errors), OrderStoreUnreachableError)


@pytest.mark.parametrize(
    "errors",
    [
        [AutoReconnect("connection closed")],
        [caused(AutoReconnect("reset"), ConnectionResetError())],
        [caused(NetworkTimeout("timed out"), TimeoutError())],
        [OperationFailure("refused", 8000)],
        [AutoReconnect("connection closed"), NOT_FOUND],
        [caused(NetworkTimeout("timed out"), TimeoutError()), NOT_FOUND],
    ],
)
def test_an_insert_without_an_answer_may_have_been_sent(errors: list[PyMongoError]) -> None:
    assert not isinstance(add(*errors), OrderStoreUnreachableError)
