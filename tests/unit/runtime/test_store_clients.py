"""An invalid URL is refused before a connection is opened, and is not in the error."""

from collections.abc import Callable
from pathlib import Path
from ssl import CERT_REQUIRED
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

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
        "mongodb://u:secret@localhost/db?tls=true&tlsDisableOCSPEndpointCheck=true",
        "mongodb://u:secret@localhost/db?tls=true&tlsInsecure=true&tlsCAFile=x",
        "mongodb://u:secret@localhost/db?tls=true&tlsAllowInvalidCertificates=true&tlsCAFile=x",
        "mongodb://u:secret@localhost/db?tls=true&TLSALLOWINVALIDHOSTNAMES=true&tlsCAFile=x",
    ],
)
def test_a_mongodb_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlError, match="percent-encoded") as caught:
        mongo_client(url)
    assert "secret" not in str(caught.value)


TWICE = [
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "tls=required&tls=off"),
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "tls=off&tls=required"),
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "tls=off&tls=off"),
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "tls=required&t%6cs=off"),
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "tls=required&TLS=off"),
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "t%6cs=off"),
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "tls=off&"),
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "tls=required&ssl=off"),
    (redis_client, "redis://:secret@10.0.0.1/0?", "tls=on&tls=off"),
    (redis_client, "redis://:secret@10.0.0.1/0?", "tls=off&tls=off"),
    (redis_client, "redis://:secret@10.0.0.1/0?", "t%6Cs=off"),
    (redis_client, "rediss://:secret@10.0.0.1/0?", "tlsCAFile=a&tlscafile=b"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=true&tls=false"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=false&tls=true"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=true&TLS=false"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=true&ssl=false"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=true&ssl=true"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "SSL=true"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "t%6cs=true"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=true&t%6cs=false"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=true&tlsInsecur%65=true"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=true;tls=false"),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?", "tls=true&authSource=a&authSource=b"),
    (mongo_client, "mongodb+srv://u:secret@db.example.com/db?", "appName=x;tlsInsecure=true"),
    (mongo_client, "mongodb+srv://u:secret@db.example.com/db?", "appName=x;tls=false"),
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?", "tls=required&tlsCAFile=x;tls=off"),
    (redis_client, "rediss://:secret@10.0.0.1/0?", "tlsCAFile=x;y"),
]


@pytest.mark.parametrize(("client", "url", "query"), TWICE)
def test_an_option_with_two_readings_is_refused(
    client: Callable[[str], object], url: str, query: str
) -> None:
    with pytest.raises(InvalidUrlError, match="percent-encoded") as caught:
        client(url + query)
    assert "secret" not in str(caught.value)


MONGO = "mongodb://u:secret@db.example.com/db"


@pytest.mark.parametrize(
    ("client", "url"),
    [
        (connect_mysql, "mysql://u:secret@10.0.0.1/db?tls=required#"),
        (connect_mysql, "mysql://u:secret#word@10.0.0.1/db?tls=required"),
        (redis_client, "rediss://:secret@10.0.0.1/0#"),
        (redis_client, "redis://:secret@10.0.0.1/0?tls=off#x"),
        (mongo_client, f"{MONGO}?tls=true#"),
        (mongo_client, f"{MONGO}?tls=true#&tlsInsecure=true"),
        (mongo_client, f"{MONGO}?tls=true&appName=x#&tlsInsecure=true"),
        (mongo_client, f"{MONGO}?tls=true&appName=x#&tlsAllowInvalidCertificates=true"),
        (mongo_client, f"{MONGO}?tls=true&appName=x#&tlsAllowInvalidHostnames=true"),
        (mongo_client, f"{MONGO}?tls=true&appName=x#&tlsCAFile=/none/ca.pem"),
        (mongo_client, f"{MONGO}#?tls=true"),
        (mongo_client, "mongodb://u:secret@localhost/db#,db.example.com"),
    ],
)
def test_a_url_with_a_fragment_is_refused(client: Callable[[str], object], url: str) -> None:
    """PyMongo reads options there, which `urlsplit` does not."""
    with pytest.raises(InvalidUrlError, match="percent-encoded") as caught:
        client(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "hidden", ["tlsAllowInvalidCertificates=true", "tlsAllowInvalidHostnames=true"]
)
def test_mongodb_verifies_certificates_also_if_an_option_was_overlooked(
    hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setattr("gorder.clients.mongo.parse_options", lambda *_: {"tls": "true"})

    with mongo_client(f"{MONGO}?{hidden}&connect=false") as client:
        context = client.options.pool_options._ssl_context  # noqa: SLF001 - has no public name

    assert context
    assert (context.verify_mode, context.check_hostname) == (CERT_REQUIRED, True)


def test_mongodb_refuses_the_option_that_stands_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setattr("gorder.clients.mongo.parse_options", lambda *_: {"tls": "true"})

    with pytest.raises(InvalidUrlError):
        mongo_client(f"{MONGO}?tls=true&tlsInsecure=true")


WITH_A_FILE = [
    (connect_mysql, "mysql://u:secret@10.0.0.1/db?tls=required&tlsCAFile="),
    (redis_client, "rediss://:secret@10.0.0.1/0?tlsCAFile="),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?tls=true&tlsCAFile="),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?tls=true&tlsCertificateKeyFile="),
    (mongo_client, "mongodb://u:secret@10.0.0.1/db?tls=true&tlsCRLFile="),
]


@pytest.mark.parametrize("file", ["/none/ca.pem", "/", "%00", "ca%2F..%2Fca.pem"])
@pytest.mark.parametrize(("client", "url"), WITH_A_FILE)
def test_a_file_that_cannot_be_read_is_named(
    client: Callable[[str], object], url: str, file: str
) -> None:
    with pytest.raises(MissingSettingError, match="cannot read the file") as caught:
        client(url + file)
    assert "secret" not in str(caught.value)
    assert repr(unquote(file)) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\xff" * 100])
@pytest.mark.parametrize(("client", "url"), WITH_A_FILE)
def test_a_file_without_a_certificate_is_named(
    client: Callable[[str], object], url: str, content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(content)

    with pytest.raises(MissingSettingError, match="no PEM certificate") as caught:
        client(f"{url}{file}")
    assert "secret" not in str(caught.value)
    assert repr(str(file)) in str(caught.value)


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
    with pytest.raises(InvalidUrlError, match="loopback address only") as caught:
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
