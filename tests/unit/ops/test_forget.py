"""`gorder orders forget` asks until every order was looked at, and names those that are left."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from gorder.order.commands import forget_customer
from gorder.order.retention import FORGOTTEN
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import cooked, paid
from tests.unit.ops.conftest import Printed

type Gorder = Callable[..., Printed]
ASKED = ("orders", "forget", "--customer", "ann", "--reason", "She asked for it.")


def customers(deployment: FakeDeployment) -> set[str]:
    return {order.customer_id for order in deployment.orders.stored.values()}


def test_every_page_is_asked_for(
    gorder: Gorder, deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget_customer, "PAGE", 2)
    for n in range(5):
        deployment.orders.add(replace(cooked(), order_id=f"o{n}"))

    planned = gorder(*ASKED, "--dry-run")
    assert customers(deployment) == {"ann"}
    done = gorder(*ASKED, "--yes")

    assert planned.stdout.startswith("The customer would be removed from 5 orders.")
    assert done.stdout.startswith("The customer is removed from 5 orders.")
    assert (planned.code, done.code) == (0, 0)
    assert "4 orders" in done.stderr
    assert customers(deployment) == {FORGOTTEN}


def test_an_order_that_goes_on_is_named_and_exit_code_4(
    gorder: Gorder, deployment: FakeDeployment
) -> None:
    deployment.orders.add(paid())
    order_id = paid().order_id

    run = gorder(*ASKED, "--yes")
    as_json = json.loads(gorder(*ASKED, "--yes", "--json").stdout)

    assert run.code == 4
    assert order_id in run.stdout
    assert "it goes on" in run.stdout
    assert [each["order_id"] for each in as_json["left"]] == [order_id]


def test_it_asks_before_it_changes_anything(gorder: Gorder, deployment: FakeDeployment) -> None:
    deployment.orders.add(cooked())

    run = gorder(*ASKED)

    assert run.code == 2
    assert customers(deployment) == {"ann"}
