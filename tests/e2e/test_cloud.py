"""The local cloud writes into its own folder only, and keeps idle connections."""

import time
from http import HTTPStatus
from http.client import HTTPConnection

import pytest

from devstack.stack import Stack
from devstack.state import State

LONGER_THAN_HYPERCORN_WAITS = 6  # seconds

pytestmark = pytest.mark.servers


def test_s3_objects_are_stored_in_the_folder_of_the_stack(cloud: Stack) -> None:
    folder = cloud.directory.data("localstack") / "tmp" / "s3" / "gorder-artifacts"

    assert folder.is_dir()


def test_an_idle_connection_stays_open(cloud: Stack) -> None:
    """If it closes just as a request is sent, the request fails, and not all are sent again."""
    port = State.load(cloud.directory.state).ports["localstack"]
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/_localstack/health")
    connection.getresponse().read()
    used = connection.sock
    time.sleep(LONGER_THAN_HYPERCORN_WAITS)

    connection.request("GET", "/_localstack/health")

    assert connection.sock is used
    assert connection.getresponse().status == HTTPStatus.OK
    connection.close()
