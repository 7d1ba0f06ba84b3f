"""How a service publishes its facts."""

from collections.abc import Iterable
from typing import Protocol

from gorder.contracts.events import Event
from gorder.errors import TransientError


class EventBusUnavailableError(TransientError):
    """The bus did not take every event. What it took may come twice when all are sent again."""

    code = "event_bus_unavailable"


class EventPublisher(Protocol):
    """Hands events to whoever subscribed."""

    def publish(self, events: Iterable[Event]) -> None:
        """Publish in sequence. Raises EventBusUnavailableError."""
        ...
