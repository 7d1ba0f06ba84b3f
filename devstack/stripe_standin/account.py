"""One Stripe account: its objects, its clock, and how its webhooks misbehave when told to."""

import secrets
import time
from dataclasses import dataclass, field

from devstack.stripe_standin.blank import blank
from devstack.stripe_standin.errors import no_such
from devstack.stripe_standin.store import Store
from devstack.stripe_standin.webhook_rules import WebhookRules
from devstack.stripe_standin.wire import JsonObject


class Clock:
    """The time the account lives in: the computer's, moved by the test controls."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def offset(self) -> int:
        """Seconds ahead of the computer's clock."""
        return int(self._store.setting("clock_offset", "0"))

    def time(self) -> float:
        return time.time() + self.offset

    def now(self) -> int:
        return int(self.time())

    def advance(self, seconds: int) -> None:
        """Move the time; backwards too, which leaves what has expired expired."""
        self._store.set_setting("clock_offset", str(self.offset + seconds))


@dataclass(frozen=True)
class Account:
    """What every use case needs. `base_url` is where the pay pages are."""

    store: Store
    base_url: str
    clock: Clock = field(init=False)
    webhook_rules: WebhookRules = field(default_factory=WebhookRules)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock", Clock(self.store))

    def get(self, kind: str, object_id: str, param: str = "id") -> JsonObject:
        """Load an object of a kind.

        Raises:
            ApiError: resource_missing.
        """
        found = self.store.find(object_id)
        if found is None or found["object"] != kind:
            raise no_such(kind.rpartition(".")[2], object_id, param)
        return found

    def new(self, kind: str, prefix: str, **fields: object) -> JsonObject:
        """Make an object with a fresh id, unless `fields` brings one. It is not kept yet."""
        made = blank(kind)
        stamps = {"id": f"{prefix}_{secrets.token_hex(12)}", "created": self.clock.now()}
        made |= {name: value for name, value in stamps.items() if name in made}
        return made | fields
