"""A client that knows nothing but docs/openapi.yaml meets no surprise on the running stack."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from devstack import tools
from tests.e2e.conftest import Placed, Shop
from tools.generate_openapi import DOCUMENT
from tools.openapi_routes import ROUTES

pytestmark = pytest.mark.servers

SECONDS = 100
EXAMPLES = "15"
NOT_CHECKED = (
    "positive_data_acceptance",  # no document can say which products are there
    "unsupported_method",  # API Gateway answers 404 to a method it does not know, never 405
    "ignored_auth",  # a wrong token is answered as an unknown order is: 404, not 401
)


def document_of(placed: Placed, product_id: str) -> dict[str, Any]:
    """The document, with an order and a product that are there as its examples."""
    text = DOCUMENT.read_text().replace("prod_ramen", product_id)
    document: dict[str, Any] = yaml.safe_load(text)
    there = {"customer_id": placed.customer_id, "order_id": placed.order_id}
    for operations in document["paths"].values():
        for parameter in operations.get("parameters", ()):
            parameter["example"] = there[parameter["name"]]
    return document


def test_every_answer_is_one_that_the_document_has(shop: Shop, tmp_path: Path) -> None:
    product = shop.stock_a_product(units=1000)
    placed = shop.place((product, 1))
    shop.wait(placed, "waiting_for_payment")
    location = tmp_path / "openapi.yaml"
    location.write_text(yaml.safe_dump(document_of(placed, product)))
    tools.ensure(["schemathesis"], mariadb=False)

    result = subprocess.run(  # noqa: S603 - our own tool
        [
            str(tools.environment("schemathesis") / "bin" / "st"),
            *("run", str(location), "--url", shop.api, "--no-color"),
            *("--header", f"Authorization: Bearer {placed.access_token}"),
            *("--checks", "all", "--exclude-checks", ",".join(NOT_CHECKED)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES),
            *("--seed", "1", "--generation-database", "none", "--request-timeout", "30"),
            "--continue-on-failure",
        ],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Selected: {len(ROUTES)}/{len(ROUTES)}" in result.stdout
    assert f"Tested: {len(ROUTES)}" in result.stdout
