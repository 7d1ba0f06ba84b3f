"""Which lock files, licences and advisories `make audit` accepts."""

import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from devstack.audit.__main__ import report
from devstack.audit.advisories import Advisory, not_accepted
from devstack.audit.bill import Bill
from devstack.audit.licences import refused
from devstack.audit.locks import lock_files
from devstack.audit.policy import AcceptedAdvisory, AllowedLicences, PackageException, Policy
from devstack.state import ROOT

MIT = {"license": {"id": "MIT"}}
GPL = {"license": {"id": "GPL-3.0-only"}}
EITHER = {"expression": "MIT OR GPL-3.0-only"}
FREE = {"license": {"name": "License :: Freely Distributable"}}
POLICY = Policy(
    licences=AllowedLicences(deployed=frozenset({"MIT"}), development=frozenset({"ISC"})),
    packages={
        "a-server": PackageException(declares=frozenset({"GPL-3.0-only"}), reason="not deployed")
    },
)
FOUND = Advisory(Path("uv.lock"), "jinja2", "2.0", ("PYSEC-1", "CVE-1"), ("2.1",))


def bill(*licences: dict[str, Any], name: str = "package") -> Bill:
    return {"components": [{"name": name, "version": "1", "licenses": list(licences)}]}


def accepted(until: str, id_: str = "CVE-1", package: str = "jinja2") -> AcceptedAdvisory:
    return AcceptedAdvisory(
        id=id_, package=package, reason="no templates", until=date.fromisoformat(until)
    )


def test_every_file_with_pinned_hashes_is_a_lock_file() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git of the PATH
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split("\n")
    texts = [Path(name) for name in listed if name.endswith((".txt", ".lock", ".toml"))]
    pinned = [
        path for path in texts if re.search(r"sha256:[0-9a-f]{64}", (ROOT / path).read_text())
    ]

    assert sorted(pinned) == lock_files()


@pytest.mark.parametrize("environment", ["layers", "pages", "project", "pages-development"])
@pytest.mark.parametrize("licences", [[GPL], [MIT, GPL], [EITHER], [FREE], []])
def test_a_licence_that_is_not_listed_is_refused(
    environment: str, licences: list[dict[str, Any]]
) -> None:
    assert len(refused(environment, bill(*licences), POLICY)) == 1


def test_a_listed_licence_is_allowed() -> None:
    assert refused("layers", bill(MIT), POLICY) == []


def test_a_licence_of_developers_tools_is_not_allowed_in_a_layer() -> None:
    isc = {"license": {"id": "ISC"}}

    assert refused("project", bill(isc), POLICY) == []
    assert refused("layers", bill(isc), POLICY) == [
        "layers: package 1 declares ISC, which devstack/audit/policy.toml does not allow"
    ]


def test_an_exception_is_for_one_package_and_its_licences() -> None:
    assert refused("mongo", bill(GPL, name="A_Server"), POLICY) == []
    assert refused("mongo", bill(GPL, name="other"), POLICY)
    assert refused("mongo", bill(FREE, name="a_server"), POLICY)
    assert refused("layers", bill(GPL, name="a_server"), POLICY)


def test_every_exception_is_for_a_pinned_package() -> None:
    pinned = "".join((ROOT / lock).read_text().lower() for lock in lock_files())

    names = Policy.load().packages
    assert names
    for name in names:
        assert re.search(rf'^(name = "{name}"|{name}==)', pinned, re.MULTILINE), name


def test_an_advisory_is_accepted_until_its_date() -> None:
    assert not_accepted([FOUND], [accepted("2026-12-01")], date(2026, 12, 1)) == []
    assert not_accepted([FOUND], [accepted("2026-12-01")], date(2026, 12, 2)) == [FOUND]


def test_an_accepted_advisory_is_for_one_package() -> None:
    today = date(2026, 11, 1)

    assert not_accepted([FOUND], [accepted("2026-12-01", package="other")], today) == [FOUND]
    assert not_accepted([FOUND], [accepted("2026-12-01", id_="CVE-2")], today) == [FOUND]


@pytest.mark.parametrize(
    ("problems", "unchecked", "status"),
    [([], [], 0), (["a"], [], 1), ([], [Path("uv.lock")], 3), (["a"], [Path("uv.lock")], 1)],
)
def test_what_was_not_checked_does_not_pass(
    problems: list[str], unchecked: list[Path], status: int
) -> None:
    assert report(problems, unchecked) == status
