"""The queue of webhook deliveries, one row per event and endpoint. It survives restarts."""

from typing import NamedTuple

from devstack.stripe_standin.store import Store
from devstack.stripe_standin.stripe_json import JsonObject
from devstack.stripe_standin.webhook_rules import DeliveryPlan

MAX_ATTEMPTS = 60
FIRST_RETRY_SECONDS = 0.25
MAX_RETRY_SECONDS = 5.0


class Delivery(NamedTuple):
    """A webhook to send. `attempts` counts the attempts made so far."""

    seq: int
    event: str
    endpoint: str
    attempts: int
    due: float


def enqueue(store: Store, event: str, endpoint: str, plan: DeliveryPlan, now: float) -> None:
    for _ in range(plan.copies):
        store.execute(
            "INSERT INTO deliveries (event, endpoint, state, due) VALUES (?, ?, ?, ?)",
            *(event, endpoint, plan.state, now + plan.delay_seconds),
        )


def pending(store: Store) -> list[Delivery]:
    """List up to 200 pending deliveries, the earliest due first."""
    rows = store.execute(
        "SELECT seq, event, endpoint, attempts, due FROM deliveries "
        "WHERE state = 'pending' ORDER BY due, seq LIMIT 200"
    )
    return [Delivery(*row) for row in rows]


def record(store: Store, delivery: Delivery, result: str, *, accepted: bool, now: float) -> None:
    """Record an attempt: delivered, to be retried, or failed after the last attempt."""
    attempts = delivery.attempts + 1
    wait = min(FIRST_RETRY_SECONDS * 2**delivery.attempts, MAX_RETRY_SECONDS)
    state = "delivered" if accepted else "failed" if attempts >= MAX_ATTEMPTS else "pending"
    store.execute(
        "UPDATE deliveries SET attempts = ?, last_result = ?, state = ?, due = ? WHERE seq = ?",
        *(attempts, result, state, now + wait, delivery.seq),
    )


def release(store: Store) -> int:
    """Make held deliveries pending. Returns their number."""
    return len(
        store.execute("UPDATE deliveries SET state = 'pending' WHERE state = 'held' RETURNING seq")
    )


def abandon(store: Store, endpoint: str) -> None:
    """Mark the undelivered webhooks of a deleted endpoint as failed."""
    store.execute(
        "UPDATE deliveries SET state = 'failed', last_result = 'endpoint deleted' "
        "WHERE endpoint = ? AND state IN ('pending', 'held')",
        endpoint,
    )


def undelivered(store: Store, event: str) -> int:
    """Count the endpoints that have not accepted the event."""
    [row] = store.execute(
        "SELECT COUNT(*) AS n FROM (SELECT endpoint FROM deliveries WHERE event = ? "
        "GROUP BY endpoint HAVING SUM(state = 'delivered') = 0)",
        event,
    )
    return int(row["n"])


def history(store: Store) -> list[JsonObject]:
    """List all deliveries, oldest first, for the test controls."""
    rows = store.execute(
        "SELECT d.event, json_extract(o.body, '$.type') AS type, d.endpoint, d.state, d.attempts,"
        " d.due, d.last_result FROM deliveries d JOIN objects o ON o.id = d.event ORDER BY d.seq"
    )
    return [dict(row) for row in rows]
