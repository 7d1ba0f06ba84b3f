"""Errors of the runtime, and the classification of exceptions that state no kind."""

from gorder.errors import DefectError, GorderError


class MissingSettingError(DefectError):
    """An environment variable or a field of a secret is missing or invalid."""

    code = "missing_setting"


class InternalError(DefectError):
    """An exception of a library or of Python. Its text is logged and never returned to a caller."""

    code = "internal_error"


def classified(error: Exception) -> GorderError:
    """Return the error itself if it states its kind, otherwise an `InternalError` for it."""
    return error if isinstance(error, GorderError) else InternalError(str(error))
