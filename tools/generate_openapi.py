"""Write docs/openapi.yaml from the code: `make openapi`. A test fails when they differ.

Bodies come from `contracts/api.py`, errors and their texts from the exceptions, and API Gateway's
own errors from template.yaml. `openapi_routes.py` lists the routes and the errors of each.
"""

import tomllib
from pathlib import Path
from typing import Final, override

import yaml

from gorder.constraints import ID_PATTERN
from gorder.contracts.api import CreateOrderBody
from gorder.contracts.request_body import MAX_BODY_BYTES
from gorder.payment.adapters.stripe_webhook import MAX_WEBHOOK_BYTES
from tools.openapi_examples import CUSTOMER, ORDER_ID, TOKEN_DAYS
from tools.openapi_problems import Json, error_responses, problem_schemas, shared_responses
from tools.openapi_routes import ROUTES, TAGS, Route, json_content, reference
from tools.openapi_schemas import body_schemas

ROOT: Final = Path(__file__).parent.parent
DOCUMENT: Final = ROOT / "docs" / "openapi.yaml"
ABOUT: Final = f"""\
Order from a shop or a kitchen: place an order, pay it on a hosted page, read its status until it is
cooked.

**Bodies.** JSON in UTF-8, in a request uncompressed and at most {MAX_BODY_BYTES} bytes
({MAX_WEBHOOK_BYTES} in a webhook). Money is an integer in the minor unit of its currency. Times are
RFC 3339.

**Compatibility.** A request with a field that is not listed here is refused. A later release may
add fields to a response, and values of `status` and `code`. Ignore a field that you do not know,
and handle an unknown value as "other".

**Access.** Customers do not sign in. Placing an order returns its `access_token`, which reads and
cancels this order and no other for {TOKEN_DAYS} days. Repeating the request with the same
`Idempotency-Key` and `Idempotency-Secret` returns the order with a token again. There is no
`GET /api/customer/{{customer_id}}/orders`, because no request could prove that the list is the
customer's own.

**Errors.** Problem documents (RFC 9457). Program against `code`, and quote `trace_id` when you
report an error. After 429 and 5xx, wait for the seconds in `Retry-After`, then send the same
request again.
"""


def document() -> Json:
    """Return the whole OpenAPI document."""
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
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [],
        "paths": paths,
        "components": {
            "schemas": body_schemas([CreateOrderBody], [route.answer for route in ROUTES])
            | problem_schemas(),
            "responses": shared_responses(),
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The `access_token` that placing the order returned",
                }
            },
        },
    }


def _operation(route: Route) -> Json:
    operation: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
    }
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
        done["headers"] = dict(route.answer_headers)
    operation["responses"] = {
        str(route.status.value): done,
        **({"304": _not_modified(done["headers"])} if route.can_be_revalidated else {}),
        **error_responses(route.errors),
    }
    return operation


def _not_modified(headers: Json) -> Json:
    description = "Not Modified: the body is the one that `If-None-Match` names, and is not sent"
    return {"description": description, "headers": headers}


def _path_parameter(name: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": ID_PATTERN},
        "example": {"customer_id": CUSTOMER, "order_id": ORDER_ID}[name],
    }


class _Dumper(yaml.SafeDumper):
    """Write every part out, without anchors."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def rendered() -> str:
    """Return the document as YAML."""
    body = yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return f"# Generated by `make openapi` from the code. Do not edit.\n{body}"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered())
