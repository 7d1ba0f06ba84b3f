"""Delete the pages of all releases, because a bucket is deleted only when it is empty."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.pages.ports import PublishedPages


@dataclass(frozen=True, slots=True)
class DeletePages:
    """Delete every file that was published."""


@dataclass(frozen=True, slots=True)
class DeletePagesHandler:
    """Deletes every file. Safe to repeat."""

    published: PublishedPages
    telemetry: Telemetry

    def __call__(self, _command: DeletePages) -> dict[str, int]:
        """Return how many files were `deleted`.

        Raises:
            PagesUnavailableError, PagesRefusedError
        """
        done = {"deleted": self.published.delete_all()}
        self.telemetry.info("pages.deleted", **done)
        return done
