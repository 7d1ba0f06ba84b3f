"""The cost of a month without orders, for round numbers and for the real template."""

from copy import deepcopy
from decimal import Decimal

import pytest

from devstack.template import template
from tests.unit.cost.round_numbers import TEMPLATE, inputs
from tools.cost_month import Month, runs_a_month
from tools.cost_stack import CostedStack


def month(**parameters: str) -> dict[str, Decimal]:
    """Return the dollars of each line."""
    lines = Month(inputs(), CostedStack(TEMPLATE, **parameters)).lines()
    return {f"{line.service}: {line.what}": line.dollars for line in lines}


def test_each_line_of_a_small_month() -> None:
    assert month() == {
        "MySQL: 1 x tiny": 730,
        "MySQL: storage": 20,
        "MySQL: proxy": 2 * 730,  # of two vCPUs at least
        "DocumentDB: 1 x tiny": 730,
        "DocumentDB: storage": 7,
        "Valkey: 1 x tiny": 730,
        "Network: 1 x NAT gateway": 730,
        "Network: 1 x public address": 730,
        "CloudWatch: metrics of functions": 3 + 3 + 4 + 1,  # order's, schedule's, cold, filter's
        "CloudWatch: metrics of routes": 2 * 5,
        "CloudWatch: 2 alarms": 3,
        "CloudWatch: dashboard": 0,
        "Secrets and keys: secrets": 1,
        "Secrets and keys: keys": 0,
        "Secrets and keys: data keys for SNS": 0,
        "SQS: polling of 1 queues": Decimal(5 * 730 * 3600 // 20) / 1_000_000,
        "tick: invocations": Decimal(2 * 730) / 1_000_000,
        "tick: time": Decimal(730) / 1_000_000,
        "tick: logs": Decimal(730 * (800 + 2 * 100)) / 1_000_000_000,
        "tick: traces": Decimal(730) / 1_000_000,
    }


def test_production_pays_for_two_of_each_store() -> None:
    production = month(Size="Production")

    assert production["MySQL: 2 x big"] == 2 * 730
    assert production["MySQL: storage"] == 2 * 20
    assert production["MySQL: proxy"] == 4 * 730
    assert production["DocumentDB: 2 x tiny"] == 2 * 730
    assert production["Valkey: 2 x tiny"] == 2 * 730


@pytest.mark.parametrize(
    ("schedule", "hours"), [("rate(1 day)", 30), ("rate(1 minute)", 730), ("rate(2 hours)", 365)]
)
def test_metrics_of_a_schedule_are_charged_for_the_hours_in_which_they_are_sent(
    schedule: str, hours: int
) -> None:
    changed = deepcopy(TEMPLATE)
    [event] = changed["Resources"]["TickFunction"]["Properties"]["Events"].values()
    event["Properties"]["Schedule"] = schedule

    lines = Month(inputs(), CostedStack(changed)).lines()

    [metrics] = [line for line in lines if line.what == "metrics of functions"]
    assert metrics.quantity == 3 + 4 + 1 + Decimal(3 * hours) / 730


def test_an_endpoint_costs_in_each_zone() -> None:
    private, plain = month(PrivateEndpoints="true"), month()

    assert private.pop("Network: 1 x endpoint, 2 in all zones") == 2 * 730
    assert private == plain


@pytest.mark.parametrize(
    ("schedule", "runs"),
    [("rate(1 minute)", 43_800), ("rate(30 minutes)", 1460), ("rate(1 hour)", 730)],
)
def test_the_runs_of_a_schedule_are_counted(schedule: str, runs: int) -> None:
    assert runs_a_month(schedule) == runs


def test_a_schedule_that_is_not_a_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="cron"):
        runs_a_month("cron(0 3 * * ? *)")


@pytest.mark.parametrize(("size", "gateways"), [("Small", 1), ("Production", 2)])
def test_the_real_template_has_a_gateway_in_each_zone_of_production(
    size: str, gateways: int
) -> None:
    stack = CostedStack(template(), Size=size)

    assert len(stack.resources("AWS::EC2::NatGateway")) == gateways
    assert len(stack.resources("AWS::EC2::EIP")) == gateways


def test_the_real_template_creates_no_store_when_one_is_given() -> None:
    stack = CostedStack(template(), MysqlSecretId="mine", PrivateEndpoints="true")

    for type_ in ("AWS::RDS::DBInstance", "AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint"):
        assert stack.resources(type_) == {}


def test_the_real_template_uses_the_values_of_its_size() -> None:
    [mysql] = CostedStack(template(), Size="Production").resources("AWS::RDS::DBInstance").values()

    size = template()["Mappings"]["Sizes"]["Production"]
    assert mysql["DBInstanceClass"] == size["MysqlClass"]
    assert mysql["MultiAZ"] is True


def test_an_unknown_condition_is_refused() -> None:
    document = TEMPLATE | {"Conditions": {"IsProduction": {"Fn::Maybe": []}}}

    with pytest.raises(ValueError, match="Maybe"):
        CostedStack(document).resources("AWS::DocDB::DBInstance")
