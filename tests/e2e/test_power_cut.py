"""Recovery after all servers were killed at once."""

import os
import signal

import pytest

from devstack.process import Process
from devstack.servers import SERVERS
from devstack.stack import Stack
from tests.e2e.conftest import ShopClient

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


def test_no_acknowledged_order_is_lost_when_every_server_is_killed(
    shop: ShopClient, cloud: Stack
) -> None:
    product = shop.stock_a_product(units=9)
    paid, waiting = shop.place((product, 1)), shop.place((product, 2))
    shop.wait(waiting, "waiting_for_payment")
    shop.pay(shop.wait(paid, "waiting_for_payment")["payment_link"])
    pending = shop.place((product, 3))

    kill_every_server(cloud)
    cloud.up()

    shop.wait(paid, "cooked")
    for placed in (waiting, pending):
        shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])
        shop.wait(placed, "cooked")
    assert shop.units(product) == {"on_hand": 3, "held": 0}


def kill_every_server(cloud: Stack) -> None:
    for server in SERVERS:
        process = Process.read(cloud.directory.identity(server.name))
        assert process is not None, f"{server.name} is not running"
        os.kill(process.pid, signal.SIGKILL)
