"""The three stores as on AWS: with TLS, a certificate for their host name, and a password."""

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
from devstack.servers.mariadb import MariaDB
from devstack.state import ROOT, Directory, State, free_port
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.stock.adapters import mysql_migrations
from tests.integration.stores.connection_proxy import ConnectionProxy, connection_proxy

USER = "gorder"


@dataclass
class SecuredStore:
    """A store behind a proxy, with a password that can be rotated.

    `connect` opens a connection to a URL and closes it. `set_password` changes the password.
    """

    proxy: ConnectionProxy
    address: str
    password: str
    connect: Callable[[str], None]
    set_password: Callable[[str, str], None]

    @property
    def url(self) -> str:
        """The address with user and password."""
        return self.address.replace("://", f"://{USER}:{self.password}@")

    def rotate(self) -> None:
        """Set a new password."""
        new = uuid4().hex
        self.set_password(self.url, new)
        self.password = new


class TlsMariaDB(MariaDB):
    """Offers TLS with the certificate in the parent of its data directory."""

    @override
    def command(self) -> list[str]:
        pem = self.data.parent / "server.pem"
        return [*super().command(), f"--ssl-cert={pem}", f"--ssl-key={pem}"]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that no client trusts by default."""
    return trustme.CA()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Path:
    """A folder with `ca.pem`, and `server.pem` for the name `localhost` and no IP address."""
    home = tmp_path_factory.mktemp("stores")
    (home / "data").mkdir()
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    certificate = authority.issue_cert("localhost").private_key_and_cert_chain_pem
    certificate.write_to_path(str(home / "data" / "server.pem"))
    return home


@pytest.fixture(scope="session")
def mysql(home: Path) -> Iterator[SecuredStore]:
    """A migrated MariaDB with TLS."""
    tools.ensure([], mariadb=True)
    directory, state = Directory(home), State()
    directory.make()
    state.choose_port("mariadb")
    server = TlsMariaDB(directory, state)
    server.start()
    with connection_proxy(("127.0.0.1", server.port)) as proxy:
        address = f"mysql://localhost:{proxy.port}/gorder?tls=required&tlsCAFile={home}/ca.pem"
        store = SecuredStore(
            proxy, address, state.secrets.mysql_password, _connect_mysql, _set_mysql_password
        )
        mysql_migrations.migrate(lambda: connect_mysql(store.url), mysql_migrations.migrations())
        yield store
    server.stop()


def _connect_mysql(url: str) -> None:
    with connect_mysql(url) as connection:
        connection.ping(reconnect=False)


def _set_mysql_password(url: str, password: str) -> None:
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET PASSWORD = PASSWORD(%s)", [password])


@pytest.fixture(scope="session")
def redis(home: Path, store_urls: dict[str, str]) -> Iterator[SecuredStore]:
    """Valkey behind a TLS proxy, with a user for the tests."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(home / "data" / "server.pem")
    parts, password = urlsplit(store_urls["GORDER_REDIS_URL"]), uuid4().hex
    assert parts.hostname
    with (
        Redis.from_url(parts.geturl()) as administrator,
        connection_proxy((parts.hostname, parts.port or 6379), tls) as proxy,
    ):

        def set_password(_url: str, password: str) -> None:
            administrator.acl_setuser(
                USER,
                enabled=True,
                reset=True,
                passwords=[f"+{password}"],
                keys="*",
                categories=["+@all"],
            )

        set_password("", password)
        address = f"rediss://localhost:{proxy.port}/0?tlsCAFile={home}/ca.pem"
        yield SecuredStore(proxy, address, password, _connect_redis, set_password)
        administrator.acl_deluser(USER)


def _connect_redis(url: str) -> None:
    with redis_client(url) as client:
        client.ping()


@pytest.fixture(scope="session")
def mongo(home: Path) -> Iterator[SecuredStore]:
    """A MongoDB-compatible server with TLS."""
    tools.ensure(["mongo"], mariadb=False)
    port, password = free_port(set()), uuid4().hex
    server = subprocess.Popen(  # noqa: S603 - our own script
        [
            tools.environment("mongo") / "bin" / "python",
            Path(__file__).with_name("secured_mongo.py"),
            *(str(port), str(home / "mongo"), str(home / "data" / "server.pem"), USER, password),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    assert server.stdout.readline() == "ready\n"
    with connection_proxy(("127.0.0.1", port)) as proxy:
        address = (
            f"mongodb://localhost:{proxy.port}/gorder?authSource=admin"
            f"&tls=true&tlsCAFile={home}/ca.pem"
        )
        yield SecuredStore(proxy, address, password, _connect_mongo, _set_mongo_password)
    server.communicate()


def _connect_mongo(url: str) -> None:
    with mongo_client(url) as client:
        client.gorder.orders.find_one()


def _set_mongo_password(url: str, password: str) -> None:
    with mongo_client(url) as client:
        client.admin.command("updateUser", USER, pwd=password)
