"""Print the story of an order."""

from collections.abc import Mapping

from gorder.contracts.back_office_stories import OrderStoryBody, StoryPaymentBody
from gorder.currencies import money
from ops.output import moment, print_facts, print_table, say


def print_story(story: OrderStoryBody, addresses: Mapping[str, str | None]) -> None:
    """Print everything that is stored of an order, and where to read more."""
    print_facts(
        {
            "Order": story.order_id,
            "Number": story.number,
            "Status": story.status,
            "Reason": story.reason,
            "Customer": story.customer_id,
            "Total": money(story.amount_total, story.currency),
            "Placed": story.placed_at,
            "Pay until": story.checkout.expires_at,
            "Page": story.checkout.page,
            "Page refused": story.checkout.refusal,
            "Trace": story.trace_id,
            "Tried again": story.postponed and story.postponed.until,
            **addresses,
        }
    )
    _section("Lines")
    lines = [
        (each.quantity, each.name, each.product_id, money(each.amount, story.currency))
        for each in story.lines
    ]
    print_table(("#UNITS", "NAME", "PRODUCT", "#AMOUNT"), lines, empty="")
    _line_notes(story)
    _section("History")
    print_table(("AT", "STATUS"), [(each.at, each.status) for each in story.history], empty="")
    _section("Payments")
    print_table(
        ("PAYMENT", "#AMOUNT", "#REFUNDED", "DISPUTE", "WHAT IT IS"),
        [_payment(each) for each in story.payments],
        empty="No payment is recorded.",
    )
    _refunds(story)
    _section("Stock")
    if story.reservation:
        held = story.reservation
        until = f" until {moment(held.held_until)}" if held.state == "held" else ""
        say(f"The reservation is {held.state}{until}.")
    _movements(story)
    if story.undelivered_events:
        _section("Events that are not published")
        events = [(each.occurred_at, each.event_type) for each in story.undelivered_events]
        print_table(("SINCE", "EVENT"), events, empty="")
    if story.notes:
        _section("Staff")
        notes = [(each.at, each.by, each.command, each.text) for each in story.notes]
        print_table(("AT", "WHO", "COMMAND", "WHY"), notes, empty="")


def _line_notes(story: OrderStoryBody) -> None:
    rows = [(note.quantity, each.name, note.text) for each in story.lines for note in each.notes]
    if rows:
        _section("The customer's notes")
        print_table(("#UNITS", "NAME", "NOTE"), rows, empty="")


def _movements(story: OrderStoryBody) -> None:
    by_staff = any(each.by for each in story.stock_movements)
    columns = ("AT", "MOVEMENT", "#UNITS", "PRODUCT", *(("WHO", "WHY") if by_staff else ()))
    rows = [
        (each.at, each.kind, each.quantity, each.product_id, each.by, each.reason)[: len(columns)]
        for each in story.stock_movements
    ]
    print_table(columns, rows, empty="No units were moved.")


def _refunds(story: OrderStoryBody) -> None:
    rows = [
        (
            refund.at,
            refund.refund_id,
            money(refund.amount, payment.currency),
            refund.status,
            refund.by,
            refund.reason,
        )
        for payment in story.payments
        for refund in payment.refunds
    ]
    if rows:
        _section("Refunds")
        print_table(("AT", "REFUND", "#AMOUNT", "STATUS", "BY", "WHY"), rows, empty="")


def _payment(payment: StoryPaymentBody) -> tuple[object, ...]:
    what = "pays for the order" if payment.pays else f"to be refunded: {payment.refund_reason}"
    if payment.refund_due:
        what += f", {money(payment.refund_due, payment.currency)} still due"
    return (
        payment.payment,
        money(payment.amount, payment.currency),
        money(_refunded(payment), payment.currency),
        payment.dispute,
        what,
    )


def refunded_of(story: OrderStoryBody) -> int:
    """Return what was refunded of the payment that pays for the order, without failed refunds."""
    return sum(_refunded(payment) for payment in story.payments if payment.pays)


def _refunded(payment: StoryPaymentBody) -> int:
    return sum(each.amount for each in payment.refunds if each.status not in {"failed", "canceled"})


def _section(title: str) -> None:
    say(f"\n{title}")
