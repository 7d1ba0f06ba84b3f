"""Build the back_office function."""

from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Final

from gorder.back_office.audits import AuditOffice
from gorder.back_office.menu import MenuOffice
from gorder.back_office.office import BackOffice
from gorder.back_office.order_repairs import OrderRepairOffice
from gorder.back_office.orders import OrderOffice
from gorder.back_office.reports import ReportOffice
from gorder.back_office.stock import StockOffice
from gorder.back_office.stock_repairs import StockRepairOffice
from gorder.bootstrap import dead_letters, order_paid
from gorder.bootstrap.audit_orders import audit_orders, stripe_ledger
from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.payment_pages import payment_pages
from gorder.bootstrap.payment_refunds import payment_refunds
from gorder.bootstrap.received_payments import received_payments
from gorder.bootstrap.stock_client import stock_client
from gorder.bootstrap.stock_store import mysql_store
from gorder.bootstrap.stripe_account import stripe_account
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.bootstrap.stripe_products import stripe_products
from gorder.contracts.audit import AuditedLine, Finding
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.commands.close_order import CloseOrderHandler
from gorder.order.commands.forget_customer import ForgetCustomerHandler
from gorder.order.commands.keep_payment import KeepPaymentHandler
from gorder.order.commands.payment_of_order import PaymentOfOrder
from gorder.order.commands.reconcile_order import ReconcileOrderHandler
from gorder.order.commands.refund_order import RefundOrderHandler
from gorder.order.commands.repair_order import RepairOrderHandler
from gorder.order.commands.retry_refund import RetryRefundHandler
from gorder.order.ports import OrderRepository, StockClient
from gorder.order.queries.export_orders import ExportOrdersHandler
from gorder.order.queries.list_orders import ListOrdersHandler
from gorder.order.queries.list_unmatched_payments import ListUnmatchedPaymentsHandler
from gorder.order.queries.report_sales import ReportSalesHandler
from gorder.order.queries.show_document import ShowDocumentHandler
from gorder.order.queries.show_order import ShowOrderHandler
from gorder.order.repair_ports import OrderDocuments
from gorder.order.retention_ports import RecordOfRepairs
from gorder.payment.ports import PaymentGateway
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.limits import MYSQL_AUDIT
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes
from gorder.stock.adapters.mysql_repairs import MysqlRepairs
from gorder.stock.adapters.mysql_reservations import MysqlReservationBook
from gorder.stock.commands.count_stock import CountStockHandler
from gorder.stock.commands.move_stock import MoveStockHandler
from gorder.stock.commands.pause_menu import PauseMenuHandler
from gorder.stock.commands.receive_stock import ReceiveStockHandler
from gorder.stock.commands.release_reservation import ReleaseReservationHandler
from gorder.stock.commands.repair_stock import RepairStockHandler
from gorder.stock.commands.repair_stock_order import RepairStockOrderHandler
from gorder.stock.commands.resume_menu import ResumeMenuHandler
from gorder.stock.commands.return_units import ReturnUnitsHandler
from gorder.stock.commands.sync_catalogue import SyncCatalogueHandler
from gorder.stock.commands.write_off_units import WriteOffUnitsHandler
from gorder.stock.ports import ClientClaims, ProductSource, StockStore
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from gorder.stock.queries.list_holds import ListHoldsHandler
from gorder.stock.queries.list_pauses import ListPausesHandler
from gorder.stock.queries.list_stock import ListStockHandler
from gorder.stock.queries.list_stock_repairs import ListStockRepairsHandler
from gorder.stock.queries.report_units import ReportUnitsHandler
from gorder.stock.repair_ports import StockRepairs
from gorder.upkeep.audit_orders import AuditOrders, AuditReport
from gorder.upkeep.ports import OrderBook

_AUDIT_BUDGET: Final = timedelta(minutes=2)  # of the orders; the function has ten


def audit_office(
    audit_stock: Handler[AuditStock, Sequence[Finding]],
    audit: Handler[AuditOrders, AuditReport],
) -> AuditOffice:
    return AuditOffice(stock=audit_stock, orders=audit, telemetry=telemetry)


def stock_office(store: StockStore, claims: ClientClaims, source: ProductSource) -> StockOffice:
    return StockOffice(
        sync_catalogue=observed("SyncCatalogue", SyncCatalogueHandler(store=store, source=source)),
        receive_stock=observed("ReceiveStock", ReceiveStockHandler(store=store)),
        move_stock=observed("MoveStock", MoveStockHandler(store=store)),
        count_stock=observed("CountStock", CountStockHandler(store=store)),
        return_units=observed("ReturnUnits", ReturnUnitsHandler(store=store)),
        write_off=observed("WriteOffUnits", WriteOffUnitsHandler(store=store)),
        release=observed("ReleaseReservation", ReleaseReservationHandler(store=store)),
        list_stock=observed("ListStock", ListStockHandler(store=store)),
        list_pauses=observed("ListPauses", ListPausesHandler(store=store)),
        list_holds=observed("ListHolds", ListHoldsHandler(claims=claims)),
        clock=utc_now,
        telemetry=telemetry,
    )


def stock_repair_office(repairs: StockRepairs, orders: OrderBook) -> StockRepairOffice:
    def ordered(order_id: str) -> Collection[AuditedLine]:
        """Return the lines of an order; none if it is not stored, or cannot be read."""
        return [line for order in orders.named([order_id]).orders for line in order.lines]

    return StockRepairOffice(
        repair=observed("RepairStock", RepairStockHandler(repairs=repairs)),
        repair_order=observed(
            "RepairStockOrder", RepairStockOrderHandler(repairs=repairs, clock=utc_now)
        ),
        listing=observed("ListStockRepairs", ListStockRepairsHandler(repairs=repairs)),
        ordered=ordered,
        telemetry=telemetry,
    )


def menu_office(store: StockStore, source: ProductSource) -> MenuOffice:
    return MenuOffice(
        pause=observed("PauseMenu", PauseMenuHandler(store=store)),
        resume=observed("ResumeMenu", ResumeMenuHandler(store=store, source=source)),
        telemetry=telemetry,
    )


def order_office(
    orders: OrderRepository,
    repairs: RecordOfRepairs,
    gateway: PaymentGateway,
    stock: StockClient,
    events: EventPublisher,
) -> OrderOffice:
    reconcile = order_paid.build(orders, gateway, stock, events)
    refunds = payment_refunds(gateway)
    payment = PaymentOfOrder(
        orders=orders,
        payments=received_payments(gateway),
        reconcile=reconcile,
        clock=utc_now,
        telemetry=telemetry,
    )
    close = CloseOrderHandler(
        orders=orders,
        stock=stock,
        pages=payment_pages(gateway, events=None),
        refunds=refunds,
        payment=payment,
        events=events,
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    refund = RefundOrderHandler(
        orders=orders, refunds=refunds, payment=payment, clock=utc_now, telemetry=telemetry
    )
    retry = RetryRefundHandler(
        orders=orders, refunds=refunds, reconcile=reconcile, clock=utc_now, telemetry=telemetry
    )
    forget = ForgetCustomerHandler(
        orders=orders, repairs=repairs, clock=utc_now, telemetry=telemetry
    )
    unmatched = ListUnmatchedPaymentsHandler(orders=orders)
    return OrderOffice(
        close=observed("CloseOrder", close),
        refund=observed("RefundOrder", refund),
        retry_refund=observed("RetryRefund", retry),
        forget_customer=observed("ForgetCustomer", forget),
        unmatched_payments=observed("ListUnmatchedPayments", unmatched),
        show=observed("ShowOrder", ShowOrderHandler(orders=orders, stock=stock)),
        list_orders=observed("ListOrders", ListOrdersHandler(orders=orders, clock=utc_now)),
        export=observed("ExportOrders", ExportOrdersHandler(orders=orders)),
        telemetry=telemetry,
    )


def order_repair_office(
    orders: OrderRepository,
    documents: OrderDocuments,
    gateway: PaymentGateway,
    stock: StockClient,
    events: EventPublisher,
) -> OrderRepairOffice:
    payments = received_payments(gateway)
    repair = RepairOrderHandler(
        documents=documents, clock=utc_now, new_id=new_id, telemetry=telemetry
    )
    reconcile = ReconcileOrderHandler(
        orders=orders,
        payments=payments,
        stock=stock,
        reconcile=order_paid.build(orders, gateway, stock, events),
        events=events,
        clock=utc_now,
        telemetry=telemetry,
    )
    keep = KeepPaymentHandler(orders=orders, payments=payments, clock=utc_now, telemetry=telemetry)
    return OrderRepairOffice(
        repair=observed("RepairOrder", repair),
        document=observed("ShowDocument", ShowDocumentHandler(documents=documents)),
        reconcile=observed("ReconcileOrder", reconcile),
        keep_payment=observed("KeepPayment", keep),
    )


def report_office(store: StockStore, orders: OrderRepository) -> ReportOffice:
    return ReportOffice(
        sales=observed("ReportSales", ReportSalesHandler(orders=orders)),
        units=observed("ReportUnits", ReportUnitsHandler(store=store)),
    )


@cached_for_five_minutes
def service() -> BackOffice:
    account = stripe_account()
    store, orders = mysql_store(), mongo_orders()
    book, documents = MongoOrderBook(orders), MongoOrderDocuments(orders)
    audit = audit_orders(book, MysqlReservationBook(store), stripe_ledger(account), _AUDIT_BUDGET)
    source = stripe_products(account)
    gateway, stock = stripe_gateway(account), stock_client()
    events = event_publisher(Topic.ORDERS)
    return BackOffice(
        stock=stock_office(store, store, source),
        stock_repairs=stock_repair_office(MysqlRepairs(store), book),
        menu=menu_office(store, source),
        orders=order_office(orders, documents, gateway, stock, events),
        order_repairs=order_repair_office(orders, documents, gateway, stock, events),
        messages=dead_letters.deployed(orders),
        audits=audit_office(_audit_stock, audit),
        reports=report_office(store, orders),
    )


def _audit_stock(query: AuditStock) -> Sequence[Finding]:
    """Audit the stock on a connection for long statements, which is closed then."""
    with closing(mysql_store(MYSQL_AUDIT.answer_seconds)) as store:
        handler = AuditStockHandler(store=store, telemetry=telemetry)
        return observed("AuditStock", handler)(query)
