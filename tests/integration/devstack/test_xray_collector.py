"""The collector of X-Ray segments, as a process, over UDP."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.segments import FILE, collected
from devstack.servers.xray import XRayCollector
from devstack.stack import Stack
from devstack.state import State
from devstack.xray_collector import PING

HEADER = b'{"format": "json", "version": 1}\n'
TOO_DEEP = b'{"a":' * 10_000


def document(number: int, **more: Any) -> bytes:
    fields = {
        "id": f"{number:016x}",
        "name": "f",
        "trace_id": "1-a-a",
        "start_time": 1,
        "end_time": 2,
    }
    return HEADER + json.dumps(fields | more, indent=1).encode()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "stack")
    yield stack
    stack.down()


def port_of(stack: Stack) -> int:
    return State.load(stack.directory.state).ports["xray"]


def send(port: int, *datagrams: bytes) -> None:
    """Send datagrams, and wait until the collector has handled all."""
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(20)
        client.connect(("127.0.0.1", port))
        for datagram in datagrams:
            client.send(datagram)
            client.send(PING)
            assert client.recv(100) == PING


def test_a_document_is_stored_completely_in_one_line(stack: Stack) -> None:
    stack.up([XRayCollector])

    send(port_of(stack), document(1, aws={"request_id": "r1"}, metadata={"note": "a\nb"}))

    [line] = (stack.directory.data("xray") / FILE).read_text().splitlines()
    assert json.loads(line)["aws"] == {"request_id": "r1"}
    assert json.loads(line)["metadata"] == {"note": "a\nb"}


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        b"ping\n",
        b"\xff\xfe",
        document(1).removeprefix(HEADER),
        HEADER,
        HEADER + b"{",
        HEADER + b"[]",
        HEADER + b"\xff",
        HEADER + TOO_DEEP,
        TOO_DEEP + b"\n{}",
        HEADER + b'{"id": "1"}',
        b'{"format": "json", "version": 2}\n' + document(1).removeprefix(HEADER),
        document(1, in_progress=True, end_time=None),
    ],
)
def test_a_malformed_datagram_is_dropped_and_the_next_one_is_stored(
    stack: Stack, malformed: bytes
) -> None:
    stack.up([XRayCollector])

    send(port_of(stack), malformed, document(2))

    assert [segment.id for segment in collected(stack.directory.data("xray"))] == [f"{2:016x}"]


def test_a_datagram_of_the_largest_size_is_stored(stack: Stack) -> None:
    stack.up([XRayCollector])

    send(port_of(stack), document(1, metadata={"much": "x" * 65_000}))

    assert len(list(collected(stack.directory.data("xray")))) == 1


class Small(XRayCollector):
    file_bytes = 10_000


def test_the_files_are_bounded_and_the_older_one_is_read_first(stack: Stack) -> None:
    stack.up([Small])

    send(port_of(stack), *(document(number) for number in range(500)))

    folder = stack.directory.data("xray")
    kept = [int(segment.id, 16) for segment in collected(folder)]
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 20_000
    assert len(kept) > 100
    assert kept == list(range(500 - len(kept), 500))


def test_segments_survive_a_restart_and_a_torn_line_is_skipped(stack: Stack) -> None:
    stack.up([XRayCollector])
    send(port_of(stack), document(1))
    stack.down()
    with (stack.directory.data("xray") / FILE).open("ab") as file:
        file.write(b'{"id": "2", "name": "to\n')

    stack.up([XRayCollector])
    send(port_of(stack), document(3))

    assert [int(one.id, 16) for one in collected(stack.directory.data("xray"))] == [1, 3]


def test_a_stopped_collector_has_a_problem(stack: Stack) -> None:
    stack.up([XRayCollector])
    [status] = [status for status in stack.status() if status.name == "xray"]
    assert status.problem is None
    server = XRayCollector(stack.directory, State.load(stack.directory.state))

    stack.down()

    assert server.problem() is not None


def test_another_port_is_used_if_the_port_is_taken_for_udp(stack: Stack) -> None:
    stack.up([XRayCollector])
    port = port_of(stack)
    stack.down()
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        stack.up([XRayCollector])

    assert port_of(stack) != port
