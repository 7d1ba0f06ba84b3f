"""Build the sweep function."""

from dataclasses import dataclass

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.payment_pages import payment_pages
from gorder.bootstrap.payment_records import OrderServiceRecords
from gorder.bootstrap.settings import StackSettings, load
from gorder.bootstrap.stock_client import stock_client
from gorder.bootstrap.stripe_account import stripe_account
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.commands.deliver_events import DeliverEvents, DeliverEventsHandler
from gorder.order.commands.expire_orders import ExpireOrders, ExpireOrdersHandler
from gorder.order.commands.record_held_share import RecordHeldShare, RecordHeldShareHandler
from gorder.order.commands.resume_orders import ResumeOrders, ResumeOrdersHandler
from gorder.order.commands.settle_holds import SettleHolds, SettleHoldsHandler
from gorder.order.ports import OrderRepository, StockClient
from gorder.payment.adapters.stripe_events import StripeEventList
from gorder.payment.commands.find_missed_webhooks import (
    FindMissedWebhooks,
    FindMissedWebhooksHandler,
)
from gorder.payment.ports import PaymentGateway, StripeEvents
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes


@dataclass(frozen=True, slots=True)
class Sweep:
    """The commands of the schedules: five run every minute, the last every three minutes."""

    deliver: Handler[DeliverEvents, None]
    resume: Handler[ResumeOrders, None]
    expire: Handler[ExpireOrders, None]
    settle: Handler[SettleHolds, None]
    record_held_share: Handler[RecordHeldShare, None]
    find_missed: Handler[FindMissedWebhooks, None]


def build(
    orders: OrderRepository,
    stock: StockClient,
    gateway: PaymentGateway,
    events: EventPublisher,
    stripe_events: StripeEvents,
) -> Sweep:
    expire = ExpireOrdersHandler(
        orders=orders,
        stock=stock,
        pages=payment_pages(gateway, events),
        events=events,
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    deliver = DeliverEventsHandler(
        orders=orders, stock=stock, events=events, clock=utc_now, telemetry=telemetry
    )
    resume = ResumeOrdersHandler(
        orders=orders,
        stock=stock,
        events=events,
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    settle = SettleHoldsHandler(orders=orders, stock=stock, clock=utc_now, telemetry=telemetry)
    find_missed = FindMissedWebhooksHandler(
        stripe=stripe_events,
        records=OrderServiceRecords(orders),
        events=events,
        clock=utc_now,
        telemetry=telemetry,
    )
    return Sweep(
        deliver=observed("DeliverEvents", deliver),
        resume=observed("ResumeOrders", resume),
        expire=observed("ExpireOrders", expire),
        settle=observed("SettleHolds", settle),
        record_held_share=observed(
            "RecordHeldShare", RecordHeldShareHandler(stock=stock, telemetry=telemetry)
        ),
        find_missed=observed("FindMissedWebhooks", find_missed),
    )


@cached_for_five_minutes
def service() -> Sweep:
    account = stripe_account()
    return build(
        orders=mongo_orders(),
        stock=stock_client(),
        gateway=stripe_gateway(account),
        events=event_publisher(Topic.ORDERS, Topic.STRIPE),
        stripe_events=StripeEventList(account, load(StackSettings).stack),
    )
