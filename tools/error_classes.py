"""Find every exception class of gorder, for the documents and for tests."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import gorder
from gorder.errors import BusinessError, DefectError, GorderError, TransientError

_BASES = {GorderError, BusinessError, TransientError, DefectError}


def exception_classes() -> list[type[Exception]]:
    """Return the exception classes that gorder defines, by module and name."""
    return sorted(_defined(), key=lambda error: f"{error.__module__}.{error.__name__}")


def coded_errors() -> list[type[GorderError]]:
    """Return the errors that state a code of their own, by kind, status and code."""
    coded = [
        error
        for error in exception_classes()
        if issubclass(error, GorderError) and "code" in vars(error)
    ]
    return sorted(coded, key=lambda error: (error.kind, error.status, error.code))


def _defined() -> Iterator[type[Exception]]:
    for module in pkgutil.walk_packages(gorder.__path__, "gorder."):
        classes = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        for _, found in classes:
            defined_here = found.__module__ == module.name and found not in _BASES
            if defined_here and issubclass(found, Exception):
                yield found
