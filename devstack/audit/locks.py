"""The project's lock files."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from devstack import tools
from devstack.state import ROOT

_PATTERNS = ("uv.lock", "layers/*/requirements.txt", "devstack/environments/*.txt")


def lock_files() -> list[Path]:
    """Return every file that pins packages with their hashes, relative to the project."""
    return sorted(path.relative_to(ROOT) for each in _PATTERNS for path in ROOT.glob(each))


@contextmanager
def as_requirements(lock: Path) -> Iterator[Path]:
    """Yield a lock file as a file of requirements. uv.lock is exported with all its groups."""
    if lock.name != "uv.lock":
        yield ROOT / lock
        return
    with TemporaryDirectory() as folder:
        exported = Path(folder) / "requirements.txt"
        command = [str(tools.UV), "export", "--quiet", "--frozen", "--all-groups"]
        command += ["--no-emit-project", "--output-file", str(exported)]
        subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=True)
        yield exported
