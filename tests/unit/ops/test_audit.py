"""`gorder audit` asks until the audit is complete, and its exit code says whether it is clean."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gorder.contracts.back_office import BackOfficeRequest
from ops.function import DeployedStack
from ops.transport import Reply
from tests.fakes.deployment import FakeDeployment
from tests.unit.ops.conftest import Printed

type Gorder = Callable[..., Printed]


def test_a_clean_shop_is_exit_code_0(gorder: Gorder) -> None:
    run = gorder("audit", "--full")

    assert run.code == 0
    assert run.stdout.splitlines()[0] == "Clean: nothing contradicts."


def test_a_finding_is_exit_code_4(gorder: Gorder, deployment: FakeDeployment) -> None:
    stock = deployment.stock.kept.stock
    stock["soup"] = replace(stock["soup"], on_hand=11)

    run = gorder("audit", "--full")

    assert run.code == 4
    assert "product soup" in run.stdout


def test_the_parts_of_an_audit_are_one_answer(
    gorder: Gorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def part(_: DeployedStack, request: BackOfficeRequest) -> Reply:
        place: Any = getattr(request, "begin_at", None)
        asked.append(place)
        finding = {"kind": "k", "subject": f"order {len(asked)}", "text": "t"}
        looked_at = {"orders": 2, "reservations": 3, "payments": 5}
        following = {None: "orders:a", "orders:a": "orders:b"}.get(place)
        return {
            "findings": [finding],
            "looked_at": looked_at,
            "complete": following is None,
            "next": following,
        }

    monkeypatch.setattr(DeployedStack, "ask", part)

    run = gorder("audit", "--full", "--json")

    found = json.loads(run.stdout)
    assert asked == [None, "orders:a", "orders:b"]
    assert [each["subject"] for each in found["findings"]] == ["order 1", "order 2", "order 3"]
    assert found["looked_at"] == {"orders": 6, "reservations": 9, "payments": 15}
    assert (found["complete"], run.code) == (True, 4)
