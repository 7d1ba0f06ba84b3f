"""docs/openapi.yaml says what the code does."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from devstack.template import resources
from gorder.errors import Kind
from tools.error_classes import coded_errors
from tools.generate_openapi import DOCUMENT, rendered

OTHERS = {"no_such_route", "throttled", "internal_error"}  # API Gateway's own, and ours
NOT_OVER_HTTP = {"stock_refused", "invalid_request"}  # told by one function to another, or a person


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                yield method, path, operation


def _problems(part: Any) -> Iterator[dict[str, Any]]:
    """Every example that is a problem document."""
    match part:
        case {"code": str(), "detail": str()}:
            yield part
        case dict():
            for inner in part.values():
                yield from _problems(inner)
        case list():
            for inner in part:
                yield from _problems(inner)


def test_it_is_what_the_code_gives() -> None:
    assert DOCUMENT.read_text() == rendered(), "docs/openapi.yaml is out of date: make openapi"


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_it_has_the_routes_of_the_template_and_no_other(document: dict[str, Any]) -> None:
    deployed = {
        (event["Properties"]["Method"].lower(), event["Properties"]["Path"])
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api"
    }

    assert {(method, path) for method, path, _ in _operations(document)} == deployed


def test_it_has_every_business_error_and_no_other(document: dict[str, Any]) -> None:
    business = {error.code for error in coded_errors() if error.kind is Kind.BUSINESS}

    shown = {problem["code"] for problem in _problems(document)}

    assert shown == (business - NOT_OVER_HTTP) | OTHERS


def test_every_answer_has_an_example(document: dict[str, Any]) -> None:
    for _, path, operation in _operations(document):
        for status, answer in operation["responses"].items():
            if "$ref" not in answer:
                [content] = answer["content"].values()
                assert content["examples"], f"{path} {status}"


def test_an_error_is_shown_under_its_own_status(document: dict[str, Any]) -> None:
    for _, _, operation in _operations(document):
        for status, answer in operation["responses"].items():
            assert all(str(p["status"]) == status for p in _problems(answer) if "status" in p)


def test_api_gateways_own_errors_are_problems_too() -> None:
    responses = resources("AWS::Serverless::Api")["Api"]["GatewayResponses"]

    assert {"DEFAULT_4XX", "DEFAULT_5XX"} < set(responses)
    for response in responses.values():
        problem = response["ResponseTemplates"]["application/json"]
        code = yaml.safe_load(problem.replace("$context.error.messageString", '"x"'))["code"]
        assert f'"urn:gorder:problem:{code}"' in problem
        content_type = response["ResponseParameters"]["Headers"]["Content-Type"]
        assert content_type == "'application/problem+json'"
