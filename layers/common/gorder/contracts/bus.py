"""The port through which services publish events."""

from collections.abc import Iterable
from typing import Protocol

from gorder.contracts.events import Event
from gorder.errors import TransientError


class EventBusUnavailableError(TransientError):
    """Not every event was published. Publishing all of them again may deliver some twice."""

    code = "event_bus_unavailable"


class EventPublisher(Protocol):
    """Publishes events to their subscribers."""

    def publish(self, events: Iterable[Event]) -> None:
        """Publish the events in the given order. Raises EventBusUnavailableError."""
        ...
