"""What surrounds every command and query: a trace segment, metrics and a log line."""

import functools
import re
import time
from collections.abc import Callable

from aws_lambda_powertools.metrics import MetricUnit

from gorder.errors import Kind
from gorder.runtime.errors import classified
from gorder.runtime.observability import metrics, telemetry, trace_annotations, tracer

type Handler[M, R] = Callable[[M], R]

_OUTCOME = {Kind.BUSINESS: "Refused", Kind.TRANSIENT: "Transient", Kind.DEFECT: "Defect"}


def observed[M, R](name: str, handler: Handler[M, R]) -> Handler[M, R]:
    """Trace, measure and log a handler. `name` is the message's class name: `CreateOrder`."""
    return _traced(name, _measured(name, _logged(name, handler)))


def _logged[M, R](name: str, handler: Handler[M, R]) -> Handler[M, R]:
    event = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()

    @functools.wraps(handler, updated=())
    def handle(message: M) -> R:
        try:
            result = handler(message)
        except Exception as error:
            found = classified(error)
            log = telemetry.info if found.kind is Kind.BUSINESS else telemetry.warning
            log(f"{event}.{_OUTCOME[found.kind].lower()}", code=found.code, reason=str(error))
            raise
        telemetry.info(f"{event}.succeeded")
        return result

    return handle


def _measured[M, R](name: str, handler: Handler[M, R]) -> Handler[M, R]:
    @functools.wraps(handler, updated=())
    def handle(message: M) -> R:
        outcome = "Succeeded"
        started = time.perf_counter()
        try:
            return handler(message)
        except Exception as error:
            outcome = _OUTCOME[classified(error).kind]
            raise
        finally:
            elapsed = (time.perf_counter() - started) * 1000
            metrics.add_metric(f"{name}.{outcome}", MetricUnit.Count, 1)
            metrics.add_metric(f"{name}.Duration", MetricUnit.Milliseconds, elapsed)

    return handle


def _traced[M, R](name: str, handler: Handler[M, R]) -> Handler[M, R]:
    @functools.wraps(handler, updated=())
    def handle(message: M) -> R:
        with tracer.provider.in_subsegment(name=f"## {name}") as segment:
            try:
                return handler(message)
            finally:
                for key, value in trace_annotations().items():
                    segment.put_annotation(key, value)

    return handle
