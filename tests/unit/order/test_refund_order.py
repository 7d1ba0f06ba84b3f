"""Staff can refund a part or the rest of a payment, and no request refunds twice."""

from dataclasses import replace

import pytest

from gorder.errors import LaterReleaseError
from gorder.order.back_office_replies import order_refunded
from gorder.order.changes import StaffNote
from gorder.order.commands.refund_order import RefundOrder, RefundOutcome
from gorder.order.errors import (
    OrderNotRefundable,
    RefundedMeanwhile,
    RefundTooLarge,
    RefundUnderWay,
    UnknownOrder,
)
from gorder.order.model import Order
from gorder.order.status import LaterStatus, Status
from gorder.payment.ports import PaymentGatewayUnavailableError
from tests.fakes.examples import ORDER_ID, SESSION_ID, cooked, cooking, paid, pending, waiting
from tests.fakes.faults import Died, Mishap
from tests.unit.order.closed_orders import ALL_UNITS, free_order
from tests.unit.order.order_scenario import (
    CANCELLED,
    LOOK,
    MARK_COOKED,
    REFUND_ALL,
    REFUND_PART,
    REFUND_REST,
    REFUND_SECOND_PART,
    OrderScenario,
)


def paid_scenario(order: Order | None = None) -> OrderScenario:
    scenario = OrderScenario(order or paid())
    scenario.pay()
    return scenario


def amounts(scenario: OrderScenario) -> list[int]:
    """Return the refunds that gorder made at Stripe."""
    return [due.amount for due in scenario.gateway.refunds.values()]


def test_an_order_goes_on_after_a_refund_of_a_part() -> None:
    scenario = paid_scenario(cooking())

    refund = scenario.refund(REFUND_PART)

    assert (refund.outcome, refund.amount) == (RefundOutcome.REFUNDED_IN_PART, 700)
    assert (scenario.order.status, scenario.order.revenue) == (Status.COOKING, 950)
    assert scenario.order.notes == (
        StaffNote("refund_order", REFUND_PART.by, REFUND_PART.reason, scenario.clock.now, 700, 0),
    )
    [made] = scenario.order.payments[0].refunds
    assert (made.amount, made.by, made.reason, made.refunded_before) == (
        *(700, "gorder", "refunded_by_shop", 0),
    )
    scenario.handle(MARK_COOKED)
    assert scenario.order.status is Status.COOKED


def test_the_key_at_stripe_names_payment_amount_and_what_was_refunded() -> None:
    scenario = paid_scenario()
    scenario.gateway.give_back(SESSION_ID, 650)

    scenario.refund(REFUND_SECOND_PART)

    assert list(scenario.gateway.refunds) == [
        f"order:{ORDER_ID}:refund:pi_1:700:refunded_by_shop-650-0"
    ]


@pytest.mark.parametrize("message", [REFUND_ALL, replace(REFUND_ALL, refunded_before=650)])
def test_a_refund_of_all_that_is_left_ends_the_order(message: RefundOrder) -> None:
    scenario = paid_scenario()
    scenario.gateway.give_back(SESSION_ID, 650)

    refund = scenario.refund(message)

    assert (refund.outcome, refund.amount) == (RefundOutcome.REFUNDED, 1000)
    assert scenario.order.status is Status.REFUNDED
    assert scenario.stock.available == ALL_UNITS
    assert scenario.bus.types == ["order.refunded"]
    assert amounts(scenario) == [1000]


def test_a_repeated_request_refunds_once_and_gets_the_same_answer() -> None:
    scenario = paid_scenario(cooked())

    answers = [order_refunded(scenario.refund(REFUND_PART)) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert (answers[0].amount, answers[0].refunded, answers[0].left) == (700, 700, 950)
    assert (answers[0].outcome, answers[0].payment) == ("refunded_in_part", "pi_1")
    assert amounts(scenario) == [700]
    assert len(scenario.order.notes) == 1


def test_an_old_request_is_found_after_later_refunds() -> None:
    scenario = paid_scenario(cooked())
    scenario.refund(REFUND_PART)
    scenario.refund(replace(REFUND_PART, refunded_before=700))
    scenario.gateway.give_back(SESSION_ID, 100)

    assert scenario.refund(REFUND_PART).outcome is RefundOutcome.REFUNDED_IN_PART
    assert amounts(scenario) == [700, 700]
    assert len(scenario.order.notes) == 2


def test_the_rest_by_its_amount_is_repeated_with_the_same_answer() -> None:
    scenario = paid_scenario(cooked())
    scenario.gateway.give_back(SESSION_ID, 650)

    outcomes = [scenario.refund(REFUND_REST).outcome for _ in range(2)]

    assert outcomes == [RefundOutcome.REFUNDED] * 2
    assert scenario.refund(replace(REFUND_ALL, refunded_before=650)).amount == 1000
    assert scenario.refund(REFUND_ALL).outcome is RefundOutcome.ALREADY_REFUNDED
    assert amounts(scenario) == [1000]


@pytest.mark.parametrize("mishap", [Mishap.DIES_AFTER, Mishap.LOSES_ANSWER])
def test_a_refund_whose_answer_was_lost_is_found_at_stripe_days_later(mishap: Mishap) -> None:
    scenario = paid_scenario()
    scenario.faults.on("gateway.refund", mishap)
    with pytest.raises((Died, PaymentGatewayUnavailableError)):
        scenario.refund(REFUND_PART)
    scenario.clock.advance(minutes=3 * 24 * 60)  # Stripe has forgotten the key
    made = dict(scenario.gateway.refunds)
    scenario.gateway.refunds.clear()

    assert scenario.refund(REFUND_PART).outcome is RefundOutcome.REFUNDED_IN_PART

    assert scenario.gateway.refunds == {}
    assert len(made) == 1
    assert scenario.order.revenue == 950


def test_another_refund_meanwhile_is_a_refusal_with_the_numbers() -> None:
    scenario = paid_scenario()
    scenario.gateway.give_back(SESSION_ID, 700)  # the same amount, in the dashboard

    with pytest.raises(
        RefundedMeanwhile,
        match=r"7.00 EUR of payment pi_1 of order .* is refunded now, not 0.00 EUR, and 9.50 EUR",
    ):
        scenario.refund(REFUND_PART)

    assert amounts(scenario) == []
    assert scenario.order.notes == ()
    assert scenario.order.revenue == 950


def test_a_refund_in_the_dashboard_at_the_same_moment_is_a_refusal() -> None:
    scenario = paid_scenario()
    refund = scenario.gateway.refund

    def lose_the_race(_due: object) -> None:
        scenario.gateway.give_back(SESSION_ID, 1650)

    scenario.gateway.refund = lose_the_race  # type: ignore[method-assign,assignment]  # Stripe leaves it
    with pytest.raises(RefundedMeanwhile, match=r"16.50 EUR of payment"):
        scenario.refund(REFUND_PART)
    scenario.gateway.refund = refund  # type: ignore[method-assign]  # as it was

    assert scenario.order.status is Status.REFUNDED


def test_two_requests_that_found_the_same_are_not_both_made() -> None:
    scenario = paid_scenario()
    scenario.faults.on("gateway.refund")
    with pytest.raises(PaymentGatewayUnavailableError):
        scenario.refund(REFUND_PART)
    other = replace(REFUND_PART, amount=650, by="bob@example.com")

    with pytest.raises(RefundUnderWay, match=r"ann@example\.com began to refund 700 eur of order"):
        scenario.refund(other)
    assert amounts(scenario) == []
    scenario.clock.advance(minutes=11)

    assert scenario.refund(other).outcome is RefundOutcome.REFUNDED_IN_PART
    assert amounts(scenario) == [650]
    with pytest.raises(RefundedMeanwhile):
        scenario.refund(REFUND_PART)


def test_a_refund_that_fails_later_can_be_made_again() -> None:
    scenario = paid_scenario(cooked())
    scenario.refund(REFUND_PART)
    scenario.gateway.fail_refund(SESSION_ID)

    assert scenario.refund(REFUND_PART).outcome is RefundOutcome.REFUNDED_IN_PART
    assert [key.rpartition(":")[2] for key in scenario.gateway.refunds] == [
        "refunded_by_shop-0-0",
        "refunded_by_shop-0-1",
    ]
    assert scenario.order.revenue == 950


def test_a_refund_that_fails_at_once_is_not_made() -> None:
    scenario = paid_scenario(cooked())
    refund = scenario.gateway.refund

    def refund_and_fail(due: object) -> None:
        refund(due)  # type: ignore[arg-type]  # passed on
        scenario.gateway.fail_refund(SESSION_ID)

    scenario.gateway.refund = refund_and_fail  # type: ignore[method-assign]  # a bank's refusal
    refused = scenario.refund(REFUND_ALL)

    assert (refused.outcome, refused.amount) == (RefundOutcome.REFUND_NOT_MADE, 0)
    assert scenario.order.status is Status.COOKED


def test_an_amount_above_what_is_left_is_refused_with_the_numbers() -> None:
    scenario = paid_scenario()
    scenario.gateway.give_back(SESSION_ID, 650)

    with pytest.raises(RefundTooLarge, match=r"amount: 10.01 EUR is more than the 10.00 EUR that"):
        scenario.refund(replace(REFUND_REST, amount=1001))

    assert amounts(scenario) == []


@pytest.mark.parametrize("order", [pending(), waiting(), CANCELLED], ids=lambda o: o.status.value)
def test_an_order_that_is_not_paid_is_refused(order: Order) -> None:
    scenario = OrderScenario(order)

    with pytest.raises(OrderNotRefundable, match="and no payment pays for it: nothing can be"):
        scenario.refund(REFUND_ALL)

    assert scenario.order == order


def test_a_payment_that_was_not_reported_is_found() -> None:
    scenario = paid_scenario(waiting())

    assert scenario.refund(REFUND_PART).outcome is RefundOutcome.REFUNDED_IN_PART
    assert scenario.order.status is Status.PAID


def test_a_free_order_is_refused_with_a_way_out() -> None:
    with pytest.raises(OrderNotRefundable, match=r"Nothing was paid for order .*: close it"):
        free_order().refund(REFUND_ALL)


@pytest.mark.parametrize(
    ("state", "amount", "text"),
    [("open", None, "accept the dispute in Stripe"), ("lost", 650, "was lost in a dispute")],
)
def test_a_disputed_payment_is_refused(state: str, amount: int | None, text: str) -> None:
    scenario = paid_scenario()
    scenario.gateway.dispute(SESSION_ID, state, amount=amount)

    for message in (REFUND_PART, REFUND_ALL):
        with pytest.raises(OrderNotRefundable, match=text):
            scenario.refund(message)
    assert amounts(scenario) == []


def test_an_unknown_order_and_one_of_a_later_release_are_refused() -> None:
    scenario = paid_scenario()
    with pytest.raises(UnknownOrder):
        scenario.refund(replace(REFUND_PART, order_id="missing"))
    scenario.orders.stored[ORDER_ID] = replace(paid(), status=LaterStatus("being_delivered"))

    with pytest.raises(LaterReleaseError):
        scenario.refund(REFUND_PART)


@pytest.mark.parametrize(
    ("message", "outcome", "amount"),
    [
        (REFUND_SECOND_PART, RefundOutcome.WOULD_REFUND_IN_PART, 700),
        (REFUND_REST, RefundOutcome.WOULD_REFUND, 1000),
        (REFUND_ALL, RefundOutcome.WOULD_REFUND, 1000),
    ],
)
@pytest.mark.parametrize("order", [waiting(), cooked()], ids=["not reported", "cooked"])
def test_a_dry_run_says_what_would_be_refunded(
    order: Order, message: RefundOrder, outcome: RefundOutcome, amount: int
) -> None:
    scenario = paid_scenario(order)
    scenario.gateway.give_back(SESSION_ID, 650)

    planned = scenario.refund(replace(message, dry_run=True))

    assert (planned.outcome, planned.amount) == (outcome, amount)
    body = order_refunded(planned)
    assert (body.refunded, body.left, body.status) == (650, 1000, order.status.value)
    assert body.text.startswith("Nothing was done.")
    assert scenario.order == order
    assert scenario.faults.calls == ["orders.get", "gateway.page"]


def test_a_dry_run_is_refused_as_the_request_would_be() -> None:
    scenario = paid_scenario()
    with pytest.raises(RefundedMeanwhile):
        scenario.refund(replace(REFUND_REST, dry_run=True))
    with pytest.raises(RefundTooLarge):
        scenario.refund(replace(REFUND_PART, amount=1651, dry_run=True))
    scenario.refund(REFUND_PART)

    assert scenario.refund(replace(REFUND_PART, dry_run=True)).outcome is (
        RefundOutcome.REFUNDED_IN_PART
    )


def test_the_webhook_records_a_refund_whose_request_died() -> None:
    scenario = paid_scenario(cooked())
    scenario.faults.on("gateway.refund", Mishap.DIES_AFTER)
    with pytest.raises(Died):
        scenario.refund(REFUND_PART)

    scenario.handle(LOOK)

    assert scenario.order.revenue == 950
    assert len(scenario.order.notes) == 1
