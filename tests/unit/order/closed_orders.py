"""Orders for staff to close, and what is left of them."""

from dataclasses import replace

from gorder.order.reconciliation import receive
from tests.fakes.examples import EVENTS, SESSION_ID, payment, waiting
from tests.unit.order.order_scenario import OrderScenario

ALL_UNITS = {"soup": 10, "bread": 10, "yacht": 10}


def note_of(scenario: OrderScenario) -> tuple[str, str, str]:
    [note] = scenario.order.notes
    return note.command, note.by, note.text


def free_order() -> OrderScenario:
    """A paid order of which a promotion code has left nothing to pay."""
    stated = replace(payment(0), payment_intent_id=None, discount=1650)
    scenario = OrderScenario(
        receive(waiting(), stated, EVENTS, has_units=True).delivered([EVENTS.paid.event_id])
    )
    pay_nothing(scenario)
    return scenario


def pay_nothing(scenario: OrderScenario) -> None:
    """Complete the page with a promotion code that leaves nothing to pay."""
    scenario.pay()
    paid = scenario.gateway.ended[SESSION_ID].payment
    assert paid
    scenario.gateway.add_payment(
        replace(paid, amount=0, payment_intent_id=None, discount=paid.amount)
    )


def lose_reservation(scenario: OrderScenario) -> None:
    """Lose the order's reservation, as a restored backup does."""
    scenario.stock.held.clear()
    scenario.stock.sold.clear()


def lose_units(scenario: OrderScenario) -> None:
    """Return the order's units to stock, so that they cannot be sold to it."""
    scenario.stock.return_units(scenario.order.order_id, scenario.order.trace_id)
