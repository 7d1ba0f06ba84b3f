"""Paginated lists, newest first."""

import itertools
import operator
from collections.abc import Iterable, Iterator

from devstack.stripe_standin.errors import bad_param, no_such
from devstack.stripe_standin.stripe_json import JsonObject

MAX_LIMIT = 100
COMPARISONS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def matching(found: Iterable[JsonObject], params: JsonObject, *names: str) -> Iterator[JsonObject]:
    """Yield the objects whose fields `names` equal the parameters that are given."""
    filters = {name: params[name] for name in names if name in params}
    return (row for row in found if all(row[name] == value for name, value in filters.items()))


def list_page(found: Iterable[JsonObject], params: JsonObject, url: str) -> JsonObject:
    """Return one page of the objects found, as the cursor, `limit` and `created` select it.

    `has_more` says whether there are more objects in the direction of the cursor.

    Raises:
        ApiError: the limit is not 1 to 100, the cursor is not in the list, or there are two.
    """
    limit = params.get("limit", 10)
    if not 1 <= limit <= MAX_LIMIT:
        raise bad_param(f"This value must be between 1 and {MAX_LIMIT}.", "limit")
    if "starting_after" in params and "ending_before" in params:
        raise bad_param("Only one of ending_before and starting_after is allowed.", "ending_before")
    rows = (row for row in found if _created_within(row, params.get("created", {})))
    if "ending_before" in params:
        newer = _before(rows, params["ending_before"])
        data, has_more = newer[-limit:], len(newer) > limit
    else:
        page = list(itertools.islice(_after(rows, params.get("starting_after")), limit + 1))
        data, has_more = page[:limit], len(page) > limit
    return {"object": "list", "url": url, "has_more": has_more, "data": data}


def _after(rows: Iterator[JsonObject], cursor: str | None) -> Iterator[JsonObject]:
    if cursor:
        rows = itertools.dropwhile(lambda row: row["id"] != cursor, rows)
        if next(rows, None) is None:
            raise no_such("object", cursor, "starting_after")
    return rows


def _before(rows: Iterator[JsonObject], cursor: str) -> list[JsonObject]:
    newer: list[JsonObject] = []
    for row in rows:
        if row["id"] == cursor:
            return newer
        newer.append(row)
    raise no_such("object", cursor, "ending_before")


def _created_within(row: JsonObject, bounds: JsonObject | int) -> bool:
    if isinstance(bounds, int):
        return bool(row["created"] == bounds)
    return all(COMPARISONS[name](row["created"], bound) for name, bound in bounds.items())
