"""Files and directories that only their owner may read."""

import os
import stat
from pathlib import Path

OTHERS = 0o077
"""The permissions of everyone but the owner."""
PUBLIC = 0o022
"""The usual umask, for installed programs."""


def set_private_umask() -> None:
    """Let only their owner read the files that this process and its children create from now on."""
    os.umask(OTHERS)


def close_to_others(directory: Path) -> None:
    """Take the permissions of other users on a directory and on everything in it."""
    for folder, _, files in os.walk(directory):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            if not path.is_symlink():
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically by one that only its owner may read."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)
