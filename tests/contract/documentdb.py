"""Detects commands that the local MongoDB server accepts and DocumentDB does not."""

from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from devstack.documentdb import CHECKED, refused


class DocumentDBGuard(CommandListener):
    """Collects the commands that DocumentDB would refuse."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.refused: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in CHECKED:
            self.commands.append(event.command_name)
        self.refused += refused(event.command_name, event.command)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Do nothing."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Do nothing."""
