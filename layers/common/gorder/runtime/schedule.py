"""From a schedule's tick to the tasks that are due, each apart from the others."""

from collections.abc import Callable, Iterable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.observability import log_context, report
from gorder.runtime.trace import current_trace_id

type Task = Callable[[], None]


def scheduled_function[S](
    tasks: Callable[[str, S], Iterable[Task]], service: Callable[[], S]
) -> LambdaHandler:
    """The Lambda handler that does every one of `tasks(trace_id, service())` at each tick.

    A task that fails is counted and logged, and is due again at the next tick: nothing is raised,
    for a retry of this one would come at the same time.
    """

    @lambda_function
    def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
        trace_id = current_trace_id()
        failed = 0
        for task in tasks(trace_id, service()):
            with log_context(trace_id):
                try:
                    task()
                except Exception as error:  # noqa: BLE001 - the edge: the next task has its turn
                    report(error, "task.failed")
                    failed += 1
        return {"failed": failed}

    return handler
