"""The layers of a function in one folder, which the functions with these layers share."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path


@cache
def merged(layers: tuple[Path, ...]) -> Path:
    """Return a folder with the layers, which stays until LocalStack's temporary files go."""
    target = Path(tempfile.mkdtemp(prefix="layers-"))
    merge_layers(layers, target)
    return target


def merge_layers(layers: Sequence[Path], target: Path) -> None:
    """Merge the layers into one folder as AWS does in /opt: later layers overwrite earlier ones.

    Files are linked, so that a stack that is deployed often does not fill the disk.
    """
    target.mkdir(parents=True, exist_ok=True)
    for layer in layers:
        shutil.copytree(layer, target, dirs_exist_ok=True, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)  # the file of an earlier layer
    try:
        os.link(source, target)
    except OSError:  # the target is on another file system
        shutil.copy2(source, target)
