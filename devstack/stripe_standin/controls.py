"""Test controls, `/_test/…`: what a test, or the demo, may do to the stand-in. JSON in and out.

POST   /_test/webhook_endpoints   {"url", "secret", "enabled_events"?}   an endpoint by its url
POST   /_test/clock               {"advance_seconds"}   negative goes back; due sessions expire
POST   /_test/faults              {"path", "method"?, "status"? | "hang_seconds"? |
                                   "drop_connection"?, "after"?, "times"?}   `path` is a regex
DELETE /_test/faults              no more faults
POST   /_test/webhooks            {"mode", "type"?, "times"?, "delay_seconds"?}   how they are sent
POST   /_test/webhooks/release    {}   let held webhooks go
POST   /_test/events/ID/resend    {}   send an event to every endpoint that wants it, once more
POST   /_test/sessions/ID/pay     {"outcome"}   paid, later, or declined (answers 402)
POST   /_test/sessions/ID/settle  {"succeeded"}   end a payment that was to come later
POST   /_test/disputes            {"charge"}
POST   /_test/refunds/ID/fail     {}
GET    /_test/deliveries          every webhook: event, endpoint, state, attempts, last result
GET    /_test/requests            every API request: method, path, params, key, version, status
POST   /_test/reset               {}   forget everything, endpoints included

A body with a field that is not named here, or without one that is needed, is 400.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from devstack.stripe_standin import checkout, deliveries, endpoints, events, refunds
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.api import Api
from devstack.stripe_standin.errors import ApiError, card_declined
from devstack.stripe_standin.faults import Fault, Faults
from devstack.stripe_standin.message import Answer, Request
from devstack.stripe_standin.payments import Outcome
from devstack.stripe_standin.webhook_rules import Mode, Rule
from devstack.stripe_standin.wire import encode

PREFIX = "/_test/"


class Nothing(BaseModel):
    """A body without fields."""

    model_config = ConfigDict(extra="forbid")


class Endpoint(Nothing):
    url: str
    secret: str
    enabled_events: list[str] = ["*"]


class Advance(Nothing):
    advance_seconds: int


class Pay(Nothing):
    outcome: Outcome


class Settle(Nothing):
    succeeded: bool


class Disputed(Nothing):
    charge: str


@dataclass(frozen=True)
class Controls:
    """The controls of one stand-in."""

    account: Account
    api: Api
    faults: Faults

    def handle(self, request: Request) -> Answer:
        """Do what a test asks; a refusal says what was wrong."""
        try:
            done = self._do(request)
        except ApiError as refused:
            done = refused
        except ValidationError as invalid:
            found = invalid.errors(include_url=False, include_context=False)
            return Answer(HTTPStatus.BAD_REQUEST, encode({"errors": found}))
        if isinstance(done, ApiError):
            return Answer(done.status, encode(done.body))
        return Answer(body=encode(done))

    def _do(self, request: Request) -> object:
        for method, pattern, body, run in CONTROLS:
            matched = re.fullmatch(PREFIX + pattern, request.path)
            if method == request.method and matched:
                given = body.model_validate_json(request.body or "{}")
                with self.account.store.transaction():
                    return run(self, given, *matched.groups())
        raise ApiError(
            f"There is no control {request.method} {request.path}; "
            "see devstack/stripe_standin/README.md.",
            status=HTTPStatus.NOT_FOUND,
        )

    def register(self, body: Endpoint) -> object:
        return endpoints.replace(self.account, body.url, body.secret, body.enabled_events)

    def advance(self, body: Advance) -> object:
        clock = self.account.clock
        clock.advance(body.advance_seconds)
        checkout.expire_overdue(self.account)
        return {"now": clock.now(), "ahead_seconds": clock.offset}

    def add_fault(self, body: Fault) -> object:
        self.faults.add(body)
        return {}

    def clear_faults(self, _body: Nothing) -> object:
        self.faults.clear()
        return {}

    def set_rule(self, body: Rule) -> object:
        self.account.webhook_rules.set(body)
        return {}

    def release(self, _body: Nothing) -> object:
        return {"released": deliveries.release(self.account.store)}

    def resend(self, _body: Nothing, event_id: str) -> object:
        events.resend(self.account, event_id)
        return {}

    def pay(self, body: Pay, session_id: str) -> object:
        session = checkout.pay(self.account, session_id, body.outcome)
        # Returned, not raised: the attempt is kept.
        return card_declined() if body.outcome is Outcome.DECLINED else session

    def settle(self, body: Settle, session_id: str) -> object:
        return checkout.settle(self.account, session_id, succeeded=body.succeeded)

    def dispute(self, body: Disputed) -> object:
        return refunds.dispute(self.account, body.charge)

    def fail_refund(self, _body: Nothing, refund_id: str) -> object:
        return refunds.fail(self.account, refund_id)

    def deliveries(self, _body: Nothing) -> object:
        return deliveries.history(self.account.store)

    def requests(self, _body: Nothing) -> object:
        return list(self.api.requests)

    def reset(self, _body: Nothing) -> object:
        self.account.store.wipe()
        self.api.requests.clear()
        self.faults.clear()
        self.account.webhook_rules.set(Rule(mode=Mode.NORMAL))
        return {}


CONTROLS: tuple[tuple[str, str, type[BaseModel], Callable[..., Any]], ...] = (
    ("POST", "webhook_endpoints", Endpoint, Controls.register),
    ("POST", "clock", Advance, Controls.advance),
    ("POST", "faults", Fault, Controls.add_fault),
    ("DELETE", "faults", Nothing, Controls.clear_faults),
    ("POST", "webhooks", Rule, Controls.set_rule),
    ("POST", "webhooks/release", Nothing, Controls.release),
    ("POST", "events/([^/]+)/resend", Nothing, Controls.resend),
    ("POST", "sessions/([^/]+)/pay", Pay, Controls.pay),
    ("POST", "sessions/([^/]+)/settle", Settle, Controls.settle),
    ("POST", "disputes", Disputed, Controls.dispute),
    ("POST", "refunds/([^/]+)/fail", Nothing, Controls.fail_refund),
    ("GET", "deliveries", Nothing, Controls.deliveries),
    ("GET", "requests", Nothing, Controls.requests),
    ("POST", "reset", Nothing, Controls.reset),
)
