"""`make audit`: known vulnerabilities, licences, and the bills of materials of what is deployed.

Of npm's packages, only the licences are checked.

The exit status is 1 if a vulnerability or licence is not accepted, and 3 if nothing is wrong but
the database of vulnerabilities did not answer for every lock file.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from devstack import tools
from devstack.audit import advisories, bill, licences, npm
from devstack.audit.locks import lock_files
from devstack.audit.policy import Policy
from devstack.console import exit_status, say, step
from devstack.state import ROOT

NOT_CHECKED = 3


def main(database: str = advisories.OSV) -> int:
    """Run all audits and return the exit status."""
    policy = Policy.load()
    environments = _environments()
    tools.ensure([name for name in environments if name not in {"uv", "project"}], mariadb=False)
    problems = _licences(environments, policy)
    _write_bills()
    found, unchecked = _advisories(policy, database)
    return report([*problems, *map(str, found)], unchecked)


def report(problems: Sequence[str], unchecked: Sequence[Path]) -> int:
    """Print what is wrong and return the exit status. What was not checked does not pass."""
    for problem in problems:
        say(f"  ✗ {problem}")
    if unchecked:
        say(f"  ! not checked for known vulnerabilities: {', '.join(map(str, unchecked))}")
    if problems:
        return 1
    return NOT_CHECKED if unchecked else 0


def _environments() -> dict[str, Path]:
    """Return each environment that a lock file describes, by name."""
    names = [path.stem for path in sorted(tools.LOCKS.glob("*.txt"))]
    homes = {name: tools.environment(name) for name in (*names, "layers")}
    return homes | {"uv": tools.UV.parents[1], "project": Path(sys.prefix)}


def _licences(environments: dict[str, Path], policy: Policy) -> list[str]:
    with step(f"licences of {len(environments)} environments"), ThreadPoolExecutor(2) as pool:
        bills = zip(environments, pool.map(bill.of_environment, environments.values()), strict=True)
        installed = dict(bills) | {
            "pages": npm.of_pages(deployed=True),
            "pages-development": npm.of_pages(deployed=False),
        }
        return [
            line
            for name, each in installed.items()
            for line in licences.refused(name, each, policy)
        ]


def _write_bills() -> None:
    dist, release = ROOT / "dist", version("gorder")
    with step(f"bills of materials in {dist.relative_to(ROOT)}"):
        bill.write(bill.deployed(), dist / f"gorder-{release}.cdx.json")
        pages = npm.of_pages(deployed=True)
        bill.write(pages, dist / f"gorder-pages-{release}.cdx.json")


def _advisories(policy: Policy, database: str) -> tuple[list[advisories.Advisory], list[Path]]:
    """Return what is not accepted, and the lock files that could not be checked."""
    found: list[advisories.Advisory] = []
    remaining = lock_files()
    try:
        while remaining:
            with step(f"known vulnerabilities: {remaining[0]}"):
                found += advisories.advisories(remaining[0], database)
            del remaining[0]
    except advisories.NotCheckedError as error:
        say(f"  ! {error}")
    today = datetime.now(UTC).date()
    return advisories.not_accepted(found, policy.advisories, today), remaining


if __name__ == "__main__":
    sys.exit(exit_status(main))
