"""The layers of a function in one folder, which the functions with these layers share."""

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
    """Merge the layers into one folder as AWS does in /opt: later layers overwrite earlier ones."""
    for layer in layers:
        shutil.copytree(layer, target, dirs_exist_ok=True)
