"""What publishing needs from outside."""

from typing import Protocol

from gorder.errors import DefectError, TransientError
from gorder.pages.model import FileHeaders


class PagesUnavailableError(TransientError):
    """The bucket of the pages did not answer. Publishing can be repeated."""

    code = "pages_unavailable"


class PagesRefusedError(DefectError):
    """The bucket of the pages is missing, or the function may not use it. See the text."""

    code = "pages_refused"


class BuiltPages(Protocol):
    """The files that the build made."""

    def paths(self) -> list[str]:
        """Return the path of each file, with slashes."""
        ...

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        ...


class PublishedPages(Protocol):
    """The files that are served.

    Every method raises PagesUnavailableError, and PagesRefusedError when repeating does not help.
    """

    def put(self, path: str, content: bytes, headers: FileHeaders) -> None:
        """Write a file, or replace it."""
        ...

    def paths(self) -> list[str]:
        """Return the path of each file, of earlier releases too."""
        ...

    def retire(self, path: str, headers: FileHeaders) -> bool:
        """Begin the time after which a file is deleted.

        Return False if it had begun before, or if the file is deleted already.
        """
        ...

    def delete_all(self) -> int:
        """Delete every file and return how many there were."""
        ...
