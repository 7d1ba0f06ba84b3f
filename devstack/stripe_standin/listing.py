"""Paginated lists."""

import itertools
import operator
from collections.abc import Iterable, Iterator

from devstack.stripe_standin.errors import bad_param, no_such
from devstack.stripe_standin.stripe_json import JsonObject

MAX_LIMIT = 100
COMPARISONS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def list_page(found: Iterable[JsonObject], params: JsonObject, url: str) -> JsonObject:
    """Return one page of the objects found, as `limit`, `starting_after` and `created` select it.

    Raises:
        ApiError: the limit is not 1 to 100, or the cursor is not in the list.
    """
    limit = params.get("limit", 10)
    if not 1 <= limit <= MAX_LIMIT:
        raise bad_param(f"This value must be between 1 and {MAX_LIMIT}.", "limit")
    rows: Iterator[JsonObject] = (
        row for row in found if _created_within(row, params.get("created", {}))
    )
    if cursor := params.get("starting_after"):
        rows = itertools.dropwhile(lambda row: row["id"] != cursor, rows)
        if next(rows, None) is None:
            raise no_such("object", cursor, "starting_after")
    page = list(itertools.islice(rows, limit + 1))
    return {"object": "list", "url": url, "has_more": len(page) > limit, "data": page[:limit]}


def _created_within(row: JsonObject, bounds: JsonObject | int) -> bool:
    if isinstance(bounds, int):
        return bool(row["created"] == bounds)
    return all(COMPARISONS[name](row["created"], bound) for name, bound in bounds.items())
