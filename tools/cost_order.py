"""Compute what a million orders cost, each from reading the menu to cooked."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from tools.cost_inputs import Inputs, Work
from tools.cost_lines import DAYS_A_MONTH, GB, Line
from tools.cost_stack import CostedStack

MILLION: Final = 1_000_000
REQUESTS_A_MESSAGE: Final = 3  # sent, received, deleted


@dataclass(frozen=True)
class MillionOrders:
    """A million orders with the reads of their pages, on one deployment of the template."""

    inputs: Inputs
    stack: CostedStack

    @cached_property
    def work(self) -> dict[str, Work]:
        """What each function does for one order, by function."""
        times = {"order": 1} | self.inputs.assumptions.times.value
        done: dict[str, Work] = {}
        for step, functions in self.inputs.counts.steps.items():
            for name, work in functions.items():
                done[name] = _sum(done.get(name), work, times[step])
        return done

    @property
    def requests(self) -> int:
        """Requests to the API for one order."""
        return self._invocations(self.stack.triggered_by("Api"))

    @property
    def messages(self) -> int:
        """Messages that queues deliver for one order, one per invocation."""
        return self._invocations(self.stack.triggered_by("SQS"))

    @property
    def sampled_share(self) -> Decimal:
        """The share of requests that X-Ray records."""
        given = self.inputs.assumptions
        requests = Decimal(self.requests * given.orders_a_month.value)
        seconds = DAYS_A_MONTH * given.open_hours_a_day.value * 3600
        rule = given.sampling.value
        first = min(requests, seconds * rule.each_second)
        return (first + (requests - first) * rule.of_the_rest) / requests

    @property
    def access_log_bytes(self) -> int:
        """Bytes of one line: the format in the template with values filled in."""
        [api] = self.stack.resources("AWS::Serverless::Api").values()
        line: str = api["AccessLogSetting"]["Format"]
        values = self.inputs.assumptions.access_log.value
        for variable in sorted(values, key=len, reverse=True):
            line = line.replace(variable, values[variable])
        return len(line)

    @property
    def log_bytes(self) -> dict[str, int]:
        """Bytes logged for one order, by source."""
        done = self.work.values()
        by_lambda = sum(len(line) for line in self.inputs.assumptions.lambda_lines.value)
        return {
            "log lines": sum(work.log_bytes for work in done),
            "metrics": sum(work.metric_bytes for work in done),
            "Lambda's own lines": by_lambda * sum(work.invocations for work in done),
            "access log": self.access_log_bytes * self.requests,
        }

    def lines(self) -> list[Line]:
        """Return what a million orders add to the bill, without the stores."""
        return [
            self._line("API Gateway", "requests", self.requests, "api_request"),
            *self._lambda(),
            self._line("SNS", "events", sum(self.inputs.counts.events.values()), "sns_publish"),
            self._line(
                "SQS",
                "messages sent, received, deleted",
                self.messages * REQUESTS_A_MESSAGE,
                "sqs_request",
            ),
            *self._logs(),
            self._line(
                "X-Ray", "traces", (self.requests + self.messages) * self.sampled_share, "trace"
            ),
            *self._network(),
            *self._pages(),
            self._line("Secrets Manager", "reads by cold functions", self._secrets, "secret_call"),
        ]

    def store_lines(self) -> list[Line]:
        """Return what a million orders add to the stores in the month they are placed."""
        given = self.inputs.assumptions
        mirrored = any(one.get("MultiAZ") for one in self._created("AWS::RDS::DBInstance"))
        mysql = Decimal(given.mysql_bytes.value) / GB * (2 if mirrored else 1)
        return [
            self._line("DocumentDB", "reads and writes", given.mongo_ios.value, "mongo_io"),
            self._line(
                "DocumentDB", "storage", Decimal(given.mongo_bytes.value) / GB, "mongo_gb_month"
            ),
            self._line("MySQL", "storage", mysql, "mysql_gb_month"),
        ]

    def _lambda(self) -> list[Line]:
        given = self.inputs.assumptions
        warm = cold = Decimal(0)
        for name, work in self.work.items():
            gigabytes = Decimal(self.stack.functions()[name]["MemorySize"]) / 1024
            milliseconds = given.billed_milliseconds.value[name]
            warm += gigabytes * work.invocations * milliseconds / 1000
            cold += gigabytes * work.invocations * given.cold_milliseconds.value / 1000
        invocations = sum(work.invocations for work in self.work.values())
        return [
            self._line("Lambda", "invocations", invocations, "lambda_request"),
            self._line("Lambda", "time", warm, "lambda_gb_second"),
            self._line(
                "Lambda", "time of cold starts", cold * given.cold_share.value, "lambda_gb_second"
            ),
        ]

    def _logs(self) -> list[Line]:
        ingested = [
            self._line("CloudWatch Logs", source, Decimal(count) / GB, "log_ingestion")
            for source, count in self.log_bytes.items()
        ]
        share = self.inputs.assumptions.stored_share.value
        [days, *_] = [g["RetentionInDays"] for g in self._created("AWS::Logs::LogGroup")]
        stored = Decimal(sum(self.log_bytes.values())) / GB * share * days / DAYS_A_MONTH
        return [*ingested, self._line("CloudWatch Logs", "storage", stored, "log_storage")]

    def _network(self) -> list[Line]:
        given = self.inputs.assumptions
        aws = Decimal(given.aws_bytes_through_nat.value) / GB
        stripe = Decimal(given.stripe_bytes_through_nat.value) / GB
        out = Decimal(given.answer_bytes.value * self.requests) / GB
        out_price = "cloudfront_gb" if self._serves_pages else "transfer_out_gb"
        price = "endpoint_gb" if self._created("AWS::EC2::VPCEndpoint") else "nat_gb"
        return [
            self._line("Network", "calls of AWS", aws, price),
            self._line("Network", "calls of Stripe through NAT", stripe, "nat_gb"),
            self._line("Network", "answers to customers", out, out_price),
        ]

    def _pages(self) -> list[Line]:
        """Return what CloudFront, the bucket of the pages and AWS WAF charge, if they exist."""
        pages = self.inputs.assumptions.pages.value
        lines = []
        if self._serves_pages:
            to_api = self._invocations(self.stack.triggered_by("Api") - {"stripe_webhook"})
            requests = to_api + pages.loads + pages.files
            runs = 2 * pages.loads + to_api  # of a page's request and response, of an API request
            sent = Decimal(pages.bytes) / GB
            lines += [
                self._line("CloudFront", "requests", requests, "cloudfront_request"),
                self._line("CloudFront", "runs of functions", runs, "cloudfront_function"),
                self._line("CloudFront", "pages", sent, "cloudfront_gb"),
                self._line("CloudFront", "pages read from S3", pages.loads, "s3_get"),
            ]
        if self._created("AWS::WAFv2::WebACL"):
            lines.append(self._line("AWS WAF", "requests", self.requests, "waf_request"))
        return lines

    @property
    def _serves_pages(self) -> bool:
        return bool(self._created("AWS::CloudFront::Distribution"))

    @property
    def _secrets(self) -> Decimal:
        """Calls for one order. A cold function reads each of its secrets once."""
        reads = 0
        for name, work in self.work.items():
            variables = self.stack.functions()[name]["Environment"]["Variables"]
            reads += work.invocations * sum(v.endswith("_SECRET") for v in variables)
        return reads * self.inputs.assumptions.cold_share.value

    def _invocations(self, functions: set[str]) -> int:
        return sum(self.work[name].invocations for name in functions & self.work.keys())

    def _created(self, type_: str) -> list[dict[str, Any]]:
        return list(self.stack.resources(type_).values())

    def _line(self, service: str, what: str, of_one: Decimal | int, price: str) -> Line:
        return Line(service, what, Decimal(of_one) * MILLION, self.inputs.prices[price])


def _sum(before: Work | None, work: Work, times: int) -> Work:
    """Add `work`, done `times` times, to what was done before."""
    added = {name: count * times for name, count in work.model_dump().items()}
    if before is not None:
        added = {name: count + getattr(before, name) for name, count in added.items()}
    return Work(**added)
