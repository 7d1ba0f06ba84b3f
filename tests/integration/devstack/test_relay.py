"""Relays from another address of this machine to ports of loopback."""

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
    """The port of a server that reverses what a client has sent."""
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
    received = b""
    while data := connection.recv(65_536):
        received += data
    return received


def test_all_bytes_are_relayed_and_each_direction_ends_separately(port: int) -> None:
    with relayed(ELSEWHERE, [port]), socket.create_connection((ELSEWHERE, port), 10) as client:
        client.sendall(MUCH)
        client.shutdown(socket.SHUT_WR)

        assert _everything(client) == MUCH[::-1]


def test_many_connections_are_relayed_at_once(port: int) -> None:
    with relayed(ELSEWHERE, [port]):
        clients = [socket.create_connection((ELSEWHERE, port), 10) for _ in range(8)]
        for number, client in enumerate(clients):
            client.sendall(b"%d!" % number)
        for number, client in reversed(list(enumerate(clients))):
            client.shutdown(socket.SHUT_WR)
            assert _everything(client) == b"!%d" % number
            client.close()


def test_a_connection_ends_if_its_server_is_down() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
    with relayed(ELSEWHERE, [port]), socket.create_connection((ELSEWHERE, port), 10) as client:
        assert client.recv(1) == b""


def test_nothing_listens_after_a_relay_has_ended(port: int) -> None:
    with relayed(ELSEWHERE, [port]):
        pass

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((ELSEWHERE, port))


def test_two_relays_of_a_port_serve_side_by_side_and_after_one_has_ended(port: int) -> None:
    with relayed(ELSEWHERE, [port]):
        with relayed(ELSEWHERE, [port]):
            assert [_reversed_by_server(port, b"ab") for _ in range(8)] == [b"ba"] * 8

        assert [_reversed_by_server(port, b"ab") for _ in range(8)] == [b"ba"] * 8


def _reversed_by_server(port: int, text: bytes) -> bytes:
    with socket.create_connection((ELSEWHERE, port), 10) as client:
        client.sendall(text)
        client.shutdown(socket.SHUT_WR)
        return _everything(client)


def test_a_port_of_another_program_and_an_address_of_another_machine_are_errors(port: int) -> None:
    with (
        socket.create_server((ELSEWHERE, port)),
        pytest.raises(StackError, match=rf"{ELSEWHERE}:{port} .*Address already in use.*ss -ltnp"),
        relayed(ELSEWHERE, [port]),
    ):
        pass
    with (
        pytest.raises(StackError, match="Cannot assign requested address"),
        relayed("192.0.2.1", [port]),
    ):
        pass
