"""The CloudFront Functions of template.yaml, run by Node.js."""

import json
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest

from devstack import tools
from devstack.template import resources

RUN = """
const [code, events] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const handler = new Function(`'use strict'; ${code}; return handler;`)();
console.log(JSON.stringify(events.map(handler)));
"""
MAX_BYTES = 10_240  # of a function's code
FUNCTIONS = resources("AWS::CloudFront::Function")


@cache
def node() -> str:
    """Return the program, which is a tool of the local cloud where PATH has none."""
    if found := shutil.which("node"):
        return found
    tools.ensure(["node"], mariadb=False)
    return str(tools.environment("node") / "bin" / "node")


def answers(name: str, *events: Any) -> list[Any]:
    """Return what a function answers to each event."""
    done = subprocess.run(  # noqa: S603 - our own script
        [node(), "-e", RUN],
        input=json.dumps([FUNCTIONS[name]["FunctionCode"], events]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def request(uri: str) -> dict[str, Any]:
    return {
        "context": {"eventType": "viewer-request"},
        "viewer": {"ip": "2001:db8::1"},
        "request": {"method": "GET", "uri": uri, "headers": {"x-gorder-viewer": {"value": "1"}}},
    }


def response(uri: str, status: int = 200) -> dict[str, Any]:
    answered = {"statusCode": status, "statusDescription": "OK", "headers": {}}
    return {**request(uri), "context": {"eventType": "viewer-response"}, "response": answered}


PATHS = {
    "/": "/index.html",
    "/order/0a1b2c": "/order.html",
    "/order/a.b": "/order.html",
    "/order/%2e%2e": "/order.html",
    "/order": "/404.html",
    "/order/": "/404.html",
    "/order/a/b": "/404.html",
    "/orders/a": "/404.html",
    "/index": "/404.html",
    "//": "/404.html",
    "/nowhere": "/404.html",
    "/assets/": "/404.html",
    "/assets/shop-3f9a.js": "/assets/shop-3f9a.js",
    "/index.html": "/index.html",
    "/favicon.ico": "/favicon.ico",
    "/manifest.webmanifest": "/manifest.webmanifest",
    "/.well-known/security.txt": "/.well-known/security.txt",
}


def test_a_path_leads_to_its_file() -> None:
    found = answers("PagePaths", *map(request, PATHS))

    assert dict(zip(PATHS, [each["uri"] for each in found], strict=True)) == PATHS


@pytest.mark.parametrize("uri", ["/404.html", "/nowhere", "/order/a/b"])
def test_the_page_for_an_unknown_path_is_not_found(uri: str) -> None:
    """`request.uri` is that of the file, or that which the viewer asked for."""
    missing, known = answers("PagePaths", response(uri), response(uri, status=304))

    assert (missing["statusCode"], missing["statusDescription"]) == (404, "Not Found")
    assert known["statusCode"] == 304  # the viewer has the page, and is sent none


def test_another_page_is_found() -> None:
    paths = ("/order.html", "/order/0a1b2c", "/", "/assets/404.js")

    assert {each["statusCode"] for each in answers("PagePaths", *map(response, paths))} == {200}


def test_the_address_is_cloudfronts_and_not_the_clients_word() -> None:
    [found] = answers("ViewerAddress", request("/api/menu"))

    assert found["headers"] == {"x-gorder-viewer": {"value": "2001:db8::1"}}
    assert found["uri"] == "/api/menu"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_small_and_published(name: str) -> None:
    function = FUNCTIONS[name]

    assert len(function["FunctionCode"].encode()) <= MAX_BYTES
    assert function["AutoPublish"] is True
    assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
