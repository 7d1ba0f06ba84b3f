"""The schema of both databases, brought up to date by the deployment of each release."""

from typing import Any

from gorder.bootstrap.migrate import Migrate, service
from gorder.runtime.custom_resource import custom_resource_function


def migrate() -> dict[str, Any]:
    """Apply what is missing; what was applied, and the indexes there are."""
    return dict(service()(Migrate()))


handler = custom_resource_function(migrate)
