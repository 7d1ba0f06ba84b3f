"""Set fields on orders that an earlier release wrote, a batch in one request."""

from collections.abc import Iterable
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from gorder.order.adapters.mongo_errors import translated

if TYPE_CHECKING:
    from pymongo.collection import Collection

BATCH: Final = 25  # a slow server answers within the client's timeout


def backfill(orders: "Collection[dict[str, Any]]", updates: Iterable[UpdateOne]) -> int:
    """Send the updates, 25 in one request; return how many orders they have changed.

    Raises:
        OrderStoreUnavailableError: the server did not answer; the next run continues.
        OrderStoreError: a setting or a bug makes it fail for ever.
    """
    try:
        return sum(
            orders.bulk_write(list(batch), ordered=False).modified_count
            for batch in batched(updates, BATCH, strict=False)
        )
    except PyMongoError as error:
        raise translated(error, orders.database.client) from error
