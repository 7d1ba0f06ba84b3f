"""Handle scheduled invocations: run each task independently of the others."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.observability import log_context, report
from gorder.runtime.trace import current_trace_id

type Task = Callable[[], object]
type Tasks[S] = Callable[[str, S], Iterable[Task]]


def scheduled_function[S](
    tasks: Tasks[S],
    service: Callable[[], S],
    by_name: Mapping[str, Tasks[S]] = MappingProxyType({}),
) -> LambdaHandler:
    """Return a Lambda handler that runs each of `tasks(trace_id, service())` when invoked.

    A failed task is counted and logged, and runs again with the next invocation. Nothing is raised,
    because Lambda's retry would run at the same time as that one.

    A schedule whose input is {"tasks": name} runs the tasks of that name in `by_name` instead. A
    name that is not there, of another release, runs `tasks`.
    """

    @lambda_function
    def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
        trace_id = current_trace_id()
        failed = 0
        chosen = by_name.get(event.get("tasks", ""), tasks)
        for task in chosen(trace_id, service()):
            with log_context(trace_id):
                try:
                    task()
                except Exception as error:  # noqa: BLE001 - the entry point: the next task still runs
                    report(error, "task.failed")
                    failed += 1
        return {"failed": failed}

    return handler
