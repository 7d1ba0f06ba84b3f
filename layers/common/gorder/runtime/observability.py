"""Logs, metrics and traces of a function.

No other module of gorder imports Powertools' Logger, Metrics or Tracer. The tracer patches no
library: patching imports every library that it supports, which takes longer than the rest of a cold
start. botocore propagates the trace header without it when it runs in Lambda.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from aws_lambda_powertools import Logger, Metrics, Tracer, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_xray_sdk.core import xray_recorder

from gorder.errors import Kind
from gorder.runtime.errors import classified

logger = Logger(log_uncaught_exceptions=True, utc=True, location=None)
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "gorder"))
tracer = Tracer(auto_patch=False)


class CloudTelemetry:
    """`contracts.telemetry.Telemetry` on CloudWatch: EMF metrics and JSON log lines."""

    def bind(self, order_id: str, trace_id: str | None = None) -> None:
        logger.append_keys(order_id=order_id, **({"trace_id": trace_id} if trace_id else {}))

    def count(self, metric: str, value: int = 1) -> None:
        metrics.add_metric(metric, MetricUnit.Count, value)

    def revenue(self, amount: int, currency: str) -> None:
        # A dimension applies to every metric of an EMF document, so this metric has its own.
        service = {"service": logger.service}
        name, unit, namespace = "Revenue", MetricUnit.Count, metrics.namespace
        with single_metric(name, unit, amount, 60, namespace, service) as metric:
            metric.add_dimension("currency", currency)

    def timing(self, metric: str, time: timedelta) -> None:
        metrics.add_metric(metric, MetricUnit.Milliseconds, time / timedelta(milliseconds=1))

    def gauge(self, metric: str, value: float) -> None:
        metrics.add_metric(metric, MetricUnit.NoUnit, value)

    def info(self, event: str, /, **fields: object) -> None:
        logger.info(event, extra=fields)

    def warning(self, event: str, /, **fields: object) -> None:
        logger.warning(event, extra=fields)


telemetry = CloudTelemetry()


def begin_invocation(request_id: str) -> None:
    """Clear the state of the previous invocation and add the request id to every log line.

    Within one trace the X-Ray SDK would otherwise keep the previous invocation's segment.
    Powertools' own decorator would add fields that are the same on every line of a function.
    """
    xray_recorder.clear_trace_entities()
    logger.clear_state()
    logger.append_keys(function_request_id=request_id)


@contextmanager
def log_context(trace_id: str, order_id: str | None = None) -> Iterator[None]:
    """Add the trace id, and the order id if given, to every log line written inside.

    Ids added inside by `CloudTelemetry.bind` are removed at the end, too.
    """
    logger.append_keys(trace_id=trace_id, **({"order_id": order_id} if order_id else {}))
    try:
        yield
    finally:
        logger.remove_keys(["order_id", "trace_id"])


def trace_annotations() -> dict[str, str]:
    """Return the ids that log lines have now; X-Ray segments are annotated with them."""
    keys = logger.get_current_keys()
    return {name: keys[name] for name in ("order_id", "trace_id") if name in keys}


def report(error: Exception, event: str, **fields: object) -> None:
    """Count and log an error at the entry point. Only a defect is logged with its stack."""
    found = classified(error)
    metrics.add_metric(found.kind.capitalize(), MetricUnit.Count, 1)
    match found.kind:
        case Kind.BUSINESS:
            logger.info(event, extra={"code": found.code, **fields})
        case Kind.TRANSIENT:
            logger.warning(event, extra={"code": found.code, "reason": str(error), **fields})
        case Kind.DEFECT:
            known = {"code": found.code, "reason": str(error), **fields}
            logger.error(event, exc_info=error, extra=known)
