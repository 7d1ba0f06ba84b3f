"""Brings the schema of both databases up to date during the deployment of a release."""

from typing import Any

from gorder.bootstrap.migrate import service
from gorder.runtime.custom_resource import custom_resource_function
from gorder.upkeep.migrate import Migrate


def migrate() -> dict[str, Any]:
    """Apply missing migrations; return them, the indexes that exist and the orders completed."""
    return dict(service()(Migrate()))


handler = custom_resource_function(migrate)
