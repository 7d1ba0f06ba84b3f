"""Run SAM's own code to see how it reads a command line (tests/sam_probe.py)."""

import json
import subprocess
from collections.abc import Mapping, Sequence

from devstack import sam, tools
from devstack.state import ROOT
from tests.samples import Json


def parse_with_sam(
    *commands: Sequence[str], environment: Mapping[str, str] | None = None
) -> list[Json]:
    """Return how SAM reads the arguments of each command, with these variables."""
    tools.ensure(["sam"], mariadb=False)
    python = tools.environment("sam") / "bin" / "python"
    result = subprocess.run(  # noqa: S603 - the tests' own arguments
        [python, "-m", "tests.sam_probe"],
        input=json.dumps(commands),
        cwd=ROOT,
        env=sam.environment(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    readings: list[Json] = json.loads(result.stdout)
    return readings
