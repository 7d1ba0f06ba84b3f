"""The waterfall of an order, from the segment documents of functions and the executor."""

import textwrap
from itertools import count
from typing import Any

import pytest

from devstack.console import StackError
from devstack.segments import FUNCTION, SegmentDocument
from devstack.waterfall import waterfall

NOON = 1_800_000_000.0
INSIDE = ("id", "name", "start_time", "end_time")  # the fields of a subsegment inside a segment
_ids = count(1)


def segment(name: str, start: float, seconds: float, **more: Any) -> SegmentDocument:
    """Return a segment that starts `start` seconds after noon."""
    document = {"id": f"{next(_ids):016x}", "name": name, "trace_id": "1-a-a", **more}
    times = {"start_time": NOON + start, "end_time": NOON + start + seconds}
    return SegmentDocument.model_validate(document | times)


def function(name: str, start: float, seconds: float, **more: Any) -> SegmentDocument:
    return segment(name, start, seconds, origin=FUNCTION, **more)


def command(
    name: str,
    start: float,
    seconds: float,
    parent: SegmentDocument,
    order_id: str = "o1",
    **more: Any,
) -> SegmentDocument:
    fields = {"parent_id": parent.id, "annotations": {"order_id": order_id, "trace_id": "1-a-a"}}
    return segment(f"## {name}", start, seconds, **fields, **more)


def shown(*segments: SegmentDocument, order_id: str = "o1", width: int = 80) -> list[str]:
    """Return the lines below the head of the table."""
    lines = waterfall(order_id, segments, width).splitlines()
    return lines[lines.index("") + 2 :]


def names(lines: list[str]) -> list[str]:
    """Return the names in the lines, with their indentation."""
    return [line[24:52].rstrip() for line in lines]


def test_the_waterfall_of_an_order_with_two_traces() -> None:
    start = segment("Initialization", 0, 0.3).model_dump(include={*INSIDE})
    create = function("create_order", 0, 1, subsegments=[start])
    stock = function("stock_check", 0.5, 0.4, parent_id=create.id)
    kitchen = function("kitchen", 100, 1, trace_id="1-b-b")
    collected = [
        command("MarkCooked", 100.25, 0.5, kitchen),  # what ends first comes first
        kitchen,
        command("ReserveStock", 0.6, 0.2, stock),
        stock,
        command("CreateOrder", 0.4, 0.6, create),
        create,
    ]

    assert waterfall("o1", collected, 80) == textwrap.dedent("""\
        Order o1
        3 invocations in 2 traces, 101.000 s. Bars leave out the time when none ran.

              START   DURATION  FUNCTION, COMMAND
           +0.000 s    1000 ms  create_order                  █████████████
           +0.000 s     300 ms    Initialization              ▒▒▒▒
           +0.400 s     600 ms    CreateOrder                      ▒▒▒▒▒▒▒▒
           +0.500 s     400 ms    stock_check                       ██████
           +0.600 s     200 ms      ReserveStock                      ▒▒
         +100.000 s    1000 ms  kitchen                                    █████████████
         +100.250 s     500 ms    MarkCooked                                  ▒▒▒▒▒▒▒""")


def test_only_the_segments_of_the_order_are_shown_of_a_batch() -> None:
    paid = function("order_paid", 0, 3)
    mine = function("stock_check", 0.2, 0.1, parent_id=paid.id)
    other = function("stock_check", 1.2, 0.1, parent_id=paid.id)

    lines = shown(
        command("MarkPaid", 0.1, 0.8, paid),
        command("ConfirmReservation", 0.2, 0.1, mine),
        mine,
        command("MarkPaid", 1.1, 0.8, paid, order_id="o2"),
        command("ConfirmReservation", 1.2, 0.1, other, order_id="o2"),
        other,
        paid,
        function("sweep", 5, 1),
    )

    assert names(lines) == ["order_paid", "  MarkPaid", "  stock_check", "    ConfirmReservation"]


def test_a_segment_of_several_orders_is_shown_for_each_of_them() -> None:
    stock = function("stock_check", 0, 1)
    reserve = command("ReserveStock", 0, 1, stock, order_id="o0,o1")

    assert names(shown(reserve, stock)) == ["stock_check", "  ReserveStock"]
    with pytest.raises(StackError):  # a part of an id is not the id
        shown(reserve, stock, order_id="o")


def test_a_nested_command_is_below_its_parent_in_either_form() -> None:
    link = function("payment_link", 0, 1)
    inside = command("BeginCheckout", 0.1, 0.1, link).model_dump(include={*INSIDE, "annotations"})
    outer = command("CreatePaymentLink", 0.1, 0.8, link, subsegments=[inside])
    apart = command("AwaitPayment", 0.5, 0.1, outer)

    assert names(shown(apart, outer, link)) == [
        "payment_link",
        "  CreatePaymentLink",
        "    BeginCheckout",
        "    AwaitPayment",
    ]


def test_a_failed_segment_has_its_reason_below() -> None:
    exception = {"type": "InsufficientStock", "message": "There are 2\nof soup." + " Sorry." * 30}
    failure: dict[str, Any] = {"fault": True, "cause": {"exceptions": [exception]}}
    create = function("create_order", 0, 1)
    stock = function("stock_check", 0.2, 0.2, parent_id=create.id, error=True)
    elsewhere: dict[str, Any] = {"fault": True, "cause": "53995c3f42cd8ad8"}
    lines = shown(
        command("CreateOrder", 0.1, 0.8, create, **failure),
        command("ReserveStock", 0.2, 0.1, stock, **elsewhere),
        stock,
        create,
    )

    assert [line[24:].rstrip(" █▒") for line in lines] == [
        "create_order",
        "  CreateOrder",
        "  ! InsufficientStock: There are 2 of soup. Sorry.",
        "    Sorry. Sorry. Sorry. Sorry. Sorry. Sorry. Sorry.",
        "    Sorry. Sorry. Sorry. Sorry. Sorry. Sorry. Sorry. …",
        "  stock_check",
        "  ! failed",
        "    ReserveStock",
        "    ! failed",
    ]
    assert max(map(len, lines)) <= 80


def test_reads_are_counted_and_failed_reads_are_shown() -> None:
    create = function("create_order", 0, 1)
    reads = [function("get_order", number, 0.1) for number in (2, 3, 4)]
    queries = [command("GetOrder", number, 0.1, read) for number, read in enumerate(reads, 2)]
    broken = queries[-1].model_copy(update={"fault": True})
    created = [command("CreateOrder", 0, 1, create), create, *reads]

    all_well = waterfall("o1", [*created, *queries], 80)
    one_broken = waterfall("o1", [*created, *queries[:2], broken], 80)

    assert "1 invocations in 1 traces, 1.000 s." in all_well
    assert "Not shown: 3 reads (get_order)" in all_well
    assert "Not shown: 2 reads (get_order)" in one_broken
    assert names(one_broken.splitlines()[-3:]) == ["get_order", "  GetOrder", "  ! failed"]


def test_a_command_is_shown_before_its_function_has_ended() -> None:
    create = function("create_order", 0, 1)

    assert names(shown(command("CreateOrder", 0, 0, create))) == ["CreateOrder"]


def test_bars_fill_the_width_of_the_terminal() -> None:
    create = function("create_order", 0, 1)
    collected = [command("CreateOrder", 0, 1, create), create]

    assert [len(line) for line in shown(*collected, width=140)] == [140, 140]


def test_an_order_without_a_trace_is_an_error() -> None:
    create = function("create_order", 0, 1)

    with pytest.raises(StackError, match="make demo"):
        waterfall("o1", [], 80)
    with pytest.raises(StackError, match=r"o2.*make reset"):
        waterfall("o2", [command("CreateOrder", 0, 1, create), create], 80)
