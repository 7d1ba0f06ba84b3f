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


def test_an_idle_connection_stays_open_as_aws_keeps_it(cloud: Stack) -> None:
    """A request on one that is closed at that moment fails, and no function sends all again."""
    port = State.load(cloud.directory.state).ports["localstack"]
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/_localstack/health")
    connection.getresponse().read()
    time.sleep(LONGER_THAN_HYPERCORN_WAITS)

    connection.request("GET", "/_localstack/health")

    assert connection.getresponse().status == HTTPStatus.OK
    connection.close()
