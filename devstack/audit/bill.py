"""Bills of materials in CycloneDX JSON, from cyclonedx-py."""

import json
import subprocess
from pathlib import Path
from typing import Any

from devstack import tools
from devstack.console import StackError
from devstack.state import ROOT

_SECONDS = 300

type Bill = dict[str, Any]


def of_environment(home: Path, *arguments: str) -> Bill:
    """Return the packages installed in a Python environment, with licences and dependencies."""
    return _cyclonedx("environment", *arguments, str(home))


def deployed() -> Bill:
    """Return what both layers deploy, with licences, dependencies and the hashes of the lock files.

    The same lock files give the same bill: it has no time and no random number.
    """
    project = ("--pyproject", str(ROOT / "pyproject.toml"))
    bill = of_environment(tools.environment("layers"), *project)
    pinned = "".join(path.read_text() for path in tools.lock_files("layers"))
    locked = _cyclonedx("requirements", "-", stdin=pinned)
    references = {each["purl"]: each["externalReferences"] for each in locked["components"]}
    for component in bill["components"]:
        component["externalReferences"] += references[component["purl"]]
    return bill


def write(bill: Bill, path: Path) -> None:
    """Write a bill, with its keys in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n")


def _cyclonedx(*arguments: str, stdin: str = "") -> Bill:
    command = [str(tools.environment("audit") / "bin" / "cyclonedx-py"), *arguments]
    command += ["--output-reproducible", "--no-validate", "--output-format", "JSON"]
    result = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if result.returncode != 0:
        raise StackError(f"cyclonedx-py {arguments[0]} failed:\n{result.stderr}")
    bill: Bill = json.loads(result.stdout)
    return bill
