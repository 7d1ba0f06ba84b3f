"""Serves LocalStack to those who have the stack's secret access key, and to no web page.

Everyone may call the deployed API and ask for the server's health. Any other request must be signed
with the key. LocalStack's own calls to itself are signed with it too.
"""

import json
import os
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from hypercorn import Config
from localstack import config
from localstack.aws import connect, handlers
from localstack.runtime.server.hypercorn import HypercornRuntimeServer
from localstack.utils.aws import aws_stack

from devstack.localstack_executor.signature import SignedRequest, problem
from devstack.web_origin import refusal

SECRET_ACCESS_KEY = os.environ["STACK_SECRET_ACCESS_KEY"]
HEALTH = "/_localstack/health"
_API = re.compile(r"/_aws/execute-api/[a-z0-9]+/\w+/")
_PUBLIC = "gorder.public"
_IDLE_SECONDS = 3600


class GuardedServer(HypercornRuntimeServer):  # type: ignore[misc]  # LocalStack is untyped
    """LocalStack's HTTP server, with the guard in the gateway before it listens.

    It keeps idle connections longer than its clients do. Hypercorn closes them after five seconds,
    and a request that is sent at that moment fails: a refused order, or a message that comes back
    after its visibility timeout.
    """

    def register(self, gateway: Any, *args: Any, **options: Any) -> None:  # noqa: ANN401 - the base class's
        """Add the guard and serve the gateway."""
        Config.keep_alive_timeout = _IDLE_SECONDS  # LocalStack makes its own Config
        sign_own_calls()
        requests = gateway.request_handlers
        requests.insert(requests.index(handlers.parse_service_name), end_public)
        requests.insert(0, guard)
        super().register(gateway, *args, **options)


def sign_own_calls() -> None:
    """Make LocalStack sign its calls to itself with the stack's key, and send them to localhost.

    By default it signs with other keys, and sends calls of S3 to a name that it looks up in DNS.
    """
    get_client = connect.InternalClientFactory.get_client

    def signing(factory: Any, *names: str, **settings: Any) -> Any:  # noqa: ANN401 - LocalStack is untyped
        return get_client(
            factory, *names, **{**settings, "aws_secret_access_key": SECRET_ACCESS_KEY}
        )

    connect.InternalClientFactory.get_client = signing
    aws_stack.CACHE_S3_HOSTNAME_DNS_STATUS = False


def guard(chain: Any, context: Any, response: Any) -> None:  # noqa: ANN401 - LocalStack is untyped
    """Refuse a request of a web page, and one that must be signed and is not."""
    request = context.request
    public = request.environ[_PUBLIC] = _is_public(request.method, request.path)
    reason = refusal(request.headers, config.GATEWAY_LISTEN[0].port, links=public)
    if reason is None and not public:
        reason = problem(_signed(request), SECRET_ACCESS_KEY, datetime.now(UTC))
    if reason:
        _refuse(chain, response, f"{reason}. The keys: make env")


def end_public(chain: Any, context: Any, response: Any) -> None:  # noqa: ANN401 - LocalStack is untyped
    """Refuse a public request that no API has answered.

    LocalStack would take it for a call of an AWS service. It knows an API's paths only after the
    first call of API Gateway.
    """
    if context.request.environ[_PUBLIC]:
        _refuse(chain, response, "There is no such API")


def _is_public(method: str, path: str) -> bool:
    if path == HEALTH:
        return method in {"GET", "HEAD"}  # a POST ends or restarts LocalStack
    return _API.match(path) is not None


def _signed(request: Any) -> SignedRequest:  # noqa: ANN401 - LocalStack is untyped
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), []).append(value)
    return SignedRequest(request.method, request.environ["RAW_URI"], headers, request.get_data)


def _refuse(chain: Any, response: Any, reason: str) -> None:  # noqa: ANN401 - LocalStack is untyped
    response.status_code = HTTPStatus.FORBIDDEN
    response.content_type = "application/json"
    response.set_data(json.dumps({"message": reason}))
    chain.terminate()  # `stop` would add CORS headers
