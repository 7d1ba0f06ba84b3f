"""What is measured: the storm on one product, the sell-out, and a product beside the storm."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.hot_item.buyers import REFUSED, RESERVED, BuyerRecord, Run, run_buyers
from benchmarks.hot_item.database import check_books, restock
from benchmarks.hot_item.settings import Setting
from benchmarks.hot_item.stores import Stores
from benchmarks.hot_item.summary import Latency, Summary, seconds_of
from devstack.console import StackError, say

HOT: Final = "prod_hot"
OTHER: Final = "prod_other"
PLENTY: Final = 1_000_000_000
SELL_OUT_UNITS: Final = 100
SELL_OUT_BUYERS: Final = 64
LEAST_REFUSALS: Final = 20
PAUSE_SECONDS: Final = 0.1
"""How long a refused buyer waits. Without a pause, all would wait for the processors mainly."""
STORMING_BUYERS: Final = 16
LONE_ROUNDS: Final = 4
"""Into how many short rounds a round of one buyer is divided.

The algorithms are so close there that the machine's speed must not change between their runs.
"""

type StormResults = Mapping[tuple[Setting, int], Mapping[str, Sequence[Summary]]]
"""The rounds of each algorithm, by the setting and the number of buyers."""


@dataclass(frozen=True, slots=True)
class SellOut:
    """The times of a refusal: of a buyer alone, and of one among SELL_OUT_BUYERS."""

    alone: Latency
    stormed: Latency


@dataclass(frozen=True, slots=True)
class OtherProduct:
    """The times of one buyer of another product: alone, and while the hot one is stormed."""

    alone: Latency
    stormed: Latency


def storm(
    stores: Iterable[Stores],
    buyers: Mapping[str, Sequence[int]],
    algorithms: Sequence[str],
    rounds: int,
    seconds: float,
) -> StormResults:
    """Measure each algorithm with each number of buyers in every round.

    Args:
        stores: one per setting.
        buyers: the numbers of buyers by the name of the setting.
        algorithms: the algorithms, in the sequence of their runs.
        rounds: how many there are.
        seconds: how long each is measured in a round.
    """
    results: defaultdict[tuple[Setting, int], defaultdict[str, list[Summary]]] = defaultdict(
        lambda: defaultdict(list)
    )
    everything = [
        (algorithm, each, number, run_seconds)
        for each in stores
        for number in buyers[each.setting.name]
        for run_seconds in ([seconds / LONE_ROUNDS] * LONE_ROUNDS if number == 1 else [seconds])
        for algorithm in algorithms
    ]
    for round_ in range(1, rounds + 1):
        for algorithm, each, number, run_seconds in everything:
            records = _measure(Run(algorithm, each, [HOT] * number, run_seconds), {HOT: PLENTY})
            summary = Summary.of(records, run_seconds)
            results[each.setting, number][algorithm].append(summary)
            say(
                f"  round {round_}/{rounds}  {each.setting.name}  {number:3} buyers  "
                f"{algorithm:10} {summary.rate:7.0f}/s  p50 {summary.p50:7.1f} ms  "
                f"p99 {summary.p99:7.1f} ms"
                f"{_notes(records)}"
            )
    return results


def sell_out(stores: Stores, algorithm: str, seconds: float) -> SellOut:
    """Sell SELL_OUT_UNITS to many more attempts, and time the refusals.

    Raises:
        StackError: more or fewer units were sold.
    """
    run = Run(
        algorithm,
        stores,
        [HOT] * SELL_OUT_BUYERS,
        seconds,
        warm_up_seconds=0,
        least_refusals=LEAST_REFUSALS,
        pause_seconds=PAUSE_SECONDS,
    )
    records = _measure(run, {HOT: SELL_OUT_UNITS})
    sold = sum(record.answers[RESERVED] for record in records)
    attempts = sum(record.answers.total() for record in records)
    say(
        f"  sell-out  {algorithm:10} {sold} of {SELL_OUT_UNITS} units sold, {attempts} attempts"
        f"{_notes(records)}"
    )
    if sold != SELL_OUT_UNITS:
        raise StackError(f"{algorithm} sold {sold} of {SELL_OUT_UNITS} units")
    alone = run_buyers(replace(run, product_ids=[HOT], pause_seconds=0))
    return SellOut(
        alone=Latency.of(seconds_of(alone, REFUSED)),
        stormed=Latency.of(seconds_of(records, REFUSED)),
    )


def other_product(stores: Stores, algorithm: str, rounds: int, seconds: float) -> OtherProduct:
    """Time one buyer of another product, alone and beside STORMING_BUYERS, in every round."""
    alone: list[Latency] = []
    stormed: list[Latency] = []
    units = {HOT: PLENTY, OTHER: PLENTY}
    for round_ in range(1, rounds + 1):
        for results, product_ids in (
            (alone, [OTHER]),
            (stormed, [OTHER, *[HOT] * STORMING_BUYERS]),
        ):
            records = _measure(Run(algorithm, stores, product_ids, seconds), units)
            results.append(Latency.of(seconds_of(records[:1], RESERVED)))
        say(
            f"  round {round_}/{rounds}  other product  {algorithm:10} p50 {alone[-1].p50:.2f} ms "
            f"alone, {stormed[-1].p50:.2f} ms beside {STORMING_BUYERS} buyers of the hot one"
        )
    return OtherProduct(Latency.median_of(alone), Latency.median_of(stormed))


def _measure(run: Run, units: dict[str, int]) -> list[BuyerRecord]:
    restock(run.stores, dict.fromkeys(run.connecting_product_ids, 1) | units)
    records = run_buyers(run)
    check_books(run, records)
    return records


def _notes(records: Iterable[BuyerRecord]) -> str:
    """Return the errors and events of a run, for the line of progress."""
    notes: defaultdict[str, int] = defaultdict(int)
    for record in records:
        for name, count in [*record.answers.items(), *record.events.items()]:
            if name not in {RESERVED, REFUSED}:
                notes[name] += count
    return "".join(f"  {name} {count}" for name, count in notes.items())
