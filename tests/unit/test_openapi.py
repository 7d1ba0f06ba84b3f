"""docs/openapi.yaml agrees with the code, the template and itself."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import OpenAPIV31SpecValidator

from devstack.template import resources
from gorder.contracts.api import OrderStatus
from gorder.errors import Kind
from gorder.order.status import Status
from gorder.runtime.http import INTERNAL_ERROR_DETAIL
from tests.strict_openapi import strict
from tools.error_classes import coded_errors
from tools.generate_openapi import DOCUMENT, rendered

# API Gateway's own errors, and examples of errors that are not business errors.
OTHERS = {"no_such_route", "throttled", "refused", "internal_error", "stock_unavailable"}
NOT_OVER_HTTP = {  # of functions that are invoked directly
    *("stock_refused", "invalid_request"),
    *("unknown_order", "unknown_payment", "order_not_refundable", "order_not_listed"),
    *("refunded_meanwhile", "refund_too_large", "refund_under_way", "unknown_dead_letter"),
    *("repair_refused", "unknown_repair", "payment_not_reconciled"),
}
REQUESTS = {"CreateOrderBody", "OrderedItem"}
MORE = {"a_field_of_the_next_release": 1}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                yield method, path, operation


def _contents(part: Any) -> Iterator[dict[str, Any]]:
    """Yield each schema of a body that has examples."""
    match part:
        case {"schema": dict(), "examples": dict()}:
            yield part
        case dict():
            for inner in part.values():
                yield from _contents(inner)


def _problems(part: Any) -> Iterator[dict[str, Any]]:
    """Yield each example that is a problem document."""
    for content in _contents(part):
        for example in content["examples"].values():
            if "code" in example["value"]:
                yield example["value"]


def _validator(schema: dict[str, Any], document: dict[str, Any]) -> OAS31Validator:
    return OAS31Validator(
        schema | {"components": document["components"]},
        format_checker=oas31_format_checker,
    )


def test_the_document_is_what_the_code_generates() -> None:
    assert DOCUMENT.read_text() == rendered(), "docs/openapi.yaml is out of date: make openapi"


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_routes_are_those_of_the_template(document: dict[str, Any]) -> None:
    deployed = {
        (event["Properties"]["Method"].lower(), event["Properties"]["Path"])
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api"
    }

    assert {(method, path) for method, path, _ in _operations(document)} == deployed


def test_every_operation_has_a_tag_that_is_described(document: dict[str, Any]) -> None:
    used = {tag for _, _, operation in _operations(document) for tag in operation["tags"]}

    assert used == {tag["name"] for tag in document["tags"]}


def test_every_business_error_is_documented_and_no_other(document: dict[str, Any]) -> None:
    business = {error.code for error in coded_errors() if error.kind is Kind.BUSINESS}

    shown = {problem["code"] for problem in _problems(document)}

    assert shown == (business - NOT_OVER_HTTP) | OTHERS
    assert shown <= set(document["components"]["schemas"]["ProblemCode"]["enum"])


def test_every_response_has_an_example(document: dict[str, Any]) -> None:
    for _, path, operation in _operations(document):
        for status, answer in operation["responses"].items():
            if "$ref" not in answer and status != "304":
                [content] = answer["content"].values()
                assert content["examples"], f"{path} {status}"


def test_a_route_that_can_be_revalidated_has_its_etag_and_304(document: dict[str, Any]) -> None:
    revalidated = set()
    for method, path, operation in _operations(document):
        names = {each["name"] for each in operation.get("parameters", ())}
        unchanged = operation["responses"].get("304")
        assert ("If-None-Match" in names) is (unchanged is not None), path
        if unchanged:
            revalidated.add((method, path))
            assert "content" not in unchanged
            assert unchanged["headers"] == operation["responses"]["200"]["headers"]
            assert "ETag" in unchanged["headers"]

    reads = {(method, path) for method, path, _ in _operations(document) if method == "get"}
    assert revalidated == reads


def test_an_error_is_documented_under_its_own_status(document: dict[str, Any]) -> None:
    for _, _, operation in _operations(document):
        for status, answer in operation["responses"].items():
            assert all(str(p["status"]) == status for p in _problems(answer) if "status" in p)


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    """Also without the fields and values that a later release may add."""
    for each in (document, strict(document)):
        contents = list(_contents(each))
        assert len(contents) > 20
        for content in contents:
            validator = _validator(content["schema"], each)
            for example in content["examples"].values():
                assert list(validator.iter_errors(example["value"])) == []


def test_a_client_of_today_accepts_a_response_of_a_later_release(document: dict[str, Any]) -> None:
    for _, path, operation in _operations(document):
        for status, answer in operation["responses"].items():
            for content in _contents(answer):
                validator = _validator(content["schema"], document)
                for example in content["examples"].values():
                    later = _later(example["value"])
                    assert list(validator.iter_errors(later)) == [], f"{path} {status}"


def test_every_other_schema_allows_more_fields(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    closed = {name for name, schema in schemas.items() if "additionalProperties" in schema}

    assert closed == REQUESTS


def _later(value: Any) -> Any:
    """Return the value with more fields at every level, and a new status or code."""
    match value:
        case dict():
            new = {name: "new" for name in ("status", "code") if isinstance(value.get(name), str)}
            return {name: _later(inner) for name, inner in value.items()} | new | MORE
        case list():
            return [_later(inner) for inner in value]
        case _:
            return value


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("CreateOrderBody", {"items": [{"id": "soup", "quantity": 1}]}),
        ("OrderedItem", {"id": "soup", "quantity": 1}),
    ],
)
def test_a_request_with_an_unknown_field_is_refused(
    name: str, body: dict[str, Any], document: dict[str, Any]
) -> None:
    validator = _validator({"$ref": f"#/components/schemas/{name}"}, document)

    assert validator.is_valid(body)
    assert not validator.is_valid(body | MORE)


def test_the_statuses_are_those_of_the_order_model() -> None:
    assert [status.value for status in OrderStatus] == [status.value for status in Status]


def test_api_gateways_own_errors_are_problem_documents() -> None:
    responses = resources("AWS::Serverless::Api")["Api"]["GatewayResponses"]

    assert {"DEFAULT_4XX", "DEFAULT_5XX"} < set(responses)
    for response in responses.values():
        problem = response["ResponseTemplates"]["application/json"]
        code = yaml.safe_load(problem.replace("$context.error.messageString", '"x"'))["code"]
        assert f'"urn:gorder:problem:{code}"' in problem
        content_type = response["ResponseParameters"]["Headers"]["Content-Type"]
        assert content_type == "'application/problem+json'"
    failed = responses["DEFAULT_5XX"]["ResponseTemplates"]["application/json"]
    assert INTERNAL_ERROR_DETAIL in failed
