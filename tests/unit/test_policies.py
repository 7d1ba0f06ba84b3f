"""The evaluator of policies decides as AWS documents it."""

from typing import Any

import pytest

from tests.policies import ACCOUNT, Json, Principal, is_allowed

QUEUE = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:queue"
TOPIC = f"arn:aws:sns:eu-central-1:{ACCOUNT}:topic"
SEND = "sqs:SendMessage"
ANN, BOB = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("ann", "bob"))
ALLOW: Json = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
OPEN: Json = {"Effect": "Allow", "Principal": "*", "Action": SEND, "Resource": QUEUE}


def deny(**condition: Any) -> Json:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": SEND,
        "Resource": QUEUE,
        "Condition": condition,
    }


NOT_ANN = deny(ArnNotEquals={"aws:PrincipalArn": [ANN]})
NOT_TOPIC = deny(ArnNotEquals={"aws:SourceArn": TOPIC})
NEITHER = deny(ArnNotEquals={"aws:SourceArn": TOPIC, "aws:PrincipalArn": ANN})
TOPIC_SENDS = Principal.of_service("sns.amazonaws.com", TOPIC)
FROM_SNS: Json = OPEN | {"Principal": {"Service": "sns.amazonaws.com"}}


@pytest.mark.parametrize(
    ("principal", "policy", "expected"),
    [
        pytest.param(Principal.of_arn(ANN), [], False, id="nothing is allowed by default"),
        pytest.param(Principal.of_arn(ANN, [ALLOW]), [], True, id="by the own policy"),
        pytest.param(Principal.of_arn(ANN), [OPEN], True, id="by the resource's"),
        pytest.param(Principal.of_arn(BOB, [ALLOW]), [OPEN, NOT_ANN], False, id="a deny wins"),
        pytest.param(Principal.of_arn(ANN, [ALLOW]), [NOT_ANN], True, id="except for one"),
        pytest.param(Principal.of_arn(ANN, [ALLOW]), [NOT_TOPIC], False, id="a key is missing"),
        pytest.param(TOPIC_SENDS, [FROM_SNS, NOT_TOPIC], True, id="a service"),
        pytest.param(TOPIC_SENDS, [FROM_SNS, NOT_ANN], False, id="a service has no ARN"),
        pytest.param(TOPIC_SENDS, [FROM_SNS, NEITHER], True, id="one of two keys"),
        pytest.param(Principal.of_arn(ANN, [ALLOW]), [NEITHER], True, id="the other key"),
        pytest.param(Principal.of_arn(BOB, [ALLOW]), [NEITHER], False, id="neither key"),
        pytest.param(Principal(""), [OPEN], True, id="anonymous"),
        pytest.param(Principal(""), [OPEN, NOT_ANN], False, id="anonymous has no ARN"),
        pytest.param(
            Principal.of_arn("arn:aws:iam::999999999999:role/ann", [ALLOW]),
            [],
            False,
            id="another account needs both",
        ),
        pytest.param(
            Principal.of_arn("arn:aws:iam::999999999999:role/ann", [ALLOW]),
            [OPEN],
            True,
            id="another account has both",
        ),
        pytest.param(
            Principal.of_arn(ANN, [ALLOW]),
            [deny(Bool={"aws:SecureTransport": "false"})],
            True,
            id="over TLS",
        ),
    ],
)
def test_a_decision(principal: Principal, policy: list[Json], *, expected: bool) -> None:
    assert is_allowed(principal, SEND, QUEUE, policy) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/*", True),
        ("arn:aws:iam::*:role/ann", True),
        ("arn:*:role/ann", False),
        (f"arn:aws:iam::{ACCOUNT}:role/an", False),
        (f"arn:aws:iam::{ACCOUNT}:role/ANN", False),
    ],
)
def test_an_arn_is_compared_part_by_part(pattern: str, *, expected: bool) -> None:
    policy = [deny(ArnNotLike={"aws:PrincipalArn": pattern})]

    assert is_allowed(Principal.of_arn(ANN, [ALLOW]), SEND, QUEUE, policy) is expected


@pytest.mark.parametrize(
    "statement",
    [
        OPEN | {"NotAction": "sqs:*"},
        OPEN | {"Principal": {"AWS": "*"}},
        deny(IpAddress={"aws:SourceIp": "10.0.0.0/8"}),
    ],
)
def test_what_the_evaluator_does_not_know_is_an_error(statement: Json) -> None:
    with pytest.raises(ValueError, match="does not know"):
        is_allowed(Principal.of_arn(ANN, [ALLOW]), SEND, QUEUE, [statement])
