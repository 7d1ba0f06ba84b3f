"""Errors of the order database."""

from gorder.errors import DefectError, TransientError


class OrderStoreUnavailableError(TransientError):
    """The order database did not answer, or refused the operation."""

    code = "order_store_unavailable"


class OrderStoreError(DefectError):
    """The order database refuses an operation because of a setting or a bug. See the text."""

    code = "order_store"


class OrderStoreUnreachableError(OrderStoreUnavailableError):
    """The order database could not be reached: nothing was sent to it."""


class OrderIndexError(DefectError):
    """An index of the order database could not be created. The text says what to do."""

    code = "order_index"


class ConcurrentUpdateError(TransientError):
    """Other writers kept changing the same order."""

    code = "concurrent_update"


class OrderMissingError(DefectError):
    """The order is not stored. Orders are saved before any message names them."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"order {order_id} is not stored")

    code = "order_missing"
