"""Each alarm notifies an operator, watches an existing metric and has a section in the runbook."""

import re
from typing import Any

import pytest

from devstack.state import ROOT
from devstack.template import functions, resources, template

ALARMS = resources("AWS::CloudWatch::Alarm")
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()


def section(alarm: str) -> str:
    found = re.search(rf"^### {alarm}\n(.*?)(?=^##|\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert found, f"docs/operations.md has no section {alarm}"
    return found[1]


@pytest.mark.parametrize("alarm", ALARMS)
def test_the_runbook_says_what_an_alarm_means_where_to_look_and_what_to_do(alarm: str) -> None:
    text = section(alarm).lower()

    assert all(word in text for word in ("*means*", "look*", "do*"))


@pytest.mark.parametrize("alarm", ALARMS)
def test_the_runbook_begins_with_the_description_of_the_alarm(alarm: str) -> None:
    description = ALARMS[alarm]["AlarmDescription"]
    text = " ".join(section(alarm).split())

    assert re.match(rf"\*Means\*: {re.escape(description)}[.:]", text)


def test_the_runbook_has_no_section_of_a_removed_alarm() -> None:
    assert set(re.findall(r"^### (\w+Alarm)$", RUNBOOK, re.MULTILINE)) == set(ALARMS)


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_is_published_when_it_is_raised_and_when_it_ends(alarm: str) -> None:
    for moment in ("AlarmActions", "OKActions"):
        assert ALARMS[alarm][moment] == [{"Ref": "AlarmTopic"}]


@pytest.mark.parametrize(
    "queue", [name for name in resources("AWS::SQS::Queue") if "DeadLetter" in name]
)
def test_a_dead_letter_queue_and_its_source_queue_each_have_an_alarm(queue: str) -> None:
    assert watched(queue, "ApproximateNumberOfMessagesVisible")
    assert watched(queue.replace("DeadLetter", ""), "ApproximateAgeOfOldestMessage")


def watched(queue: str, metric: str) -> bool:
    dimension = {"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}
    return any(
        alarm.get("MetricName") == metric and dimension in alarm.get("Dimensions", [])
        for alarm in ALARMS.values()
    )


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm watches, itself or in an expression."""
    expressions = [part for part in alarm.get("Metrics", []) if "MetricStat" in part]
    return [alarm, *(part["MetricStat"]["Metric"] for part in expressions)]


def own_metrics() -> list[tuple[str, dict[str, Any]]]:
    """Each of gorder's own metrics that an alarm watches."""
    here = {"Ref": "AWS::StackName"}
    return [
        (name, metric)
        for name, alarm in ALARMS.items()
        for metric in metrics(alarm)
        if metric.get("Namespace") == here and name != "FaultAlarm"
    ]


@pytest.mark.parametrize(("alarm", "metric"), own_metrics())
def test_an_alarm_on_an_own_metric_watches_a_documented_one(
    alarm: str, metric: dict[str, Any]
) -> None:
    [dimension] = metric["Dimensions"]

    assert f"`{metric['MetricName']}`" in RUNBOOK.partition("## Alarms")[0], alarm
    assert dimension["Name"] == "service"
    assert dimension["Value"] in functions()


PAYMENT_METRICS = {"PaymentRefused", "PaymentUnmatched", "RefundFailed", "DisputeOpened"}
"""What is counted when a payment is reconciled, and needs a look."""


def reconciling() -> set[str]:
    """The functions that reconcile payments: their bootstrap builds that command."""
    folder = ROOT / "layers" / "common" / "gorder" / "bootstrap"
    return {
        function
        for function in functions()
        if (path := folder / f"{function}.py").exists()
        and (function == "order_paid" or "order_paid.build(" in path.read_text())
    }


@pytest.mark.parametrize("metric", sorted(PAYMENT_METRICS))
def test_an_alarm_on_payments_watches_each_function_that_reconciles_them(metric: str) -> None:
    [alarm] = {alarm for alarm, watched in own_metrics() if watched["MetricName"] == metric}
    watched = {
        dimension["Value"]
        for name, watched in own_metrics()
        if name == alarm
        for dimension in watched["Dimensions"]
    }

    assert reconciling() == {"order_paid", "refund", "back_office"}
    assert watched == reconciling()
    text = section(alarm)
    assert all(f"`{function}`" in text for function in reconciling())


@pytest.mark.parametrize(
    "alarm", sorted({name for name, _ in own_metrics() if "Metrics" in ALARMS[name]})
)
def test_an_expression_adds_up_all_that_its_alarm_watches(alarm: str) -> None:
    """A value that is missing counts as the alarm treats missing data."""
    [whole, *parts] = ALARMS[alarm]["Metrics"]
    missing = {"notBreaching": 0, "breaching": 1}[ALARMS[alarm]["TreatMissingData"]]

    assert whole["Expression"] == " + ".join(f"FILL({part['Id']}, {missing})" for part in parts)


def test_the_payment_metrics_are_those_that_are_counted() -> None:
    commands = ROOT / "layers" / "common" / "gorder" / "order"
    sources = ("order_metrics.py", "commands/reconcile_payment.py")
    code = "".join((commands / source).read_text() for source in sources)

    assert all(f'count("{metric}")' in code for metric in PAYMENT_METRICS)
    watched = {metric["MetricName"] for _, metric in own_metrics()}
    assert watched & set(re.findall(r'count\("(\w+)"\)', code)) == PAYMENT_METRICS


def test_faults_and_server_errors_roll_a_release_back() -> None:
    canary = template()["Globals"]["Function"]["DeploymentPreference"]

    assert canary["Alarms"] == [{"Ref": "FaultAlarm"}, {"Ref": "ServerErrorAlarm"}]
