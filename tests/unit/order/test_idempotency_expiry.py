"""How long a request can be repeated."""

from dataclasses import replace
from functools import partial

import pytest

from gorder.currencies import CurrencyRules
from gorder.order.access_token import AccessTokens, Scope
from gorder.order.errors import InvalidOrder
from gorder.order.idempotency import IdempotencyKeyExpired, IdempotencyKeyReused
from tests.fakes.clock import NOON
from tests.unit.order.test_create_order import CreateOrderScenario
from tests.unit.order.test_idempotency import order


def test_a_key_is_valid_for_a_day() -> None:
    scenario = CreateOrderScenario()
    placed = order(scenario)
    scenario.clock.advance(minutes=24 * 60 - 1)

    assert order(scenario).order == placed.order


@pytest.mark.parametrize("hours", [24, 24 * 365])
def test_a_key_expires_a_day_after_its_order(hours: int) -> None:
    scenario = CreateOrderScenario()
    order(scenario)
    scenario.clock.advance(minutes=60 * hours)

    with pytest.raises(IdempotencyKeyExpired):
        order(scenario)
    with pytest.raises(IdempotencyKeyReused):
        order(scenario, ("soup", 1))

    assert len(scenario.orders.stored) == 1


def test_a_key_expires_when_the_tokens_of_its_order_are_revoked() -> None:
    scenario = CreateOrderScenario()
    order(scenario)
    scenario.handle = replace(scenario.handle, tokens=AccessTokens("2" * 64))

    with pytest.raises(IdempotencyKeyExpired):
        order(scenario)


def test_a_key_stays_valid_while_the_token_key_is_rotated() -> None:
    scenario = CreateOrderScenario()
    placed = order(scenario)
    rotated = AccessTokens("2" * 64, "0" * 64)
    scenario.handle = replace(scenario.handle, tokens=rotated)

    again = order(scenario)

    assert again.order == placed.order
    assert rotated.opens(again.access_token, Scope.READ, "ann", placed.order.order_id, NOON)


def test_an_order_without_a_token_key_is_not_repeated() -> None:
    scenario = CreateOrderScenario()
    placed = order(scenario).order
    scenario.orders.stored[placed.order_id] = replace(placed, token_key_id="")

    with pytest.raises(IdempotencyKeyExpired):
        order(scenario)


def test_a_key_is_spent_after_three_orders_that_were_not_placed() -> None:
    scenario = CreateOrderScenario()
    dear = ("yacht", 2)
    refused = []
    for _ in range(4):
        with pytest.raises((InvalidOrder, IdempotencyKeyReused)) as raised:
            order(scenario, dear)
        refused.append(raised.type)

    assert refused == [InvalidOrder] * 3 + [IdempotencyKeyReused]
    assert scenario.stock.held == {}


def test_a_repeated_request_is_answered_although_a_bound_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = CreateOrderScenario()
    placed = order(scenario)
    monkeypatch.setattr(
        "gorder.order.model.currency_rules", partial(CurrencyRules, minimum=1, maximum=1)
    )

    assert order(scenario).order == placed.order
    assert scenario.stock.held.keys() == {placed.order.order_id}
