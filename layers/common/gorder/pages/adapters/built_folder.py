"""The built pages in a folder of the function's package."""

from pathlib import Path


class BuiltFolder:
    """`BuiltPages` in a folder. One that does not exist has no files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def paths(self) -> list[str]:
        files = (path for path in self._folder.rglob("*") if path.is_file())
        return [path.relative_to(self._folder).as_posix() for path in files]

    def read(self, path: str) -> bytes:
        return (self._folder / path).read_bytes()
