"""Publishes the pages during the deployment of a release, and deletes them with the stack."""

from pathlib import Path
from typing import Any, Final

from gorder.bootstrap.publish_pages import service
from gorder.pages.commands.delete_pages import DeletePages
from gorder.pages.commands.publish_pages import PublishPages
from gorder.runtime.custom_resource import custom_resource_function

_BUILT: Final = Path(__file__).parent / "pages"


def publish() -> dict[str, Any]:
    """Upload the pages; return how many files were published and retired."""
    return dict(service(_BUILT).publish(PublishPages()))


def delete() -> dict[str, Any]:
    """Empty the bucket, which CloudFormation then deletes; return how many files it had."""
    return dict(service(_BUILT).delete(DeletePages()))


handler = custom_resource_function(publish, on_delete=delete)
