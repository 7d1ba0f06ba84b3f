"""The URL of a store is built from its secret and its address."""

import json
from collections.abc import Callable, Iterator, Mapping

import boto3
import pytest
from moto import mock_aws

from gorder.clients.store_url import InvalidUrlError, store_url
from gorder.runtime.errors import MissingSettingError

type Put = Callable[[Mapping[str, object]], None]

MYSQL = "mysql://db.example.com:3306/gorder?tls=required"
REDIS = "rediss://cache.example.com:6379/0"
MONGO = "mongodb://one:27017,two:27017/gorder?tls=true&replicaSet=rs0"
ANN = {"username": "ann", "password": "top-secret"}


@pytest.fixture
def put() -> Iterator[Put]:
    """Saves the secret named `shop`."""
    with mock_aws():
        manager = boto3.client("secretsmanager")
        manager.create_secret(Name="shop")
        yield lambda fields: (
            manager.put_secret_value(SecretId="shop", SecretString=json.dumps(fields)),
            None,
        )[1]


def test_a_secret_may_have_the_whole_url(put: Put) -> None:
    put({"url": "redis://127.0.0.1:6379/0"})

    assert store_url("shop", "") == "redis://127.0.0.1:6379/0"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (MYSQL, "mysql://ann:top-secret@db.example.com:3306/gorder?tls=required"),
        (REDIS, "rediss://ann:top-secret@cache.example.com:6379/0"),
        (MONGO, "mongodb://ann:top-secret@one:27017,two:27017/gorder?tls=true&replicaSet=rs0"),
    ],
)
def test_credentials_are_added_to_the_address(put: Put, address: str, url: str) -> None:
    put(ANN)

    assert store_url("shop", address) == url


def test_credentials_are_percent_encoded(put: Put) -> None:
    put({"username": "a/nn@home", "password": "p:a/s%s?#[ö]&"})

    assert store_url("shop", MYSQL) == (
        "mysql://a%2Fnn%40home:p%3Aa%2Fs%25s%3F%23%5B%C3%B6%5D%26"
        "@db.example.com:3306/gorder?tls=required"
    )


def test_redis_needs_no_user(put: Put) -> None:
    put({"password": "top-secret"})

    assert store_url("shop", REDIS) == "rediss://:top-secret@cache.example.com:6379/0"
    with pytest.raises(MissingSettingError, match="shop needs a non-empty text field 'username'"):
        store_url("shop", MYSQL)


def test_fields_that_a_rotation_adds_are_ignored(put: Put) -> None:
    put({**ANN, "engine": "mysql", "host": "elsewhere", "port": 3306, "dbname": None})

    assert (
        store_url("shop", MYSQL) == "mysql://ann:top-secret@db.example.com:3306/gorder?tls=required"
    )


def test_a_changed_secret_is_used_at_once(put: Put) -> None:
    put(ANN)
    store_url("shop", REDIS)
    put({"username": "ann", "password": "a-new-one"})

    assert store_url("shop", REDIS) == "rediss://ann:a-new-one@cache.example.com:6379/0"


@pytest.mark.parametrize(
    ("secret", "address", "fault"),
    [
        ({}, "", "'url'"),
        (ANN, "", "'url'"),
        ({"url": ""}, "", "'url'"),
        ({"url": "top-secret"}, MYSQL, "address"),
        ({**ANN, "url": "top-secret"}, "", "'password'"),
        ({"username": "ann"}, MYSQL, "'password'"),
        ({"username": "ann", "password": ""}, MYSQL, "'password'"),
        ({"username": 1, "password": "top-secret"}, MYSQL, "'username'"),
    ],
)
def test_contradicting_fields_are_named_and_not_shown(
    put: Put, secret: Mapping[str, object], address: str, fault: str
) -> None:
    put(secret)

    with pytest.raises(MissingSettingError, match=f"secret shop .*{fault}") as raised:
        store_url("shop", address)

    assert "top-secret" not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["db.example.com", "mysql:", "mysql://[::1/x", "mysql://u:top-secret@host/db"]
)
def test_an_address_with_credentials_or_without_a_host_is_refused(put: Put, address: str) -> None:
    put(ANN)

    with pytest.raises(InvalidUrlError, match="without user and password") as raised:
        store_url("shop", address)

    assert "top-secret" not in str(raised.value)
