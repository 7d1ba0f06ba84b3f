"""What would make an order cheaper: changes of the inputs, so that each saving is computed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from tools.cost_inputs import Inputs, Sampling, Work
from tools.cost_lines import Line, total
from tools.cost_order import Million
from tools.cost_stack import Stack


@dataclass(frozen=True)
class Lever:
    """What to do, what one gives up for it, and what it does to the inputs."""

    what: str
    gives_up: str
    change: Callable[[Inputs, Stack], Inputs]


@dataclass(frozen=True)
class Saving:
    """Dollars of a million orders that a lever takes off, on its own."""

    lever: Lever
    dollars: Decimal


def savings(inputs: Inputs, stack: Stack) -> list[Saving]:
    """Each lever's, best first; none that saves nothing."""
    now = total(Million(inputs, stack).lines())
    found = [
        Saving(lever, now - total(Million(lever.change(inputs, stack), stack).lines()))
        for lever in LEVERS
    ]
    return sorted((one for one in found if one.dollars > 0), key=lambda one: -one.dollars)


def with_all(inputs: Inputs, stack: Stack) -> list[Line]:
    """What a million orders cost with every lever pulled."""
    for lever in LEVERS:
        inputs = lever.change(inputs, stack)
    return Million(inputs, stack).lines()


def with_one_more_webhook(inputs: Inputs) -> Inputs:
    """As if Stripe sent one more event for each order, of a kind that nobody asked for."""
    way = inputs.counts.steps["order"]
    one = way["stripe_webhook"]
    both = Work(**{name: 2 * count for name, count in one.model_dump().items()})
    steps = inputs.counts.steps | {"order": way | {"stripe_webhook": both}}
    return replace(inputs, counts=_with(inputs.counts, steps=steps))


def _http_api(inputs: Inputs, _stack: Stack) -> Inputs:
    prices = inputs.prices
    cheaper = prices.prices | {"api_request": prices["http_api_request"]}
    return replace(inputs, prices=_with(prices, prices=cheaper))


def _fewer_looks(inputs: Inputs, _stack: Stack) -> Inputs:
    times = inputs.assumptions.times
    return _assuming(inputs, times=_with(times, value=times.value | {"get_order": 2}))


def _trace_share(inputs: Inputs, _stack: Stack) -> Inputs:
    rule = Sampling(each_second=0, of_the_rest=Decimal("0.01"))
    return _assuming(inputs, sampling=_with(inputs.assumptions.sampling, value=rule))


def _without_lambda_lines(inputs: Inputs, _stack: Stack) -> Inputs:
    return _assuming(inputs, lambda_lines=_with(inputs.assumptions.lambda_lines, value=[]))


def _without_lines_of_reads(inputs: Inputs, _stack: Stack) -> Inputs:
    def silent(work: Work) -> Work:
        return _with(work, log_lines=0, log_bytes=0)

    looks = {
        step: {name: silent(work) for name, work in inputs.counts.steps[step].items()}
        for step in inputs.assumptions.times.value
    }
    return replace(inputs, counts=_with(inputs.counts, steps=inputs.counts.steps | looks))


def _without_unheard_events(inputs: Inputs, stack: Stack) -> Inputs:
    heard = {
        type_
        for one in stack.resources("AWS::SNS::Subscription").values()
        for type_ in one.get("FilterPolicy", {}).get("event_type", [])
    }
    kept = {type_: count for type_, count in inputs.counts.events.items() if type_ in heard}
    return replace(inputs, counts=_with(inputs.counts, events=kept))


def _assuming(inputs: Inputs, **changed: BaseModel) -> Inputs:
    return replace(inputs, assumptions=_with(inputs.assumptions, **changed))


def _with[M: BaseModel](model: M, **changed: Any) -> M:  # noqa: ANN401 - fields of any model
    return model.model_copy(update=changed)


LEVERS = (
    Lever(
        "An HTTP API in place of the REST API",
        "traces that begin at the API, its own errors as problem documents, and tests of it on "
        "LocalStack ([ADR 5](adr/0005-rest-api.md))",
        _http_api,
    ),
    Lever(
        "`TraceShare=0.01`",
        "most traces",
        _trace_share,
    ),
    Lever(
        "A page that asks for the order twice, not four times",
        "a payment link that is shown as soon as it is there",
        _fewer_looks,
    ),
    Lever(
        "No START, END and REPORT lines: `LogFormat: JSON` with `SystemLogLevel: WARN`",
        "the memory an invocation used (`AWS/Lambda` has its duration); what `CrashFilter` looks "
        "for is written in another form then, which only AWS can show",
        _without_lambda_lines,
    ),
    Lever(
        "No log line for a look that succeeds",
        "looks in an order's story; the access log has them, and the metrics count them",
        _without_lines_of_reads,
    ),
    Lever(
        "No publishing of events that no subscription takes",
        "a subscriber that may come one day",
        _without_unheard_events,
    ),
)
