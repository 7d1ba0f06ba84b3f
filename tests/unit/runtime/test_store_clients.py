"""An invalid URL is refused before a connection is opened, and is not in the error."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.clients.store_url import InvalidUrlError
from gorder.runtime.errors import MissingSettingError

if TYPE_CHECKING:
    from pymongo import MongoClient
    from redis import Redis


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgres://u:secret@localhost/db",
        "mysql://u:secret@localhost",
        "mysql:///db",
        "mysql://u:secret@localhost/db?ssl_ca=x",
        "mysql://u:secret@localhost/db?ssl_ca",
        "mysql://u:secret/word@localhost/db",
        "mysql://u:secret@localhost:many/db",
        "mysql://u:secret@localhost:0/db",
        "mysql://u:secret@[localhost/db",
        "mysql://u:secret@localhost/db?tls=sometimes",
        "mysql://u:secret@localhost/db?tlsCAFile=x",
    ],
)
def test_a_mysql_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlError, match="percent-encoded") as caught:
        connect_mysql(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://:secret@localhost",
        "redis://:secret@:6379",
        "redis://:secret/word@localhost",
        "redis://:secret@localhost:many",
        "redis://:secret@localhost?db=1",
        "rediss://:secret@localhost?ssl_cert_reqs=none",
        "rediss://:secret@localhost?tls=off",
    ],
)
def test_a_redis_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlError, match="percent-encoded") as caught:
        redis_client(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://u:secret@localhost/db",
        "mongodb://u:secret@localhost",
        "mongodb://u:secret/word@localhost/db",
        "mongodb://u:secret@localhost:many/db",
        "mongodb://u:secret@[localhost/db",
        "mongodb://u:secret@localhost/db?tls=perhaps",
        "mongodb://u:secret@localhost/db?tls=true&tlsInsecure=true&tlsCAFile=x",
        "mongodb://u:secret@localhost/db?tls=true&tlsAllowInvalidCertificates=true&tlsCAFile=x",
        "mongodb://u:secret@localhost/db?tls=true&TLSALLOWINVALIDHOSTNAMES=true&tlsCAFile=x",
    ],
)
def test_a_mongodb_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlError, match="percent-encoded") as caught:
        mongo_client(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("client", "url"),
    [
        (connect_mysql, "mysql://u:secret@10.0.0.1/db"),
        (connect_mysql, "mysql://u:secret@127.0.0.1.example.com/db"),
        (redis_client, "redis://:secret@10.0.0.1"),
        (mongo_client, "mongodb://u:secret@10.0.0.1/db"),
        (mongo_client, "mongodb://u:secret@127.0.0.1,10.0.0.1/db"),
    ],
)
def test_a_connection_to_another_machine_without_tls_is_refused(
    client: Callable[[str], object], url: str
) -> None:
    with pytest.raises(InvalidUrlError, match="this machine only") as caught:
        client(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("client", "url"),
    [
        (redis_client, "redis://:secret@10.0.0.1?tls=off"),
        (redis_client, "redis://[::1]:1/0"),
        (mongo_client, "mongodb://u:secret@10.0.0.1/db?tls=false&connect=false"),
        (mongo_client, "mongodb://u:secret@localhost:1,127.0.0.2/db?connect=false"),
    ],
)
def test_tls_may_be_off_for_this_machine_or_when_stated(
    client: Callable[[str], "Redis | MongoClient[dict[str, Any]]"], url: str
) -> None:
    client(url).close()


@pytest.mark.parametrize("region", ["", "mars-north-1", "../certificates/eu-central-1"])
@pytest.mark.parametrize(
    ("client", "url"),
    [
        (connect_mysql, "mysql://u:secret@10.0.0.1/db?tls=required"),
        (redis_client, "rediss://:secret@10.0.0.1"),
        (mongo_client, "mongodb://u:secret@10.0.0.1/db?tls=true"),
    ],
)
def test_a_region_without_certificate_authorities_is_named(
    client: Callable[[str], object], url: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    with pytest.raises(MissingSettingError, match="AWS_REGION"):
        client(url)
