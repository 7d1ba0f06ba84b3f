"""The three stores as on AWS: TLS with a certificate for their name, and a password."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import override
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import trustme
from redis import Redis

from devstack import tools
from devstack.parts.mariadb import MariaDB
from devstack.state import ROOT, Directory, State, free_port
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.stock.adapters import mysql_migrations
from tests.integration.stores.relay import Relay, relay

USER = "gorder"


@dataclass
class Store:
    """One that is reached by a name and a password that can be changed."""

    relay: Relay
    address: str
    password: str
    ask: Callable[[str], None]
    change: Callable[[str, str], None]

    @property
    def url(self) -> str:
        """With the credentials."""
        return self.address.replace("://", f"://{USER}:{self.password}@")

    def rotate(self) -> None:
        """Another password from now on."""
        new = uuid4().hex
        self.change(self.url, new)
        self.password = new


class TlsMariaDB(MariaDB):
    """With the certificate in its data's parent directory."""

    @override
    def command(self) -> list[str]:
        pem = self.data.parent / "server.pem"
        return [*super().command(), f"--ssl-cert={pem}", f"--ssl-key={pem}"]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Nobody trusts it but whoever is given its file."""
    return trustme.CA()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Path:
    """Holds `ca.pem`, and `server.pem` for the name `localhost` and no address."""
    home = tmp_path_factory.mktemp("stores")
    (home / "data").mkdir()
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    certificate = authority.issue_cert("localhost").private_key_and_cert_chain_pem
    certificate.write_to_path(str(home / "data" / "server.pem"))
    return home


@pytest.fixture(scope="session")
def mysql(home: Path) -> Iterator[Store]:
    """MariaDB with TLS, migrated."""
    tools.ensure([], mariadb=True)
    directory, state = Directory(home), State()
    directory.make()
    state.choose_port("mariadb")
    server = TlsMariaDB(directory, state)
    server.start()
    with relay(("127.0.0.1", server.port)) as between:
        address = f"mysql://localhost:{between.port}/gorder?tls=required&tlsCAFile={home}/ca.pem"
        store = Store(between, address, state.secrets.mysql_password, _ask_mysql, _change_mysql)
        mysql_migrations.migrate(lambda: connect_mysql(store.url), mysql_migrations.migrations())
        yield store
    server.stop()


def _ask_mysql(url: str) -> None:
    with connect_mysql(url) as connection:
        connection.ping(reconnect=False)


def _change_mysql(url: str, password: str) -> None:
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET PASSWORD = PASSWORD(%s)", [password])


@pytest.fixture(scope="session")
def redis(home: Path, store_urls: dict[str, str]) -> Iterator[Store]:
    """Valkey behind TLS, with a user of ours."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(home / "data" / "server.pem")
    parts, password = urlsplit(store_urls["GORDER_REDIS_URL"]), uuid4().hex
    assert parts.hostname
    with (
        Redis.from_url(parts.geturl()) as administrator,
        relay((parts.hostname, parts.port or 6379), tls) as between,
    ):

        def change(_url: str, password: str) -> None:
            administrator.acl_setuser(
                USER,
                enabled=True,
                reset=True,
                passwords=[f"+{password}"],
                keys="*",
                categories=["+@all"],
            )

        change("", password)
        address = f"rediss://localhost:{between.port}/0?tlsCAFile={home}/ca.pem"
        yield Store(between, address, password, _ask_redis, change)
        administrator.acl_deluser(USER)


def _ask_redis(url: str) -> None:
    with redis_client(url) as client:
        client.ping()


@pytest.fixture(scope="session")
def mongo(home: Path) -> Iterator[Store]:
    """A MongoDB wire server with TLS."""
    tools.ensure(["mongo"], mariadb=False)
    port, password = free_port(set()), uuid4().hex
    server = subprocess.Popen(  # noqa: S603 - a server of ours
        [
            tools.environment("mongo") / "bin" / "python",
            Path(__file__).with_name("locked_mongo.py"),
            *(str(port), str(home / "mongo"), str(home / "data" / "server.pem"), USER, password),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    assert server.stdout.readline() == "ready\n"
    with relay(("127.0.0.1", port)) as between:
        address = (
            f"mongodb://localhost:{between.port}/gorder?authSource=admin"
            f"&tls=true&tlsCAFile={home}/ca.pem"
        )
        yield Store(between, address, password, _ask_mongo, _change_mongo)
    server.communicate()


def _ask_mongo(url: str) -> None:
    with mongo_client(url) as client:
        client.gorder.orders.find_one()


def _change_mongo(url: str, password: str) -> None:
    with mongo_client(url) as client:
        client.admin.command("updateUser", USER, pwd=password)
