"""Writes docs/openapi.yaml from the code: `make openapi`. A test fails when the two differ.

Bodies come from `contracts/api.py`, errors and their texts from the exceptions
themselves; `openapi_routes.py` says which route answers with which of them.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, override

import yaml
from pydantic.json_schema import models_json_schema

from gorder.contracts.api import (
    ID,
    MAX_BODY_BYTES,
    CreateOrderBody,
)
from gorder.errors import GorderError
from gorder.runtime.http import PROBLEM_JSON, problem_document
from tools.openapi_examples import (
    CUSTOMER,
    ERROR_EXAMPLES,
    ORDER_ID,
)
from tools.openapi_routes import ROUTES, Json, Route, json_content, reference

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "openapi.yaml"
TRACE_ID = "1-6926f5c0-0123456789abcdef01234567"
ABOUT = f"""\
Orders of a shop or a kitchen, from POST to cooked.

Money is an integer in the currency's minor unit. Times are RFC 3339. Bodies are JSON in UTF-8, with
no field that is not named here, and have {MAX_BODY_BYTES} bytes at most.

Whoever places an order gets its `access_token`, once. It opens that order and no other; customers
do not sign in. That is why there is no `GET /api/customer/{{customer_id}}/orders`: nobody could
show that the list is theirs.

Errors are problem documents (RFC 9457). Program against `code`; `trace_id` finds the request in our
logs. After 429 and 5xx, ask again when `Retry-After` says.
"""


def document() -> Json:
    """The whole OpenAPI document."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
    for path, operations in paths.items():
        if ids := [_path_parameter(name) for name in ("customer_id", "order_id") if name in path]:
            operations["parameters"] = ids
    return {
        "openapi": "3.1.0",
        "info": {
            "title": project["name"],
            "version": project["version"],
            "description": ABOUT,
            "license": {"name": project["license"], "identifier": project["license"]},
        },
        "servers": [
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com/prod",
                "variables": {"api": {"default": "abcdef1234"}, "region": {"default": "us-east-1"}},
            }
        ],
        "security": [],
        "paths": paths,
        "components": {
            "schemas": {**_bodies(), "Problem": _problem_schema()},
            "responses": _gateway_responses(),
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The `access_token` given with the order",
                }
            },
        },
    }


def _operation(route: Route) -> Json:
    operation: Json = {"operationId": route.name, "summary": route.summary}
    if route.description:
        operation["description"] = route.description
    if route.with_token:
        operation["security"] = [{"accessToken": []}]
    if route.headers:
        operation["parameters"] = list(route.headers)
    if route.body:
        operation["requestBody"] = {"required": True, "content": route.body}
    done: Json = {
        "description": route.status.phrase,
        "content": json_content(
            reference(route.answer), route.example.model_dump(mode="json", exclude_none=True)
        ),
    }
    if route.answer_headers:
        done["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in route.answer_headers.items()
        }
    operation["responses"] = {str(route.status.value): done, **_error_responses(route.errors)}
    return operation


def _path_parameter(name: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": ID},
        "example": {"customer_id": CUSTOMER, "order_id": ORDER_ID}[name],
    }


def _error_responses(errors: Iterable[type[GorderError]]) -> Json:
    by_status: dict[str, Json] = {}
    for error in errors:
        example = ERROR_EXAMPLES[error]
        problem = problem_document(example, TRACE_ID)
        by_status.setdefault(str(example.status), {})[example.code] = {"value": problem}
    responses = {status: _problem_response(found) for status, found in sorted(by_status.items())}
    responses.setdefault("404", {"$ref": "#/components/responses/NoSuchRoute"})
    return responses | {
        "429": {"$ref": "#/components/responses/Throttled"},
        "5XX": {"$ref": "#/components/responses/OurFault"},
    }


def _problem_response(examples: Json) -> Json:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": ", ".join(f"`{code}`" for code in examples),
        "content": {PROBLEM_JSON: {"schema": schema, "examples": examples}},
    }


def _gateway_responses() -> Json:
    """What any route may answer: API Gateway's own, from template.yaml, and our failures."""
    retry = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
    ours = {"type": "urn:gorder:problem:internal_error", "code": "internal_error"} | {
        "trace_id": TRACE_ID,
        "detail": "This is our fault. Try again; if it stays, report the trace_id.",
    }
    missing = {"type": "urn:gorder:problem:no_such_route", "code": "no_such_route"} | {
        "trace_id": TRACE_ID,
        "detail": "There is no such path, or not with this method.",
    }
    busy = {"type": "urn:gorder:problem:throttled", "code": "throttled"} | {
        "trace_id": TRACE_ID,
        "detail": "Too many requests at once. Try again.",
    }
    return {
        "NoSuchRoute": _problem_response({"no_such_route": {"value": missing}}),
        "Throttled": _problem_response({"throttled": {"value": busy}}) | {"headers": retry},
        "OurFault": _problem_response({"internal_error": {"value": ours}})
        | {"description": "Ours, and not the request's", "headers": retry},
    }


def _problem_schema() -> Json:
    text = {"type": "string"}
    number = {"type": "integer"}
    fault = {"field": text, "problem": text}
    line = {
        "product_id": text,
        "requested": number,
        "available": {"type": ["integer", "null"]},
    }
    return {
        "description": "RFC 9457",
        "type": "object",
        "required": ["type", "code", "trace_id", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": number,
            "code": {"type": "string", "pattern": "^[a-z_]+$"},
            "trace_id": text,
            "detail": text,
            "errors": _list_of(fault, "With `invalid_body`: each field that is wrong, and how"),
            "items": _list_of(
                line,
                "The lines that cannot be served, and what is available, or why nothing is",
                reason=text,
            ),
        },
    }


def _list_of(properties: Json, description: str, **optional: Json) -> Json:
    every = {**properties, **optional}
    item = {"type": "object", "required": list(properties), "properties": every}
    return {"type": "array", "description": description, "items": item}


def _bodies() -> Json:
    taken = [(CreateOrderBody, "validation")]
    given = [(route.answer, "serialization") for route in ROUTES]
    _, schemas = models_json_schema(
        [*taken, *given],  # type: ignore[list-item]  # the modes are literals
        ref_template="#/components/schemas/{model}",
    )
    bodies: Json = _without_titles(schemas["$defs"])
    return bodies


def _without_titles(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON schema
    match schema:
        case dict():
            kept = {name: part for name, part in schema.items() if name != "title"}
            return {name: _without_titles(part) for name, part in kept.items()}
        case list():
            return [_without_titles(part) for part in schema]
        case _:
            return schema


class _Dumper(yaml.SafeDumper):
    """Writes every part out: no anchors."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def rendered() -> str:
    """The document as YAML."""
    body = yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return f"# Generated by `make openapi` from the code. Do not edit.\n{body}"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered())
