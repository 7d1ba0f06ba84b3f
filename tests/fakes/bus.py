"""The event bus in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gorder.contracts.bus import EventBusUnavailableError, Topic, topic_of
from gorder.contracts.events import Event
from tests.fakes.faults import Faults


class MemoryBus:
    """An `EventPublisher` on all topics. A queue gets the events of the types it subscribed to."""

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
        MemoryPublisher(self, tuple(Topic)).publish(events)

    def publisher(self, *topics: Topic) -> "MemoryPublisher":
        """Return a publisher on these topics alone."""
        return MemoryPublisher(self, topics)

    def deliver(self, event: Event) -> None:
        """Put an event into the queues that subscribed to it."""
        with self.faults.call("events.publish", EventBusUnavailableError):
            self.published.append(event)
            for name, wanted in self._subscriptions.items():
                if event.event_type in wanted:
                    self.queues[name].append(event.model_dump_json())


@dataclass(frozen=True)
class MemoryPublisher:
    """An `EventPublisher` on some topics of a bus."""

    bus: MemoryBus
    topics: tuple[Topic, ...]

    def publish(self, events: Iterable[Event]) -> None:
        for event in events:
            topic_of(event, self.topics)
            self.bus.deliver(event)
