"""The figures of the hot item's tables."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from benchmarks.hot_item import __main__ as command
from benchmarks.hot_item.buyers import REFUSED, RESERVED, BuyerRecord
from benchmarks.hot_item.settings import DELAYED, LOOPBACK
from benchmarks.hot_item.summary import Latency, Summary
from benchmarks.hot_item.tables import storm_table


def record(outcome: str, seconds: list[float], in_time: int = 0) -> BuyerRecord:
    return BuyerRecord(
        answers=Counter({outcome: len(seconds)}),
        seconds=defaultdict(list, {outcome: seconds}),
        in_time=in_time,
        round_trips=Counter(mysql=len(seconds), redis=2 * len(seconds)),
        batches=[float(len(seconds))],
    )


def test_percentiles_are_in_milliseconds() -> None:
    latency = Latency.of(number / 1000 for number in range(101))

    assert latency.p50 == pytest.approx(50)
    assert latency.p99 == pytest.approx(99)
    assert Latency.of([0.25]) == Latency(250, 250)
    assert Latency.of([]) == Latency(0, 0)


def test_a_run_is_summarised_over_its_buyers() -> None:
    records = [
        record(RESERVED, [0.010] * 6, in_time=5),
        record(RESERVED, [0.010] * 2, in_time=2),
        record(REFUSED, [0.010]),
        record("TimeoutError", [5.0]),
    ]

    summary = Summary.of(records, seconds=2)

    assert summary.rate == 7 / 2
    assert summary.failed == 1000 / 10
    assert (summary.mysql, summary.redis) == (10 / 8, 20 / 8)
    assert (summary.batch, summary.largest_batch) == (10 / 4, 6)
    assert summary.p50 == pytest.approx(10)
    assert summary.p99 > 4000


def test_a_run_without_a_reservation_has_a_summary() -> None:
    assert Summary.of([record("TimeoutError", [5.0])], seconds=2).rate == 0


def test_the_table_relates_rates_and_times_to_those_of_raw() -> None:
    raw = Summary(100, 1, 20, 0, 1, 0, 0, 0, 0.1)
    gorder = replace(raw, rate=350, p99=5, batch=12.4, largest_batch=16)

    slow = [replace(each, rate=each.rate / 2, p99=each.p99 * 2) for each in (raw, gorder)]
    best = replace(gorder, rate=900)
    rounds = {"raw": [raw, slow[0], raw], "gorder": [gorder, slow[1], best]}

    table = storm_table(DELAYED, {(DELAYED, 16): rounds, (LOOPBACK, 1): {}})

    [*_, raw_row, gorder_row] = [line.split(" | ") for line in table.splitlines()]
    assert raw_row[2:7] == ["100", "1.00", "", "1.0", "20.0"]
    assert gorder_row[2:5] == ["350", "3.50", "≥ 3×"]
    assert gorder_row[7] == "0.25"
    assert gorder_row[11:13] == ["12.4", "16"]


def test_a_commit_in_a_procedure_sleeps_while_it_holds_its_locks() -> None:
    sql = "UPDATE stock SET held = 1;\n    COMMIT;\n  END"

    assert DELAYED.slow_commits(sql) == (
        "UPDATE stock SET held = 1;\n    DO SLEEP(0.002); COMMIT;\n  END"
    )
    assert LOOPBACK.slow_commits(sql) == sql


@pytest.mark.parametrize(
    "arguments",
    [
        ["--buyers", "16"],
        ["--settings", "delayed"],
        ["--algorithms", "raw", "gorder"],
        ["--parts", "storm"],
        ["--rounds", "1"],
        ["--seconds", "1"],
    ],
)
def test_a_run_that_leaves_something_out_does_not_write_the_page(arguments: list[str]) -> None:
    assert not command.parse(arguments).complete
    assert command.parse(["--rounds", "5"]).complete


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--seconds", "0"], ["--buyers", "0"]])
def test_a_run_of_nothing_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        command.parse(arguments)
