"""Who can put a message into each topic and queue: each principal is tried on each of them."""

from dataclasses import replace

import pytest

from devstack.template import logical_id, resources
from tests.policies import (
    ACCOUNT,
    REGION,
    DeployedTemplate,
    Json,
    Principal,
    is_allowed,
    messaging_resources,
)

OTHER_ACCOUNT = "999999999999"
EVERYTHING: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
SNS, SQS, ALARMS = "sns.amazonaws.com", "sqs.amazonaws.com", "cloudwatch.amazonaws.com"
ROLES = tuple(resources("AWS::IAM::Role"))
ORDER_QUEUES = ("PaymentLink", "Refund", "Kitchen")
STRIPE_QUEUES = ("OrderPaid", "Catalogue")

# Which roles their own policies, and the policies of topics and queues, allow to send.
PUBLISHERS = {
    "Topic": {
        "CreateOrderRole",
        "CancelOrderRole",
        "PaymentLinkRole",
        "OrderPaidRole",
        "RefundRole",
        "KitchenRole",
        "SweepRole",
        "BackOfficeRole",
    },
    "StripeTopic": {"StripeWebhookRole", "CancelOrderRole", "SweepRole"},
    # The back office moves messages back from their dead-letter queue.
    "PaymentLinkQueue": {"BackOfficeRole"},
    "OrderPaidQueue": {"BackOfficeRole"},
    "RefundQueue": {"BackOfficeRole"},
    "KitchenQueue": {"KitchenRole", "BackOfficeRole"},
    "CatalogueQueue": {"BackOfficeRole"},
}
DELIVERIES = {
    **{f"{name}Queue": {"SNS for Topic"} for name in ORDER_QUEUES},
    **{f"{name}DeadLetterQueue": {"SNS for Topic"} for name in ORDER_QUEUES},
    **{f"{name}Queue": {"SNS for StripeTopic"} for name in STRIPE_QUEUES},
    **{f"{name}DeadLetterQueue": {"SNS for StripeTopic"} for name in STRIPE_QUEUES},
    "AlarmTopic": {"CloudWatch for an alarm"},
}
REDRIVEN = {f"{name}Queue" for name in (*ORDER_QUEUES, *STRIPE_QUEUES)}


def arn(service: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{REGION}:{account}:{name}"


def identity(name: str, account: str = ACCOUNT, *policies: Json) -> Principal:
    return Principal.of_arn(f"arn:aws:iam::{account}:{name}", policies)


def services(deployed: DeployedTemplate) -> dict[str, Principal]:
    return {
        **{
            f"SNS for {topic}": Principal.of_service(SNS, deployed.arn(topic))
            for topic in resources("AWS::SNS::Topic")
        },
        "SNS for a topic made by hand": Principal.of_service(SNS, arn("sns", "Mine")),
        "SNS for the same topic of another account": Principal.of_service(
            SNS, arn("sns", "StripeTopic", OTHER_ACCOUNT)
        ),
        **{
            f"SQS for {queue}": Principal.of_service(SQS, deployed.arn(queue))
            for queue in resources("AWS::SQS::Queue")
        },
        "SQS for a queue made by hand": Principal.of_service(SQS, arn("sqs", "Mine")),
        "CloudWatch for an alarm": Principal.of_service(ALARMS, arn("cloudwatch", "alarm:A")),
        "CloudWatch for another account": Principal.of_service(
            ALARMS, arn("cloudwatch", "alarm:A", OTHER_ACCOUNT)
        ),
        "EventBridge for a rule": Principal.of_service(
            "events.amazonaws.com", arn("events", "rule/mine")
        ),
        "Lambda for a function": Principal.of_service(
            "lambda.amazonaws.com", arn("lambda", "function:mine")
        ),
    }


def outsiders() -> dict[str, Principal]:
    return {
        "administrator": identity("role/Administrator", ACCOUNT, EVERYTHING),
        "user": identity("user/developer", ACCOUNT, EVERYTHING),
        "root": identity("root", ACCOUNT, EVERYTHING),
        "role named like a function's": identity(
            "role/gorder-StripeWebhookRole-2", ACCOUNT, EVERYTHING
        ),
        "another account": identity("role/gorder-StripeWebhookRole", OTHER_ACCOUNT, EVERYTHING),
        "operator": identity(
            "role/aws-reserved/sso.amazonaws.com/eu-central-1/Operators_1", ACCOUNT, EVERYTHING
        ),
        "anonymous": Principal(""),
    }


def everyone(deployed: DeployedTemplate, *, wide: bool) -> dict[str, Principal]:
    """Return every principal. With `wide`, the roles' own policies allow everything too."""
    principals = services(deployed) | outsiders()
    for role in ROLES:
        policies = [*deployed.role_policies(role), *([EVERYTHING] if wide else [])]
        principals[role] = Principal.of_arn(deployed.arn(role), policies)
    return principals


def allowed(deployed: DeployedTemplate, resource: str, action: str, *, wide: bool) -> set[str]:
    policy = deployed.resource_policy(resource)
    return {
        name
        for name, principal in everyone(deployed, wide=wide).items()
        if is_allowed(principal, action, deployed.arn(resource), policy)
    }


@pytest.mark.parametrize("wide", [False, True], ids=["own policies", "policies that allow all"])
@pytest.mark.parametrize(("resource", "action"), messaging_resources())
def test_only_the_owner_sends(resource: str, action: str, *, wide: bool) -> None:
    expected = PUBLISHERS.get(resource, set()) | DELIVERIES.get(resource, set())

    assert allowed(DeployedTemplate(), resource, action, wide=wide) == expected


@pytest.mark.parametrize("queue", sorted(REDRIVEN))
def test_the_back_office_takes_dead_letters_and_no_other_messages(queue: str) -> None:
    deployed = DeployedTemplate()
    back_office = everyone(deployed, wide=False)["BackOfficeRole"]
    target = logical_id(resources("AWS::SQS::Queue")[queue]["RedrivePolicy"]["deadLetterTargetArn"])

    def may(action: str, name: str) -> bool:
        return is_allowed(
            back_office, f"sqs:{action}", deployed.arn(name), deployed.resource_policy(name)
        )

    for action in ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"):
        assert may(action, target)
        assert not may(action, queue)
    assert may("SendMessage", queue)
    assert not may("SendMessage", target)
    assert not may("PurgeQueue", target)


@pytest.mark.parametrize(("resource", "action"), messaging_resources())
def test_nothing_is_sent_in_clear(resource: str, action: str) -> None:
    deployed = DeployedTemplate()
    policy = deployed.resource_policy(resource)
    for name, principal in everyone(deployed, wide=True).items():
        clear = replace(principal, context={**principal.context, "aws:SecureTransport": "false"})
        assert not is_allowed(clear, action, deployed.arn(resource), policy), name


@pytest.mark.parametrize("queue", sorted(REDRIVEN))
def test_a_dead_letter_queue_does_not_refuse_its_queue(queue: str) -> None:
    """AWS does not document whether SQS asks the policy, and as which principal."""
    deployed = DeployedTemplate()
    target = logical_id(resources("AWS::SQS::Queue")[queue]["RedrivePolicy"]["deadLetterTargetArn"])
    by_sqs: Json = {
        "Effect": "Allow",
        "Principal": {"Service": SQS},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    policy = [*deployed.resource_policy(target), by_sqs]

    moves = {
        name
        for name, principal in services(deployed).items()
        if is_allowed(principal, "sqs:SendMessage", deployed.arn(target), policy)
    }

    assert f"SQS for {queue}" in moves
    assert moves & {"SQS for a queue made by hand", f"SQS for {target}"} == set()


def test_a_queue_policy_stays_within_the_limits_of_sqs() -> None:
    """8192 bytes, 20 statements and 10 conditions."""
    for policy in resources("AWS::SQS::QueuePolicy").values():
        resolved = DeployedTemplate().resolve(policy["PolicyDocument"])
        conditions = [
            key
            for statement in resolved["Statement"]
            for keys in statement.get("Condition", {}).values()
            for key in keys
        ]
        assert len(conditions) <= 10
        assert len(resolved["Statement"]) <= 20
        assert len(str(resolved)) < 6000  # names on AWS are longer
