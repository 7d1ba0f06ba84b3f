"""The `find` commands of a client, and how the server runs them."""

from typing import Any

from pymongo.database import Database
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from gorder.order.adapters.mongo_documents import Document


class Finds(CommandListener):
    """Keeps the `find` commands of a client."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "find":
            names = ("find", "filter", "sort", "limit", "hint")
            self.sent.append({n: event.command[n] for n in names if n in event.command})

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Keep nothing."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Keep nothing."""

    def plans(self, database: Database[Document]) -> list[str]:
        """Return the server's plan of each command."""
        return [str(database.command("explain", find)["queryPlanner"]) for find in self.sent]
