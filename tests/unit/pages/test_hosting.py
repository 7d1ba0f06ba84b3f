"""How template.yaml hosts the pages: caches, headers, what reaches the API, and who may read."""

import json
import re
from typing import Any

import pytest

from devstack.template import functions, resources, template
from functions.create_order.app import PAGES_PROOF
from gorder.constraints import RETURN_URL_PATTERN
from gorder.pages.adapters.s3_pages import RETIRED
from tests.policies import DeployedTemplate, Principal, is_allowed
from tools.cost_stack import CostedStack

[DISTRIBUTION] = resources("AWS::CloudFront::Distribution").values()
CONFIG: dict[str, Any] = DISTRIBUTION["DistributionConfig"]
BEHAVIOURS = {each["PathPattern"]: each for each in CONFIG["CacheBehaviors"]}
API = ["/api/menu", "/api/*"]
FILES = ["/assets/*", "/pictures/*"]
[HEADERS] = resources("AWS::CloudFront::ResponseHeadersPolicy").values()
CACHES = resources("AWS::CloudFront::CachePolicy")
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
LIMITED = {"WafRateLimit": "2000"}
CACHED_ERRORS = {400, 403, 404, 405, 414, 500, 501, 502, 503, 504}
PARTS = ["AWS::CloudFront", "AWS::S3", "Custom::Pages", "AWS::WAFv2"]


def created(**parameters: str) -> set[str]:
    """Return the types of the pages and of AWS WAF that a stack with the parameters has."""
    deployed = DeployedTemplate(parameters)
    return {
        resource["Type"]
        for name, resource in template()["Resources"].items()
        if any(resource["Type"].startswith(part) for part in PARTS) and deployed.creates(name)
    }


def web_acl(**parameters: str) -> dict[str, Any]:
    [found] = CostedStack(template(), **parameters).resources("AWS::WAFv2::WebACL").values()
    return found


def test_without_pages_and_a_limit_nothing_is_created() -> None:
    assert created(Pages="false") == set()
    assert {name for name in created(Pages="false", **LIMITED) if "WAF" not in name} == set()


def test_pages_alone_create_no_waf() -> None:
    assert not [name for name in created() if "WAF" in name]


def test_every_page_has_the_security_headers() -> None:
    policy = HEADERS["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    directives = dict(
        directive.strip().split(" ", 1)
        for directive in security["ContentSecurityPolicy"]["ContentSecurityPolicy"].split(";")
    )

    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert "unsafe" not in json.dumps(directives)
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31536000
    custom = {each["Header"]: each["Value"] for each in policy["CustomHeadersConfig"]["Items"]}
    assert custom["Cross-Origin-Opener-Policy"] == "same-origin"
    assert custom["Permissions-Policy"].startswith("camera=()")
    assert all(each["Override"] for each in security.values())
    for behaviour in (CONFIG["DefaultCacheBehavior"], *(BEHAVIOURS[path] for path in FILES)):
        assert behaviour["ResponseHeadersPolicyId"] == {"Ref": "PagesHeadersPolicy"}


def test_the_menu_is_cached_for_five_seconds_and_nothing_else_of_the_api() -> None:
    assert list(BEHAVIOURS)[: len(API)] == API  # the first pattern that matches counts
    assert BEHAVIOURS["/api/menu"]["CachePolicyId"] == {"Ref": "MenuCachePolicy"}
    assert CACHES["MenuCachePolicy"]["CachePolicyConfig"]["MaxTTL"] == 5
    assert BEHAVIOURS["/api/*"]["CachePolicyId"] == CACHING_DISABLED


def test_an_error_is_never_cached_and_never_replaced() -> None:
    """A 404 of one customer's order is not the answer to the next request, nor is it a page."""
    errors = {each["ErrorCode"]: each for each in CONFIG["CustomErrorResponses"]}

    assert errors.keys() == CACHED_ERRORS
    for error in errors.values():
        assert error.keys() == {"ErrorCode", "ErrorCachingMinTTL"}
        assert error["ErrorCachingMinTTL"] == 0


@pytest.mark.parametrize("name", CACHES)
def test_nothing_of_a_customer_is_in_a_cache(name: str) -> None:
    key = CACHES[name]["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]

    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert CACHES[name]["CachePolicyConfig"]["MinTTL"] == 0  # no-cache is asked for each time


def test_every_header_but_host_reaches_the_api_and_no_cookie() -> None:
    [policy] = resources("AWS::CloudFront::OriginRequestPolicy").values()
    config = policy["OriginRequestPolicyConfig"]

    assert config["HeadersConfig"] == {"HeaderBehavior": "allExcept", "Headers": ["Host"]}
    assert config["CookiesConfig"] == {"CookieBehavior": "none"}
    assert config["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    for path in API:
        assert BEHAVIOURS[path]["OriginRequestPolicyId"] == {"Ref": "ApiRequestPolicy"}
        assert {"POST", "OPTIONS"} <= set(BEHAVIOURS[path]["AllowedMethods"])


def test_a_token_is_sent_encrypted_only_and_is_in_no_log() -> None:
    [pages, api] = CONFIG["Origins"]

    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert api["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
    assert all(BEHAVIOURS[path]["ViewerProtocolPolicy"] == "https-only" for path in API)
    assert pages["Id"] == "pages"
    assert "Logging" not in CONFIG
    acl = json.dumps(web_acl(**LIMITED, OriginCheck="true"))
    assert '"SampledRequestsEnabled": true' not in acl
    assert acl.count('"SampledRequestsEnabled": false') == 4


def test_browsers_get_http_3_ipv6_and_compression() -> None:
    assert CONFIG["HttpVersion"] == "http2and3"
    assert CONFIG["IPV6Enabled"] is True
    for path, behaviour in {**BEHAVIOURS, "": CONFIG["DefaultCacheBehavior"]}.items():
        assert behaviour.get("Compress", False) is (path != "/api/*")  # which is never cached


def test_the_own_domain_has_its_certificate_and_tls_1_2() -> None:
    certificate = DeployedTemplate({"PagesDomain": "shop.example"}).resolve(
        CONFIG["ViewerCertificate"]
    )
    aliases = DeployedTemplate({"PagesDomain": "shop.example"}).resolve(CONFIG["Aliases"])

    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert aliases == ["shop.example"]


@pytest.mark.parametrize(
    ("parameters", "url"),
    [
        ({}, r"https://[^/]+/order/\{order_id\}"),
        ({"PagesDomain": "shop.example"}, r"https://shop\.example/order/\{order_id\}"),
        ({"Pages": "false"}, r"https://example\.com/thank-you"),
        ({"ReturnUrl": "https://mine.example/thanks"}, r"https://mine\.example/thanks"),
        ({"ReturnUrl": "https://mine.example/", "Pages": "false"}, r"https://mine\.example/"),
    ],
)
def test_stripe_sends_the_customer_to_the_order_page(parameters: dict[str, str], url: str) -> None:
    given = functions()["payment_link"]["Environment"]["Variables"]["GORDER_RETURN_URL"]
    found = DeployedTemplate(parameters).resolve(given)
    if isinstance(found, dict):
        text, values = found["Fn::Sub"]
        found = re.sub(r"\$\{(\w+)\}", lambda m: name_of(values[m[1]]), text)

    assert re.fullmatch(url, found)
    assert re.fullmatch(RETURN_URL_PATTERN, found)


def name_of(domain: object) -> str:
    """Return a domain; that of the distribution is known after it is created."""
    return domain if isinstance(domain, str) else "d111111abcdef8.cloudfront.net"


def test_the_distribution_proves_to_create_order_that_it_is_a_proxy() -> None:
    given = functions()["create_order"]["Environment"]["Variables"]["GORDER_PAGES_SECRET"]
    [_, api] = CONFIG["Origins"]
    [header] = api["OriginCustomHeaders"]
    [secret] = [
        each
        for each in resources("AWS::SecretsManager::Secret").values()
        if each["Description"] == "Proves that a request came through the pages"
    ]

    assert given["Fn::If"][:2] == ["ServesPages", {"Ref": "PagesSecret"}]
    assert header["HeaderName"].lower() == PAGES_PROOF
    assert header["HeaderValue"] == {
        "Fn::Sub": "{{resolve:secretsmanager:${PagesSecret}:SecretString:secret}}"
    }
    assert secret["GenerateSecretString"]["GenerateStringKey"] == "secret"
    assert not DeployedTemplate({"Pages": "false"}).creates("PagesSecret")


def test_only_the_distribution_reads_the_bucket() -> None:
    [policy] = resources("AWS::S3::BucketPolicy").values()
    statements = DeployedTemplate().resolve(policy["PolicyDocument"]["Statement"])
    file = DeployedTemplate().arn("PagesBucket") + "/index.html"
    own = "arn:aws:cloudfront::123456789012:distribution/" + DeployedTemplate().arn(
        "PagesDistribution"
    )
    cloudfront = "cloudfront.amazonaws.com"

    def may(principal: Principal, action: str = "s3:GetObject") -> bool:
        return is_allowed(principal, action, file, statements)

    assert may(Principal.of_service(cloudfront, own))
    assert not may(Principal.of_service(cloudfront, own), "s3:PutObject")
    other = "arn:aws:cloudfront::123456789012:distribution/OTHER"
    assert not may(Principal.of_service(cloudfront, other))
    assert not may(Principal.of_arn("arn:aws:iam::999999999999:role/other"))
    [bucket] = resources("AWS::S3::Bucket").values()
    assert all(bucket["PublicAccessBlockConfiguration"].values())


def test_the_bucket_deletes_what_the_function_retires() -> None:
    [bucket] = resources("AWS::S3::Bucket").values()
    [rule] = bucket["LifecycleConfiguration"]["Rules"]

    assert rule["TagFilters"] == [RETIRED]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 30)


def test_the_pages_are_published_after_the_functions_that_they_call() -> None:
    publication = template()["Resources"]["PagesPublication"]["Properties"]

    assert publication["Release"] == {"Ref": "PublishPagesFunction.Version"}
    called = {
        name
        for name, function in resources("AWS::Serverless::Function").items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api" and event["Properties"]["Path"] != "/api/webhook"
    }
    assert {each["Ref"] for each in publication["After"]} == {f"{name}.Alias" for name in called}


def test_a_limit_counts_the_address_of_the_viewer() -> None:
    [through, direct] = web_acl(**LIMITED)["Rules"]

    rate = through["Statement"]["RateBasedStatement"]
    assert rate["AggregateKeyType"] == "FORWARDED_IP"
    assert (
        rate["ForwardedIPConfig"]["HeaderName"].lower()
        in resources("AWS::CloudFront::Function")["ViewerAddress"]["FunctionCode"]
    )
    assert direct["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
    assert "/api/webhook" in json.dumps(rate["ScopeDownStatement"])
    for rule in (rate, direct["Statement"]["RateBasedStatement"]):
        assert (rule["Limit"], rule["EvaluationWindowSec"]) == ("2000", 300)


def test_without_pages_a_limit_counts_the_address_of_the_client() -> None:
    [rule] = web_acl(Pages="false", **LIMITED)["Rules"]

    assert rule["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"


def test_the_origin_check_refuses_all_but_the_pages_and_webhooks() -> None:
    [check, *_] = web_acl(**LIMITED, OriginCheck="true")["Rules"]

    answer = check["Action"]["Block"]["CustomResponse"]
    assert answer["ResponseCode"] == 403
    assert {each["Name"]: each["Value"] for each in answer["ResponseHeaders"]} == {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    excepted = [
        each["NotStatement"]["Statement"]["ByteMatchStatement"]
        for each in check["Statement"]["AndStatement"]["Statements"]
    ]
    shown, webhook = excepted
    assert shown["FieldToMatch"] == {"SingleHeader": {"Name": "x-gorder-pages"}}
    assert shown["PositionalConstraint"] == "EXACTLY"
    [_, api] = CONFIG["Origins"]
    [header] = api["OriginCustomHeaders"]
    assert header["HeaderName"].lower() == "x-gorder-pages"
    assert header["HeaderValue"] == shown["SearchString"]
    assert webhook["SearchString"] == "/api/webhook"
    assert webhook["PositionalConstraint"] == "ENDS_WITH"
