"""Loopback's ports, carried to another address of this machine."""

import socket
import threading
from collections.abc import Iterator

import pytest

from devstack.console import StackError
from devstack.relay import relayed
from devstack.state import LOOPBACK

ELSEWHERE = "127.0.0.2"
MUCH = bytes(range(256)) * 20_000


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that says all it heard, backwards, once its client has said all."""
    with socket.create_server((LOOPBACK, 0)) as server:
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


def _serve(server: socket.socket) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(client,), daemon=True).start()


def _answer(client: socket.socket) -> None:
    with client:
        client.sendall(_everything(client)[::-1])


def _everything(connection: socket.socket) -> bytes:
    heard = b""
    while data := connection.recv(65_536):
        heard += data
    return heard


def test_all_bytes_go_both_ways_and_each_way_ends_by_itself(port: int) -> None:
    with relayed(ELSEWHERE, [port]), socket.create_connection((ELSEWHERE, port), 10) as client:
        client.sendall(MUCH)
        client.shutdown(socket.SHUT_WR)

        assert _everything(client) == MUCH[::-1]


def test_many_are_served_at_once(port: int) -> None:
    with relayed(ELSEWHERE, [port]):
        clients = [socket.create_connection((ELSEWHERE, port), 10) for _ in range(8)]
        for number, client in enumerate(clients):
            client.sendall(b"%d!" % number)
        for number, client in reversed(list(enumerate(clients))):
            client.shutdown(socket.SHUT_WR)
            assert _everything(client) == b"!%d" % number
            client.close()


def test_a_server_that_is_down_is_a_connection_that_ends() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
    with relayed(ELSEWHERE, [port]), socket.create_connection((ELSEWHERE, port), 10) as client:
        assert client.recv(1) == b""


def test_nothing_listens_there_before_and_after(port: int) -> None:
    with relayed(ELSEWHERE, [port]):
        pass

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((ELSEWHERE, port))


def test_a_taken_port_and_an_address_of_another_machine_are_told(port: int) -> None:
    with (
        socket.create_server((ELSEWHERE, port)),
        pytest.raises(StackError, match=f"Cannot listen on {ELSEWHERE}:{port}: Address already"),
        relayed(ELSEWHERE, [port]),
    ):
        pass
    with (
        pytest.raises(StackError, match="Cannot assign requested address"),
        relayed("192.0.2.1", [port]),
    ):
        pass
