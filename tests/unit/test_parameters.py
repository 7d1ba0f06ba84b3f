"""Every parameter is bounded; bounds that both the template and the code state are the same."""

import re
from typing import Any

import pytest

from devstack.template import resources, template
from gorder.bootstrap.settings import (
    ClientLimitSettings,
    OrderLimitSettings,
    ProxySettings,
    RetentionSettings,
    Settings,
    TimeToPaySettings,
)
from gorder.constraints import (
    MAX_RETURN_URL_LENGTH,
    MAX_STRIPE_API_BASE_LENGTH,
    RETURN_URL_PATTERN,
    STRIPE_API_BASE_PATTERN,
)
from gorder.kitchen.model import MAX_SECONDS
from gorder.upkeep.audit_secrets import LONGEST_AGE_DAYS
from tests.policies import DeployedTemplate

PARAMETERS: dict[str, dict[str, Any]] = template()["Parameters"]
SECRET_IDS = (
    ["", "gorder/stripe", "prod_mysql-1", "a" * 512],
    ["a b", "a\n", "secret;", "$(id)", "\u00e9", "a" * 513, "x:y", "a?", "*"],
)
NOT_AN_ADDRESS = [
    *("", "api.stripe.com", "ftp://api.stripe.com", "file:///etc/passwd", "https://", "https:///"),
    *("http://api.stripe.com", "http://10.0.0.1:8080", "http://localhost.evil.example"),
    *("http://127.0.0.1.evil.example", "http://localhost@evil.example", "http://127.1"),
    *("https://user:word@api.stripe.com", "https://api.stripe.com:123456", "https://a b"),
    *("https://api.stripe.com\n", " https://api.stripe.com", "https://\u0430pi.stripe.com"),
    *("https://api.stripe.com\\@evil.example", "HTTPS://api.stripe.com", "javascript:alert(1)"),
    *("https://.", "https://..", "https://a..b", "https://.example.com", "https://example.com."),
    *("https://-", "https://-a.example", "https://a-.example", "http://127.0.0.2:8420"),
    *("https://api.stripe.com:99999", "https://api.stripe.com:65536", "http://localhost:0"),
    *("https://api.stripe.com:", "https://api.stripe.com:0443", "http://localhost:99999"),
]
LOCAL = ["http://127.0.0.1:8420", "http://localhost", "http://localhost:3000", "http://localhost:1"]
PROFILE = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/gorder"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0123-4567-89ab-0123456789ab"
# What each free text accepts, and what it refuses.
EXAMPLES: dict[str, tuple[list[str], list[str]]] = {
    "ReturnUrl": (
        [
            *("", "https://shop.example/order/{order_id}", *LOCAL),
            *("https://example.com", "https://shop.example:8443/thanks?id={CHECKOUT_SESSION_ID}#x"),
            *("https://example.com/%C3%A9", "https://example.com?a=b", "http://localhost:3000/a"),
            *("https://example.com/order/{order_id}", "https://example.com?{order_id}#{order_id}"),
        ],
        [
            *filter(None, NOT_AN_ADDRESS),
            *("https://example.com/a b", "https://example.com/\u00e9"),
            *("https://{order_id}.example.com/", "https://example.com:{order_id}"),
            *(
                "https://example.com/{order}",
                "https://example.com/{order_id",
                "https://a/order_id}",
            ),
            *("https://example.com/{}", "https://a/{ORDER_ID}", "https://a/{{order_id}}"),
            "https://example.com/{order_id}?session={CHECKOUT_SESSION_ID}",
        ],
    ),
    "PagesDomain": (
        ["", "shop.example.com", "xn--80ak6aa92e.com", "a.b", "1-2.example", "a" * 63 + ".com"],
        [
            *("localhost", "https://shop.example.com", "shop.example.com/", "shop.example.com:443"),
            *("*.example.com", "Shop.example.com", "-a.example", "a-.example", "a..b", ".com"),
            *("shop.example.com.", "a" * 64 + ".com", "b\u00fccher.example", "192.0.2.1", "a.b\n"),
        ],
    ),
    "PagesCertificateArn": (
        ["", CERTIFICATE, CERTIFICATE.replace("arn:aws:", "arn:aws-us-gov:")],
        [
            *(CERTIFICATE.replace("us-east-1", "eu-central-1"), CERTIFICATE[:-1], "shop"),
            *(f"{CERTIFICATE}\n", CERTIFICATE.replace("acm", "iam")),
        ],
    ),
    "WafRateLimit": (
        ["0", "10", "2000", "9999999"],
        ["", "1", "9", "-10", "010", "10.5", "10000000", "1e3", "ten", "10\n"],
    ),
    "StripeApiBase": (
        [
            *(*LOCAL, "https://api.stripe.com", "https://stripe.example:12111", "https://a"),
            *("https://a--b.example:65535", "https://10.0.0.1:59999", "https://xn--80ak6aa92e.com"),
        ],
        [*NOT_AN_ADDRESS, "https://api.stripe.com/", "https://api.stripe.com/v1", "https://a?b"],
    ),
    "AlarmEmail": (
        ["", "ops@example.com", "o'neil+a@mail.example.co.uk"],
        [
            *("ops", "ops@", "@example.com", "a@b@c", "a b@example.com", "a@example.com\n"),
            *("a" * 65 + "@example.com", "a@" + "b" * 190, "a@ex\u00e4mple.com"),
        ],
    ),
    "VpcCidr": (
        ["10.0.0.0/16", "172.31.255.0/21", "192.168.0.0/16"],
        [
            *(
                "256.0.0.0/16",
                "10.0.0.999/16",
                "10.0.0/16",
                "10.0.0.0",
                "10.0.0.0/15",
                "01.0.0.0/16",
            ),
            *(
                "01.0.0.0/16",
                "10.0.0.0/22",
                "10.0.0.0/160",
                "10.0.0.0/16\n",
                "\u0661\u0660.0.0.0/16",
                "",
            ),
        ],
    ),
    "SubnetIds": (
        ["", "subnet-12345678", "subnet-0123456789abcdef0"],
        [
            "subnet-",
            "subnet-1,subnet-2",
            "subnet-0123456789abcdef01",
            "SUBNET-12345678",
            "sg-12345678",
        ],
    ),
    "SecurityGroupIds": (
        ["", "sg-12345678", "sg-0123456789abcdef0"],
        ["sg-", "sg-0123456789abcdef01", "default", "subnet-12345678"],
    ),
    "SigningProfileVersionArn": (
        ["", f"{PROFILE}/AbCdE12345", f"{PROFILE}/AbCdE12345".replace("arn:aws:", "arn:aws-cn:")],
        [
            *(PROFILE, f"{PROFILE}/", f"{PROFILE}/short", f"{PROFILE}/AbCdE12345\n", "gorder"),
            f"{PROFILE}/AbCdE12345".replace("signer", "lambda"),
        ],
    ),
}


def texts() -> list[str]:
    """Return the parameters whose value a person writes freely."""
    return [
        name
        for name, parameter in PARAMETERS.items()
        if parameter["Type"] != "Number" and "AllowedValues" not in parameter
    ]


def examples(name: str) -> tuple[list[str], list[str]]:
    """Return what the parameter accepts and refuses."""
    return SECRET_IDS if name.endswith("SecretId") else EXAMPLES[name]


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_has_a_pattern_a_list_or_bounds(name: str) -> None:
    parameter = PARAMETERS[name]

    bounded = "MinValue" in parameter and "MaxValue" in parameter
    assert bounded or parameter.keys() & {"AllowedValues", "AllowedPattern"}


@pytest.mark.parametrize("name", texts())
def test_a_pattern_accepts_what_it_should_and_its_default(name: str) -> None:
    pattern = PARAMETERS[name]["AllowedPattern"]

    for value in [*examples(name)[0], PARAMETERS[name]["Default"]]:
        assert re.fullmatch(pattern, value), value


@pytest.mark.parametrize("name", texts())
def test_a_pattern_refuses_what_it_should(name: str) -> None:
    """CloudFormation compares the pattern with the whole value."""
    pattern = PARAMETERS[name]["AllowedPattern"]

    for value in examples(name)[1]:
        assert not re.fullmatch(pattern, value), value


STORES = dict.fromkeys(("MysqlSecretId", "RedisSecretId", "MongoSecretId"), "shop/store")


DOMAIN = {"PagesDomain": "shop.example.com", "PagesCertificateArn": CERTIFICATE}
CHECKED = {"OriginCheck": "true", "WafRateLimit": "2000"}


@pytest.mark.parametrize(
    ("given", "violated"),
    [
        ({}, []),
        (STORES, []),
        (STORES | {"MongoSecretId": ""}, ["StoresAllOrNone"]),
        ({"RedisSecretId": "shop/redis"}, ["StoresAllOrNone"]),
        ({"StripeSecretId": "shop/stripe"}, []),
        ({"StripeWebhookSecretId": "shop/stripe"}, []),
        ({"StripeSecretId": "shop/stripe", "StripeWebhookSecretId": "shop/webhook"}, []),
        (
            {"StripeSecretId": "shop/stripe", "StripeWebhookSecretId": "shop/stripe"},
            ["StripeSecretsApart"],
        ),
        (DOMAIN, []),
        (DOMAIN | {"Pages": "false"}, ["PagesDomainComplete"]),
        (DOMAIN | {"PagesDomain": ""}, ["PagesDomainComplete"]),
        (DOMAIN | {"PagesCertificateArn": ""}, ["PagesDomainComplete"]),
        (CHECKED, []),
        (CHECKED | {"WafRateLimit": "0"}, ["OriginCheckPossible"]),
        (CHECKED | {"Pages": "false"}, ["OriginCheckPossible"]),
        ({"WafRateLimit": "2000", "Pages": "false"}, []),
    ],
)
def test_parameters_that_do_not_fit_together_are_refused(
    given: dict[str, str], violated: list[str]
) -> None:
    assert DeployedTemplate(given).violated_rules() == violated


@pytest.mark.parametrize(
    ("name", "pattern", "length"),
    [
        ("ReturnUrl", f"^$|{RETURN_URL_PATTERN}", MAX_RETURN_URL_LENGTH),
        ("StripeApiBase", STRIPE_API_BASE_PATTERN, MAX_STRIPE_API_BASE_LENGTH),
    ],
)
def test_an_address_has_the_pattern_and_the_length_of_its_setting(
    name: str, pattern: str, length: int
) -> None:
    assert PARAMETERS[name]["AllowedPattern"] == pattern
    assert PARAMETERS[name]["MaxLength"] == length


def test_the_time_to_pay_has_the_bounds_of_its_setting() -> None:
    schema = TimeToPaySettings.model_json_schema()["properties"]["GORDER_ORDER_TTL_MINUTES"]
    parameter = PARAMETERS["OrderTtlMinutes"]

    assert (parameter["MinValue"], parameter["MaxValue"]) == (schema["minimum"], schema["maximum"])
    assert parameter["Default"] == schema["default"]


@pytest.mark.parametrize(
    ("name", "settings", "variable"),
    [
        ("MaxUnitsPerLine", OrderLimitSettings, "GORDER_MAX_UNITS_PER_LINE"),
        ("MaxUnitsPerOrder", OrderLimitSettings, "GORDER_MAX_UNITS_PER_ORDER"),
        ("MaxUnpaidPerCustomer", ClientLimitSettings, "GORDER_MAX_UNPAID_PER_CUSTOMER"),
        ("MaxUnpaidPerAddress", ClientLimitSettings, "GORDER_MAX_UNPAID_PER_ADDRESS"),
        ("Proxies", ProxySettings, "GORDER_PROXIES"),
        ("MaxSharePercent", ClientLimitSettings, "GORDER_MAX_SHARE_PERCENT"),
        ("CustomerDataDays", RetentionSettings, "GORDER_CUSTOMER_DATA_DAYS"),
        ("MovementDays", RetentionSettings, "GORDER_MOVEMENT_DAYS"),
    ],
)
def test_a_limit_has_the_bounds_of_its_setting(
    name: str, settings: type[Settings], variable: str
) -> None:
    schema, parameter = settings.model_json_schema()["properties"][variable], PARAMETERS[name]

    assert (parameter["MinValue"], parameter["MaxValue"]) == (schema["minimum"], schema["maximum"])
    assert parameter["Default"] == schema["default"]


def test_the_cooking_time_has_the_bounds_of_the_model() -> None:
    parameter = PARAMETERS["CookingSeconds"]

    assert (parameter["MinValue"], parameter["MaxValue"]) == (0, MAX_SECONDS)


def test_the_alarm_of_old_secrets_has_the_threshold_of_the_audit() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["SecretAgeAlarm"]

    assert alarm["Threshold"] == LONGEST_AGE_DAYS


def test_the_text_of_a_secret_that_is_filled_by_hand_stays() -> None:
    """CloudFormation writes a changed text over the key that an operator has put there."""
    secrets = resources("AWS::SecretsManager::Secret")

    assert secrets["StripeSecret"] == {
        "Description": "The Stripe account's API key and the webhook's signing secret",
        "SecretString": '{"api_key": "", "webhook_secret": ""}',
    }
    assert secrets["StripeWebhookSecret"] == {
        "Description": "The secret with which Stripe signs webhooks",
        "SecretString": '{"webhook_secret": ""}',
    }
