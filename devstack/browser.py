"""Chromium, in which tests look at the pages. `make demo` does not need it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from devstack import apt
from devstack.console import StackError, step
from devstack.private_files import PUBLIC
from devstack.state import locked
from devstack.tools import APT_LOG, TOOLS

PACKAGES = ("chromium", "fonts-wqy-microhei")  # without a font, Chinese is drawn as boxes
DOWNLOADED = TOOLS / "browsers"
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
_SNAP = "/snap/"  # such a Chromium cannot read the files of a test


def ensure() -> Path:
    """Return the path of Chromium, and install it if it is missing.

    It is Debian's package where apt has it, and Playwright's own build elsewhere.

    Raises:
        StackError: the installation failed.
    """
    TOOLS.mkdir(exist_ok=True)
    with locked(TOOLS / "browser-lock"):
        return _installed() or _install()


def flags() -> list[str]:
    """Return the flags of the command line. As root, Chromium has no sandbox."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def _installed() -> Path | None:
    found = shutil.which("chromium")
    if found and _SNAP not in str(Path(found).resolve()) and _SNAP not in found:
        return Path(found)
    return _downloaded()


def _downloaded() -> Path | None:
    return next(iter(sorted(DOWNLOADED.glob("chromium-*/chrome-linux*/chrome"))), None)


def _install() -> Path:
    with_apt = apt.is_usable()
    if with_apt:
        apt.update(PACKAGES, APT_LOG)
    if with_apt and apt.offers(PACKAGES[0]):
        apt.install(PACKAGES, APT_LOG)
    else:
        _download(["--with-deps"] if with_apt else [])
    found = _installed()
    if found is None:
        raise StackError("Chromium was installed, but is not found: put `chromium` on PATH")
    return found


def _download(options: list[str]) -> None:
    """Install Playwright's own build. `--with-deps` installs the libraries that it needs."""
    command = [sys.executable, "-m", "playwright", "install", "--no-shell", *options, "chromium"]
    with step("install Playwright's Chromium"):
        result = subprocess.run(
            command,
            env={**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(DOWNLOADED)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            umask=PUBLIC,
            check=False,
        )
    if result.returncode != 0:
        raise StackError(
            f"{PACKAGES[0]} cannot be installed with apt here, and playwright install failed: "
            f"install it as root, then try again\n{result.stdout}{result.stderr}"
        )
