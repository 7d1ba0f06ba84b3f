"""Read the inputs of the cost: prices, counts that tests measure for an order, and assumptions."""

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


class InputModel(BaseModel):
    """A part of an input file. Immutable; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file.

        Raises:
            ValidationError: a field is missing, wrong or unknown.
        """
        return cls.model_validate(yaml.safe_load(path.read_text()))


class AwsPrice(InputModel):
    """A price in dollars for a number of units, with its source."""

    dollars: Annotated[Decimal, Field(gt=0)]
    per: Annotated[int, Field(gt=0)] = 1
    unit: str
    seen: Literal["page", "third party", "memory"]
    quoted_by: str | None = None
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d\d){0,2}$")] | None
    page: HttpUrl

    def cost_of(self, quantity: Decimal) -> Decimal:
        """Return what a quantity costs, in dollars."""
        return quantity * self.dollars / self.per


class Prices(InputModel):
    """The prices of one region."""

    region: str
    prices: dict[str, AwsPrice]
    mysql_vcpus: dict[str, int]

    def __getitem__(self, name: str) -> AwsPrice:
        """Return a price.

        Raises:
            KeyError: docs/prices.yaml lacks the price.
        """
        if name not in self.prices:
            raise KeyError(f"docs/prices.yaml has no price of {name}")
        return self.prices[name]


class Work(InputModel):
    """What one function does in a step. `log_bytes` excludes the lines that carry metrics."""

    invocations: int
    log_lines: int
    log_bytes: int
    metric_bytes: int


class Counts(InputModel):
    """What the tests count.

    A step is an order from POST to cooked, or one read by the customer's page. `events` counts
    published events by type, `metrics` the metric names that a function sends.
    """

    steps: dict[str, dict[str, Work]]
    events: dict[str, int]
    metrics: dict[str, int]


class Assumption[T](InputModel):
    """A value and the reason for it."""

    value: T
    reason: str


class Sampling(InputModel):
    """The sampling rule of X-Ray."""

    each_second: int
    of_the_rest: Decimal


class ScheduledRun(InputModel):
    """The upper bound of one scheduled run, including the functions it invokes."""

    invocations: int
    log_bytes: int
    milliseconds: int
    metrics: int


class PageLoads(InputModel):
    """What the browser of a customer loads for an order, beside the requests to the API.

    `loads` are pages, which are asked for each time; `files` are cached for a year.
    """

    loads: int
    files: int
    bytes: int


class Assumptions(InputModel):
    """Values that no test measures. Bytes and milliseconds are per order unless named otherwise."""

    orders_a_month: Assumption[int]
    open_hours_a_day: Assumption[int]
    times: Assumption[dict[str, int]]
    billed_milliseconds: Assumption[dict[str, int]]
    cold_share: Assumption[Decimal]
    cold_milliseconds: Assumption[int]
    lambda_lines: Assumption[list[str]]
    access_log: Assumption[dict[str, str]]
    stored_share: Assumption[Decimal]
    sampling: Assumption[Sampling]
    answer_bytes: Assumption[int]
    aws_bytes_through_nat: Assumption[int]
    stripe_bytes_through_nat: Assumption[int]
    pages: Assumption[PageLoads]
    pollers_a_queue: Assumption[int]
    poll_seconds: Assumption[int]
    data_key_seconds: Assumption[int]
    scheduled_run: Assumption[ScheduledRun]
    api_metrics_a_route: Assumption[int]
    mongo_ios: Assumption[int]
    mongo_bytes: Assumption[int]
    mysql_bytes: Assumption[int]
    mongo_gigabytes: Assumption[int]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The contents of the three input files."""

    prices: Prices
    counts: Counts
    assumptions: Assumptions

    @classmethod
    def read(cls) -> Self:
        """Read the three files."""
        return cls(Prices.read(PRICES), Counts.read(COUNTS), Assumptions.read(ASSUMPTIONS))
