"""docs/permissions.md has every role, policy and event of template.yaml."""

import pytest

from devstack.template import functions, resources, template
from tools.generate_permissions import DOCUMENT, rendered
from tools.permissions import (
    RESOURCE_POLICIES,
    ROLE,
    SHARED_POLICY,
    Permission,
    permissions_of_resources,
    permissions_of_roles,
    text,
)


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text() == rendered(), "make permissions"


def test_every_type_that_has_a_policy_is_read() -> None:
    types = {resource["Type"] for resource in template()["Resources"].values()}
    with_policy = {type_ for type_ in types if type_.endswith("Policy")}
    of_caches = {type_ for type_ in with_policy if type_.startswith("AWS::CloudFront::")}

    assert with_policy - of_caches - {SHARED_POLICY} <= RESOURCE_POLICIES.keys()
    assert all(resources(type_) for type_ in RESOURCE_POLICIES)


def test_every_role_and_function_is_in_the_document() -> None:
    document = rendered()

    for name in (*resources(ROLE), *functions()):
        assert f"\n| `{name}` | " in document


def test_a_permission_is_read_word_for_word() -> None:
    assert (
        Permission("CreateOrderRole", "Allow", "", ("sns:Publish",), ("Topic",), "")
        in permissions_of_roles()
    )
    assert any(
        each.effect == "Deny" and each.condition == "Bool aws:SecureTransport false"
        for each in permissions_of_resources()
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Topic"}, "Topic"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Queue"),
        ({"Fn::Sub": "${StockCheckFunction.Arn}:live"}, "StockCheckFunction:live"),
        ({"Fn::If": ["CreateStores", {"Ref": "MysqlSecret"}, {"Ref": "Other"}]}, "MysqlSecret"),
        (
            {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"},
            "function:*",
        ),
        ({"Bool": {"aws:SecureTransport": "false"}}, "Bool aws:SecureTransport false"),
        ({"ArnEquals": {"a": [{"Ref": "X"}, {"Ref": "Y"}]}}, "ArnEquals a X, Y"),
        ("*", "*"),
    ],
)
def test_a_value_is_shown_by_its_logical_id(value: object, expected: str) -> None:
    assert text(value) == expected
