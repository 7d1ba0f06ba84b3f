"""The files of the pages: their types, how long they may be cached, and the release they form."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from gorder.errors import DefectError

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_REQUIRED: Final = frozenset({"index.html", "order.html", "404.html"})
_ASSETS: Final = "assets/"  # their names have a hash of their content


class UnknownFileTypeError(DefectError):
    """A file of the pages has an unknown type. Nothing was published."""

    code = "unknown_file_type"


class PagesMissingError(DefectError):
    """The function was built without the pages. Nothing was published."""

    code = "pages_missing"


@dataclass(frozen=True, slots=True)
class FileHeaders:
    """How a file is served."""

    content_type: str
    cache_control: str

    @classmethod
    def of(cls, path: str) -> "FileHeaders":
        """Return the headers of a file by its path, such as `assets/shop-3f9a.js`.

        Raises:
            UnknownFileTypeError
        """
        suffix = PurePosixPath(path).suffix
        if suffix not in _TYPES:
            raise UnknownFileTypeError(f"{path}: add its type to gorder/pages/model.py")
        return cls(_TYPES[suffix], _cache_control(path))


def _cache_control(path: str) -> str:
    if path.startswith(_ASSETS):
        return "public, max-age=31536000, immutable"
    if path.endswith(".html"):
        return "no-cache"  # asked for each time: the ETag answers that nothing has changed
    return "public, max-age=3600"


def upload_order(paths: Sequence[str]) -> list[str]:
    """Return the files in the order of their upload: a page after everything that it refers to.

    Raises:
        PagesMissingError, UnknownFileTypeError
    """
    if missing := sorted(_REQUIRED - set(paths)):
        raise PagesMissingError(
            f"{', '.join(missing)} missing: build with the parameter that the deployment has, "
            "sam build --parameter-overrides Pages=true"
        )
    for path in paths:
        FileHeaders.of(path)
    return sorted(paths, key=lambda path: (path.endswith(".html"), path))
