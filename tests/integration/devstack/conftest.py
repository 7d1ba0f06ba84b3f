"""Function processes, and a socket in place of the X-Ray daemon."""

import json
import socket
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.localstack_executor.layers import merge_layers
from devstack.localstack_executor.pool import ProcessPool
from devstack.localstack_executor.process import Launch
from devstack.localstack_executor.runtime_api import Invocation, InvocationResponse
from devstack.localstack_executor.xray import XRayClient
from devstack.segments import SegmentDocument

type Open = Callable[..., ProcessPool]

ROOT_ID, CALLER = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
TRACE = f"Root={ROOT_ID};Parent={CALLER};Sampled=0"


def invocation(event: object = None, *, timeout: float = 20, number: int = 1) -> Invocation:
    payload = json.dumps(event).encode()
    return Invocation(f"request-{number}", "arn:aws:lambda:::function:f", TRACE, payload, timeout)


def decoded(answer: InvocationResponse) -> Any:
    return json.loads(answer.body)


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    """Yield the socket that receives what functions send to the X-Ray daemon."""
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(20)
        yield daemon


def receive_segment(daemon: socket.socket) -> SegmentDocument:
    """Receive the next segment document."""
    header, _, document = daemon.recv(65_536).partition(b"\n")
    assert json.loads(header) == {"format": "json", "version": 1}
    return SegmentDocument.model_validate_json(document)


@pytest.fixture
def open_pool(tmp_path: Path, daemon: socket.socket) -> Iterator[Open]:
    pools: list[ProcessPool] = []
    address = f"127.0.0.1:{daemon.getsockname()[1]}"
    environment = {"AWS_REGION": "us-east-1", "AWS_XRAY_DAEMON_ADDRESS": address}

    def open_(source: str, *, layers: tuple[Path, ...] = (), limit: int = 1) -> ProcessPool:
        code = tmp_path / "code"
        code.mkdir()
        (code / "app.py").write_text(textwrap.dedent(source))
        launch = Launch(Path(sys.executable), "app.handler", code, environment)
        log = tmp_path / "function.log"
        opt = tmp_path / "opt"
        merge_layers(layers, opt)
        pool = ProcessPool(launch, opt, limit, log, XRayClient("create_order", address))
        pool.join()
        pools.append(pool)
        return pool

    yield open_
    for pool in pools:
        pool.leave()
