"""`gorder report day`: tables, CSV and JSON of the same sums."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.lines import OrderLine
from gorder.order.reconciliation import receive
from tests.fakes.clock import NOON
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import EVENTS, paid, payment, pending, refund
from tests.fakes.products import product
from tests.unit.ops.conftest import Printed

type Gorder = Callable[..., Printed]

DAY = ("report", "day", "--day", "2026-11-23", "--zone", "Europe/Berlin")


@pytest.fixture
def sales(deployment: FakeDeployment) -> FakeDeployment:
    """Two orders of two soups and a bread; one is refunded in part, the other in yen."""
    refunds = (refund(500), refund(600, "failed", 2))
    deployment.orders.add(
        receive(paid(), replace(payment(), refunds=refunds), EVENTS, has_units=True)
    )
    lines = (OrderLine("soup", "=1+1", 1, 900, "price_yen"),)
    yen = replace(pending("yen"), lines=lines, currency="jpy")
    deployment.orders.add(
        receive(yen, payment(900, "jpy", "cs_yen", "pi_yen"), EVENTS, has_units=True)
    )
    return deployment


def words(text: str, column: str) -> list[list[str]]:
    """Return the words of each line that has this one."""
    return [line.split() for line in text.splitlines() if column in line.split()]


@pytest.mark.usefixtures("sales")
def test_the_totals_and_the_products_are_tables(gorder: Gorder) -> None:
    run = gorder(*DAY)

    assert run.code == 0
    assert run.stdout.startswith("2026-11-23 in Europe/Berlin\n")
    [euro] = words(run.stdout, "11.50")
    assert euro == [
        *("1", "16.50", "EUR", "0.00", "EUR", "0.00", "EUR", "1", "5.00", "EUR", "11.50", "EUR")
    ]
    [bread] = words(run.stdout, "bread")
    assert bread == ["bread", "Bread", "1", "2.50", "EUR", "0", "0", "-"]
    assert [row[-5:-3] for row in words(run.stdout, "soup")] == [["14.00", "EUR"], ["900", "JPY"]]


@pytest.mark.usefixtures("sales")
def test_csv_has_a_row_of_each_product_and_no_formula(gorder: Gorder) -> None:
    run = gorder(*DAY, "--csv")

    assert run.stdout.splitlines()[0] == (
        "day,product_id,name,currency,units_sold,amount,units_returned,units_wasted,waste_reasons"
    )
    rows = list(csv.DictReader(run.stdout.splitlines()))
    assert [tuple(row.values()) for row in rows] == [
        ("2026-11-23", "bread", "Bread", "EUR", "1", "2.50", "0", "0", ""),
        ("2026-11-23", "soup", "'=1+1", "EUR", "2", "14.00", "0", "0", ""),
        ("2026-11-23", "soup", "'=1+1", "JPY", "1", "900", "0", "0", ""),
    ]


@pytest.mark.parametrize("name", ["=A1", "+A1", "-A1", "@A1", "\tA1"])
def test_a_name_is_no_formula(gorder: Gorder, deployment: FakeDeployment, name: str) -> None:
    cake = replace(product("cake"), name=name)
    deployment.stock.run(lambda stock: stock.save_products([cake]))
    gorder("stock", "receive", "cake", "5")
    gorder("stock", "waste", "cake", "2", "--reason", '=HYPERLINK("x")')

    run = gorder("report", "day", "--csv")

    [row] = csv.DictReader(run.stdout.splitlines())
    assert (row["name"], row["units_wasted"]) == (f"'{name}", "2")
    assert row["waste_reasons"] == '2 × =HYPERLINK("x")'
    assert (row["currency"], row["units_sold"], row["amount"]) == ("", "0", "")


def test_waste_is_shown_once_and_with_its_reasons(gorder: Gorder) -> None:
    gorder("stock", "waste", "bread", "2", "--reason", "Mouldy.")
    gorder("stock", "waste", "bread", "3", "--reason", "Dropped [twice].")
    gorder("stock", "return", "bread", "1", "--reason", "Found.")

    [row] = [line for line in gorder("report", "day").stdout.splitlines() if "bread" in line]

    assert " ".join(row.split()).endswith(" 1 5 3 × Dropped [twice].; 2 × Mouldy.")
    assert "Nothing was sold or refunded." in gorder("report", "day").stdout


@pytest.mark.usefixtures("sales")
def test_json_has_the_sums_in_minor_units(gorder: Gorder) -> None:
    report = json.loads(gorder(*DAY, "--json").stdout)

    assert (report["day"], report["zone"]) == ("2026-11-23", "Europe/Berlin")
    assert (report["begin"], report["end"]) == (
        *("2026-11-22T23:00:00+00:00", "2026-11-23T23:00:00+00:00"),
    )
    assert [each["currency"] for each in report["totals"]] == ["eur", "jpy"]
    euro, yen = report["totals"]
    assert (euro["gross"], euro["refunds"], euro["refunded"], euro["net"]) == (1650, 1, 500, 1150)
    assert (yen["orders"], yen["net"]) == (1, 900)
    soup = report["products"][1]
    assert [sale["amount"] for sale in soup["sales"]] == [1400, 900]
    assert "next" not in report


def test_a_loss_is_negative(gorder: Gorder, deployment: FakeDeployment) -> None:
    late = replace(refund(1605), at=NOON + timedelta(days=1))
    deployment.orders.add(
        receive(paid(), replace(payment(), refunds=(late,)), EVENTS, has_units=True)
    )

    run = gorder("report", "day", "--day", "2026-11-24")

    [row] = words(run.stdout, "-16.05")
    assert row[-4:] == ["16.05", "EUR", "-16.05", "EUR"]


def test_what_is_in_no_sum_is_said(gorder: Gorder, sales: FakeDeployment) -> None:
    second = replace(payment(intent="pi_2", session_id="cs_2"), refunds=(refund(1650),))
    order = sales.orders.stored[paid().order_id]
    sales.orders.stored[order.order_id] = receive(order, second, EVENTS, has_units=True)
    sales.orders.unreadable.add("yen")

    run, as_csv = gorder(*DAY), gorder(*DAY, "--csv")

    text = "Order yen is in no sum: it cannot be read: customer_id: missing."
    assert text in run.stdout.splitlines()
    assert text in as_csv.stderr
    assert text not in as_csv.stdout
    assert "16.50 EUR was refunded of payments that paid for no order" in run.stdout
    assert "11.50 EUR" in run.stdout


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--csv", "--json"), "--csv: cannot be used with --json"),
        (("--day", "tomorrow"), "--day: tomorrow is no day"),
        (("--zone", "Berlin"), "--zone: there is no time zone Berlin"),
    ],
)
def test_a_wrong_option_is_named(gorder: Gorder, options: tuple[str, ...], text: str) -> None:
    run = gorder("report", "day", *options)

    assert (run.code, run.stdout) == (2, "")
    assert text in run.stderr
