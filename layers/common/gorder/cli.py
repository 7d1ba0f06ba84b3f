"""The shop's command line: `python -m gorder.cli migrate | catalogue | stock | webhook`.

Exit codes: 0 done, 1 refused or failed, 2 called or configured wrongly.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from gorder.clients.mysql import connect_mysql
from gorder.clients.store_url import InvalidUrlError
from gorder.constraints import MAX_RECEIPT_ID_LENGTH, MAX_UNITS
from gorder.errors import DefectError

if TYPE_CHECKING:
    from gorder.stock.adapters.mysql_stock import MysqlStockStore

_PATIENCE_SECONDS = 60.0


class MissingVariableError(DefectError):
    """An environment variable that the command needs is not set."""

    code = "missing_variable"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Every failure is one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (MissingVariableError, InvalidUrlError) as wrong:
        return _fail(wrong, 2)
    except Exception as failure:  # noqa: BLE001 - whatever it was, a shell wants a line and a code
        return _fail(failure, 1)
    return 0


def _fail(failure: Exception, code: int) -> int:
    reason = " ".join(str(failure).split()) or type(failure).__name__
    sys.stderr.write(f"gorder: {reason}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gorder.cli", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    migrate = commands.add_parser(
        "migrate", help="bring GORDER_MYSQL_URL, and GORDER_MONGO_URL if set, to the newest schema"
    )
    migrate.set_defaults(run=_migrate)
    catalogue = commands.add_parser("catalogue", help="the products").add_subparsers(
        required=True, metavar="command"
    )
    sync = catalogue.add_parser("sync", help="copy products and prices from Stripe")
    sync.set_defaults(run=_sync)
    webhook = commands.add_parser("webhook", help="what Stripe tells").add_subparsers(
        required=True, metavar="command"
    )
    create = webhook.add_parser("create", help="have Stripe send its events to a URL")
    create.add_argument("url")
    create.set_defaults(run=_create_webhook)
    stock = commands.add_parser("stock", help="the units").add_subparsers(
        required=True, metavar="command"
    )
    receive = stock.add_parser("receive", help="book units that came in; twice books once")
    receive.add_argument("product_id")
    receive.add_argument("quantity", type=_units)
    receive.add_argument("--receipt", required=True, type=_receipt_id, metavar="ID")
    receive.set_defaults(run=_receive)
    stock.add_parser("show", help="list products and units").set_defaults(run=_show)
    return parser


def _units(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_UNITS:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {MAX_UNITS}")
    return int(text)


def _receipt_id(text: str) -> str:
    if not 1 <= len(text) <= MAX_RECEIPT_ID_LENGTH:
        raise argparse.ArgumentTypeError(f"1 to {MAX_RECEIPT_ID_LENGTH} characters")
    return text


def _migrate(_options: argparse.Namespace) -> None:
    from gorder.bootstrap.migrate import index_mongo, migrate_mysql  # noqa: PLC0415 - needs both

    _say("migrating MySQL")
    applied = migrate_mysql(_variable("GORDER_MYSQL_URL"))
    _say(*(f"applied {name}" for name in applied) if applied else ("nothing to apply",))
    if url := os.environ.get("GORDER_MONGO_URL"):
        _say("indexing MongoDB")
        _say(*(f"index {name}" for name in index_mongo(url)))


def _sync(_options: argparse.Namespace) -> None:
    from gorder.clients.stripe import stripe_client  # noqa: PLC0415 - needs stripe
    from gorder.stock.adapters.stripe_products import StripeProducts  # noqa: PLC0415 - likewise
    from gorder.stock.commands.sync_catalogue import (  # noqa: PLC0415 - likewise
        SyncCatalogue,
        SyncCatalogueHandler,
    )

    api_base = _api_base()
    source = StripeProducts(stripe_client(_variable("STRIPE_API_KEY"), api_base))
    _say(f"reading products from {api_base}")
    synced = SyncCatalogueHandler(store=_store(), source=source)(SyncCatalogue())
    _say(f"{synced.total} products, {len(synced.saved)} changed")
    _say(*(f"cannot be ordered: {u.name} ({u.product_id}): {u.reason}" for u in synced.unusable))


def _create_webhook(options: argparse.Namespace) -> None:
    """The secret alone goes to stdout, so that it can be piped to where secrets are kept."""
    from gorder.clients.stripe import stripe_client  # noqa: PLC0415 - needs stripe
    from gorder.payment.adapters.stripe_endpoints import StripeEndpoints  # noqa: PLC0415 - likewise

    client = stripe_client(_variable("STRIPE_API_KEY"), _api_base())
    made = StripeEndpoints(client).create(options.url)
    sys.stderr.write(f"created {made.endpoint_id} at API version {made.api_version}\n")
    _say(made.secret)


def _api_base() -> str:
    return os.environ.get("STRIPE_API_BASE", "https://api.stripe.com")


def _receive(options: argparse.Namespace) -> None:
    from gorder.stock.commands.receive_stock import (  # noqa: PLC0415 - needs pymysql only
        ReceiveStock,
        ReceiveStockHandler,
    )

    command = ReceiveStock(options.receipt, options.product_id, options.quantity)
    booked = ReceiveStockHandler(store=_store())(command)
    done = "received" if booked else "had been received before:"
    _say(f"{done} {command.quantity} of {command.product_id}, receipt {command.receipt_id}")


def _show(_options: argparse.Namespace) -> None:
    from gorder.stock.queries.list_stock import (  # noqa: PLC0415 - needs pymysql
        ListStock,
        ListStockHandler,
    )

    for item in ListStockHandler(store=_store())(ListStock()):
        product, price = item.product, item.product.price
        cost = f"{price.unit_amount} {price.currency}" if price else "no price"
        state = "active" if product.active else "inactive"
        _say(
            f"{product.product_id}\t{product.name}\t{cost}\t{state}"
            f"\ton hand {item.on_hand}\theld {item.held}\tavailable {item.available}"
        )


def _store() -> "MysqlStockStore":
    from gorder.stock.adapters.mysql_stock import MysqlStockStore  # noqa: PLC0415 - needs pymysql

    connect = partial(connect_mysql, _variable("GORDER_MYSQL_URL"))
    return MysqlStockStore(connect, budget_seconds=_PATIENCE_SECONDS)


def _variable(name: str) -> str:
    if not (value := os.environ.get(name)):
        raise MissingVariableError(f"{name} is not set; `make env` prints the local values")
    return value


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
