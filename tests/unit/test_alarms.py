"""Every alarm tells somebody, looks at something that exists, and has its page in the runbook."""

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
def test_an_alarm_says_what_it_means_where_to_look_and_what_to_do(alarm: str) -> None:
    text = section(alarm).lower()

    assert all(word in text for word in ("*means*", "look*", "do*"))


def test_the_runbook_has_no_alarm_that_is_gone() -> None:
    assert set(re.findall(r"^### (\w+Alarm)$", RUNBOOK, re.MULTILINE)) == set(ALARMS)


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_tells_the_owner_when_it_begins_and_when_it_ends(alarm: str) -> None:
    for moment in ("AlarmActions", "OKActions"):
        assert ALARMS[alarm][moment] == [{"Ref": "AlarmTopic"}]


@pytest.mark.parametrize(
    "queue", [name for name in resources("AWS::SQS::Queue") if "DeadLetter" in name]
)
def test_every_dead_letter_queue_has_an_alarm_and_its_source_too(queue: str) -> None:
    assert watched(queue, "ApproximateNumberOfMessagesVisible")
    assert watched(queue.replace("DeadLetter", ""), "ApproximateAgeOfOldestMessage")


def watched(queue: str, metric: str) -> bool:
    dimension = {"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}
    return any(
        alarm.get("MetricName") == metric and dimension in alarm.get("Dimensions", [])
        for alarm in ALARMS.values()
    )


def own_metrics() -> dict[str, dict[str, Any]]:
    """The alarms on gorder's own metrics."""
    here = {"Ref": "AWS::StackName"}
    return {name: alarm for name, alarm in ALARMS.items() if alarm.get("Namespace") == here}


@pytest.mark.parametrize("alarm", [name for name in own_metrics() if name != "FaultAlarm"])
def test_an_alarm_on_a_metric_of_ours_names_one_that_is_documented(alarm: str) -> None:
    properties = own_metrics()[alarm]
    [dimension] = properties["Dimensions"]

    assert f"`{properties['MetricName']}`" in RUNBOOK.partition("## Alarms")[0]
    assert dimension["Name"] == "service"
    assert dimension["Value"] in functions()


def test_a_release_is_rolled_back_by_faults_and_server_errors() -> None:
    canary = template()["Globals"]["Function"]["DeploymentPreference"]

    assert canary["Alarms"] == [{"Ref": "FaultAlarm"}, {"Ref": "ServerErrorAlarm"}]
