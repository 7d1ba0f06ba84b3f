"""One Stripe account: its objects, its clock, its webhook rules and its refund rules."""

import secrets
import time
from dataclasses import dataclass, field

from devstack.stripe_standin.errors import no_such
from devstack.stripe_standin.refund_rules import NewRefundRules
from devstack.stripe_standin.resource_defaults import default_resource
from devstack.stripe_standin.store import Store
from devstack.stripe_standin.stripe_json import JsonObject
from devstack.stripe_standin.webhook_rules import WebhookRules


class AccountClock:
    """The account's time: the computer's clock plus an offset that the test controls set."""

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
        """Move the time. A negative number moves it back; expired sessions stay expired."""
        self._store.set_setting("clock_offset", str(self.offset + seconds))


@dataclass(frozen=True)
class Account:
    """State that every operation shares. `base_url` is the address of the pay pages."""

    store: Store
    base_url: str
    clock: AccountClock = field(init=False)
    webhook_rules: WebhookRules = field(default_factory=WebhookRules)
    refund_rules: NewRefundRules = field(default_factory=NewRefundRules)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock", AccountClock(self.store))

    def get(self, kind: str, object_id: str, param: str = "id") -> JsonObject:
        """Load an object of this kind.

        Raises:
            ApiError: resource_missing.
        """
        found = self.store.find(object_id)
        if found is None or found["object"] != kind:
            raise no_such(kind.rpartition(".")[2], object_id, param)
        return found

    def new(self, kind: str, prefix: str, **fields: object) -> JsonObject:
        """Create an object without storing it. Its id is new unless `fields` has one."""
        resource = default_resource(kind)
        stamps = {"id": f"{prefix}_{secrets.token_hex(12)}", "created": self.clock.now()}
        resource |= {name: value for name, value in stamps.items() if name in resource}
        return resource | fields
