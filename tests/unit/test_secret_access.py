"""Each function reads the secrets that its variables name, created or given, and no others."""

from typing import Any

import pytest

from devstack.template import functions, logical_id, template
from tests.policies import ACCOUNT, REGION, DeployedTemplate, Principal, is_allowed

FUNCTIONS = functions()
SECRETS = {
    "GORDER_MYSQL_SECRET": "MysqlSecret",
    "GORDER_REDIS_SECRET": "RedisSecret",
    "GORDER_MONGO_SECRET": "MongoSecret",
    "GORDER_STRIPE_SECRET": "StripeSecret",
    "GORDER_STRIPE_WEBHOOK_SECRET": "StripeWebhookSecret",
    "GORDER_ACCESS_TOKEN_SECRET": "AccessTokenSecret",
    "GORDER_ORDER_ID_SECRET": "OrderIdSecret",
}
ALL = tuple(SECRETS.values())
STORES = ("MysqlSecret", "RedisSecret", "MongoSecret")  # given together
AUDITED = [secret for secret in ALL if secret != "OrderIdSecret"]  # which is never replaced
# Which secrets exist already.
GIVEN = [(), ALL, STORES, *((secret,) for secret in ALL if secret not in STORES)]
READ, DESCRIBE = "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"

with_given = pytest.mark.parametrize("given", GIVEN, ids=" ".join)
of_each_function = pytest.mark.parametrize("function", FUNCTIONS)


def deploy(given: tuple[str, ...]) -> DeployedTemplate:
    return DeployedTemplate({f"{secret}Id": f"shop/{secret}" for secret in given})


def id_of(secret: str, deployed: DeployedTemplate) -> str:
    return deployed.parameters.get(f"{secret}Id", deployed.arn(secret))


def arn_of(secret: str, deployed: DeployedTemplate) -> str:
    """Return the ARN; that of a secret with a name ends with a hyphen and six characters."""
    if name := deployed.parameters.get(f"{secret}Id"):
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-a1B2c3"
    return deployed.arn(secret)


def allowed(function: str, action: str, deployed: DeployedTemplate) -> set[str]:
    role = logical_id(FUNCTIONS[function]["Role"])
    principal = Principal.of_arn(deployed.arn(role), deployed.role_policies(role))
    return {secret for secret in ALL if is_allowed(principal, action, arn_of(secret, deployed), [])}


def variables(function: str) -> dict[str, Any]:
    found: dict[str, Any] = FUNCTIONS[function]["Environment"]["Variables"]
    return found


@with_given
@of_each_function
def test_a_function_reads_only_the_secrets_in_its_variables(
    function: str, given: tuple[str, ...]
) -> None:
    named = {secret for name, secret in SECRETS.items() if name in variables(function)}

    assert allowed(function, READ, deploy(given)) == named


@with_given
@of_each_function
def test_a_variable_has_the_secret_of_its_name(function: str, given: tuple[str, ...]) -> None:
    deployed = deploy(given)
    named = {name: secret for name, secret in SECRETS.items() if name in variables(function)}

    assert {name: deployed.resolve(variables(function)[name]) for name in named} == {
        name: id_of(secret, deployed) for name, secret in named.items()
    }


@with_given
def test_the_audit_describes_the_secrets_that_are_to_be_replaced(given: tuple[str, ...]) -> None:
    deployed = deploy(given)

    listed = deployed.resolve(variables("audit")["GORDER_AUDITED_SECRETS"]).split(",")

    assert listed == [id_of(secret, deployed) for secret in AUDITED]
    assert allowed("audit", DESCRIBE, deployed) == {*AUDITED}


@with_given
def test_a_secret_is_created_unless_it_is_given(given: tuple[str, ...]) -> None:
    deployed = deploy(given)

    assert {secret for secret in ALL if not deployed.creates(secret)} == {*given}


@with_given
@pytest.mark.parametrize("secret", ["StripeSecret", "StripeWebhookSecret"])
def test_an_output_names_the_secret_that_is_filled_by_hand(
    secret: str, given: tuple[str, ...]
) -> None:
    deployed = deploy(given)

    assert deployed.resolve(template()["Outputs"][f"{secret}Name"]["Value"]) == id_of(
        secret, deployed
    )
