"""pip-audit reads each lock file, and asks a database that has OSV's API."""

from pathlib import Path

import pytest

from devstack import tools
from devstack.audit.advisories import NotCheckedError, advisories
from devstack.state import LOOPBACK, free_port
from tests.integration.audit.osv_database import database_of, vulnerability

LAYER = Path("layers/common/requirements.txt")


@pytest.fixture(autouse=True, scope="module")
def _tools() -> None:
    tools.ensure(["audit"], mariadb=False)


@pytest.mark.parametrize("lock", [LAYER, Path("uv.lock")], ids=str)
def test_a_vulnerable_package_is_found(lock: Path) -> None:
    known = {"pymongo": vulnerability("pymongo", "PYSEC-1", fixed="99.0")}

    with database_of(known) as database:
        [found] = advisories(lock, database)

    assert (found.package, found.ids, found.fixed_in) == (
        "pymongo",
        ("PYSEC-1", "CVE-PYSEC-1"),
        ("99.0",),
    )
    assert str(found).startswith(f"{lock}: pymongo ")


def test_an_unreachable_database_is_not_a_pass() -> None:
    with pytest.raises(NotCheckedError, match="cannot be reached"):
        advisories(LAYER, f"http://{LOOPBACK}:{free_port(set())}/v1/query")
