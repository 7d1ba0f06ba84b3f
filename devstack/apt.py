"""Install Debian packages."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from devstack.console import StackError, say, step
from devstack.private_files import PUBLIC
from devstack.process import tail


def is_usable() -> bool:
    """Whether there is apt, and this user may install with it."""
    return shutil.which("apt-get") is not None and (not _as_root() or bool(shutil.which("sudo")))


def offers(package: str) -> bool:
    """Whether apt has the package itself. Ubuntu has empty ones that install a snap."""
    policy = subprocess.run(
        ["apt-cache", "policy", package],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return is_candidate(policy)


def is_candidate(policy: str) -> bool:
    """Whether the output of `apt-cache policy` names a version to install that is no snap."""
    [version, *_] = [
        line.partition(":")[2].strip()
        for line in policy.splitlines()
        if line.strip().startswith("Candidate:")
    ] or [""]
    return version not in {"", "(none)"} and "snap" not in version


def update(packages: Sequence[str], log: Path) -> None:
    """Fetch apt's lists before packages are installed. sudo may ask for a password.

    Raises:
        StackError: apt-get failed.
    """
    if _as_root():
        say(f"  ! sudo is needed once, to install {' '.join(packages)}")
    with step("update apt's lists"):
        _apt_get(["update"], log)


def install(packages: Sequence[str], log: Path) -> None:
    """Install packages.

    Raises:
        StackError: apt-get failed.
    """
    with step(f"install {' '.join(packages)}"):
        _apt_get(["install", "--no-install-recommends", *packages], log)


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo"]


def _apt_get(arguments: Sequence[str], log: Path) -> None:
    command = [*_as_root(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    command += ["-o", "DPkg::Lock::Timeout=300", "-y", "-q", *arguments]
    with log.open("ab") as output:
        result = subprocess.run(command, stdout=output, stderr=output, umask=PUBLIC, check=False)
    if result.returncode != 0:
        raise StackError(f"apt-get {arguments[0]} failed; {tail(log)}")
