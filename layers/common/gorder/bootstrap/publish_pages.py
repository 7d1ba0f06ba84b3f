"""Build the publish_pages function."""

from dataclasses import dataclass
from pathlib import Path

from gorder.bootstrap.settings import PagesSettings, load
from gorder.clients.aws import s3_client
from gorder.pages.adapters.built_folder import BuiltFolder
from gorder.pages.adapters.s3_pages import S3Pages
from gorder.pages.commands.delete_pages import DeletePages, DeletePagesHandler
from gorder.pages.commands.publish_pages import PublishPages, PublishPagesHandler
from gorder.pages.ports import BuiltPages, PublishedPages
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry


@dataclass(frozen=True, slots=True)
class PagesService:
    """The commands of the publish_pages function."""

    publish: Handler[PublishPages, dict[str, int]]
    delete: Handler[DeletePages, dict[str, int]]


def build(built: BuiltPages, published: PublishedPages) -> PagesService:
    publish = PublishPagesHandler(built=built, published=published, telemetry=telemetry)
    delete = DeletePagesHandler(published=published, telemetry=telemetry)
    return PagesService(observed("PublishPages", publish), observed("DeletePages", delete))


def service(folder: Path) -> PagesService:
    """Return the commands for pages that were built into a folder."""
    return build(BuiltFolder(folder), S3Pages(s3_client(), load(PagesSettings).bucket))
