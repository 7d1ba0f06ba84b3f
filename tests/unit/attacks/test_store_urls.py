"""A store's URL for another machine never means a connection in clear by accident."""

from collections.abc import Callable

import pytest

from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.clients.store_url import InvalidUrlError
from tests.attempts import Attempts

# Names and addresses that resemble this machine.
HOSTS = (
    "127.0.0.1.example.com",
    "localhost.example.com",
    "localhost.",
    "LOCALHOST.",
    "localhost%2eexample.com",
    "127.0.0.1%00.example.com",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0.0.0.0",  # noqa: S104 - not listened on
    "10.0.0.1",
    "[::ffff:10.0.0.1]",
    "[fe80::1]",
    "[::]",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
    "\uff4cocalhost",
    "user@127.0.0.1@example.com",
    "127.0.0.1@example.com",
    "127.0.0.1%40example.com",
    "127.0.0.1\\@example.com",
    "example.com#@127.0.0.1",
    "example.com?@127.0.0.1",
    "example.com/@127.0.0.1",
    " 127.0.0.1",
)
MYSQL_OPTIONS = (
    "tls=",
    "tls=Off",
    "tls=off%20",
    "tls=false",
    "tls=required&tls=off",
    "tls=off&tls=required",
    "TLS=off",
    "tls=off&ssl_verify=0",
    "ssl=0",
)
REDIS_OPTIONS = (
    "tls=",
    "tls=false",
    "tls=off&tls=off",
    "tls=off&ssl_cert_reqs=none",
    "ssl_cert_reqs=none",
    "ssl_check_hostname=false",
    "TLS=off",
    "db=1",
)
MONGO_OPTIONS = (
    "tls=",
    "tls=off",
    "tls=0",
    "tls=False",
    "tls=true&tls=false",
    "tls=false&tls=true",
    "tls=true&TLS=false",
    "TLS=false&tls=true",
    "tls=true;tls=false",
    "ssl=false",
    "ssl=true&tls=false",
    "tls=true&ssl=false",
    "tls=true&tlsInsecure=true",
    "tls=true&tlsinsecure=true",
    "tls=true&TLSINSECURE=true",
    "tls=true&tlsAllowInvalidCertificates=true",
    "tls=true&tlsAllowInvalidHostnames=true",
    "tls=true&tlsDisableOCSPEndpointCheck=maybe&tlsInsecure=true",
    "tls=true&ssl_cert_reqs=CERT_NONE&tlsInsecure=true",
)

type Connect = Callable[[str], object]


def refuses(connect: Connect, url: str) -> bool:
    """Whether the URL is refused before a connection is opened."""
    try:
        connect(url)
    except InvalidUrlError:
        return True
    return False


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")


@pytest.mark.parametrize(
    ("connect", "form"),
    [
        (connect_mysql, "mysql://u:p@{}:3306/gorder"),
        (redis_client, "redis://:p@{}:6379/0"),
        (mongo_client, "mongodb://u:p@{}:27017/gorder"),
    ],
    ids=["MySQL", "Redis", "MongoDB"],
)
def test_a_host_that_resembles_this_machine_needs_tls(
    attempts: Attempts, connect: Connect, form: str
) -> None:
    for host in HOSTS:
        attempts.expect(refuses(connect, form.format(host)), host)


def test_one_remote_host_of_several_needs_tls(attempts: Attempts) -> None:
    for hosts in ("127.0.0.1,example.com", "example.com,127.0.0.1", "localhost,10.0.0.1:27017"):
        attempts.expect(refuses(mongo_client, f"mongodb://u:p@{hosts}/gorder"), hosts)


@pytest.mark.parametrize(
    ("connect", "form", "options"),
    [
        (connect_mysql, "mysql://u:p@example.com:3306/gorder?{}", MYSQL_OPTIONS),
        (redis_client, "redis://:p@example.com:6379/0?{}", REDIS_OPTIONS),
        (redis_client, "rediss://:p@example.com:6379/0?{}", REDIS_OPTIONS),
        (mongo_client, "mongodb://u:p@example.com:27017/gorder?{}", MONGO_OPTIONS),
    ],
    ids=["MySQL", "Redis", "Redis with TLS", "MongoDB"],
)
def test_an_option_does_not_turn_tls_or_its_checks_off(
    attempts: Attempts, connect: Connect, form: str, options: tuple[str, ...]
) -> None:
    for option in options:
        attempts.expect(refuses(connect, form.format(option)), option)
