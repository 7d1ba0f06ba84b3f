"""template.yaml allows only what the functions do, over TLS, encrypted and logged."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from devstack.template import functions, logical_id, resources, template
from tests.policies import DeployedTemplate, Principal, is_allowed

FUNCTIONS = functions()
ROLES = resources("AWS::IAM::Role")
POLICIES = resources("AWS::IAM::ManagedPolicy")
# Actions that AWS does not restrict to a resource; the template has the reason for each.
UNRESTRICTED_ACTIONS = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
}
TOPICS = {"GORDER_ORDER_TOPIC_ARN": "Topic", "GORDER_STRIPE_TOPIC_ARN": "StripeTopic"}
CLIENT_GROUPS = {
    "GORDER_MYSQL_SECRET": "MysqlClientSecurityGroup",
    "GORDER_REDIS_SECRET": "RedisClientSecurityGroup",
    "GORDER_MONGO_SECRET": "MongoClientSecurityGroup",
}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for reference in role.get("ManagedPolicyArns", []):
        if isinstance(reference, dict) and "Ref" in reference:
            yield from POLICIES[reference["Ref"]]["PolicyDocument"]["Statement"]


def allowed(function: str) -> Iterator[tuple[str, Any]]:
    """The actions that a function's role allows, each with a resource."""
    for statement in statements(ROLES[logical_id(FUNCTIONS[function]["Role"])]):
        if statement["Effect"] == "Allow":
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield action, resource


def variables(function: str) -> dict[str, Any]:
    found: dict[str, Any] = FUNCTIONS[function]["Environment"]["Variables"]
    return found


def test_no_two_functions_share_a_role() -> None:
    roles = [logical_id(function["Role"]) for function in FUNCTIONS.values()]

    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_wildcard_stands_only_where_aws_requires_it(function: str) -> None:
    for action, resource in allowed(function):
        assert "*" not in action
        assert resource != "*" or action in UNRESTRICTED_ACTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_publishes_and_invokes_only_what_its_variables_name(function: str) -> None:
    actions = {action for action, _ in allowed(function)}

    topics = {
        logical_id(resource) for action, resource in allowed(function) if action == "sns:Publish"
    }
    named = {name for name in variables(function) if name.endswith("_TOPIC_ARN")}

    assert topics == {logical_id(variables(function)[name]) for name in named}
    assert {name: TOPICS[name] for name in named} == {
        name: logical_id(variables(function)[name]) for name in named
    }
    assert ("lambda:InvokeFunction" in actions) == ("GORDER_STOCK_FUNCTION" in variables(function))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_reaches_only_the_stores_that_it_uses(function: str) -> None:
    used = {group for name, group in CLIENT_GROUPS.items() if name in variables(function)}
    network = FUNCTIONS[function].get("VpcConfig")

    if not used:
        assert network is None
        return
    assert network is not None
    condition, created, _ = network["Fn::If"]
    groups = {group["Ref"] for group in created["SecurityGroupIds"]}
    assert condition == "CreateStores"
    assert groups == used | {"HttpsClientSecurityGroup"}


def test_a_store_accepts_only_its_clients() -> None:
    allowed_ports = {
        (rule["GroupId"]["Ref"], rule["FromPort"], rule["SourceSecurityGroupId"]["Ref"])
        for rule in resources("AWS::EC2::SecurityGroupIngress").values()
    }

    assert allowed_ports == {
        ("MysqlProxySecurityGroup", 3306, "MysqlClientSecurityGroup"),
        ("MysqlSecurityGroup", 3306, "MysqlProxySecurityGroup"),
        ("MongoSecurityGroup", 27017, "MongoClientSecurityGroup"),
        ("RedisSecurityGroup", 6379, "RedisClientSecurityGroup"),
    }
    open_groups = [
        name
        for name, group in resources("AWS::EC2::SecurityGroup").items()
        if "SecurityGroupIngress" in group
    ]
    assert open_groups == ["EndpointSecurityGroup"]


def test_no_variable_holds_a_secret() -> None:
    text = json.dumps([variables(function) for function in FUNCTIONS])

    assert "resolve:secretsmanager" not in text
    assert "sk_" not in text


@pytest.mark.parametrize("queue", resources("AWS::SQS::Queue"))
def test_a_queue_is_encrypted_and_requires_tls(queue: str) -> None:
    assert resources("AWS::SQS::Queue")[queue]["SqsManagedSseEnabled"] is True
    [policy] = [
        policy
        for policy in resources("AWS::SQS::QueuePolicy").values()
        if {"Ref": queue} in policy["Queues"]
    ]
    assert any(requires_tls(s) for s in policy["PolicyDocument"]["Statement"])


@pytest.mark.parametrize("topic", resources("AWS::SNS::Topic"))
def test_a_topic_is_encrypted_and_requires_tls(topic: str) -> None:
    assert resources("AWS::SNS::Topic")[topic]["KmsMasterKeyId"]
    [policy] = [
        policy
        for policy in resources("AWS::SNS::TopicPolicy").values()
        if {"Ref": topic} in policy["Topics"]
    ]
    assert any(requires_tls(s) for s in policy["PolicyDocument"]["Statement"])


@pytest.mark.parametrize("topic", TOPICS.values())
def test_a_topic_of_events_is_traced(topic: str) -> None:
    deployed = DeployedTemplate()
    sns = Principal.of_service("sns.amazonaws.com", deployed.arn(topic))
    [policy] = resources("AWS::XRay::ResourcePolicy").values()
    statements = json.loads(deployed.resolve(policy["PolicyDocument"]))["Statement"]

    assert resources("AWS::SNS::Topic")[topic]["TracingConfig"] == "Active"
    assert is_allowed(sns, "xray:PutTraceSegments", "*", statements)


def requires_tls(statement: dict[str, Any]) -> bool:
    return bool(
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )


def test_every_store_is_encrypted_at_rest_and_in_transit() -> None:
    everything = template()["Resources"]
    mysql, proxy = everything["MysqlInstance"]["Properties"], everything["MysqlProxy"]["Properties"]
    parameters = everything["MysqlParameters"]["Properties"]["Parameters"]
    mongo = everything["MongoCluster"]["Properties"]
    redis = everything["RedisReplicationGroup"]["Properties"]

    assert mysql["StorageEncrypted"] is True
    assert mysql["PubliclyAccessible"] is False
    assert parameters["require_secure_transport"] == "1"
    assert proxy["RequireTLS"] is True
    assert mongo["StorageEncrypted"] is True
    assert everything["MongoParameters"]["Properties"]["Parameters"]["tls"] == "enabled"
    assert redis["AtRestEncryptionEnabled"] is True
    assert redis["TransitEncryptionEnabled"] is True


def test_every_log_has_a_retention() -> None:
    groups = resources("AWS::Logs::LogGroup")

    assert {logical_id(f["LoggingConfig"]["LogGroup"]) for f in FUNCTIONS.values()} <= groups.keys()
    assert all(group["RetentionInDays"] for group in groups.values())


def test_with_given_stores_no_store_and_no_network_is_created() -> None:
    families = ("AWS::RDS::", "AWS::DocDB::", "AWS::ElastiCache::", "AWS::EC2::")
    conditions = {
        name: resource.get("Condition")
        for name, resource in template()["Resources"].items()
        if resource["Type"].startswith(families)
    }

    assert conditions
    assert set(conditions.values()) == {"CreateStores", "CreateProductionStores", "CreateEndpoints"}
