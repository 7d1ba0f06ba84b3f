"""The stand-in as a separate process: kill -9 loses no acknowledged write."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import stripe

from devstack.stripe_standin.server import serve
from tests.contract.standin_client import CONTROL_KEY, StandinClient, eventually, standin_at
from tests.contract.webhook_receiver import receiving

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]


@contextmanager
def process(data: Path) -> Iterator[tuple[subprocess.Popen[str], StandinClient]]:
    command = [sys.executable, "-m", "devstack.stripe_standin", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "STRIPE_API_KEY": "sk_test_x", "STRIPE_CONTROL_KEY": CONTROL_KEY}
    with subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            first_line = child.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", first_line)
            assert found, f"no address in {first_line!r}"
            with standin_at(found[0]) as standin:
                yield child, standin
        finally:
            child.kill()


def test_kill_loses_no_acknowledged_write(tmp_path: Path) -> None:
    data = tmp_path / "stripe.db"
    acknowledged: list[str] = []
    with process(data) as (child, standin):
        paid = standin.paid_session()
        tea = standin.stripe.products.create({"name": "Tea"}, {"idempotency_key": "tea"})

        def write_until_killed() -> None:
            with suppress(stripe.APIConnectionError):
                while True:
                    acknowledged.append(standin.stripe.products.create({"name": "Soup"}).id)

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write_until_killed)
            eventually(lambda: len(acknowledged) >= 30 or writing.done(), "30 products")
            os.kill(child.pid, signal.SIGKILL)
        writing.result()
    with process(data) as (child, standin):
        products = standin.stripe.products.list({"limit": 100}).auto_paging_iter()
        stored = {product.id for product in products}
        assert len(acknowledged) >= 30
        assert set(acknowledged) <= stored
        assert standin.stripe.checkout.sessions.retrieve(paid.id).payment_status == "paid"
        replayed = standin.stripe.products.create({"name": "Tea"}, {"idempotency_key": "tea"})
        assert replayed.id == tea.id
        child.send_signal(signal.SIGTERM)
        assert child.wait(5) == 0


def test_webhooks_are_sent_after_a_kill_and_restart(tmp_path: Path) -> None:
    data = tmp_path / "stripe.db"
    with process(data) as (child, standin), receiving(standin, "product.created") as receiver:
        receiver.statuses = [503] * 2
        product = standin.stripe.products.create({"name": "Soup"})
        receiver.wait_for(1, "product.created")
        os.kill(child.pid, signal.SIGKILL)
        child.wait(5)
        before = len(receiver.webhooks)
        with process(data) as (_, restarted):
            webhook = receiver.wait_for(max(before + 1, 3), "product.created")[-1]
            assert webhook.event["data"]["object"]["id"] == product.id
            eventually(
                lambda: not restarted.stripe.events.list({"delivery_success": False}).data,
                "the accepted webhook",
            )


def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "stripe.db"
    with process(data) as (_, standin):
        standin.price()
        with pytest.raises(RuntimeError, match="another --data"), serve(data):
            pass


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with serve(tmp_path / "one.db") as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), serve(tmp_path / "two.db", port):
            pass
