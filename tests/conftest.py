"""The servers of a test run, in a directory of their own, stopped at its end.

GORDER_MYSQL_URL, GORDER_REDIS_URL and GORDER_MONGO_URL replace them by other servers, for the tests
of the adapters. The tests create and drop databases in MySQL and MongoDB, flush the Redis database
of the URL, and kill connections: use servers that have no other use.
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
from xdist.scheduler import EachScheduling, LoadScopeScheduling

from devstack.private_files import set_private_umask
from devstack.servers.base import Server
from devstack.servers.mariadb import MariaDB
from devstack.servers.mongo import Mongo
from devstack.servers.valkey import Valkey
from devstack.stack import Stack
from devstack.state import ROOT, locked
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from tests.attempts import Attempts
from tests.contract.documentdb import DocumentDBGuard
from tests.forked_program import ForkedProgram

SERVERS: dict[str, type[Server]] = {
    "GORDER_MYSQL_URL": MariaDB,
    "GORDER_REDIS_URL": Valkey,
    "GORDER_MONGO_URL": Mongo,
}
# The parts of `make test`. The last one is all other folders.
TESTS = Path(__file__).parent
CLOUD = (TESTS / "e2e",)
STORES = (
    TESTS / "compatibility",
    TESTS / "contract",
    *(TESTS / "integration" / name for name in ("findings", "stock", "stores")),
)
PARTS = (CLOUD, STORES, ())
GUARD = DocumentDBGuard()
PARAMETERS = {"CookingSeconds": "1", "MaxReceiveCount": "3"}

monitoring.register(GUARD)  # for the clients of all tests


def pytest_report_header() -> list[str]:
    """Print which servers are given by the environment."""
    return [f"{name} is given by the environment" for name in SERVERS if os.environ.get(name)]


class ByPart(EachScheduling):  # type: ignore[misc]  # xdist is untyped
    """Lets each worker run its part, which is what it has collected."""

    def schedule(self) -> None:
        """Start the workers, and count the tests of all of them for the progress."""
        session = self.config.pluginmanager.getplugin("session")
        session.testscollected = sum(len(tests) for tests in self.node2collection.values())
        super().schedule()


class ByServers(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """Gives the tests that share servers to one worker, and the others by module."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        part = _part(TESTS.parent / module)
        return str(part) if part < len(PARTS) - 1 else module


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByPart | ByServers:
    """Run the parts beside each other: most tests of the first two wait for servers."""
    if _has_workers_of_parts(config, config.option.numprocesses):
        return ByPart(config, log)
    config.option.loadscopereorder = False
    return ByServers(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests of another worker's part out."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0"))
    mixed = any(collection_path in folder.parents for folder in CLOUD + STORES)
    if mixed or not _has_workers_of_parts(config, workers):
        return None
    return True if os.environ["PYTEST_XDIST_WORKER"] != f"gw{_part(collection_path)}" else None


def _has_workers_of_parts(config: pytest.Config, workers: int | None) -> bool:
    """Whether all tests run, each part in a worker of its own."""
    return config.args == ["tests"] and workers == len(PARTS)


def _part(path: Path) -> int:
    found = (n for n, part in enumerate(PARTS) if any(map(path.is_relative_to, part)))
    return next(found, len(PARTS) - 1)


@pytest.fixture(autouse=True)
def documentdb() -> Iterator[DocumentDBGuard]:
    """Fail a test that sent a command which DocumentDB would refuse."""
    yield GUARD
    refused, GUARD.refused = GUARD.refused, []
    assert not refused


@pytest.fixture
def attempts(request: pytest.FixtureRequest) -> Iterator[Attempts]:
    """Yield a counter of attempts, for attacks that try many."""
    attempts = Attempts(request.node.user_properties)
    yield attempts
    attempts.close()


@pytest.fixture(scope="session")
def program() -> Iterator[ForkedProgram]:
    """Yield `gorder`."""
    program = ForkedProgram()
    yield program
    program.close()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Yield a local cloud beside the developer's own, without data. Tests start its servers.

    Each worker has its own. A second test run at the same time waits for the first.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "test")
    set_private_umask()
    directory = ROOT / ".devstack" / f"test-{worker}"
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory.with_suffix(".lock")):
        stack = Stack(directory, PARAMETERS)
        stack.reset()
        yield stack
        stack.down()
        assert not _processes_of(directory), "make down left processes behind"


def _processes_of(directory: Path) -> list[str]:
    """Return the command lines of processes that were started for or in the directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(directory) in f"{command} {(process / 'cwd').readlink()}":
                found.append(command)
    return found


@pytest.fixture(scope="session")
def store_urls(stack: Stack) -> dict[str, str]:
    """Start the data stores that the environment does not give, and return all addresses."""
    given = {name: url for name in SERVERS if (url := os.environ.get(name))}
    if own := [server for name, server in SERVERS.items() if name not in given]:
        stack.up(own)
    return stack.store_env() | given


@pytest.fixture(scope="module")
def mysql_url(store_urls: dict[str, str]) -> Iterator[str]:
    """Yield the URL of an empty database for the module."""
    server = store_urls["GORDER_MYSQL_URL"]
    name = f"gorder_{uuid4().hex[:12]}"
    with connect_mysql(server) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with connect_mysql(server) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


@pytest.fixture
def redis_url(store_urls: dict[str, str]) -> str:
    """Return the URL of a server without keys."""
    url = store_urls["GORDER_REDIS_URL"]
    with Redis.from_url(url) as redis:
        redis.flushdb()
    return url


@pytest.fixture(scope="module")
def mongo_url(store_urls: dict[str, str]) -> Iterator[str]:
    """Yield the URL of an empty database for the module."""
    server = store_urls["GORDER_MONGO_URL"]
    name = f"gorder_{uuid4().hex[:12]}"
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with mongo_client(server) as client:
        client.drop_database(name)
