"""The sample events under `events/`, and the expected effect of each.

There are ten soups at 7.00 and ten breads at 2.50. The order of the events is that of
`tests.fakes.examples`, with its units held; the key of its tokens is 64 zeros.
"""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from gorder.bootstrap.payment_link import payable
from gorder.order.changes import Checkout, OutboxEvent, StatusChange
from gorder.order.model import Order
from gorder.order.payments import RefundReason
from gorder.order.status import Status
from gorder.payment.model import Payable
from gorder.runtime.clock import utc_now
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, TIME_TO_PAY, paid, payment, pending, waiting

type Json = dict[str, Any]

FOLDER = Path(__file__).parents[1] / "events"
TOKEN_KEY = "0" * 64
ORDER_ID_KEY = "1" * 64
BRIEF_FIELDS = {"statusCode", "errorType", "applied"}


def names() -> list[str]:
    """All events, as `function/case`."""
    return sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.glob("*/*.json"))


def event(name: str) -> Json:
    """The event of `function/case`."""
    content: Json = json.loads((FOLDER / f"{name}.json").read_text())
    return content


@dataclass(frozen=True)
class Case:
    """A sample, the order that is stored before it, and the expected effect.

    With `is_paid` the order's page is paid at Stripe; then the shop refunds the amount `refunded`,
    or the customer disputes the payment (`is_disputed`). A consumer returns the records in `fails`,
    an HTTP function answers with `status`, an invoked function with `answer` (shortened by
    `brief`), or it raises `raises`.
    """

    name: str
    order: Order | None = None
    is_paid: bool = False
    refunded: int = 0
    is_disputed: bool = False
    status: int | None = None
    answer: Json | None = None
    raises: str | None = None
    fails: tuple[int, ...] = ()
    published: tuple[str, ...] = ()
    reaches: str | None = None
    reads_events: bool = False  # of other tests too, where they share Stripe

    @property
    def function(self) -> str:
        return self.name.partition("/")[0]

    @property
    def expected(self) -> Json:
        """The answer, shortened by `brief`."""
        if self.status:
            return {"statusCode": self.status}
        if self.raises:
            return {"errorType": self.raises}
        if self.answer is not None:
            return self.answer
        records = event(self.name)["Records"] if self.fails else []
        failed = [records[number]["messageId"] for number in self.fails]
        return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def brief(answer: Json) -> Json:
    """Shorten an answer to what a case states."""
    match answer:
        case {"statusCode": _} | {"errorType": _} | {"applied": _}:
            short = {name: answer[name] for name in BRIEF_FIELDS & answer.keys()}
        case {"total": int(), "changed": list()}:
            short = {"synced": True}
        case {"booked": _} | {"repaired": _}:
            short = {key: done for key, done in answer.items() if key in {"booked", "repaired"}}
        case {"holds": holds}:
            short = {"holds": [found["order_id"] for found in holds]}
        case {"letters": list()}:
            short = {"letters": "selected" if "outcome" in answer else "listed"}
        case {"order_id": _} | {"payments": _} | {"movements": _} | {"forgotten": _}:
            short = _brief_about_orders(answer)
        case {"products": products}:
            short = {"products": [found["product_id"] for found in products]}
        case {"outcomes": outcomes}:
            short = {"outcomes": [outcome["outcome"] for outcome in outcomes]}
        case {"outcome": outcome}:
            short = {"outcome": outcome["outcome"]}
        case _:
            short = answer
    return short


def _brief_about_orders(answer: Json) -> Json:
    match answer:
        case {"stock_movements": movements, "status": status}:
            return {"status": status, "movements": [found["kind"] for found in movements]}
        case {"movements": movements}:
            return {"movements": [found["kind"] for found in movements]}
        case {"state": state}:
            return {"state": state}
        case {"payments": list(), "next": _}:
            return {"listed": True}
        case {"payments": payments}:
            return {"outcomes": [found["outcome"] for found in payments]}
    return {name: answer[name] for name in ("outcome", "status", "forgotten") if name in answer}


def late() -> Order:
    """An order whose time to pay is over and whose event was not published."""
    order = pending().retry_checkout(1, utc_now() - timedelta(minutes=1))
    return replace(order, outbox=(OutboxEvent("old", "order.created", NOON - timedelta(days=999)),))


def just_placed() -> Order:
    """A pending order. It is placed in an hour, so that its time to pay outlasts a test run."""
    at = utc_now() + timedelta(hours=1)
    return replace(
        pending(),
        history=(StatusChange(Status.PENDING, at),),
        checkout=Checkout(attempt=1, expires_at=at + TIME_TO_PAY),
    )


def refund_due() -> Order:
    """A cancelled order that was paid at the last moment; its events are published."""
    order = pending().cancel(OutboxEvent("cancelled", "order.cancelled", NOON))
    refused = replace(payment(), refund_reason=RefundReason.ORDER_CANCELLED)
    return replace(order, payments=(refused,), outbox=())


def page_of(order: Order) -> Payable:
    """Return the request for the order's payment page, which Stripe would accept now."""
    return replace(
        payable(order),
        attempt=secrets.randbelow(10**9),
        expires_at=utc_now() + timedelta(minutes=31),
    )


CASES = [
    Case("create_order/two_products", status=201, published=("order.created",)),
    Case("create_order/with_notes", status=201, published=("order.created",)),
    Case("create_order/with_key", status=201, published=("order.created",)),
    Case("create_order/sold_out", status=409),
    Case("create_order/unknown_product", status=422),
    Case("create_order/no_items", status=422),
    Case("create_order/not_json", status=400),
    Case("get_menu/menu", status=200),
    Case("get_menu/not_modified", status=304),
    Case("catalogue_sync/product_changed"),
    Case("get_order/with_token", waiting(), status=200),
    Case("get_order/not_modified", waiting(), status=304),
    Case("get_order/without_token", waiting(), status=401),
    Case("get_order/another_customers", waiting(), status=404),
    Case(
        "cancel_order/with_token",
        pending(),
        status=200,
        published=("order.created", "order.cancelled"),
        reaches="cancelled",
    ),
    Case("cancel_order/too_late", paid(), status=409, reaches="paid"),
    Case("cancel_order/with_a_read_token", pending(), status=404, reaches="pending"),
    Case("payment_link/order_created", just_placed(), reaches="waiting_for_payment"),
    Case(
        "order_paid/payment_succeeded",
        waiting(),
        is_paid=True,
        published=("order.paid",),
        reaches="paid",
    ),
    Case(
        "order_paid/repeated_and_invalid",
        waiting(),
        is_paid=True,
        fails=(1,),
        published=("order.paid",),
        reaches="paid",
    ),
    Case("order_paid/wrong_amount", waiting(), fails=(0,), reaches="waiting_for_payment"),
    Case(
        "order_paid/payment_refunded",
        paid(),
        is_paid=True,
        refunded=1650,
        published=("order.refunded",),
        reaches="refunded",
    ),
    Case("order_paid/payment_disputed", paid(), is_paid=True, is_disputed=True, reaches="paid"),
    Case("refund/order_refund_due", refund_due(), is_paid=True, reaches="cancelled"),
    Case("kitchen/order_paid", paid(), reaches="cooking"),
    Case("kitchen/cooking_time_elapsed", paid(), published=("order.cooked",), reaches="cooked"),
    Case("stripe_webhook/completed", status=400),  # its signature is too old
    Case("stripe_webhook/unused_event", status=400),  # its signature is too old
    Case("stripe_webhook/product_updated", status=400),  # its signature is too old
    Case("stripe_webhook/unsigned", status=400),
    Case(
        "sweep/tick",
        late(),
        answer={"failed": 0},
        published=("order.created", "order.expired"),
        reaches="expired",
    ),
    Case("sweep/missed_webhooks", waiting(), answer={"failed": 0}, reads_events=True),
    Case("stock_check/reserve", answer={"outcomes": ["reserved"]}),
    Case("stock_check/reserve_too_many", answer={"outcomes": ["refused"]}),
    Case("stock_check/confirm", waiting(), answer={"outcome": "confirmed"}),
    Case("stock_check/release", waiting(), answer={"outcome": "released"}),
    Case("stock_check/release_overdue", waiting(), answer={"outcome": "refused"}),
    Case("stock_check/return", waiting(), answer={"outcome": "released"}),
    Case("stock_check/write_off", waiting(), answer={"outcome": "wasted"}),
    Case("stock_check/overdue", waiting(), answer={"order_ids": [ORDER_ID]}),
    Case("stock_check/menu", answer={"products": ["bread", "soup"]}),
    Case("stock_check/measure_holds", answer={"held_percent": 0.0}),
    Case("stock_check/movements", waiting(), answer={"movements": ["reserved", "reserved"]}),
    Case("audit/tick", waiting(), answer={"failed": 0}),
    Case("retention/tick", waiting(), answer={"failed": 0}),
    Case("back_office/forget_customer", refund_due(), answer={"forgotten": 0}),
    Case("back_office/receive_stock", answer={"booked": True}),
    Case("back_office/waste_stock", answer={"booked": True}),
    Case("back_office/count_stock", answer={"booked": False}),  # it is a dry run
    Case("back_office/repair_stock", answer={"repaired": False}),  # it is a dry run
    Case("back_office/repair_stock_order", raises="ReservationNotFound"),
    Case("back_office/repair_stock_order_as_ordered", waiting(), answer={"repaired": False}),
    Case("back_office/list_stock_repairs", answer={"repairs": [], "next": None}),
    Case("back_office/settle_units", waiting(), answer={"state": "wasted"}),
    Case("back_office/pause_unknown_product", raises="UnknownProductRefusal"),
    Case("back_office/show_stock", answer={"products": ["bread", "soup"]}),
    Case("back_office/show_holds", waiting(), answer={"holds": [ORDER_ID]}),
    Case("back_office/sync_catalogue", answer={"synced": True}),
    Case(
        "back_office/close_order",
        pending(),
        answer={"outcome": "cancelled", "status": "cancelled"},
        published=("order.created", "order.cancelled"),
        reaches="cancelled",
    ),
    Case("back_office/retry_refund", paid(), is_paid=True, answer={"outcomes": ["not_failed"]}),
    Case("back_office/list_unmatched_payments", answer={"listed": True}),
    Case(
        "back_office/show_order",
        waiting(),
        answer={"status": "waiting_for_payment", "movements": ["reserved", "reserved"]},
    ),
    Case("back_office/unknown_order", raises="UnknownOrder"),
    Case("back_office/unknown_product", raises="UnknownProductRefusal"),
    Case("back_office/list_dead_letters", answer={"letters": "listed"}),
    Case("back_office/redrive_dead_letters", answer={"letters": "selected"}),
    Case("back_office/drop_dead_letters", answer={"letters": "selected"}),
    Case("back_office/unknown_dead_letter", raises="UnknownDeadLetter"),
    Case("back_office/no_command", raises="InvalidRequest"),
    Case("migrate/by_hand", answer={"applied": []}),
    Case("publish_pages/by_hand", raises="PagesMissingError"),
]
SIGNED_NOW = {
    "stripe_webhook/completed": ["payment.succeeded"],
    "stripe_webhook/unused_event": [],
    "stripe_webhook/product_updated": ["catalogue.changed"],
}


def case_of(name: str) -> Case:
    """The case of a sample. Raises ValueError if it has none, or two."""
    [case] = [case for case in CASES if case.name == name]
    return case
