"""Many buyers, few units."""

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from tests.e2e.conftest import Shop

pytestmark = pytest.mark.servers


def test_forty_buyers_at_once_for_ten_units(shop: Shop) -> None:
    product = shop.stock_a_product(units=10)

    with ThreadPoolExecutor(40) as buyers:
        answers = list(buyers.map(lambda _: shop.post_order((product, 1)), range(40)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(HTTPStatus.CREATED) == 10
    assert statuses.count(HTTPStatus.CONFLICT) == 30
    assert len({answer.json()["order_id"] for answer in answers if answer.is_success}) == 10
    assert shop.units(product) == {"on_hand": 10, "held": 10}
