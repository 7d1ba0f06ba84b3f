"""Compute what each possible change would save, by changing the inputs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from tools.cost_inputs import Inputs, Sampling, Work
from tools.cost_lines import Line, total
from tools.cost_order import MillionOrders
from tools.cost_stack import CostedStack


@dataclass(frozen=True)
class Lever:
    """A change that saves money, what it loses, and how it changes the inputs."""

    what: str
    loses: str
    change: Callable[[Inputs, CostedStack], Inputs]


@dataclass(frozen=True)
class Saving:
    """The dollars that a lever alone saves for a million orders."""

    lever: Lever
    dollars: Decimal


def savings(inputs: Inputs, stack: CostedStack) -> list[Saving]:
    """Return the saving of each lever that saves something, the largest first."""
    now = total(MillionOrders(inputs, stack).lines())
    found = [
        Saving(lever, now - total(MillionOrders(lever.change(inputs, stack), stack).lines()))
        for lever in LEVERS
    ]
    return sorted((one for one in found if one.dollars > 0), key=lambda one: -one.dollars)


def with_all(inputs: Inputs, stack: CostedStack) -> list[Line]:
    """Return the lines of a million orders with every lever applied."""
    for lever in LEVERS:
        inputs = lever.change(inputs, stack)
    return MillionOrders(inputs, stack).lines()


def with_one_more_webhook(inputs: Inputs) -> Inputs:
    """Return the inputs for one more, ignored webhook event per order."""
    order = inputs.counts.steps["order"]
    one = order["stripe_webhook"]
    both = Work(**{name: 2 * count for name, count in one.model_dump().items()})
    steps = inputs.counts.steps | {"order": order | {"stripe_webhook": both}}
    return replace(inputs, counts=_with(inputs.counts, steps=steps))


def _http_api(inputs: Inputs, _stack: CostedStack) -> Inputs:
    prices = inputs.prices
    cheaper = prices.prices | {"api_request": prices["http_api_request"]}
    return replace(inputs, prices=_with(prices, prices=cheaper))


def _fewer_reads(inputs: Inputs, _stack: CostedStack) -> Inputs:
    times = inputs.assumptions.times
    return _assuming(inputs, times=_with(times, value=times.value | {"get_order": 2}))


def _trace_share(inputs: Inputs, _stack: CostedStack) -> Inputs:
    rule = Sampling(each_second=0, of_the_rest=Decimal("0.01"))
    return _assuming(inputs, sampling=_with(inputs.assumptions.sampling, value=rule))


def _without_lambda_lines(inputs: Inputs, _stack: CostedStack) -> Inputs:
    return _assuming(inputs, lambda_lines=_with(inputs.assumptions.lambda_lines, value=[]))


def _without_lines_of_reads(inputs: Inputs, _stack: CostedStack) -> Inputs:
    def silent(work: Work) -> Work:
        return _with(work, log_lines=0, log_bytes=0)

    reads = {
        step: {name: silent(work) for name, work in inputs.counts.steps[step].items()}
        for step in inputs.assumptions.times.value
    }
    return replace(inputs, counts=_with(inputs.counts, steps=inputs.counts.steps | reads))


def _without_unsubscribed_events(inputs: Inputs, stack: CostedStack) -> Inputs:
    subscribed = {
        type_
        for one in stack.resources("AWS::SNS::Subscription").values()
        for type_ in one.get("FilterPolicy", {}).get("event_type", [])
    }
    kept = {type_: count for type_, count in inputs.counts.events.items() if type_ in subscribed}
    return replace(inputs, counts=_with(inputs.counts, events=kept))


def _assuming(inputs: Inputs, **changed: BaseModel) -> Inputs:
    return replace(inputs, assumptions=_with(inputs.assumptions, **changed))


def _with[M: BaseModel](model: M, **changed: Any) -> M:  # noqa: ANN401 - fields of any model
    return model.model_copy(update=changed)


LEVERS = (
    Lever(
        "An HTTP API instead of the REST API",
        "traces that begin at the API, API Gateway's errors as problem documents, and tests on "
        "LocalStack ([ADR 5](adr/0005-rest-api.md))",
        _http_api,
    ),
    Lever(
        "`TraceShare=0.01`",
        "most traces",
        _trace_share,
    ),
    Lever(
        "A page that reads the order twice instead of four times",
        "a payment link that is shown as soon as it exists",
        _fewer_reads,
    ),
    Lever(
        "No START, END and REPORT lines: `LogFormat: JSON` with `SystemLogLevel: WARN`",
        "the memory that an invocation used (`AWS/Lambda` has its duration). The lines that "
        "`CrashFilter` matches change their format, which can be verified on AWS only",
        _without_lambda_lines,
    ),
    Lever(
        "No log line for a read that succeeds",
        "reads in the log of an order; the access log has them, and metrics count them",
        _without_lines_of_reads,
    ),
    Lever(
        "Not publishing events without a subscription",
        "subscribing later without a change of the code",
        _without_unsubscribed_events,
    ),
)
