"""What SAM makes of template.yaml, as CloudFormation would get it from `sam deploy`."""

import json
import subprocess
from functools import cache
from typing import Any

import pytest

from devstack import tools
from devstack.state import ROOT
from devstack.template import functions

pytestmark = pytest.mark.timeout(300)

MOST_RESOURCES = 500
MOST_BYTES = 1_000_000
WITHOUT_CANARY = {"back_office", "migrate"}
# SAM's own translator; instead of a folder, code is somewhere in S3, as `sam deploy` has put it.
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
def transformed(**parameters: str) -> dict[str, Any]:
    """The resources that the template has with these parameters."""
    tools.ensure(["sam"], mariadb=False)
    python = tools.environment("sam") / "bin" / "python"
    done = subprocess.run(  # noqa: S603 - SAM's interpreter, with a script of ours
        [str(python), "-c", TRANSFORM, str(ROOT / "template.yaml"), json.dumps(parameters)],
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    resources: dict[str, Any] = json.loads(done.stdout)["Resources"]
    return resources


def named(function: str, what: str) -> str:
    """`create_order` → `CreateOrderFunctionAliaslive`."""
    return "".join(word.capitalize() for word in function.split("_")) + f"Function{what}"


@pytest.mark.parametrize("canary", ["true", "false"])
def test_it_is_within_cloudformations_limits(canary: str) -> None:
    resources = transformed(Canary=canary)

    assert len(resources) <= MOST_RESOURCES
    assert len(json.dumps(resources)) <= MOST_BYTES


@pytest.mark.parametrize("function", functions())
def test_a_release_is_a_version_behind_the_alias(function: str) -> None:
    resources = transformed(Canary="false")
    alias = resources[named(function, "Aliaslive")]["Properties"]

    [version, attribute] = alias["FunctionVersion"]["Fn::GetAtt"]
    assert attribute == "Version"
    assert resources[version]["DeletionPolicy"] == "Retain"  # to roll back to


@pytest.mark.parametrize("function", functions())
def test_with_canary_a_release_moves_by_codedeploy_and_back_at_an_alarm(function: str) -> None:
    resources = transformed(Canary="true")
    alias = resources[named(function, "Aliaslive")]
    if function in WITHOUT_CANARY:
        assert "UpdatePolicy" not in alias
        return

    update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    group = resources[update["DeploymentGroupName"]["Ref"]]["Properties"]
    alarms = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert alarms == ["FaultAlarm", "ServerErrorAlarm"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


def test_without_canary_there_is_nothing_of_codedeploy() -> None:
    resources = transformed(Canary="false")

    assert not [r for r in resources.values() if r["Type"].startswith("AWS::CodeDeploy")]


@pytest.mark.parametrize("function", functions())
def test_whatever_calls_a_function_calls_its_alias(function: str) -> None:
    resources = transformed(Canary="false")
    alias = {"Ref": named(function, "Aliaslive")}
    sources = [
        resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] in {"AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission"}
        and name.startswith(named(function, ""))
    ]

    assert all(source["FunctionName"] == alias for source in sources)


def test_the_schema_is_there_before_any_function_that_needs_it() -> None:
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
