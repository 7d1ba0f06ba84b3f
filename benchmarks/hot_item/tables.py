"""Write the results as Markdown tables."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from benchmarks.hot_item.scenarios import (
    SELL_OUT_BUYERS,
    SELL_OUT_UNITS,
    STORMING_BUYERS,
    OtherProduct,
    SellOut,
    StormResults,
)
from benchmarks.hot_item.settings import Goal, Setting
from benchmarks.hot_item.summary import Latency, Summary

BASE: Final = "raw"
SUBJECT: Final = "gorder"
_HEADINGS: Final = (
    "buyers", "algorithm", "reservations/s", "× raw", "goal", "p50 ms", "p99 ms", "p99 × raw",
    "errors per 1000", "round trips MySQL", "Redis", "batch mean", "largest", "buyers' CPU ms",
)  # fmt: skip


def storm_table(setting: Setting, results: StormResults) -> str:
    """Return the table of one setting."""
    rows = [
        [
            str(buyers),
            algorithm,
            *_cells(rounds, by_algorithm.get(BASE), _goal(setting, buyers, algorithm)),
        ]
        for (of_setting, buyers), by_algorithm in results.items()
        if of_setting == setting
        for algorithm, rounds in by_algorithm.items()
    ]
    return _table(_HEADINGS, rows)


def _goal(setting: Setting, buyers: int, algorithm: str) -> Goal | None:
    return setting.goals.get(buyers) if algorithm == SUBJECT else None


def _cells(
    rounds: Sequence[Summary], base: Sequence[Summary] | None, goal: Goal | None
) -> list[str]:
    summary = Summary.median_of(rounds)
    pairs = list(zip(rounds, base, strict=True)) if base else []
    has_batches = summary.batch > 0
    return [
        f"{summary.rate:,.0f}",
        _median_ratio([(each.rate, raw.rate) for each, raw in pairs]),
        str(goal or ""),
        f"{summary.p50:,.1f}",
        f"{summary.p99:,.1f}",
        _median_ratio([(each.p99, raw.p99) for each, raw in pairs]),
        f"{summary.failed:.0f}",
        f"{summary.mysql:.2f}",
        f"{summary.redis:.2f}",
        f"{summary.batch:.1f}" if has_batches else "",
        f"{summary.largest_batch:.0f}" if has_batches else "",
        f"{summary.cpu:.2f}",
    ]


def sell_out_table(results: Mapping[str, SellOut]) -> str:
    """Return the times of a refusal."""
    storm = f"{SELL_OUT_BUYERS} buyers of {SELL_OUT_UNITS} units"
    return _latency_table(
        f"a refusal, {storm}",
        [(algorithm, each.alone, each.stormed) for algorithm, each in results.items()],
    )


def other_product_table(results: Mapping[str, OtherProduct]) -> str:
    """Return the times of a reservation of another product."""
    return _latency_table(
        f"another product, beside {STORMING_BUYERS} buyers",
        [(algorithm, each.alone, each.stormed) for algorithm, each in results.items()],
    )


def _latency_table(title: str, rows: Sequence[tuple[str, Latency, Latency]]) -> str:
    headings = (title, "p50 ms alone", "p50 ms", "ratio", "p99 ms alone", "p99 ms", "ratio")
    return _table(
        headings,
        [
            [
                algorithm,
                f"{alone.p50:.2f}",
                f"{stormed.p50:.2f}",
                _ratio(stormed.p50, alone.p50),
                f"{alone.p99:.2f}",
                f"{stormed.p99:.2f}",
                _ratio(stormed.p99, alone.p99),
            ]
            for algorithm, alone, stormed in rows
        ],
    )


def _median_ratio(rounds: Sequence[tuple[float, float]]) -> str:
    """Return the median of the ratios within each round: a machine's speed changes meanwhile."""
    ratios = [value / base for value, base in rounds if base]
    return f"{median(ratios):.2f}" if ratios else ""


def _ratio(value: float, base: float) -> str:
    return f"{value / base:.2f}" if base else ""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
