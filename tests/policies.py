"""Evaluate the template's IAM policies as AWS does, without AWS.

It knows the elements and operators that the template uses, and raises ValueError for any other:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from devstack.template import resources, template

type Json = dict[str, Any]

ACCOUNT = "123456789012"
REGION = "eu-central-1"
_REMOVED: object = object()
_PSEUDO = {
    "AWS::NoValue": _REMOVED,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "gorder",
}
_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Principal:
    """Who sends a request: a role or user by its ARN, a service by its name, or no one's key.

    `context` has the condition keys that AWS adds. A session of a role has the ARN of the role.
    """

    name: str
    context: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[Json, ...] = ()

    @classmethod
    def of_arn(cls, arn: str, policies: Iterable[Json] = ()) -> "Principal":
        return cls(arn, {"aws:PrincipalArn": arn}, tuple(policies))

    @classmethod
    def of_service(cls, name: str, source_arn: str) -> "Principal":
        """Return a service that acts for a resource, which may be in another account."""
        account = source_arn.split(":")[4]
        return cls(name, {"aws:SourceArn": source_arn, "aws:SourceAccount": account})

    @property
    def is_of_account(self) -> bool:
        return f"::{ACCOUNT}:" in self.context.get("aws:PrincipalArn", "")


def is_allowed(principal: Principal, action: str, resource: str, policy: Iterable[Json]) -> bool:
    """Return whether AWS allows the action, given the resource's own policy, over TLS.

    An explicit Deny wins. In the same account one Allow suffices, the principal's or the
    resource's; another account needs both, and a service the resource's.
    """
    own = _effects(principal.policies, principal, action, resource, identity=True)
    given = _effects(policy, principal, action, resource, identity=False)
    if "Deny" in own | given:
        return False
    if principal.is_of_account:
        return "Allow" in own | given
    if "aws:PrincipalArn" in principal.context:
        return "Allow" in own & given
    return "Allow" in given


def _effects(
    statements: Iterable[Json], principal: Principal, action: str, resource: str, *, identity: bool
) -> set[str]:
    found = set()
    for statement in statements:
        if unknown := statement.keys() - _ELEMENTS:
            raise ValueError(f"the evaluator does not know {unknown}")
        if (
            (identity or _is_named(principal, statement["Principal"]))
            and any(_matches(each, action) for each in _listed(statement["Action"]))
            and any(_matches(each, resource) for each in _listed(statement["Resource"]))
            and _holds(statement.get("Condition", {}), principal)
        ):
            found.add(statement["Effect"])
    return found


def _is_named(principal: Principal, named: object) -> bool:
    match named:
        case "*":
            return True
        case {"Service": service}:
            return principal.name in _listed(service)
    raise ValueError(f"the evaluator does not know the principal {named}")


def _holds(condition: Json, principal: Principal) -> bool:
    """Return whether every operator holds. A negated one holds for a key that is not there."""
    context = {"aws:SecureTransport": "true", **principal.context}
    for operator, keys in condition.items():
        compare = {
            "Bool": _equals,
            "StringEquals": _equals,
            "StringLike": _matches,
            "ArnEquals": _arn_matches,
            "ArnLike": _arn_matches,
        }.get(operator.replace("Not", ""))
        if compare is None:
            raise ValueError(f"the evaluator does not know {operator}")
        for key, values in keys.items():
            found = key in context and any(compare(each, context[key]) for each in _listed(values))
            if found == ("Not" in operator):
                return False
    return True


def _equals(wanted: str, given: str) -> bool:
    return wanted == given


def _matches(pattern: str, text: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())


def _arn_matches(pattern: str, arn: str) -> bool:
    """Compare the six parts of an ARN one by one: a wildcard does not match across them."""
    wanted, given = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(given) and all(map(fnmatchcase, given, wanted))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class DeployedTemplate:
    """The template with its references resolved. A parameter without a value has its default."""

    parameters: Mapping[str, str] = field(default_factory=dict)

    def arn(self, name: str) -> str:
        """Return the ARN of a resource."""
        _, service, kind = template()["Resources"][name]["Type"].split("::")
        if kind == "Role":
            return f"arn:aws:iam::{ACCOUNT}:role/gorder-{name}"
        return f"arn:aws:{service.lower()}:{REGION}:{ACCOUNT}:{name}"

    def role_policies(self, role: str) -> list[Json]:
        """Return the statements of a role's policies, without those that AWS manages."""
        properties, managed = (
            resources("AWS::IAM::Role")[role],
            resources("AWS::IAM::ManagedPolicy"),
        )
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [
            managed[policy["Ref"]]["PolicyDocument"]
            for policy in properties.get("ManagedPolicyArns", [])
            if "Ref" in policy
        ]
        return [self.resolve(s) for document in documents for s in document["Statement"]]

    def resource_policy(self, name: str) -> list[Json]:
        """Return the statements of the policy of a topic or a queue."""
        [document] = [
            policy["PolicyDocument"]
            for type_, attached in (
                ("AWS::SNS::TopicPolicy", "Topics"),
                ("AWS::SQS::QueuePolicy", "Queues"),
            )
            for policy in resources(type_).values()
            if {"Ref": name} in policy[attached]
        ]
        return [self.resolve(statement) for statement in document["Statement"]]

    def creates(self, name: str) -> bool:
        """Return whether the condition of a resource holds, or it has none."""
        condition = template()["Resources"][name].get("Condition")
        return condition is None or self._holds({"Condition": condition})

    def violated_rules(self) -> list[str]:
        """Return the rules for parameters that CloudFormation finds violated."""
        return [
            name
            for name, rule in template()["Rules"].items()
            if not all(self._holds(each["Assert"]) for each in rule["Assertions"])
        ]

    def resolve(self, value: Any) -> Any:
        """Replace intrinsic functions by what CloudFormation would put there."""
        match value:
            case {"Ref": str(name)}:
                return self._reference(name)
            case {"Fn::GetAtt": [str(name), "Arn"]}:
                return self.arn(name)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda m: str(self._reference(m[1])), text)
            case {"Fn::Join": [str(separator), list(parts)]}:
                return separator.join(self.resolve(parts))
            case {"Fn::If": [str(condition), yes, no]}:
                return self.resolve(yes if self._holds({"Condition": condition}) else no)
        return self._resolve_each(value)

    def _resolve_each(self, value: Any) -> Any:
        match value:
            case dict():
                resolved = {name: self.resolve(each) for name, each in value.items()}
                return {name: each for name, each in resolved.items() if each is not _REMOVED}
            case list():
                return [each for each in map(self.resolve, value) if each is not _REMOVED]
        return value

    def _reference(self, name: str) -> object:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in template()["Parameters"]:
            return str(self.parameters.get(name, template()["Parameters"][name].get("Default", "")))
        return self.arn(name.removesuffix(".Arn"))

    def _holds(self, condition: Json) -> bool:
        match condition:
            case {"Condition": str(name)}:
                return self._holds(template()["Conditions"][name])
            case {"Fn::Equals": [one, other]}:
                return bool(self.resolve(one) == self.resolve(other))
            case {"Fn::Not": [one]}:
                return not self._holds(one)
            case {"Fn::And": list(each)}:
                return all(map(self._holds, each))
            case {"Fn::Or": list(each)}:
                return any(map(self._holds, each))
        raise ValueError(f"the evaluator does not know the condition {condition}")


def messaging_resources() -> list[tuple[str, str]]:
    """Return each topic and each queue with the action that puts a message into it."""
    topics = [(name, "sns:Publish") for name in resources("AWS::SNS::Topic")]
    return topics + [(name, "sqs:SendMessage") for name in resources("AWS::SQS::Queue")]
