"""Answer requests in this process, on stores that it can reach."""

import logging
import os
import sys
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import BaseModel

from gorder.contracts.back_office import BackOfficeRequest
from gorder.contracts.back_office_menu import MenuRequest
from gorder.contracts.back_office_orders import OrderRequest
from gorder.contracts.back_office_report import ReportDayRequest
from gorder.errors import GorderError
from ops.errors import CommandError, ExitCode, exit_code
from ops.function import DeployedStack
from ops.identity import user_name
from ops.settings import stripe_address, variable
from ops.transport import Reply

if TYPE_CHECKING:
    import stripe
    from pymongo.collection import Collection

    from gorder.back_office.menu import MenuOffice
    from gorder.back_office.orders import OrderOffice
    from gorder.back_office.reports import ReportOffice
    from gorder.back_office.stock import StockOffice
    from gorder.order.adapters.mongo_documents import Document
    from gorder.order.adapters.mongo_orders import MongoOrders
    from gorder.stock.adapters.mysql_stock import MysqlStockStore
    from gorder.stock.ports import ProductSource

_SECONDS: Final = 60.0


class ReachableStores:
    """Implements `Transport` on the stores that the environment names.

    `GORDER_MYSQL_URL`, `GORDER_MONGO_URL` and `STRIPE_API_KEY`, as far as a command needs them. A
    command about orders also needs the stack's stock function and topic.
    """

    def __init__(self, stack: DeployedStack) -> None:
        _quiet_telemetry()
        self._stack = stack

    def ask(self, request: BackOfficeRequest) -> Reply:
        """Run the command or query."""
        try:
            return self._answer(request).model_dump(mode="json")
        except GorderError as error:
            raise _failure(error) from error

    def _answer(self, request: BackOfficeRequest) -> BaseModel:
        if isinstance(request, OrderRequest):
            return self._orders.answer(request, trace_id="")
        if isinstance(request, MenuRequest):
            return self._menu.answer(request)
        if isinstance(request, ReportDayRequest):
            return self._reports.answer(request)
        return self._stock.answer(request)

    def migrate(self) -> Reply:
        """Migrate MySQL, and MongoDB if its variable is set."""
        from gorder.bootstrap import migrate  # noqa: PLC0415 - imports both drivers

        try:
            done: Reply = {"applied": migrate.migrate_mysql(variable("GORDER_MYSQL_URL"))}
            if url := os.environ.get("GORDER_MONGO_URL"):
                done["indexes"] = migrate.index_mongo(url)
                done["watched"] = migrate.watch_paid_orders(url)
                done["dated"] = migrate.date_orders(url)
                done["money_days"] = migrate.set_money_days(url)
        except GorderError as error:
            raise _failure(error) from error
        return done

    def identity(self) -> str:
        """Return the user of this process."""
        return user_name()

    def log_group(self) -> None:
        """There may be no stack to ask."""

    @cached_property
    def _store(self) -> "MysqlStockStore":
        from gorder.clients.mysql import connect_mysql  # noqa: PLC0415 - imports the driver
        from gorder.stock.adapters.mysql_stock import MysqlStockStore  # noqa: PLC0415

        connect = partial(connect_mysql, variable("GORDER_MYSQL_URL"))
        return MysqlStockStore(connect, budget_seconds=_SECONDS)

    @cached_property
    def _order_store(self) -> "MongoOrders":
        from gorder.clients.mongo import mongo_client  # noqa: PLC0415 - imports the driver
        from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders  # noqa: PLC0415

        url = variable("GORDER_MONGO_URL")

        def connect() -> "Collection[Document]":
            return mongo_client(url).get_default_database()[COLLECTION]

        return MongoOrders(connect)

    @cached_property
    def _source(self) -> "ProductSource":
        absent = not os.environ.get("STRIPE_API_KEY")
        return cast("ProductSource", _Absent("STRIPE_API_KEY") if absent else _products())

    @cached_property
    def _stock(self) -> "StockOffice":
        from gorder.bootstrap.back_office import stock_office  # noqa: PLC0415 - imports every SDK

        return stock_office(self._store, self._store, self._source)

    @cached_property
    def _menu(self) -> "MenuOffice":
        from gorder.bootstrap.back_office import menu_office  # noqa: PLC0415 - imports every SDK

        return menu_office(self._store, self._source)

    @cached_property
    def _reports(self) -> "ReportOffice":
        from gorder.bootstrap.back_office import report_office  # noqa: PLC0415 - imports every SDK

        return report_office(self._store, self._order_store)

    @cached_property
    def _orders(self) -> "OrderOffice":
        from gorder.bootstrap.back_office import order_office  # noqa: PLC0415 - imports every SDK
        from gorder.bootstrap.stripe_gateway import stripe_gateway  # noqa: PLC0415
        from gorder.clients.aws import lambda_client, sns_client  # noqa: PLC0415
        from gorder.contracts.bus import Topic  # noqa: PLC0415
        from gorder.order.adapters.lambda_stock import LambdaStock  # noqa: PLC0415
        from gorder.runtime.sns import SnsPublisher  # noqa: PLC0415

        return order_office(
            self._order_store,
            stripe_gateway(_stripe_account()),
            LambdaStock(lambda_client(), f"{self._stack.resource('StockCheckFunction')}:live"),
            SnsPublisher(sns_client(), {Topic.ORDERS: self._stack.resource("Topic")}),
        )


class _Absent:
    """Stands for what a variable would have named. Its first use says which variable is missing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, _: str) -> Any:  # noqa: ANN401 - it stands for any object
        return variable(self._name)


def _stripe_account() -> "stripe.StripeClient":
    from gorder.clients.stripe import stripe_client  # noqa: PLC0415 - imports stripe

    return stripe_client(variable("STRIPE_API_KEY"), stripe_address())


def _products() -> object:
    from gorder.bootstrap.stripe_products import stripe_products  # noqa: PLC0415 - imports stripe

    return stripe_products(_stripe_account())


def _failure(error: GorderError) -> CommandError:
    from gorder.clients.store_url import InvalidUrlError  # noqa: PLC0415 - imports no driver
    from gorder.runtime.errors import MissingSettingError  # noqa: PLC0415

    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, InvalidUrlError | MissingSettingError):
        return CommandError(text, ExitCode.USAGE)
    return CommandError(text, exit_code(error.kind))


def _quiet_telemetry() -> None:
    """Trace and measure nothing, and log only errors, to stderr. Set before the first import."""
    os.environ |= {
        "POWERTOOLS_TRACE_DISABLED": "true",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "POWERTOOLS_SERVICE_NAME": "gorder",
    }
    from gorder.runtime.observability import logger  # noqa: PLC0415 - reads the variables

    logger.setLevel(logging.ERROR)
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)
