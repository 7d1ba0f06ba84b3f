"""Build the back_office function."""

from gorder.back_office.messages import MessageOffice
from gorder.back_office.office import BackOffice
from gorder.back_office.orders import OrderOffice
from gorder.back_office.stock import StockOffice
from gorder.bootstrap import dead_letters, order_paid
from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.payment_pages import payment_pages
from gorder.bootstrap.payment_refunds import payment_refunds
from gorder.bootstrap.stock_client import stock_client
from gorder.bootstrap.stock_store import mysql_store
from gorder.bootstrap.stripe_account import stripe_account
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.bootstrap.stripe_products import stripe_products
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.commands.close_order import CloseOrderHandler
from gorder.order.commands.retry_refund import RetryRefundHandler
from gorder.order.ports import OrderRepository, StockClient
from gorder.order.queries.list_unmatched_payments import ListUnmatchedPaymentsHandler
from gorder.order.queries.show_order import ShowOrderHandler
from gorder.payment.ports import PaymentGateway
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes
from gorder.stock.commands.receive_stock import ReceiveStockHandler
from gorder.stock.commands.sync_catalogue import SyncCatalogueHandler
from gorder.stock.ports import ClientClaims, ProductSource, StockStore
from gorder.stock.queries.list_holds import ListHoldsHandler
from gorder.stock.queries.list_stock import ListStockHandler


def build(
    store: StockStore,
    claims: ClientClaims,
    source: ProductSource,
    orders: OrderRepository,
    gateway: PaymentGateway,
    stock: StockClient,
    events: EventPublisher,
    messages: MessageOffice,
) -> BackOffice:
    return BackOffice(
        stock=stock_office(store, claims, source),
        orders=order_office(orders, gateway, stock, events),
        messages=messages,
    )


def stock_office(store: StockStore, claims: ClientClaims, source: ProductSource) -> StockOffice:
    return StockOffice(
        sync_catalogue=observed("SyncCatalogue", SyncCatalogueHandler(store=store, source=source)),
        receive_stock=observed("ReceiveStock", ReceiveStockHandler(store=store)),
        list_stock=observed("ListStock", ListStockHandler(store=store)),
        list_holds=observed("ListHolds", ListHoldsHandler(claims=claims)),
        telemetry=telemetry,
    )


def order_office(
    orders: OrderRepository, gateway: PaymentGateway, stock: StockClient, events: EventPublisher
) -> OrderOffice:
    reconcile = order_paid.build(orders, gateway, stock, events)
    refunds = payment_refunds(gateway)
    close = CloseOrderHandler(
        orders=orders,
        stock=stock,
        pages=payment_pages(gateway, events=None),
        refunds=refunds,
        reconcile=reconcile,
        events=events,
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    retry = RetryRefundHandler(
        orders=orders, refunds=refunds, reconcile=reconcile, clock=utc_now, telemetry=telemetry
    )
    unmatched = ListUnmatchedPaymentsHandler(orders=orders)
    return OrderOffice(
        close=observed("CloseOrder", close),
        retry_refund=observed("RetryRefund", retry),
        unmatched_payments=observed("ListUnmatchedPayments", unmatched),
        show=observed("ShowOrder", ShowOrderHandler(orders=orders, stock=stock)),
        telemetry=telemetry,
    )


@cached_for_five_minutes
def service() -> BackOffice:
    account = stripe_account()
    store = mysql_store()
    orders = mongo_orders()
    return build(
        store=store,
        claims=store,
        source=stripe_products(account),
        orders=orders,
        gateway=stripe_gateway(account),
        stock=stock_client(),
        events=event_publisher(Topic.ORDERS),
        messages=dead_letters.deployed(orders),
    )
