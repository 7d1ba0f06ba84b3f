"""Run buyers as processes, all from the same moment, and collect what each has seen."""

import signal
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from typing import Final
from uuid import uuid4

from benchmarks.hot_item.algorithms import ALGORITHMS, Algorithm
from benchmarks.hot_item.recorder import Recorder
from benchmarks.hot_item.stores import Stores

RESERVED: Final = "reserved"
REFUSED: Final = "refused"
_START_SECONDS: Final = 120
_start: Barrier


@dataclass(frozen=True, slots=True)
class Run:
    """One algorithm, the product of each buyer, and the time.

    Attributes:
        warm_up_seconds: how long the buyers buy before they are measured.
        seconds: how long they are measured.
        least_refusals: how many refusals each buyer gets, even if that takes longer.
        pause_seconds: how long a refused buyer waits before the next attempt.
    """

    algorithm: str
    stores: Stores
    product_ids: Sequence[str]
    seconds: float
    warm_up_seconds: float = 1
    least_refusals: int = 0
    pause_seconds: float = 0

    @property
    def connecting_product_ids(self) -> list[str]:
        """A product of its own per buyer, whose reservation before the run opens connections."""
        return [f"prod_connecting_{number}" for number in range(len(self.product_ids))]


@dataclass(slots=True)
class BuyerRecord:
    """What one buyer has seen.

    Attributes:
        answers: how many attempts ended with each outcome, the warm-up included. An outcome is
            RESERVED, REFUSED or the name of an exception.
        seconds: the times of the attempts that ended after the warm-up, by outcome.
        in_time: how many reservations ended within the measured time.
    """

    answers: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    in_time: int = 0
    round_trips: Counter[str] = field(default_factory=Counter)
    cpu_seconds: float = 0
    batches: list[float] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)


def run_buyers(run: Run) -> list[BuyerRecord]:
    """Run one process per product in `product_ids` and return their records, in this sequence."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    buyers = len(run.product_ids)
    with ProcessPoolExecutor(
        buyers, context, initializer=_initialize, initargs=(context.Barrier(buyers),)
    ) as pool:
        # A process is busy until all have reached the barrier, so each gets one product.
        futures = [
            pool.submit(_buy_from_start, run, *product_ids)
            for product_ids in zip(run.connecting_product_ids, run.product_ids, strict=True)
        ]
        failures = [failure for future in futures if (failure := future.exception())]
    for failure in failures:
        if not isinstance(failure, BrokenBarrierError):
            raise failure
    return [future.result() for future in futures]


def _initialize(start: Barrier) -> None:
    """Prepare a process. It ends with its run, so Ctrl-C stops the parent only."""
    global _start  # noqa: PLW0603 - a barrier reaches a process of a pool only when it starts
    _start = start
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _buy_from_start(run: Run, connecting_product_id: str, product_id: str) -> BuyerRecord:
    try:
        recorder = Recorder()
        algorithm = ALGORITHMS[run.algorithm](run.stores, recorder)
        algorithm.reserve(uuid4().hex, connecting_product_id)
        _start.wait(_START_SECONDS)
    except BaseException:
        _start.abort()
        raise
    return _buy(run, algorithm, recorder, product_id)


def _buy(run: Run, algorithm: Algorithm, recorder: Recorder, product_id: str) -> BuyerRecord:
    record = BuyerRecord()
    begin = time.monotonic() + run.warm_up_seconds
    end = begin + run.seconds
    run.stores.round_trips.clear()
    cpu_seconds = time.process_time()
    while (started := time.monotonic()) < end or record.answers[REFUSED] < run.least_refusals:
        outcome = _attempt(algorithm, product_id)
        ended = time.monotonic()
        record.answers[outcome] += 1
        if outcome == REFUSED:
            time.sleep(run.pause_seconds)
        if ended < begin:
            run.stores.round_trips.clear()
            recorder.clear()
            cpu_seconds = time.process_time()
            continue
        record.seconds[outcome].append(ended - started)
        record.in_time += outcome == RESERVED and ended <= end
    record.cpu_seconds = time.process_time() - cpu_seconds
    record.round_trips = run.stores.round_trips
    record.batches, record.events = recorder.batches, recorder.events
    return record


def _attempt(algorithm: Algorithm, product_id: str) -> str:
    try:
        return RESERVED if algorithm.reserve(uuid4().hex, product_id) else REFUSED
    except Exception as error:  # noqa: BLE001 - any error is an outcome
        return type(error).__name__
