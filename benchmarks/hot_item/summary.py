"""Reduce what the buyers have seen to the figures of a table."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from statistics import fmean, median, quantiles
from typing import Self

from benchmarks.hot_item.buyers import REFUSED, RESERVED, BuyerRecord


@dataclass(frozen=True, slots=True)
class Latency:
    """The median and the 99th percentile of times, in milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """Return the percentiles; zeros if there was no attempt."""
        times = [1000 * each for each in seconds] or [0.0]
        if len(times) == 1:
            return cls(times[0], times[0])
        percentiles = quantiles(times, n=100, method="inclusive")
        return cls(percentiles[49], percentiles[98])

    @classmethod
    def median_of(cls, latencies: Sequence[Self]) -> Self:
        """Return the median of each percentile."""
        return cls(median(each.p50 for each in latencies), median(each.p99 for each in latencies))


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run, or the median of each figure over several runs.

    Attributes:
        rate: reservations a second.
        p50, p99: of all attempts, failed ones included, in milliseconds.
        failed: attempts that ended with an error, per 1000 attempts.
        mysql, redis: round trips per reservation.
        batch, largest_batch: orders that one transaction reserved; 0 without batches.
        cpu: milliseconds of the buyers' processors per reservation.
    """

    rate: float
    p50: float
    p99: float
    failed: float
    mysql: float
    redis: float
    batch: float
    largest_batch: float
    cpu: float

    @classmethod
    def of(cls, records: Sequence[BuyerRecord], seconds: float) -> Self:
        """Summarise a run of so many measured seconds."""
        times = {outcome for record in records for outcome in record.seconds}
        by_outcome = {outcome: seconds_of(records, outcome) for outcome in times}
        attempts = [each for outcome in by_outcome.values() for each in outcome]
        reserved = max(1, len(by_outcome.get(RESERVED, [])))
        answered = sum(len(by_outcome.get(outcome, [])) for outcome in (RESERVED, REFUSED))
        round_trips = sum((record.round_trips for record in records), Counter())
        batches = [size for record in records for size in record.batches] or [0]
        latency = Latency.of(attempts)
        return cls(
            rate=sum(record.in_time for record in records) / seconds,
            p50=latency.p50,
            p99=latency.p99,
            failed=1000 * (len(attempts) - answered) / max(1, len(attempts)),
            mysql=round_trips["mysql"] / reserved,
            redis=round_trips["redis"] / reserved,
            batch=fmean(batches),
            largest_batch=max(batches),
            cpu=1000 * sum(record.cpu_seconds for record in records) / reserved,
        )

    @classmethod
    def median_of(cls, summaries: Sequence[Self]) -> Self:
        """Return the median of each figure."""
        return cls(
            **{
                field.name: median(getattr(each, field.name) for each in summaries)
                for field in fields(cls)
            }
        )


def seconds_of(records: Iterable[BuyerRecord], outcome: str) -> list[float]:
    """Return the times of the attempts with an outcome."""
    return [each for record in records for each in record.seconds.get(outcome, [])]
