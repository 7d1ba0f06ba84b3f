"""Stop a function from consuming its queue, and see when a queue is empty."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.conftest import ShopClient, wait_until

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@contextmanager
def paused(shop: ShopClient, service: str) -> Iterator[None]:
    """Keep the messages of a function in its queue, and let it consume them afterwards."""
    client = shop.aws("lambda")
    name = shop.function(service)["FunctionName"]
    [mapping] = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]

    def switch(state: str) -> None:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=state == "Enabled")
        wait_until(
            lambda: client.get_event_source_mapping(UUID=mapping["UUID"])["State"] == state,
            lambda: f"the event source of {service} is not {state}",
        )

    switch("Disabled")
    try:
        yield
    finally:
        switch("Enabled")


def wait_until_empty(shop: ShopClient, output: str) -> None:
    """Wait until a queue has no message: none that is delayed or being consumed either."""

    def waiting() -> int:
        found = shop.aws("sqs").get_queue_attributes(
            QueueUrl=shop.output(output), AttributeNames=list(_COUNTS)
        )
        return sum(int(found["Attributes"][name]) for name in _COUNTS)

    wait_until(lambda: waiting() == 0, lambda: f"{output} has {waiting()} messages")
