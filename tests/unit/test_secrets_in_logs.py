"""Access tokens and idempotency keys are never written to a log, in success or failure."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from gorder.order.access_token import Scope
from gorder.runtime.clock import utc_now
from gorder.runtime.observability import logger
from tests.fakes.aws_events import http_event
from tests.fakes.deployment import FakeDeployment
from tests.fakes.faults import Mishap
from tests.fakes.keys import SECRET, TOKENS

KEY = "key-of-a-double-click-0"
BODY = json.dumps({"items": [{"id": "soup", "quantity": 1}]})
MISHAPS = [None, Mishap.FAILS, Mishap.LOSES_ANSWER]


@pytest.fixture
def log() -> Iterator[StringIO]:
    """All log lines, down to DEBUG."""
    stream, handler, level = StringIO(), logger.registered_handler, logger.log_level
    assert hasattr(handler, "setStream")
    before = handler.setStream(stream)
    logger.setLevel("DEBUG")
    yield stream
    logger.setLevel(level)
    handler.setStream(before)


def post(deployment: FakeDeployment) -> dict[str, Any]:
    event = http_event(
        BODY,
        {"customer_id": "ann"},
        content_type="application/json",
        idempotency_key=KEY,
        idempotency_secret=SECRET,
    )
    return deployment.call("create_order", event)


def ask(deployment: FakeDeployment, function: str, order_id: str, token: str) -> int:
    path = {"customer_id": "ann", "order_id": order_id}
    answer = deployment.call(function, http_event(path=path, authorization=f"Bearer {token}"))
    status: int = answer["statusCode"]
    return status


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("function", ["get_order", "cancel_order"])
def test_no_token_reaches_a_log(
    function: str, mishap: Mishap | None, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment = FakeDeployment()
    placed = json.loads(post(deployment)["body"])
    order_id, token = placed["order_id"], placed["access_token"]
    others = TOKENS.issue(Scope, "ann", "another", utc_now())
    if mishap:
        deployment.faults.on("orders.get", mishap)

    statuses = [ask(deployment, function, order_id, given) for given in (others, token, "v1.x")]

    assert statuses == [404, 503 if mishap else 200, 404]
    written = log.getvalue() + capsys.readouterr().out
    assert order_id in written
    assert '"TokenRefused"' in written
    for secret in (token, others, token.rpartition(".")[2], others.rpartition(".")[2]):
        assert secret not in written


@pytest.mark.parametrize("mishap", MISHAPS)
def test_no_idempotency_key_reaches_a_log(
    mishap: Mishap | None, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment = FakeDeployment()
    if mishap:
        deployment.faults.on("orders.add", mishap)

    answers = [post(deployment) for _ in range(2)]

    assert [answer["statusCode"] for answer in answers] == [503 if mishap else 201, 201]
    written = log.getvalue() + capsys.readouterr().out
    assert "create_order.succeeded" in written
    assert KEY not in written
    assert SECRET not in written
