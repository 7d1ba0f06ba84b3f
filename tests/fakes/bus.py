"""The event bus in memory."""

from collections.abc import Iterable, Mapping

from gorder.contracts.bus import EventBusUnavailableError
from gorder.contracts.events import Event
from tests.fakes.faults import Faults


class MemoryBus:
    """An `EventPublisher`. Each queue gets the events of the types it subscribed to."""

    def __init__(
        self, queues: Mapping[str, set[str]] | None = None, faults: Faults | None = None
    ) -> None:
        self.faults = faults or Faults()
        self.published: list[Event] = []
        self.queues: dict[str, list[str]] = {name: [] for name in queues or {}}
        self._subscriptions = queues or {}

    @property
    def types(self) -> list[str]:
        """The types of the published events, in order."""
        return [event.event_type for event in self.published]

    def publish(self, events: Iterable[Event]) -> None:
        for event in events:
            with self.faults.call("events.publish", EventBusUnavailableError):
                self.published.append(event)
                for name, wanted in self._subscriptions.items():
                    if event.event_type in wanted:
                        self.queues[name].append(event.model_dump_json())
