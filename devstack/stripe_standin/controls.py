"""Test controls under `/_test/…`, for tests and the demo. JSON in, JSON out.

README.md in this folder describes each control. A body with an unknown field, or without a
required one, is a 400.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devstack.stripe_standin import checkout, deliveries, disputes, endpoints, events, refunds
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.api import Api
from devstack.stripe_standin.errors import ApiError, card_declined
from devstack.stripe_standin.fault_injection import FaultInjector, InjectedFault
from devstack.stripe_standin.http_messages import StandinRequest, StandinResponse
from devstack.stripe_standin.payments import Outcome
from devstack.stripe_standin.refund_rules import FailureReason, NewRefundRule
from devstack.stripe_standin.stripe_json import encode
from devstack.stripe_standin.totals import DiscountAndTax
from devstack.stripe_standin.webhook_rules import Mode, Rule

PREFIX = "/_test/"


class EmptyBody(BaseModel):
    """A body without fields, and the base of the others: unknown fields are invalid."""

    model_config = ConfigDict(extra="forbid")


class RegisterEndpoint(EmptyBody):
    url: str
    secret: str
    enabled_events: list[str] = ["*"]


class AdvanceClock(EmptyBody):
    advance_seconds: int


class PaySession(EmptyBody):
    outcome: Outcome
    discount: Annotated[int, Field(ge=0)] = 0
    tax: Annotated[int, Field(ge=0)] = 0
    tax_included: Annotated[int, Field(ge=0)] = 0


class SettlePayment(EmptyBody):
    succeeded: bool


class DisputeCharge(EmptyBody):
    charge: str
    amount: int | None = None
    reason: str = "fraudulent"
    inquiry: bool = False


class DisputeClosing(EmptyBody):
    status: disputes.Closing


class DashboardRefund(EmptyBody):
    payment_intent: str
    amount: int | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class RefundFailing(EmptyBody):
    failure_reason: FailureReason = "lost_or_stolen_card"


class LimitRate(EmptyBody):
    per_second: Annotated[int, Field(ge=1)] | None


@dataclass(frozen=True)
class Controls:
    """The controls of one stand-in. `key` is a key of their own; None switches them off."""

    account: Account
    api: Api
    faults: FaultInjector
    key: str | None

    def handle(self, request: StandinRequest) -> StandinResponse:
        """Run the control that the request names. An error response says what is wrong."""
        try:
            self._authenticate(request)
            result = self._run(request)
        except ApiError as error:
            result = error
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False, include_context=False)
            return StandinResponse(HTTPStatus.BAD_REQUEST, encode({"errors": errors}))
        if isinstance(result, ApiError):
            return result.response
        return StandinResponse(body=encode(result))

    def _authenticate(self, request: StandinRequest) -> None:
        given = request.headers.get("authorization", "").encode()
        if self.key is None or not hmac.compare_digest(given, f"Bearer {self.key}".encode()):
            raise ApiError(
                "The test controls need the stand-in's control key: "
                "`Authorization: Bearer $STRIPE_CONTROL_KEY`, see make env.",
                status=HTTPStatus.UNAUTHORIZED,
            )
        if request.method != "GET" and request.headers.get("content-type") != "application/json":
            raise ApiError(
                "A control takes `Content-Type: application/json`.",
                status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            )

    def _run(self, request: StandinRequest) -> object:
        for method, pattern, model, run in CONTROLS:
            matched = re.fullmatch(PREFIX + pattern, request.path)
            if method == request.method and matched:
                body = model.model_validate_json(request.body or "{}")
                with self.account.store.transaction():
                    return run(self, body, *matched.groups())
        raise ApiError(
            f"There is no control {request.method} {request.path}; "
            "see devstack/stripe_standin/README.md.",
            status=HTTPStatus.NOT_FOUND,
        )

    def register(self, body: RegisterEndpoint) -> object:
        return endpoints.replace(self.account, body.url, body.secret, body.enabled_events)

    def advance(self, body: AdvanceClock) -> object:
        clock = self.account.clock
        clock.advance(body.advance_seconds)
        checkout.expire_overdue(self.account)
        return {"now": clock.now(), "ahead_seconds": clock.offset}

    def add_fault(self, body: InjectedFault) -> object:
        self.faults.add(body)
        return {}

    def clear_faults(self, _body: EmptyBody) -> object:
        self.faults.clear()
        return {}

    def set_rule(self, body: Rule) -> object:
        self.account.webhook_rules.set(body)
        return {}

    def release(self, _body: EmptyBody) -> object:
        return {"released": deliveries.release(self.account.store)}

    def resend(self, _body: EmptyBody, event_id: str) -> object:
        events.resend(self.account, event_id)
        return {}

    def pay(self, body: PaySession, session_id: str) -> object:
        change = DiscountAndTax(body.discount, body.tax, body.tax_included)
        session = checkout.pay(self.account, session_id, body.outcome, change)
        # Returned, not raised, so that the transaction commits the declined attempt.
        return card_declined() if body.outcome is Outcome.DECLINED else session

    def settle(self, body: SettlePayment, session_id: str) -> object:
        return checkout.settle(self.account, session_id, succeeded=body.succeeded)

    def dispute(self, body: DisputeCharge) -> object:
        return disputes.open_dispute(
            self.account, body.charge, body.amount, body.reason, inquiry=body.inquiry
        )

    def close_dispute(self, body: DisputeClosing, dispute_id: str) -> object:
        return disputes.close(self.account, dispute_id, body.status)

    def refund(self, body: DashboardRefund) -> object:
        return refunds.create(self.account, body.model_dump(exclude_none=True))

    def fail_refund(self, body: RefundFailing, refund_id: str) -> object:
        return refunds.fail(self.account, refund_id, body.failure_reason)

    def cancel_refund(self, _body: EmptyBody, refund_id: str) -> object:
        return refunds.cancel(self.account, refund_id)

    def succeed_refund(self, _body: EmptyBody, refund_id: str) -> object:
        return refunds.succeed(self.account, refund_id)

    def set_refund_rule(self, body: NewRefundRule) -> object:
        self.account.refund_rules.set(body)
        return {}

    def limit_rate(self, body: LimitRate) -> object:
        self.api.rate_limit.set(body.per_second)
        return {}

    def deliveries(self, _body: EmptyBody) -> object:
        return deliveries.history(self.account.store)

    def requests(self, _body: EmptyBody) -> object:
        return list(self.api.requests)

    def reset(self, _body: EmptyBody) -> object:
        self.account.store.wipe()
        self.api.requests.clear()
        self.faults.clear()
        self.account.webhook_rules.set(Rule(mode=Mode.NORMAL))
        self.account.refund_rules.set(None)
        self.api.rate_limit.set(None)
        return {}


CONTROLS: tuple[tuple[str, str, type[BaseModel], Callable[..., Any]], ...] = (
    ("POST", "webhook_endpoints", RegisterEndpoint, Controls.register),
    ("POST", "clock", AdvanceClock, Controls.advance),
    ("POST", "faults", InjectedFault, Controls.add_fault),
    ("DELETE", "faults", EmptyBody, Controls.clear_faults),
    ("POST", "webhooks", Rule, Controls.set_rule),
    ("POST", "webhooks/release", EmptyBody, Controls.release),
    ("POST", "events/([^/]+)/resend", EmptyBody, Controls.resend),
    ("POST", "sessions/([^/]+)/pay", PaySession, Controls.pay),
    ("POST", "sessions/([^/]+)/settle", SettlePayment, Controls.settle),
    ("POST", "disputes", DisputeCharge, Controls.dispute),
    ("POST", "disputes/([^/]+)/close", DisputeClosing, Controls.close_dispute),
    ("POST", "refunds", DashboardRefund, Controls.refund),
    ("POST", "refunds/([^/]+)/fail", RefundFailing, Controls.fail_refund),
    ("POST", "refunds/([^/]+)/cancel", EmptyBody, Controls.cancel_refund),
    ("POST", "refunds/([^/]+)/succeed", EmptyBody, Controls.succeed_refund),
    ("POST", "refund_rules", NewRefundRule, Controls.set_refund_rule),
    ("POST", "rate_limit", LimitRate, Controls.limit_rate),
    ("GET", "deliveries", EmptyBody, Controls.deliveries),
    ("GET", "requests", EmptyBody, Controls.requests),
    ("POST", "reset", EmptyBody, Controls.reset),
)
