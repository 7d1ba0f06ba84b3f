"""The bill of materials of the pages."""

import json
from pathlib import Path
from typing import Any

import pytest

from devstack import tools
from devstack.audit.npm import of_pages
from tests.integration.audit.test_bill import problems_of

PACKAGES: dict[str, dict[str, Any]] = {
    "": {"name": "some", "dependencies": {"a": "1.0.0"}},
    "node_modules/a": {"version": "1.0.0", "license": "MIT", "integrity": "sha512-AQI="},
    "node_modules/a/node_modules/@some/b": {"version": "2.0.0", "integrity": "sha512-AQI="},
    "node_modules/c": {"version": "3.0.0", "license": "ISC", "integrity": "sha1-AQI=", "dev": True},
}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "package-lock.json"
    path.write_text(json.dumps({"name": "some", "lockfileVersion": 3, "packages": PACKAGES}))
    return path


def test_it_has_what_a_browser_loads(lock: Path) -> None:
    nested, direct = of_pages(lock, deployed=True)["components"]

    assert nested["purl"] == "pkg:npm/%40some/b@2.0.0"
    assert nested["licenses"] == []  # so `make audit` refuses it
    assert direct["purl"] == "pkg:npm/a@1.0.0"
    assert direct["licenses"] == [{"expression": "MIT"}]
    assert direct["hashes"] == [{"alg": "SHA-512", "content": "0102"}]


def test_the_developers_packages_are_apart(lock: Path) -> None:
    [only] = of_pages(lock, deployed=False)["components"]

    assert only["purl"] == "pkg:npm/c@3.0.0"
    assert only["hashes"] == [{"alg": "SHA-1", "content": "0102"}]


def test_it_conforms_to_the_schema_of_cyclonedx() -> None:
    tools.ensure(["audit"], mariadb=False)

    assert problems_of([json.dumps(of_pages(deployed=True))]) == [""]
    assert of_pages(deployed=True)["components"]
