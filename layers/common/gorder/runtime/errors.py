"""Errors of the runtime itself, and the kind of an exception that states none."""

from gorder.errors import DefectError, GorderError


class MissingSettingError(DefectError):
    """The function's environment or a secret lacks a value that the function needs."""

    code = "missing_setting"


class InternalError(DefectError):
    """An exception of a library or of Python. Its text is logged and never shown to a caller."""

    code = "internal_error"


def classified(error: Exception) -> GorderError:
    """Return the error itself if it states its kind, otherwise an `InternalError` for it."""
    return error if isinstance(error, GorderError) else InternalError(str(error))
