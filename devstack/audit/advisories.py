"""Known vulnerabilities of pinned packages, from pip-audit and the OSV database."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from devstack import tools
from devstack.audit.locks import as_requirements
from devstack.audit.policy import AcceptedAdvisory

OSV = "https://api.osv.dev/v1/query"
_SECONDS = 900


class NotCheckedError(Exception):
    """The database did not answer for every package. The message says why."""


@dataclass(frozen=True)
class Advisory:
    """A known vulnerability of a pinned package."""

    lock: Path
    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fix = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "no release fixes it"
        return f"{self.lock}: {self.package} {self.version} has {', '.join(self.ids)}; {fix}"


def advisories(lock: Path, database: str = OSV) -> list[Advisory]:
    """Return the known vulnerabilities of the packages that a lock file pins.

    Raises:
        NotCheckedError: the database did not answer for every package.
    """
    with as_requirements(lock) as requirements:
        command = [str(tools.environment("audit") / "bin" / "pip-audit")]
        command += ["--vulnerability-service", "osv", "--osv-url", database]
        command += ["--require-hashes", "--disable-pip", "--requirement", str(requirements)]
        command += ["--format", "json", "--progress-spinner", "off"]
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    return list(_found(lock, _packages(result, database)))


def not_accepted(
    found: Sequence[Advisory], accepted: Sequence[AcceptedAdvisory], today: date
) -> list[Advisory]:
    """Leave out the advisories that are accepted today."""
    current = {(each.package, each.id) for each in accepted if today <= each.until}
    return [
        advisory
        for advisory in found
        if not any((advisory.package, each) in current for each in advisory.ids)
    ]


def _packages(result: subprocess.CompletedProcess[str], database: str) -> list[dict[str, Any]]:
    """Read pip-audit's report. Its exit status is 1 both with a finding and after an error."""
    try:
        packages: list[dict[str, Any]] = json.loads(result.stdout)["dependencies"]
    except ValueError as error:
        reason = (result.stderr.strip().splitlines() or ["pip-audit printed nothing"])[-1]
        raise NotCheckedError(f"{database} cannot be reached: {reason}") from error
    if skipped := [each["name"] for each in packages if "skip_reason" in each]:
        raise NotCheckedError(f"pip-audit skipped {', '.join(skipped)}")
    return packages


def _found(lock: Path, packages: list[dict[str, Any]]) -> Iterator[Advisory]:
    for package in packages:
        for found in package["vulns"]:
            yield Advisory(
                lock,
                package["name"],
                package["version"],
                (found["id"], *found["aliases"]),
                tuple(found["fix_versions"]),
            )
