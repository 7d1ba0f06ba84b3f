"""Each request whose idempotency key is refused is counted, because it may be a guess."""

import json

import pytest

from tests.fakes.aws_events import http_event
from tests.fakes.deployment import FakeDeployment
from tests.fakes.keys import SECRET, idempotency_key

KEY = idempotency_key().text


def post(deployment: FakeDeployment, units: int, **headers: str) -> int:
    body = json.dumps({"items": [{"id": "soup", "quantity": units}]})
    answer = deployment.call("create_order", http_event(body, {"customer_id": "ann"}, **headers))
    status: int = answer["statusCode"]
    return status


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (400, {"idempotency_key": "order-1", "idempotency_secret": SECRET}),
        (400, {"idempotency_key": KEY}),
        (422, {"idempotency_key": KEY, "idempotency_secret": SECRET}),
    ],
    ids=["weak key", "no secret", "another order's key"],
)
def test_a_refused_key_is_counted(
    status: int, headers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    deployment = FakeDeployment()
    post(deployment, 1, idempotency_key=KEY, idempotency_secret=SECRET)
    before = capsys.readouterr().out

    assert post(deployment, 2, **headers) == status

    assert '"IdempotencyKeyRefused"' not in before
    assert '"IdempotencyKeyRefused"' in capsys.readouterr().out
