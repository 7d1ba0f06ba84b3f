"""Bounds that both the template and the code state are the same."""

from devstack.template import resources, template
from gorder.bootstrap.settings import TimeToPaySettings
from gorder.kitchen.model import MAX_SECONDS
from gorder.upkeep.audit_secrets import LONGEST_AGE_DAYS


def test_the_time_to_pay_has_the_bounds_of_its_setting() -> None:
    schema = TimeToPaySettings.model_json_schema()["properties"]["GORDER_ORDER_TTL_MINUTES"]
    parameter = template()["Parameters"]["OrderTtlMinutes"]

    assert (parameter["MinValue"], parameter["MaxValue"]) == (schema["minimum"], schema["maximum"])
    assert parameter["Default"] == schema["default"]


def test_the_cooking_time_has_the_bounds_of_the_model() -> None:
    parameter = template()["Parameters"]["CookingSeconds"]

    assert (parameter["MinValue"], parameter["MaxValue"]) == (0, MAX_SECONDS)


def test_the_alarm_of_old_secrets_has_the_threshold_of_the_audit() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["SecretAgeAlarm"]

    assert alarm["Threshold"] == LONGEST_AGE_DAYS
