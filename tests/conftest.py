"""The servers of a test run: private, in a directory of their own, and stopped at its end.

GORDER_MYSQL_URL, GORDER_REDIS_URL and GORDER_MONGO_URL put servers of one's own in their place, for
the tests of the adapters. The tests make databases in MySQL and MongoDB and drop them, empty the
Redis database of the URL, and kill connections: give them servers nobody else needs.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pymongo import monitoring
from redis import Redis
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from devstack.servers.base import Server
from devstack.servers.mariadb import MariaDB
from devstack.servers.mongo import Mongo
from devstack.servers.valkey import Valkey
from devstack.stack import Stack
from devstack.state import ROOT, locked
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from tests.contract.documentdb import DocumentDBGuard

SERVERS: dict[str, type[Server]] = {
    "GORDER_MYSQL_URL": MariaDB,
    "GORDER_REDIS_URL": Valkey,
    "GORDER_MONGO_URL": Mongo,
}
# What shares servers, or a build.
SCOPES = {
    "contract": "stores",
    "e2e": "cloud",
    "integration/artifact": "artifact",
    "integration": "stores",
}
GUARD = DocumentDBGuard()
PARAMETERS = {"CookingSeconds": "1", "MaxReceiveCount": "3"}

monitoring.register(GUARD)  # every client of a test, whatever server it is given


def pytest_report_header() -> list[str]:
    """Say which servers are not our own."""
    return [f"{name} is given by the environment" for name in SERVERS if os.environ.get(name)]


class ByServers(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """With two workers, one has the deployed template, the other the stores and all the rest."""

    def _split_scope(self, nodeid: str) -> str:
        for folder, scope in SCOPES.items():
            if nodeid.startswith(f"tests/{folder}/"):
                return scope
        return nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByServers:
    """Whatever is in a scope runs in one worker; the long ones come first."""
    config.option.loadscopereorder = False
    return ByServers(config, log)


@pytest.fixture(autouse=True)
def documentdb() -> Iterator[DocumentDBGuard]:
    """Fails a test that sent a command DocumentDB would refuse."""
    yield GUARD
    refused, GUARD.refused = GUARD.refused, []
    assert not refused


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A local cloud beside the developer's own, empty at first; what a test needs it brings up.

    Each worker has its own. A second test run at the same time waits for the first.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "test")
    directory = ROOT / ".devstack" / f"test-{worker}"
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory.with_suffix(".lock")):
        stack = Stack(directory, PARAMETERS)
        stack.reset()
        yield stack
        stack.down()
        assert not _processes_of(directory), "make down left processes behind"


def _processes_of(directory: Path) -> list[str]:
    """The command lines that name the directory, and those of what was started below it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(directory) in f"{command} {(process / 'cwd').readlink()}":
                found.append(command)
    return found


@pytest.fixture(scope="session")
def store_urls(stack: Stack) -> dict[str, str]:
    """The addresses of the data stores, up: those given by the environment, and our own."""
    given = {name: url for name in SERVERS if (url := os.environ.get(name))}
    if own := [server for name, server in SERVERS.items() if name not in given]:
        stack.up(own)
    return stack.store_env() | given


@pytest.fixture(scope="module")
def mysql_url(store_urls: dict[str, str]) -> Iterator[str]:
    """An empty database of the module's own."""
    server = store_urls["GORDER_MYSQL_URL"]
    name = f"gorder_{uuid4().hex[:12]}"
    with connect_mysql(server) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with connect_mysql(server) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


@pytest.fixture
def redis_url(store_urls: dict[str, str]) -> str:
    """A server without a key."""
    url = store_urls["GORDER_REDIS_URL"]
    with Redis.from_url(url) as redis:
        redis.flushdb()
    return url


@pytest.fixture(scope="module")
def mongo_url(store_urls: dict[str, str]) -> Iterator[str]:
    """An empty database of the module's own."""
    server = store_urls["GORDER_MONGO_URL"]
    name = f"gorder_{uuid4().hex[:12]}"
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with mongo_client(server) as client:
        client.drop_database(name)
