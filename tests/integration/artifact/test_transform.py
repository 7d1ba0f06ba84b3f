"""The CloudFormation template that SAM transforms template.yaml into, as in `sam deploy`."""

import json
import subprocess
from functools import cache
from typing import Any

import pytest

from devstack import tools
from devstack.state import ROOT
from devstack.template import functions

pytestmark = pytest.mark.timeout(300)

MAX_RESOURCES = 500
MAX_BYTES = 1_000_000
WITHOUT_CANARY = {"back_office", "migrate", "publish_pages"}
# SAM's own translator. Code is in S3 instead of a folder, as after the upload by `sam deploy`.
TRANSFORM = """
import json, sys
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
document = yaml_parse(open(sys.argv[1]).read())
for resource in document["Resources"].values():
    for code in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
        resource["Properties"][code] = "s3://bucket/key"
json.dump(Translator({}, Parser()).translate(document, json.loads(sys.argv[2])), sys.stdout)
"""


@cache
def document(**parameters: str) -> dict[str, Any]:
    """Return the transformed template with these parameters."""
    tools.ensure(["sam"], mariadb=False)
    python = tools.environment("sam") / "bin" / "python"
    done = subprocess.run(  # noqa: S603 - SAM's interpreter with our own script
        [str(python), "-c", TRANSFORM, str(ROOT / "template.yaml"), json.dumps(parameters)],
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    template: dict[str, Any] = json.loads(done.stdout)
    return template


def transformed(**parameters: str) -> dict[str, Any]:
    """Return its resources."""
    resources: dict[str, Any] = document(**parameters)["Resources"]
    return resources


def logical_id(function: str, suffix: str) -> str:
    """Return the id of a function's resource, such as `CreateOrderFunctionAliaslive`."""
    return "".join(word.capitalize() for word in function.split("_")) + f"Function{suffix}"


@pytest.mark.parametrize("canary", ["true", "false"])
def test_the_template_is_within_cloudformations_limits(canary: str) -> None:
    template = document(Canary=canary)

    assert len(template["Resources"]) <= MAX_RESOURCES
    assert len(json.dumps(template)) <= MAX_BYTES


@pytest.mark.parametrize("function", functions())
def test_the_alias_points_to_a_retained_version(function: str) -> None:
    resources = transformed(Canary="false")
    alias = resources[logical_id(function, "Aliaslive")]["Properties"]

    [version, attribute] = alias["FunctionVersion"]["Fn::GetAtt"]
    assert attribute == "Version"
    assert resources[version]["DeletionPolicy"] == "Retain"  # for a rollback


@pytest.mark.parametrize("function", functions())
def test_with_canary_codedeploy_shifts_traffic_and_rolls_back_on_alarm(function: str) -> None:
    resources = transformed(Canary="true")
    alias = resources[logical_id(function, "Aliaslive")]
    if function in WITHOUT_CANARY:
        assert "UpdatePolicy" not in alias
        return

    update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    group = resources[update["DeploymentGroupName"]["Ref"]]["Properties"]
    alarms = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert alarms == ["FaultAlarm", "ServerErrorAlarm"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


def test_without_canary_there_are_no_codedeploy_resources() -> None:
    resources = transformed(Canary="false")

    assert not [r for r in resources.values() if r["Type"].startswith("AWS::CodeDeploy")]


@pytest.mark.parametrize("function", functions())
def test_event_sources_and_permissions_refer_to_the_alias(function: str) -> None:
    resources = transformed(Canary="false")
    alias = {"Ref": logical_id(function, "Aliaslive")}
    sources = [
        resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] in {"AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission"}
        and name.startswith(logical_id(function, ""))
    ]

    assert all(source["FunctionName"] == alias for source in sources)


def test_functions_that_use_a_store_depend_on_the_migration() -> None:
    resources = transformed(Canary="false")
    users = [
        name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::Function"
        and {"GORDER_MYSQL_SECRET", "GORDER_MONGO_SECRET"}
        & resource["Properties"]["Environment"]["Variables"].keys()
    ]

    waiting = {name for name in users if "Migration" in str(resources[name].get("DependsOn"))}
    assert set(users) - waiting == {"MigrateFunction"}
    assert resources["Migration"]["Properties"]["ServiceToken"] == {
        "Fn::GetAtt": ["MigrateFunction", "Arn"]
    }
    assert resources["Migration"]["Properties"]["Schema"]["Ref"].startswith("CommonLayer")


def test_sam_gives_every_function_the_code_signing_configuration() -> None:
    resources = transformed().values()
    deployed = [each for each in resources if each["Type"] == "AWS::Lambda::Function"]

    assert len(deployed) == len(functions())
    for function in deployed:
        condition, configuration, _ = function["Properties"]["CodeSigningConfigArn"]["Fn::If"]
        assert (condition, configuration) == ("RequiresSignedCode", {"Ref": "CodeSigningConfig"})
