"""What answers the requests of the program."""

from typing import Any, Protocol

from gorder.contracts.back_office import BackOfficeRequest

type Reply = dict[str, Any]


class Transport(Protocol):
    """Sends a request to the back office, and returns its reply."""

    def ask(self, request: BackOfficeRequest) -> Reply:
        """Return the reply as JSON has it. Raises CommandError."""
        ...

    def migrate(self) -> Reply:
        """Migrate the databases, and return what was done. Raises CommandError."""
        ...

    def identity(self) -> str:
        """Return who asks, if the person did not say. Raises CommandError."""
        ...
