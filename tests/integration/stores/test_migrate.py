"""The migrate function on real stores, invoked by CloudFormation or manually."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError

import pytest

from gorder.bootstrap.migrate import build
from gorder.runtime.custom_resource import custom_resource_function
from gorder.runtime.entry import LambdaHandler
from gorder.stock.adapters.mysql_migrations import migrations
from gorder.stock.ports import MigrationError
from gorder.upkeep.migrate import Migrate
from tests.fakes.lambda_context import FakeContext

pytestmark = pytest.mark.servers

BY_HAND = Path(__file__).parents[3] / "events" / "migrate" / "by_hand.json"


class MigrateContext(FakeContext):
    """A context with the function's timeout, because a statement may take minutes."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 900_000


class CloudFormation:
    """Receives the responses of a custom resource."""

    def __init__(self) -> None:
        self.responses: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        responses, types = self.responses, self.content_types

        class ResponseHandler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                types.append(self.headers["Content-Type"])
                responses.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(302 if self.path == "/moved" else 200)
                self.send_header("Location", "/signed")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Print nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), ResponseHandler)

    def event(self, request_type: str) -> dict[str, Any]:
        return {
            "RequestType": request_type,
            "ResponseURL": f"http://127.0.0.1:{self.server.server_port}/signed?with=this",
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/gorder/1",
            "RequestId": "request-1",
            "LogicalResourceId": "Migration",
            "ResourceType": "Custom::Migration",
            "ResourceProperties": {"Schema": "arn:aws:lambda:::layer:CommonLayer:1"},
        }


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    receiver = CloudFormation()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{receiver.server.server_port}")
    thread = Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def function(mysql_url: str, mongo_url: str) -> LambdaHandler:
    migrate = build(lambda: mysql_url, lambda: mongo_url)
    return custom_resource_function(lambda: dict(migrate(Migrate())))


def test_a_deployment_migrates_the_stores_and_reports_success(
    mysql_url: str, mongo_url: str, cloudformation: CloudFormation
) -> None:
    handler = function(mysql_url, mongo_url)

    first = handler(cloudformation.event("Create"), MigrateContext())
    again = handler(cloudformation.event("Update"), MigrateContext())

    assert first["applied"] == [migration.name for migration in migrations()]
    assert again == {
        "applied": [],
        "indexes": first["indexes"],
        "watched": 0,
        "dated": 0,
        "money_days": 0,
        "changes_dated": 0,
    }
    assert len(first["indexes"]) > 1
    created, updated = cloudformation.responses
    assert created == updated
    assert created == {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": "Migration",
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/gorder/1",
        "RequestId": "request-1",
        "LogicalResourceId": "Migration",
    }
    assert cloudformation.content_types == ["", ""]


def test_a_failure_is_reported_with_its_reason_and_not_raised(
    mongo_url: str, cloudformation: CloudFormation
) -> None:
    handler = function("mysql://gorder:secret@127.0.0.1:1/gorder", mongo_url)

    assert handler(cloudformation.event("Create"), MigrateContext()) == {}

    [response] = cloudformation.responses
    assert response["Status"] == "FAILED"
    assert "MigrationError: MySQL:" in response["Reason"]
    assert "secret" not in response["Reason"]


@pytest.mark.filterwarnings("ignore:No application metrics")  # nothing was done
def test_deleting_the_resource_connects_to_no_store(cloudformation: CloudFormation) -> None:
    handler = function("mysql://user@127.0.0.1:1/gorder", "mongodb://127.0.0.1:1/gorder")

    assert handler(cloudformation.event("Delete"), MigrateContext()) == {}

    assert [response["Status"] for response in cloudformation.responses] == ["SUCCESS"]


def test_a_manual_invocation_returns_the_result_or_raises(mysql_url: str, mongo_url: str) -> None:
    event = json.loads(BY_HAND.read_text())

    assert function(mysql_url, mongo_url)(event, MigrateContext())["indexes"]
    with pytest.raises(MigrationError, match="run migrate again"):
        function("mysql://user@127.0.0.1:1/gorder", mongo_url)(event, MigrateContext())


@pytest.mark.filterwarnings("ignore:No application metrics")  # nothing was done
def test_a_redirect_of_the_response_is_not_followed(cloudformation: CloudFormation) -> None:
    moved = cloudformation.event("Delete")
    moved["ResponseURL"] = moved["ResponseURL"].replace("/signed?with=this", "/moved")

    with pytest.raises(HTTPError, match="302"):
        function("", "")(moved, MigrateContext())

    assert len(cloudformation.responses) == 1
