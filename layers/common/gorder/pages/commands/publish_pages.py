"""Publish a release of the pages."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.pages.model import FileHeaders, UnknownFileTypeError, upload_order
from gorder.pages.ports import BuiltPages, PublishedPages


@dataclass(frozen=True, slots=True)
class PublishPages:
    """Publish the pages that the function's package has."""


@dataclass(frozen=True, slots=True)
class PublishPagesHandler:
    """Uploads every file, pages last, then retires the files of earlier releases.

    After each write every page that is served finds the files to which it refers, so the work can
    end anywhere and be repeated.
    """

    built: BuiltPages
    published: PublishedPages
    telemetry: Telemetry

    def __call__(self, _command: PublishPages) -> dict[str, int]:
        """Return how many files were `published` and `retired`.

        Raises:
            PagesMissingError, UnknownFileTypeError: nothing was written.
            PagesUnavailableError, PagesRefusedError
        """
        release = upload_order(self.built.paths())
        for path in release:
            self.published.put(path, self.built.read(path), FileHeaders.of(path))
        retired = sum(map(self._retire, sorted({*self.published.paths()} - {*release})))
        done = {"published": len(release), "retired": retired}
        self.telemetry.info("pages.published", **done)
        return done

    def _retire(self, path: str) -> bool:
        try:
            headers = FileHeaders.of(path)
        except UnknownFileTypeError:  # a later release published it
            return False
        return self.published.retire(path, headers)
