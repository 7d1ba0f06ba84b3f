"""Read from template.yaml who may do what: roles, policies, events and network rules."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from devstack.template import function_id, functions, logical_id, resources, template

ROLE = "AWS::IAM::Role"
SHARED_POLICY = "AWS::IAM::ManagedPolicy"
# Types whose statements say who may use a resource, with the key of their document.
RESOURCE_POLICIES = {
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::XRay::ResourcePolicy": "PolicyDocument",
}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_SECRET = re.compile(r"arn:.*:secret:(\w+)-\?+")


@dataclass(frozen=True)
class Permission:
    """A statement of a policy, in words of the template."""

    owner: str
    effect: str
    principal: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str


def permissions_of_roles() -> Iterator[Permission]:
    """Return what each role allows by itself, then what the policies that roles share allow."""
    for name, role in resources(ROLE).items():
        for policy in role.get("Policies", []):
            yield from _permissions(name, policy["PolicyDocument"])
    for name, policy in resources(SHARED_POLICY).items():
        yield from _permissions(name, policy["PolicyDocument"])


def permissions_of_resources() -> Iterator[Permission]:
    """Return what the policies of topics, queues, buckets and keys allow and deny."""
    for type_, key in RESOURCE_POLICIES.items():
        for name, policy in resources(type_).items():
            yield from _permissions(name, policy[key])


def roles() -> Iterator[tuple[str, str, str]]:
    """Return each role, who may assume it, and the shared policies that it has."""
    for name, role in resources(ROLE).items():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        shared = [text(each) for each in role.get("ManagedPolicyArns", [])]
        yield name, _principal(statement), ", ".join(f"`{each}`" for each in shared)


def invokers() -> Iterator[tuple[str, str]]:
    """Return what invokes each function, by its folder."""
    for name, function in functions().items():
        events = [_event(event) for event in function.get("Events", {}).values()]
        yield (
            name,
            "; ".join(
                events
                or _callers(name)
                or ["principals of the account with `lambda:InvokeFunction`"]
            ),
        )


def network_rules() -> Iterator[tuple[str, str, str]]:
    """Return which security groups a store's group accepts: store, port, client."""
    for rule in resources("AWS::EC2::SecurityGroupIngress").values():
        group, source = logical_id(rule["GroupId"]), logical_id(rule["SourceSecurityGroupId"])
        yield group, str(rule["FromPort"]), source


def text(value: object) -> str:
    """Return a value of the template in one line: `Topic` for `!Ref Topic`."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]} | {"Fn::Sub": str(name)}:
            return _substituted(name)
        case {"Fn::If": [_, first, _]}:  # the resource that the stack creates
            return text(first)
        case list():
            return ", ".join(text(each) for each in value)
        case dict():
            return " and ".join(f"{key} {text(each)}" for key, each in value.items())
        case _:
            return _substituted(str(value))


def _permissions(owner: str, document: object) -> Iterator[Permission]:
    if isinstance(document, dict) and "Fn::Sub" in document:
        document = json.loads(document["Fn::Sub"])
    assert isinstance(document, dict)  # noqa: S101 - a policy
    for statement in document["Statement"]:
        yield Permission(
            owner,
            statement["Effect"],
            _principal(statement),
            tuple(_as_list(statement["Action"])),
            tuple(text(each) for each in _as_list(statement["Resource"])),
            text(statement.get("Condition", {})),
        )


def _principal(statement: dict[str, Any]) -> str:
    match statement.get("Principal", ""):
        case {"Service": service}:
            return text(service)
        case {"AWS": {"Fn::Sub": str(account)}} if account.endswith(":root"):
            return "the account"
        case other:
            return text(other)


def _substituted(pattern: str) -> str:
    if secret := _SECRET.fullmatch(_VARIABLE.sub(r"\1", pattern)):
        return secret[1]
    pattern = re.sub(r"^arn:.*?:(?=[^:]+$|\w+:\*$)", "", _VARIABLE.sub(r"\1", pattern))
    return re.sub(r"\.Arn\b", "", pattern)


def _event(event: dict[str, Any]) -> str:
    properties = event["Properties"]
    match event["Type"]:
        case "Api":
            return f"the public: `{properties['Method']} {properties['Path']}`"
        case "SQS":
            return f"`{text(properties['Queue'])}`"
        case _:
            return f"a schedule: `{text(properties['Schedule'])}`"


def _callers(name: str) -> list[str]:
    target = function_id(name)
    custom = [
        f"the deployment (`{key}`)"
        for key, resource in template()["Resources"].items()
        if resource["Type"].startswith("Custom::") and target in json.dumps(resource)
    ]
    callers = sorted(
        {
            f"`{permission.owner}`"
            for permission in permissions_of_roles()
            if "lambda:InvokeFunction" in permission.actions
            and any(each.startswith(f"{target}:") for each in permission.resources)
        }
    )
    return custom + callers


def _as_list[Item](value: Item | list[Item]) -> list[Item]:
    return value if isinstance(value, list) else [value]
