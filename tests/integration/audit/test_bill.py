"""The bill of materials of both layers: complete, valid and reproducible."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from devstack import tools
from devstack.audit.bill import Bill, deployed, write

# The schemas are packages of cyclonedx-py's environment.
VALIDATE = """
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
validate = JsonStrictValidator(SchemaVersion.V1_6).validate_str
json.dump([str(validate(text) or "") for text in json.load(sys.stdin)], sys.stdout)
"""


@pytest.fixture(scope="module")
def bill() -> Bill:
    tools.ensure(["audit", "layers"], mariadb=False)
    return deployed()


def test_it_has_every_package_of_the_layers_with_its_hashes(bill: Bill) -> None:
    pinned = "".join(path.read_text() for path in tools.lock_files("layers"))

    assert {each["purl"] for each in bill["components"]} == {
        f"pkg:pypi/{name}@{version}"
        for name, version in re.findall(r"^([\w-]+)==(\S+)", pinned, re.MULTILINE)
    }
    for component in bill["components"]:
        [archive] = [
            each
            for each in component["externalReferences"]
            if each["type"] == "distribution" and "hashes" in each
        ]
        assert all(each["content"] in pinned for each in archive["hashes"])
        assert component["licenses"]
    assert bill["metadata"]["component"]["name"] == "gorder"


def test_it_conforms_to_the_schema_of_cyclonedx(bill: Bill, tmp_path: Path) -> None:
    write(bill, tmp_path / "bill.json")
    text = (tmp_path / "bill.json").read_text()

    none, problem = problems_of([text, text.replace('"library"', '"no such type"')])
    assert none == ""
    assert "is not valid" in problem


def problems_of(texts: list[str]) -> list[str]:
    python = tools.environment("audit") / "bin" / "python"
    done = subprocess.run(  # noqa: S603 - a tool of the project
        [str(python), "-c", VALIDATE],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_the_same_lock_files_give_the_same_bytes(bill: Bill, tmp_path: Path) -> None:
    write(bill, tmp_path / "first.json")
    write(deployed(), tmp_path / "second.json")

    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
    assert not {"serialNumber"} & bill.keys()
    assert "timestamp" not in bill["metadata"]
