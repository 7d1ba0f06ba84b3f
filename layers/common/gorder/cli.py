"""The command line: `python -m gorder.cli migrate | catalogue | stock | webhook`.

Exit codes: 0 done, 1 refused or failed, 2 wrong arguments or environment variables.
"""

import argparse
import os
import pwd
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from gorder.clients.mysql import connect_mysql
from gorder.clients.store_url import InvalidUrlError
from gorder.constraints import (
    ID_FORM,
    ID_PATTERN,
    MAX_UNITS,
    PERSON_PATTERN,
    RECEIPT_ID_FORM,
    RECEIPT_ID_PATTERN,
)
from gorder.errors import DefectError
from gorder.runtime.errors import MissingSettingError

if TYPE_CHECKING:
    from gorder.stock.adapters.mysql_stock import MysqlStockStore

_BUDGET_SECONDS = 60.0


class MissingVariableError(DefectError):
    """An environment variable that the command needs is not set."""

    code = "missing_variable"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Every failure is one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (MissingVariableError, MissingSettingError, InvalidUrlError) as error:
        return _fail(error, 2)
    except Exception as error:  # noqa: BLE001 - every failure becomes a line and an exit code
        return _fail(error, 1)
    return 0


def _fail(error: Exception, code: int) -> int:
    reason = " ".join(str(error).split()) or type(error).__name__
    sys.stderr.write(f"gorder: {reason}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gorder.cli", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    migrate = commands.add_parser(
        "migrate",
        help="bring the databases of GORDER_MYSQL_URL and, if set, GORDER_MONGO_URL up to date",
    )
    migrate.set_defaults(run=_migrate)
    catalogue = commands.add_parser("catalogue", help="the products").add_subparsers(
        required=True, metavar="command"
    )
    sync = catalogue.add_parser("sync", help="copy products and prices from Stripe")
    sync.set_defaults(run=_sync)
    webhook = commands.add_parser("webhook", help="the webhook endpoint at Stripe").add_subparsers(
        required=True, metavar="command"
    )
    create = webhook.add_parser(
        "create", help="register a URL for Stripe's events and print its signing secret"
    )
    create.add_argument("url")
    create.set_defaults(run=_create_webhook)
    stock = commands.add_parser("stock", help="the units of the products").add_subparsers(
        required=True, metavar="command"
    )
    receive = stock.add_parser(
        "receive", help="book delivered units; a receipt books a product once"
    )
    receive.add_argument("product_id", type=_product_id)
    receive.add_argument("quantity", type=_units)
    receive.add_argument("--receipt", required=True, type=_receipt_id, metavar="ID")
    receive.set_defaults(run=_receive)
    stock.add_parser("show", help="list products and units").set_defaults(run=_show)
    return parser


def _units(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_UNITS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MAX_UNITS}")
    return int(text)


def _product_id(text: str) -> str:
    if not re.fullmatch(ID_PATTERN, text):
        raise argparse.ArgumentTypeError(f"{text!r} is not {ID_FORM}")
    return text


def _receipt_id(text: str) -> str:
    if not re.fullmatch(RECEIPT_ID_PATTERN, text):
        raise argparse.ArgumentTypeError(f"{text!r} is not {RECEIPT_ID_FORM}")
    return text


def _migrate(_options: argparse.Namespace) -> None:
    from gorder.bootstrap import migrate  # noqa: PLC0415 - imports both drivers

    _print("migrating MySQL")
    applied = migrate.migrate_mysql(_variable("GORDER_MYSQL_URL"))
    _print(*(f"applied {name}" for name in applied) if applied else ("nothing to apply",))
    if url := os.environ.get("GORDER_MONGO_URL"):
        _print("indexing MongoDB")
        _print(*(f"index {name}" for name in migrate.index_mongo(url)))
        if watched := migrate.watch_paid_orders(url):
            _print(f"watching {watched} paid orders of an earlier release")
        if dated := migrate.date_orders(url):
            _print(f"dating {dated} orders of an earlier release")


def _sync(_options: argparse.Namespace) -> None:
    from gorder.bootstrap.stripe_products import stripe_products  # noqa: PLC0415 - imports stripe
    from gorder.clients.stripe import stripe_client  # noqa: PLC0415 - imports stripe
    from gorder.stock.commands.sync_catalogue import (  # noqa: PLC0415 - imports stripe
        SyncCatalogue,
        SyncCatalogueHandler,
    )

    api_base = _api_base()
    source = stripe_products(stripe_client(_variable("STRIPE_API_KEY"), api_base))
    _print(f"reading products from {api_base}")
    synced = SyncCatalogueHandler(store=_store(), source=source)(SyncCatalogue())
    _print(f"{synced.total} products, {len(synced.saved)} changed, {synced.ignored} of other shops")
    _print(
        *(
            f"cannot be ordered: {product.name} ({product.product_id}): {product.reason}"
            for product in synced.unusable
        )
    )


def _create_webhook(options: argparse.Namespace) -> None:
    """Print only the secret to stdout, so that a script can pipe it into a secret store."""
    from gorder.clients.stripe import stripe_client  # noqa: PLC0415 - imports stripe
    from gorder.payment.adapters.stripe_endpoints import StripeEndpoints  # noqa: PLC0415 - imports stripe

    client = stripe_client(_variable("STRIPE_API_KEY"), _api_base())
    endpoint = StripeEndpoints(client).create(options.url)
    sys.stderr.write(f"created {endpoint.endpoint_id} at API version {endpoint.api_version}\n")
    _print(endpoint.secret)


def _api_base() -> str:
    return os.environ.get("STRIPE_API_BASE", "https://api.stripe.com")


def _receive(options: argparse.Namespace) -> None:
    from gorder.stock.commands.receive_stock import (  # noqa: PLC0415 - only this command needs it
        ReceiveStock,
        ReceiveStockHandler,
    )

    command = ReceiveStock(options.receipt, options.product_id, options.quantity, _user())
    booked = ReceiveStockHandler(store=_store())(command)
    done = "received" if booked else "had been received before:"
    _print(f"{done} {command.quantity} of {command.product_id}, receipt {command.receipt_id}")


def _user() -> str:
    """Return the name of the user of this process, or its number if the name cannot be kept."""
    uid = os.getuid()
    with suppress(KeyError):
        by = f"{pwd.getpwuid(uid).pw_name} (command line)"
        if re.fullmatch(PERSON_PATTERN, by):
            return by
    return f"uid {uid} (command line)"


def _show(_options: argparse.Namespace) -> None:
    from gorder.stock.queries.list_stock import (  # noqa: PLC0415 - imports pymysql
        ListStock,
        ListStockHandler,
    )

    for item in ListStockHandler(store=_store())(ListStock()):
        product, price = item.product, item.product.price
        cost = f"{price.unit_amount} {price.currency}" if price else "no price"
        state = "active" if product.active else "inactive"
        _print(
            f"{product.product_id}\t{product.name}\t{cost}\t{state}"
            f"\ton hand {item.on_hand}\theld {item.held}\tavailable {item.available}"
        )


def _store() -> "MysqlStockStore":
    from gorder.stock.adapters.mysql_stock import MysqlStockStore  # noqa: PLC0415 - imports pymysql

    connect = partial(connect_mysql, _variable("GORDER_MYSQL_URL"))
    return MysqlStockStore(connect, budget_seconds=_BUDGET_SECONDS)


def _variable(name: str) -> str:
    if not (value := os.environ.get(name)):
        raise MissingVariableError(f"{name} is not set; `make env` prints the local values")
    return value


def _print(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
