"""The back office's requests that repair the stock, as `gorder` sends them: replies and logs."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gorder.stock.refusals import RepairDiffers
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import ORDER_ID, waiting
from tests.unit.ops.conftest import ARN, FakeAws, Printed, aws, deployment, gorder
from tests.unit.runtime.conftest import Lines, log

__all__ = ["FakeAws", "aws", "deployment", "gorder", "log"]

type Gorder = Callable[..., Printed]

WHY = {"reason": "A row was changed.", "by": "ann@example.com"}
SAID = ("--reason", "A row was changed.")


def office(deployment: FakeDeployment, command: str, **fields: object) -> dict[str, Any]:
    return deployment.call("back_office", {"command": command, **fields})


def corrupt(deployment: FakeDeployment, on_hand: int = 12) -> None:
    soup = deployment.stock.kept.stock["soup"]
    deployment.stock.kept.stock["soup"] = replace(soup, on_hand=on_hand)


def buy(deployment: FakeDeployment, order_id: str) -> None:
    hold = {
        "order_id": order_id,
        "lines": [{"product_id": "soup", "quantity": 4}],
        "expires_at": "2099-12-31T12:00:00Z",
    }
    deployment.call("stock_check", {"operation": "reserve", "trace_id": "t", "holds": [hold]})


def test_a_repair_is_answered_logged_and_listed(deployment: FakeDeployment, log: Lines) -> None:
    corrupt(deployment)
    request = {"repair_id": "r1", "product_id": "soup"} | WHY

    answers = [office(deployment, "repair_stock", **request) for _ in range(2)]

    assert [each["repaired"] for each in answers] == [True, False]
    assert [answers[0][side]["units"][0]["on_hand"] for side in ("before", "after")] == [12, 10]
    lines = [line for line in log() if line["message"] == "stock.repaired"]
    assert [line["repaired"] for line in lines] == [True, False]
    assert all(request.items() <= line.items() for line in lines)
    listed = office(deployment, "list_stock_repairs")
    [kept] = listed["repairs"]
    assert (kept["subject"], kept["by"], kept["reason"]) == (
        "product soup",
        WHY["by"],
        WHY["reason"],
    )
    assert kept["before"] == answers[0]["before"]
    assert listed["next"] is None
    with pytest.raises(RepairDiffers):
        office(deployment, "repair_stock", **request | {"product_id": "bread"})


def test_a_lost_reservation_is_written_as_it_was_ordered(deployment: FakeDeployment) -> None:
    order = waiting()
    deployment.orders.stored[order.order_id] = order
    buy(deployment, ORDER_ID)
    del deployment.stock.kept.reserved[ORDER_ID]

    request = {"repair_id": "r1", "order_id": ORDER_ID, "keep": "movements"} | WHY
    answer = office(deployment, "repair_stock_order", **request)

    assert answer["repaired"]
    [line] = deployment.stock.kept.reserved[ORDER_ID].lines
    [ordered] = [each for each in order.lines if each.product_id == "soup"]
    assert (line.name, line.quantity) == (ordered.name, 4)


def test_the_program_shows_what_a_repair_changes(
    gorder: Gorder, deployment: FakeDeployment
) -> None:
    corrupt(deployment)

    dry = gorder("stock", "repair", "soup", *SAID, "--id", "r1", "--dry-run")
    made = gorder("stock", "repair", "soup", *SAID, "--id", "r1")
    again = gorder("stock", "repair", "soup", *SAID, "--id", "r1")
    other = gorder("stock", "repair", "soup", *SAID)

    for run, done in ((dry, "would be"), (made, "is"), (again, "had been")):
        assert run.code == 0, run.stderr
        assert "12 on hand, 0 held" in run.stdout
        assert "10 on hand, 0 held" in run.stdout
        assert f"product soup {done} repaired, repair r1" in run.stdout
        assert "gorder stock count soup" in run.stdout
    assert other.stdout == "Nothing contradicts, nothing was changed.\n"
    listed = gorder("stock", "repairs")
    assert "soup 12 → 10" in listed.stdout
    assert ARN[:20] in listed.stdout
    assert gorder("audit", "--full").code == 0


def test_the_program_shows_the_price_that_an_order_gives_back(
    gorder: Gorder, deployment: FakeDeployment
) -> None:
    deployment.orders.stored[ORDER_ID] = waiting()
    buy(deployment, ORDER_ID)
    keep = ("stock", "repair-order", ORDER_ID, "--keep", "order", *SAID)
    assert gorder(*keep).code == 0
    kept = deployment.stock.kept.reserved
    first, *others = kept[ORDER_ID].lines
    wrong = replace(first, price=replace(first.price, unit_amount=1))
    kept[ORDER_ID] = replace(kept[ORDER_ID], lines=(wrong, *others))

    run = gorder(*keep)

    assert run.code == 0, run.stderr
    assert f"price of {first.product_id}" in run.stdout
    assert f"{first.name} at 0.01 EUR ({first.price.price_id})" in " ".join(run.stdout.split())
    assert deployment.stock.kept.reserved[ORDER_ID].lines == (first, *others)
    assert gorder(*keep).stdout == "Nothing contradicts, nothing was changed.\n"


@pytest.mark.parametrize("keep", ["movements", "reservation"])
def test_an_order_is_repaired_with_the_program(
    gorder: Gorder, deployment: FakeDeployment, keep: str
) -> None:
    buy(deployment, "o1")
    deployment.stock.kept.moved["o1"] = [
        replace(each, quantity=3) for each in deployment.stock.kept.moved["o1"]
    ]

    run = gorder("stock", "repair-order", "o1", "--keep", keep, *SAID, "--json")

    answer = json.loads(run.stdout)
    assert (answer["subject"], answer["repaired"]) == ("order o1", True)
    changed = "lines" if keep == "movements" else "movements"
    assert answer["before"][changed] != answer["after"][changed]
    assert answer["left"] == (["soup"] if keep == "movements" else [])
    assert deployment.stock.kept.stock["soup"].held == 4


def test_a_page_says_how_to_read_the_next_one(gorder: Gorder, deployment: FakeDeployment) -> None:
    for on_hand in (11, 12, 13):
        corrupt(deployment, on_hand)
        gorder("stock", "repair", "soup", *SAID, "--id", f"r{on_hand}")

    first = gorder("stock", "repairs", "--limit", "2")
    second = gorder("stock", "repairs", "--limit", "2", "--after", "r12")

    assert first.stdout.index("r13") < first.stdout.index("r12")
    assert "There are more: gorder stock repairs --after r12" in first.stdout
    assert "r11" in second.stdout
    assert "There are more" not in second.stdout
    assert gorder("stock", "repairs", "--after", "ghost").code == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("repair", "a b"), "product_id: must be 1 to 64"),
        (("repair", "soup", "--id", ""), "repair_id: must be 1 to 64"),
        (("repair-order", "o1", "--keep", "both"), "keep: must be movements, reservation or order"),
        (
            ("repair-order", "o1", "--keep", "movements", "--state", "boiled"),
            "state: must be held, confirmed, released, returned or wasted",
        ),
        (("repair-order", " ", "--keep", "movements"), "order_id: must be 1 to 64"),
    ],
)
def test_a_wrong_argument_of_a_repair_is_named(
    gorder: Gorder, arguments: tuple[str, ...], text: str
) -> None:
    run = gorder("stock", *arguments, *SAID)

    assert run.code == 2
    assert text in " ".join(run.stderr.split())


def test_an_order_in_a_receipts_name_can_be_repaired(
    gorder: Gorder, deployment: FakeDeployment
) -> None:
    """The kind of a delivery's movement was changed by hand to one of an order."""
    buy(deployment, "o1")
    kept = deployment.stock.kept
    kept.moved["delivery 12/3"] = kept.moved.pop("o1")
    kept.reserved.pop("o1")

    run = gorder("stock", "repair-order", "delivery 12/3", "--keep", "reservation", *SAID)

    assert run.code == 0, run.stderr
    assert gorder("audit", "--full").code == 0
