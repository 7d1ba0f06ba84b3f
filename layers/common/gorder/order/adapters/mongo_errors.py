"""Errors of PyMongo, MongoDB and DocumentDB: what to repeat, and which of them are defects."""

from typing import Final

from pymongo import MongoClient
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
)

from gorder.errors import GorderError
from gorder.order.adapters.mongo_documents import Document
from gorder.order.store_errors import OrderStoreError, OrderStoreUnavailableError

_AUTHENTICATION_FAILED: Final = 18
_UNAUTHORIZED: Final = 13
# Error codes that mean a setting or a bug: the same command is refused for ever. Other refusals may
# pass. A refused password passes when the secret has the new one.
_DEFECTS: Final = frozenset(
    {
        2,  # BadValue, also an authentication mechanism that is not offered
        9,  # FailedToParse
        _UNAUTHORIZED,  # also on a new connection
        14,  # TypeMismatch
        59,  # CommandNotFound
        67,  # CannotCreateIndex
        72,  # InvalidOptions
        73,  # InvalidNamespace
        79,  # UnknownReplWriteConcern
        100,  # UnsatisfiableWriteConcern
        121,  # DocumentValidationFailure
        166,  # CommandNotSupportedOnView
        303,  # DocumentDB: the feature is not supported
        334,  # MechanismUnavailable
        10334,  # BSONObjectTooLarge
        40415,  # an unknown field of a command
    }
)


def refused_user(error: OperationFailure) -> bool:
    """Return whether the server refused the user. Then it has run no command of the client."""
    return error.code in {_AUTHENTICATION_FAILED, _UNAUTHORIZED}


def may_be_applied(error: PyMongoError) -> bool:
    """Return whether the connection or its primary was lost, so that a write may be applied.

    While no server is found, none was sent a command.
    """
    lost = isinstance(error, AutoReconnect | WriteConcernError)
    return lost and not isinstance(error, ServerSelectionTimeoutError)


def translated(error: PyMongoError, client: MongoClient[Document] | None) -> GorderError:
    """Return the error of the port.

    Args:
        error: what a command or the search for a server raised.
        client: the client that raised it, if there is one.
    """
    if isinstance(error, ConfigurationError):
        return OrderStoreError(
            f"the order database cannot be used: {error}; docs/deploy.md has the least versions"
        )
    if isinstance(error, OperationFailure) and error.code in _DEFECTS:
        name = (error.details or {}).get("codeName", "OperationFailure")
        return OrderStoreError(
            f"the order database refused a command: {error.code} {name}; check the user's roles, "
            "the URL's options and the server's version"
        )
    if isinstance(error, ServerSelectionTimeoutError) and _has_no_member(client):
        return OrderStoreError(
            "no server at the order database's address belongs to the replica set that its URL "
            "names: correct replicaSet"
        )
    return OrderStoreUnavailableError(f"the order database did not answer: {type(error).__name__}")


def _has_no_member(client: MongoClient[Document] | None) -> bool:
    """Return whether every server has answered that it belongs to another replica set or to none.

    The driver forgets such a server, and one that does not answer is kept.
    """
    return client is not None and not client.topology_description.server_descriptions()
