"""Every error has its row: none is of no kind."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import gorder
from gorder.bootstrap.error_table import ERRORS
from gorder.order.ports import InsufficientStock, StockRefused
from gorder.runtime.errors import Kind

# No function raises these, so no function's table need import them.
COMMAND_LINE = {"gorder.cli"}
# Caught where they are raised: a MySQL transaction runs again.
INTERNAL = {"LostRaceError"}


def _errors() -> Iterator[type[Exception]]:
    for module in pkgutil.walk_packages(gorder.__path__, "gorder."):
        if module.name in COMMAND_LINE:
            continue
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            ours = found.__module__ == module.name and found.__name__ not in INTERNAL
            if ours and issubclass(found, Exception):
                yield found


ALL = sorted(_errors(), key=lambda error: error.__qualname__)


def test_the_errors_are_found() -> None:
    assert InsufficientStock in ALL
    assert len(ALL) > 30


@pytest.mark.parametrize("error", ALL, ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_an_error_has_a_row_or_a_base_that_has_one_or_is_only_a_base(
    error: type[Exception],
) -> None:
    assert any(base in ERRORS for base in error.__mro__) or error.__subclasses__()


@pytest.mark.parametrize(
    "error", [error for error in ALL if error in ERRORS], ids=lambda error: error.__name__
)
def test_a_name_says_the_kind_and_the_kind_says_the_status(error: type[Exception]) -> None:
    row = ERRORS.row(error.__new__(error))

    assert error.__name__.endswith("Error") == (row.kind is not Kind.BUSINESS)
    assert (400 <= row.status < 500) == (row.kind is Kind.BUSINESS)
    assert row.code.replace("_", "").isalpha()


def test_codes_are_told_apart() -> None:
    codes = [ERRORS.row(error.__new__(error)).code for error in ALL if error in ERRORS]

    assert len(set(codes)) == len(codes)


def test_an_error_nobody_listed_is_a_defect() -> None:
    assert ERRORS.row(KeyError("x")).kind is Kind.DEFECT


def test_a_subclass_is_what_its_base_is() -> None:
    class NotEvenBread(InsufficientStock):
        """A refusal nobody listed."""

    assert ERRORS.row(NotEvenBread(())).code == "insufficient_stock"
    assert StockRefused not in ERRORS
