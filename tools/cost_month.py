"""Compute the fixed cost of a month: what the template creates, without orders."""

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tools.cost_inputs import Inputs
from tools.cost_lines import GB, HOURS_A_MONTH, SECONDS_A_MONTH, Line
from tools.cost_stack import CostedStack

STORES: Final = ("MySQL", "DocumentDB", "Valkey")
_MIN_PROXY_VCPUS: Final = 2
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Month:
    """A month of one deployment of the template."""

    inputs: Inputs
    stack: CostedStack

    def lines(self) -> list[Line]:
        """Return the lines of everything that costs without an order, the stores first."""
        return [
            *self._mysql(),
            *self._mongo(),
            *self._redis(),
            *self._network(),
            *self._monitoring(),
            *self._secrets(),
            *self._polling(),
            *self._schedules(),
            *self._waf(),
        ]

    def _mysql(self) -> list[Line]:
        lines = []
        for instance in self._created("AWS::RDS::DBInstance"):
            name = instance["DBInstanceClass"]
            mirrors = 2 if instance.get("MultiAZ") else 1
            vcpus = max(self.inputs.prices.mysql_vcpus[name], _MIN_PROXY_VCPUS)
            proxies = len(self._created("AWS::RDS::DBProxy"))
            lines += [
                self._hours("MySQL", f"{mirrors} x {name}", mirrors, f"mysql.{name}"),
                self._line(
                    "MySQL",
                    "storage",
                    Decimal(instance["AllocatedStorage"]) * mirrors,
                    "mysql_gb_month",
                ),
                self._hours("MySQL", "proxy", proxies * vcpus, "mysql_proxy_vcpu_hour"),
            ]
        return lines

    def _mongo(self) -> list[Line]:
        names = [one["DBInstanceClass"] for one in self._created("AWS::DocDB::DBInstance")]
        clusters = len(self._created("AWS::DocDB::DBCluster"))
        gigabytes = self.inputs.assumptions.mongo_gigabytes.value
        return [
            *(
                self._hours("DocumentDB", f"{names.count(n)} x {n}", names.count(n), f"mongo.{n}")
                for n in dict.fromkeys(names)
            ),
            self._line("DocumentDB", "storage", clusters * gigabytes, "mongo_gb_month"),
        ]

    def _redis(self) -> list[Line]:
        return [
            self._hours(
                "Valkey",
                f"{group['NumCacheClusters']} x {group['CacheNodeType']}",
                group["NumCacheClusters"],
                f"redis.{group['CacheNodeType']}",
            )
            for group in self._created("AWS::ElastiCache::ReplicationGroup")
        ]

    def _network(self) -> list[Line]:
        gateways = len(self._created("AWS::EC2::NatGateway"))
        addresses = len(self._created("AWS::EC2::EIP"))
        endpoints = [len(one["SubnetIds"]) for one in self._created("AWS::EC2::VPCEndpoint")]
        lines = [
            self._hours("Network", f"{gateways} x NAT gateway", gateways, "nat_hour"),
            self._hours("Network", f"{addresses} x public address", addresses, "ipv4_hour"),
        ]
        if endpoints:
            what = f"{len(endpoints)} x endpoint, {sum(endpoints)} in all zones"
            lines.append(self._hours("Network", what, sum(endpoints), "endpoint_hour"))
        return lines

    def _monitoring(self) -> list[Line]:
        alarms = self._created("AWS::CloudWatch::Alarm")
        watched = sum(
            sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1
            for alarm in alarms
        )
        dashboards = len(self._created("AWS::CloudWatch::Dashboard"))
        return [
            self._line("CloudWatch", "metrics of functions", self._metrics, "custom_metric"),
            self._line("CloudWatch", "metrics of routes", self._route_metrics, "custom_metric"),
            self._line("CloudWatch", f"{len(alarms)} alarms", watched, "alarm_metric"),
            self._line("CloudWatch", "dashboard", dashboards, "dashboard"),
        ]

    @property
    def _metrics(self) -> Decimal:
        """Metrics of an order, of schedules and filters, and of cold starts by function.

        A metric is charged for the hours in which it is sent.
        """
        filters = {
            made["MetricName"]
            for one in self._created("AWS::Logs::MetricFilter")
            for made in one["MetricTransformations"]
        }
        runs: Counter[str] = Counter()
        for name, event in self.stack.events("Schedule"):
            runs[name] += runs_a_month(event["Schedule"])
        hours = sum(min(count, HOURS_A_MONTH) for count in runs.values())
        scheduled = self.inputs.assumptions.scheduled_run.value.metrics
        return (
            sum(self.inputs.counts.metrics.values())
            + Decimal(hours * scheduled) / HOURS_A_MONTH
            + len(self.stack.functions())
            + len(filters)
        )

    @property
    def _route_metrics(self) -> int:
        [api] = self._created("AWS::Serverless::Api")
        if not any(setting.get("MetricsEnabled") for setting in api["MethodSettings"]):
            return 0
        routes = sum(1 for _ in self.stack.events("Api"))
        return routes * self.inputs.assumptions.api_metrics_a_route.value

    def _secrets(self) -> list[Line]:
        keys = len(self._created("AWS::KMS::Key"))
        secrets = len(self._created("AWS::SecretsManager::Secret"))
        publishers = sum(
            name.endswith("_TOPIC_ARN")
            for function in self.stack.functions().values()
            for name in function["Environment"]["Variables"]
        )
        periods = SECONDS_A_MONTH // self.inputs.assumptions.data_key_seconds.value
        return [
            self._line("Secrets and keys", "secrets", secrets, "secret_month"),
            self._line("Secrets and keys", "keys", keys, "kms_key_month"),
            self._line(
                "Secrets and keys", "data keys for SNS", periods * 2 * publishers, "kms_request"
            ),
        ]

    def _polling(self) -> list[Line]:
        given = self.inputs.assumptions
        queues = len(self.stack.triggered_by("SQS"))
        receives = queues * given.pollers_a_queue.value * SECONDS_A_MONTH
        return [
            self._line(
                "SQS",
                f"polling of {queues} queues",
                Decimal(receives) / given.poll_seconds.value,
                "sqs_request",
            )
        ]

    def _schedules(self) -> list[Line]:
        lines = []
        run = self.inputs.assumptions.scheduled_run.value
        own = sum(len(line) for line in self.inputs.assumptions.lambda_lines.value)
        for name, event in self.stack.events("Schedule"):
            runs = runs_a_month(event["Schedule"])
            gigabytes = Decimal(self.stack.functions()[name]["MemorySize"]) / 1024
            seconds = Decimal(runs * run.invocations * run.milliseconds) / 1000
            logged = Decimal(runs * (run.log_bytes + run.invocations * own)) / GB
            lines += [
                self._line(name, "invocations", runs * run.invocations, "lambda_request"),
                self._line(name, "time", gigabytes * seconds, "lambda_gb_second"),
                self._line(name, "logs", logged, "log_ingestion"),
                self._line(name, "traces", runs, "trace"),
            ]
        return lines

    def _waf(self) -> list[Line]:
        """Return what AWS WAF charges. CloudFront has no fixed cost."""
        return [
            line
            for acl in self._created("AWS::WAFv2::WebACL")
            for line in (
                self._line("AWS WAF", "web ACL", 1, "web_acl_month"),
                self._line("AWS WAF", "rules", len(acl["Rules"]), "waf_rule_month"),
            )
        ]

    def _created(self, type_: str) -> list[dict[str, Any]]:
        return list(self.stack.resources(type_).values())

    def _hours(self, service: str, what: str, count: int, price: str) -> Line:
        return self._line(service, what, count * HOURS_A_MONTH, price)

    def _line(self, service: str, what: str, quantity: Decimal | int, price: str) -> Line:
        return Line(service, what, Decimal(quantity), self.inputs.prices[price])


def runs_a_month(schedule: str) -> int:
    """Return the number of runs in a month of a schedule such as `rate(5 minutes)`.

    Raises:
        ValueError: the schedule is not a rate.
    """
    if not (rate := _RATE.fullmatch(schedule)):
        raise ValueError(f"cannot compute the cost of schedule {schedule}: use rate(…)")
    return SECONDS_A_MONTH // (int(rate[1]) * _SECONDS[rate[2]])
