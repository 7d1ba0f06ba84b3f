"""Running Stripe stand-ins."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.standin_client import StandinClient, running_standin


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[StandinClient]:
    """A stand-in without data."""
    with running_standin(tmp_path / "stripe.db") as running:
        yield running


@pytest.fixture(scope="module")
def module_standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinClient]:
    """A stand-in that the tests of a module share."""
    with running_standin(tmp_path_factory.mktemp("stripe") / "stripe.db") as running:
        yield running
