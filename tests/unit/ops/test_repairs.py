"""`gorder orders repair`, `document`, `reconcile` and `show`, and `payments keep`."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gorder.dead_letters.model import Queue
from gorder.dead_letters.ports import DeadLettersUnavailableError
from gorder.order.payments import KeptPayment
from gorder.runtime.clock import utc_now
from ops.errors import ExitCode
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import paid, payment
from tests.unit.ops.conftest import ARN, Printed

type Gorder = Callable[..., Printed]

WHY = ("--reason", "A script has changed it.")


@pytest.fixture
def order_id(deployment: FakeDeployment) -> str:
    order = replace(paid(), order_id="order-1")
    deployment.orders.stored[order.order_id] = order
    return order.order_id


def test_a_dry_run_shows_each_field_before_and_after(
    gorder: Gorder, order_id: str, deployment: FakeDeployment
) -> None:
    before = deployment.orders.stored[order_id]

    run = gorder("orders", "repair", order_id, "--set", 'customer_id="bob"', *WHY, "--dry-run")

    assert run.code == 0, run.stderr
    [row] = [line.split() for line in run.stdout.splitlines() if "customer_id" in line]
    assert row == ["customer_id", '"ann"', '"bob"']
    assert "Nothing was done" in run.stdout
    assert deployment.orders.stored[order_id] == before


def test_a_repair_is_on_record_with_who_did_it(gorder: Gorder, order_id: str) -> None:
    fields = ("--set", 'customer_id="bob"', "--unset", "payments.pi_1.new")
    words = ("orders", "repair", order_id, *fields)

    repaired = json.loads(gorder(*words, *WHY, "--yes", "--json").stdout)
    again = json.loads(gorder(*words, *WHY, "--yes", "--json").stdout)
    shown = json.loads(gorder("orders", "document", order_id).stdout)
    before = json.loads(
        gorder("orders", "document", order_id, "--before", repaired["repair_id"]).stdout
    )

    assert (repaired["outcome"], again["outcome"]) == ("repaired", "nothing_to_repair")
    [note] = shown["document"]["notes"]
    assert (note["by"], note["text"][:24]) == (ARN, "A script has changed it.")
    [kept] = shown["repairs"]
    assert (kept["repair_id"], kept["by"]) == (repaired["repair_id"], ARN)
    assert (shown["document"]["customer_id"], before["document"]["customer_id"]) == ("bob", "ann")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("--set", "customer_id=bob"), 2, "is not JSON; a text has quotes"),
        (("--set", "customer_id"), 2, "must be FIELD=JSON"),
        (("--set", "a=1", "--set", "a=2"), 2, "each field once"),
        (("--set", "$where=1"), 2, "set"),
        (("--unset", ""), 2, "unset"),
        (("--set", "version=9"), 1, "version cannot be changed"),
        (("--set", 'status="pending"'), 1, "Nothing was written"),
    ],
)
def test_a_wrong_repair_is_refused_in_words(
    gorder: Gorder, order_id: str, arguments: tuple[str, ...], code: int, text: str
) -> None:
    run = gorder("orders", "repair", order_id, *arguments, *WHY, "--yes")

    assert run.code == code
    assert text in run.stderr


def test_a_repair_asks_first(gorder: Gorder, order_id: str) -> None:
    run = gorder("orders", "repair", order_id, *WHY)

    assert run.code == 2
    assert "accept it as it is" in run.stderr


def test_a_reconciliation_asks_first_because_it_may_refund(
    gorder: Gorder, order_id: str, deployment: FakeDeployment
) -> None:
    before = deployment.orders.stored[order_id]

    run = gorder("orders", "reconcile", order_id)

    assert run.code == 2
    assert "gorder refunds a payment that does not pay for it" in " ".join(run.stderr.split())
    assert "Confirm with --yes" in run.stderr
    assert deployment.orders.stored[order_id] == before


def test_a_page_that_could_not_be_looked_at_is_an_exit_code(gorder: Gorder, order_id: str) -> None:
    run = gorder("orders", "reconcile", order_id, "--yes")

    assert run.code == ExitCode.FOUND
    assert "Not looked at: page cs_1: No such checkout.session" in " ".join(run.stdout.split())


def test_an_order_that_is_not_stored_is_named(gorder: Gorder) -> None:
    for words in (
        ("document", "c1"),
        ("reconcile", "c1", "--yes"),
        ("repair", "c1", *WHY, "--yes"),
    ):
        run = gorder("orders", *words)
        assert (run.code, run.stderr) == (1, "gorder: There is no order c1: check its id.\n")
    run = gorder("payments", "keep", "pi_9", *WHY)
    assert run.code == 1
    assert "was made on no page of this shop" in run.stderr


def test_the_story_has_the_dead_letters_of_the_order(
    gorder: Gorder, order_id: str, deployment: FakeDeployment
) -> None:
    body = {"event_type": "order.paid", "event_id": "e1", "data": {"order_id": order_id}}
    deployment.letters.put(Queue.KITCHEN, json.dumps(body))
    other = {"event_type": "order.paid", "data": {"order_id": "other"}}
    deployment.letters.put(Queue.KITCHEN, json.dumps(other))

    printed = gorder("orders", "show", order_id).stdout
    [letter] = json.loads(gorder("orders", "show", order_id, "--json").stdout)["dead_letters"]

    assert (letter["queue"], letter["event_type"]) == ("kitchen", "order.paid")
    section = printed.partition("Messages that could not be processed")[2]
    assert letter["message_id"] in section
    assert section.count("order.paid") == 1


def test_queues_that_cannot_be_read_do_not_hide_the_story(
    gorder: Gorder, order_id: str, deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_queue: Queue) -> Any:
        raise DeadLettersUnavailableError("SQS did not answer")

    monkeypatch.setattr(deployment.letters, "state", fail)

    printed = gorder("orders", "show", order_id)
    story = json.loads(gorder("orders", "show", order_id, "--json").stdout)

    assert printed.code == 0
    assert "could not be read: SQS did not answer" in printed.stdout
    assert (story["status"], story["dead_letters"]) == ("paid", None)
    assert story["dead_letters_problem"] == "SQS did not answer"


def test_the_story_has_who_moved_units_and_why(
    gorder: Gorder, order_id: str, deployment: FakeDeployment
) -> None:
    hold = {
        "order_id": order_id,
        "lines": [{"product_id": "soup", "quantity": 2}],
        "expires_at": utc_now().isoformat(),
    }
    deployment.call("stock_check", {"operation": "reserve", "trace_id": "t", "holds": [hold]})
    gorder("--as", "ann", "stock", "settle", order_id, "--units", "wasted", "--reason", "Dropped.")

    printed = gorder("orders", "show", order_id).stdout

    section = printed.partition("\nStock\n")[2]
    [reserved] = [line for line in section.splitlines() if " reserved " in line]
    [wasted] = [line for line in section.splitlines() if " wasted " in line]
    assert wasted.split()[-2:] == ["ann", "Dropped."]
    assert reserved.split()[-2:] == ["-", "-"]


def test_payments_are_listed_with_all_who_keep_them(
    gorder: Gorder, deployment: FakeDeployment
) -> None:
    for key, by in (("pi_1", "ann"), ("pi_1", "bob"), ("pi_2", "ann")):
        kept = KeptPayment(by, "Lost.")
        deployment.orders.keep_unmatched("missing", payment(intent=key), utc_now(), kept)
    deployment.orders.unreadable_payments.add("pi_2")

    printed = gorder("payments", "unmatched").stdout

    assert "ann: Lost.; bob: Lost." in printed
    assert "pi_2: Its record cannot be read (found_at: must be a valid datetime)" in printed
