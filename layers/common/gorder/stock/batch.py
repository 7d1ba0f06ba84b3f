"""Serve several requests at once, each with its own result."""

from collections.abc import Mapping, Sequence

from gorder.errors import LaterReleaseError, TransientError
from gorder.stock.model import Hold
from gorder.stock.ports import Outcomes, Reserve

type Result = Outcomes | Exception


def serve_batch(requests: Mapping[str, Sequence[Hold]], serve: Reserve) -> dict[str, Result]:
    """Serve the holds of all requests together; return what each request gets, by its id.

    If they fail together because of one of them, each is served alone. A transient error of the
    store is the result of all.
    """
    try:
        outcomes = iter(serve([hold for holds in requests.values() for hold in holds]))
    except Exception as error:  # noqa: BLE001 - it is the result of its request
        if len(requests) == 1 or _is_of_the_store(error):
            return dict.fromkeys(requests, error)
        return {
            request: serve_batch({request: holds}, serve)[request]
            for request, holds in requests.items()
        }
    return {request: [next(outcomes) for _ in holds] for request, holds in requests.items()}


def _is_of_the_store(error: Exception) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, LaterReleaseError)


def outcomes_of(result: Result) -> Outcomes:
    """Return the outcomes, or raise the error."""
    if isinstance(result, Exception):
        raise result
    return result
