"""What the cost is computed from: prices, what tests count for one order, and assumptions."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

DOCS = Path(__file__).parent.parent / "docs"
PRICES = DOCS / "prices.yaml"
COUNTS = DOCS / "requests_per_order.yaml"
ASSUMPTIONS = DOCS / "cost_assumptions.yaml"


class Given(BaseModel):
    """A part of a file: immutable, and refused when it has a field nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The file's content.

        Raises:
            ValidationError: a field is missing, wrong or unknown.
        """
        return cls.model_validate(yaml.safe_load(path.read_text()))


class Price(Given):
    """So many dollars for so many of a unit, and where that was read."""

    dollars: Annotated[Decimal, Field(gt=0)]
    per: Annotated[int, Field(gt=0)] = 1
    unit: str
    seen: Literal["page", "third party", "memory"]
    quoted_by: str | None = None
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d\d){0,2}$")] | None
    page: HttpUrl

    def of(self, quantity: Decimal) -> Decimal:
        """What a quantity costs, in dollars."""
        return quantity * self.dollars / self.per


class Prices(Given):
    """One region's."""

    region: str
    prices: dict[str, Price]
    mysql_vcpus: dict[str, int]

    def __getitem__(self, name: str) -> Price:
        """Raises KeyError, naming the file to mend, when there is no such price."""
        if name not in self.prices:
            raise KeyError(f"docs/prices.yaml has no price of {name}")
        return self.prices[name]


class Work(Given):
    """What one function does in a step: its log lines, and beside them those that carry metrics."""

    invocations: int
    log_lines: int
    log_bytes: int
    metric_bytes: int


class Counts(Given):
    """What the tests count.

    A step is an order's whole way, or one look of the customer's page. `events` are published by
    type, `metrics` are how many names a function sends.
    """

    steps: dict[str, dict[str, Work]]
    events: dict[str, int]
    metrics: dict[str, int]


class Assumed[T](Given):
    """A number, and why this one."""

    value: T
    reason: str


class Sampling(Given):
    """Which requests X-Ray records."""

    each_second: int
    of_the_rest: Decimal


class ScheduledRun(Given):
    """The most that a scheduled function does each time, with what it invokes."""

    invocations: int
    log_bytes: int
    milliseconds: int
    metrics: int


class Assumptions(Given):
    """What no test measures. Bytes and milliseconds are of one order, or of what the name says."""

    orders_a_month: Assumed[int]
    open_hours_a_day: Assumed[int]
    times: Assumed[dict[str, int]]
    billed_milliseconds: Assumed[dict[str, int]]
    cold_share: Assumed[Decimal]
    cold_milliseconds: Assumed[int]
    lambda_lines: Assumed[list[str]]
    access_log: Assumed[dict[str, str]]
    stored_share: Assumed[Decimal]
    sampling: Assumed[Sampling]
    answer_bytes: Assumed[int]
    aws_bytes_through_nat: Assumed[int]
    stripe_bytes_through_nat: Assumed[int]
    pollers_a_queue: Assumed[int]
    poll_seconds: Assumed[int]
    data_key_seconds: Assumed[int]
    scheduled_run: Assumed[ScheduledRun]
    api_metrics_a_route: Assumed[int]
    mongo_ios: Assumed[int]
    mongo_bytes: Assumed[int]
    mysql_bytes: Assumed[int]
    mongo_gigabytes: Assumed[int]


@dataclass(frozen=True, slots=True)
class Inputs:
    """All three."""

    prices: Prices
    counts: Counts
    assumptions: Assumptions

    @classmethod
    def read(cls) -> Self:
        """The three files as they are now."""
        return cls(Prices.read(PRICES), Counts.read(COUNTS), Assumptions.read(ASSUMPTIONS))
