"""`make audit` as a whole, in the environments of this machine."""

import pytest

from devstack.audit.__main__ import main
from tests.integration.audit.osv_database import database_of, vulnerability


def test_only_the_vulnerable_package_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    with database_of({"uv": vulnerability("uv", "PYSEC-1", fixed="99.0")}) as database:
        assert main(database) == 1

    lines = capsys.readouterr().err.splitlines()
    [problem] = [line for line in lines if line.startswith("  ✗ ")]
    assert problem.startswith("  ✗ devstack/environments/uv.txt: uv ")
    assert not [line for line in lines if "not checked" in line]
