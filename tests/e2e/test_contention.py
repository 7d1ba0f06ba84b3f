"""Concurrent orders for the last units of a product."""

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from tests.e2e.conftest import ShopClient

pytestmark = pytest.mark.servers


def test_ten_of_forty_concurrent_orders_get_the_last_ten_units(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=10)

    with ThreadPoolExecutor(40) as buyers:
        responses = list(buyers.map(lambda _: shop.post_order((product, 1)), range(40)))

    statuses = [response.status_code for response in responses]
    assert statuses.count(HTTPStatus.CREATED) == 10
    assert statuses.count(HTTPStatus.CONFLICT) == 30
    assert len({response.json()["order_id"] for response in responses if response.is_success}) == 10
    assert shop.units(product) == {"on_hand": 10, "held": 10}
