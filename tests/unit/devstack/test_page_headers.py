"""The local pages have the headers that CloudFront adds on AWS."""

from devstack.pages.headers import SECURITY
from devstack.template import resources

ONLY_ON_AWS = {"Strict-Transport-Security"}
VALUES = {
    "ContentSecurityPolicy": ("Content-Security-Policy", "ContentSecurityPolicy"),
    "ContentTypeOptions": ("X-Content-Type-Options", None),
    "ReferrerPolicy": ("Referrer-Policy", "ReferrerPolicy"),
    "StrictTransportSecurity": ("Strict-Transport-Security", "AccessControlMaxAgeSec"),
}


def test_the_local_pages_have_the_headers_of_the_template() -> None:
    [policy] = resources("AWS::CloudFront::ResponseHeadersPolicy").values()
    config = policy["ResponseHeadersPolicyConfig"]
    deployed = {
        VALUES[kind][0]: settings.get(VALUES[kind][1], "nosniff")
        for kind, settings in config["SecurityHeadersConfig"].items()
    } | {each["Header"]: each["Value"] for each in config["CustomHeadersConfig"]["Items"]}

    assert deployed.keys() >= ONLY_ON_AWS
    assert dict(SECURITY) == {
        name: value for name, value in deployed.items() if name not in ONLY_ON_AWS
    }
