"""The yardstick: buyers who send one conditional UPDATE each, with autocommit."""

from tests.simulation.simulation import Simulation
from tests.simulation.virtual_store import VirtualTransaction


def raw_buyers(simulation: Simulation, count: int, until: float, product_id: str) -> list[float]:
    """Start the buyers; return the list that will have the seconds of each purchase."""
    scheduler, database = simulation.scheduler, simulation.database
    seconds: list[float] = []

    def work() -> None:
        process = simulation.process()
        while (started := scheduler.now) < until:
            process.sleep_one_way()
            with VirtualTransaction(process, database) as transaction:
                transaction.lock("stock", product_id)
                transaction.spend(simulation.costs.statement + simulation.costs.commit)
            process.sleep_one_way()
            seconds.append(scheduler.now - started)

    for _ in range(count):
        scheduler.spawn(work, scheduler.random.uniform(0, 0.01))
    return seconds
