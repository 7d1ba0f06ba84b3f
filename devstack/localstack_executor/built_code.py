"""Records what `make up` has built, and finds functions that differ from it.

A function runs as a process of the developer, so LocalStack must run no other code: neither by a
function's code and layers, nor by a handler or a variable that makes Python load something else.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class BuiltCode:
    """The digests of code and layers, the handlers, and the names of the functions' variables."""

    digests: list[str]
    handlers: list[str]
    variables: list[str]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the record in a file. Without a file, nothing was built."""
        return cls(**json.loads(file.read_text())) if file.exists() else cls([], [], [])

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    def __or__(self, other: Self) -> Self:
        """Return what either has."""
        return type(self)(
            sorted({*self.digests, *other.digests}),
            sorted({*self.handlers, *other.handlers}),
            sorted({*self.variables, *other.variables}),
        )

    def difference(self, handler: str, variables: Iterable[str], digests: Iterable[str]) -> str:
        """Return how a function differs from what was built, or an empty string."""
        if handler not in self.handlers:
            return f"handler {handler!r}"
        if unknown := sorted(set(variables) - set(self.variables)):
            return f"variable {unknown[0]}"
        return "code or a layer" if set(digests) - set(self.digests) else ""


def digest(folder: Path) -> str:
    """Return the SHA-256 of a folder: of the names and contents of its files."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(folder).as_posix()}\0{content}\0".encode())
    return total.hexdigest()
