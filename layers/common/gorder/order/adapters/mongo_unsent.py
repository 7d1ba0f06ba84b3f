"""Whether a failed command of PyMongo was sent."""

import socket
from collections.abc import Iterator

from pymongo.errors import PyMongoError, ServerSelectionTimeoutError


def was_sent(failure: BaseException) -> bool:
    """Return whether a command may have been sent before this failure.

    It was not if no server was found, or if every attempt failed to open a connection. PyMongo
    raises one error for a connection that is refused and for one that breaks; its cause differs.
    """
    return any(_may_be_sent(error) for error in _errors(failure))


def _may_be_sent(error: PyMongoError) -> bool:
    if isinstance(error, ServerSelectionTimeoutError):
        return False
    return not isinstance(error.__cause__, ConnectionRefusedError | socket.gaierror)


def _errors(failure: BaseException) -> Iterator[PyMongoError]:
    """Yield the driver's error and those of the attempts before it."""
    left: list[BaseException | None] = [failure]
    while left:
        if error := left.pop():
            left += [error.__cause__, error.__context__]
            if isinstance(error, PyMongoError):
                yield error
