"""Every exception states its kind, its HTTP status and its code."""

import pytest

from gorder.errors import BusinessError, DefectError, GorderError, Kind, TransientError
from gorder.order.stock_errors import InsufficientStock, StockRefused
from gorder.runtime.errors import classified
from tools.error_classes import coded_errors, exception_classes
from tools.generate_errors import DOCUMENT, rendered

# LostRaceError is caught in its own module, which runs the MySQL transaction again. Adapters
# translate OutOfTimeError as they translate every error of botocore.
INTERNAL = {"LostRaceError", "OutOfTimeError"}

ALL = [error for error in exception_classes() if error.__name__ not in INTERNAL]
OF_A_KIND = [error for error in ALL if issubclass(error, GorderError)]
CONCRETE = coded_errors()


def test_the_errors_are_found() -> None:
    assert InsufficientStock in CONCRETE
    assert len(CONCRETE) > 30


@pytest.mark.parametrize("error", ALL, ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_an_error_has_a_kind(error: type[Exception]) -> None:
    assert issubclass(error, BusinessError | TransientError | DefectError)


@pytest.mark.parametrize("error", OF_A_KIND, ids=lambda error: error.__name__)
def test_an_error_has_a_status_and_a_code_or_is_only_a_base(error: type[GorderError]) -> None:
    assert (hasattr(error, "code") and hasattr(error, "status")) or error.__subclasses__()


@pytest.mark.parametrize("error", CONCRETE, ids=lambda error: error.__name__)
def test_the_name_and_the_status_match_the_kind(error: type[GorderError]) -> None:
    assert error.__name__.endswith("Error") == (error.kind is not Kind.BUSINESS)
    assert (400 <= error.status < 500) == (error.kind is Kind.BUSINESS)
    assert error.code.replace("_", "").isalpha()


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in CONCRETE]

    assert len(set(codes)) == len(codes)


def test_an_exception_without_a_kind_is_a_defect_with_its_text() -> None:
    found = classified(KeyError("x"))

    assert (found.kind, found.status, found.code) == (Kind.DEFECT, 500, "internal_error")
    assert str(found) == "'x'"


def test_a_subclass_has_the_code_of_its_base() -> None:
    class NotEvenBread(InsufficientStock):
        """A refusal without a code of its own."""

    assert classified(NotEvenBread(())).code == "insufficient_stock"
    assert not hasattr(StockRefused, "code")


def test_the_document_lists_every_code() -> None:
    assert DOCUMENT.read_text() == rendered(), "docs/errors.md is out of date: make errors"
