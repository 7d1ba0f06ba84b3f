"""The running stack conforms to docs/openapi.yaml, as checked by Schemathesis."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from devstack import tools
from tests.e2e.conftest import CustomerOrder, ShopClient
from tests.strict_openapi import strict
from tools.generate_openapi import DOCUMENT
from tools.openapi_routes import ROUTES

pytestmark = pytest.mark.servers

TIMEOUT_SECONDS = 400
EXAMPLES = "15"
EXCLUDED_CHECKS = (
    "positive_data_acceptance",  # the document cannot list the products that exist
    "unsupported_method",  # API Gateway responds with 404 to an unknown method, never 405
    "ignored_auth",  # a wrong token gets the 404 of an unknown order, not 401
)


def document_of(placed: CustomerOrder, product_id: str) -> dict[str, Any]:
    """Return the document for today's responses, with an order and a product that exist."""
    text = DOCUMENT.read_text().replace("prod_ramen", product_id)
    document = strict(yaml.safe_load(text))
    examples = {"customer_id": placed.customer_id, "order_id": placed.order_id}
    for operations in document["paths"].values():
        for parameter in operations.get("parameters", ()):
            parameter["example"] = examples[parameter["name"]]
    return document


def test_every_response_is_documented(shop: ShopClient, tmp_path: Path) -> None:
    product = shop.stock_a_product(units=1000)
    placed = shop.place((product, 1))
    shop.wait(placed, "waiting_for_payment")
    location = tmp_path / "openapi.yaml"
    location.write_text(yaml.safe_dump(document_of(placed, product)))
    tools.ensure(["schemathesis"], mariadb=False)

    result = subprocess.run(  # noqa: S603 - a tool of the project
        [
            str(tools.environment("schemathesis") / "bin" / "st"),
            *("run", str(location), "--url", shop.api, "--no-color"),
            *("--header", f"Authorization: Bearer {placed.access_token}"),
            *("--checks", "all", "--exclude-checks", ",".join(EXCLUDED_CHECKS)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES),
            *("--seed", "1", "--generation-database", "none", "--request-timeout", "30"),
            "--continue-on-failure",
        ],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Selected: {len(ROUTES)}/{len(ROUTES)}" in result.stdout
    assert f"Tested: {len(ROUTES)}" in result.stdout
