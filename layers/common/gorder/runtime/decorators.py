"""Trace, measure and log commands and queries."""

import functools
import re
import time
from collections.abc import Callable
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from gorder.errors import Kind
from gorder.runtime.errors import classified
from gorder.runtime.observability import metrics, telemetry, trace_annotations, tracer

type Handler[M, R] = Callable[[M], R]

_OUTCOMES: Final = {Kind.BUSINESS: "Refused", Kind.TRANSIENT: "Transient", Kind.DEFECT: "Defect"}


def observed[M, R](name: str, handler: Handler[M, R]) -> Handler[M, R]:
    """Trace, measure and log a handler. `name` is the message's class name: `CreateOrder`.

    Each call has a trace segment, the metrics `<name>.<outcome>` and `<name>.Duration`, and one
    log line `<name in snake case>.<outcome>`. Results and exceptions pass unchanged.
    """
    event = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()

    @functools.wraps(handler, updated=())
    def handle(message: M) -> R:
        outcome = "Succeeded"
        started = time.perf_counter()
        with tracer.provider.in_subsegment(name=f"## {name}") as segment:
            try:
                result = handler(message)
            except Exception as error:
                found = classified(error)
                outcome = _OUTCOMES[found.kind]
                log = telemetry.info if found.kind is Kind.BUSINESS else telemetry.warning
                log(f"{event}.{outcome.lower()}", code=found.code, reason=str(error))
                raise
            else:
                telemetry.info(f"{event}.succeeded")
                return result
            finally:
                elapsed = (time.perf_counter() - started) * 1000
                metrics.add_metric(f"{name}.{outcome}", MetricUnit.Count, 1)
                metrics.add_metric(f"{name}.Duration", MetricUnit.Milliseconds, elapsed)
                for key, value in trace_annotations().items():
                    segment.put_annotation(key, value)

    return handle
