"""`/v1/…`: authentication, rate limit, idempotency, faults and one transaction per request."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import stripe

from devstack.stripe_standin import checkout, events
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import ApiError
from devstack.stripe_standin.expansion import expand
from devstack.stripe_standin.fault_injection import FaultInjector
from devstack.stripe_standin.form import read_form
from devstack.stripe_standin.http_messages import StandinRequest, StandinResponse
from devstack.stripe_standin.idempotency import IdempotencyKeys, StoredResponse
from devstack.stripe_standin.operations import Operation, find_operation
from devstack.stripe_standin.rate_limit import EndpointRateLimit
from devstack.stripe_standin.sdk_schema import check_response
from devstack.stripe_standin.stripe_json import JsonObject, encode

MAX_LOGGED_REQUESTS = 10_000


class Api:
    """The API of one account. `requests` is the request log that tests read.

    `api_key` is the account's key; None accepts any key of test mode.
    """

    def __init__(self, account: Account, faults: FaultInjector, api_key: str | None) -> None:
        self._account = account
        self._api_key = api_key
        self._faults = faults
        self._keys = IdempotencyKeys(account)
        self.rate_limit = EndpointRateLimit()
        self.requests: deque[JsonObject] = deque(maxlen=MAX_LOGGED_REQUESTS)

    def handle(self, request: StandinRequest) -> StandinResponse:
        """Execute a request and return its response.

        Raises:
            ConnectionDroppedError: an injected fault drops the connection.
        """
        request_id = f"req_{secrets.token_hex(7)}"
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        headers = {
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("stripe-version", stripe.api_version),
        }
        if key:
            headers["Idempotency-Key"] = key
        log: JsonObject = {
            "method": request.method,
            "path": request.path,
            "request_id": request_id,
            "stripe_version": request.headers.get("stripe-version"),
            "idempotency_key": key,
            "status": None,
        }
        self.requests.append(log)
        try:
            response = self._respond(request, key, log)
        except ApiError as error:
            response = error.response
        log["status"] = int(response.status)
        return StandinResponse(response.status, response.body, headers | response.headers)

    def _respond(
        self, request: StandinRequest, key: str | None, log: JsonObject
    ) -> StandinResponse:
        self._authenticate(request)
        found = find_operation(request.method, request.path)
        if found is None:
            raise ApiError(
                f"Unrecognized request URL ({request.method}: {request.path}). The stand-in "
                "serves a part of Stripe's API; see devstack/stripe_standin/README.md.",
                status=HTTPStatus.NOT_FOUND,
            )
        operation, ids = found
        self.rate_limit.check(f"{operation.method} {operation.path.pattern}")
        form = read_form(request.form)
        log["params"] = form
        checkout.expire_overdue(self._account)
        events.causing_request.set(events.CausingRequest(log["request_id"], key))
        if key is None:
            with self._faults_around(request):
                return self._execute(operation, form, ids)
        return self._respond_idempotently(request, key, operation, form, ids)

    def _authenticate(self, request: StandinRequest) -> None:
        key = _key(request)
        if not key:
            raise ApiError(
                "You did not provide an API key. Send `Authorization: Bearer sk_test_…`.",
                status=HTTPStatus.UNAUTHORIZED,
                stored=False,
            )
        if not self._accepts(key):
            known = (
                "this stack's key (make env)" if self._api_key else "sk_test_… and rk_test_… keys"
            )
            raise ApiError(
                f"Invalid API Key provided: {key[:8]}****. The stand-in accepts only {known}.",
                status=HTTPStatus.UNAUTHORIZED,
                stored=False,
            )

    def _accepts(self, key: str) -> bool:
        if self._api_key is None:
            return key.startswith(("sk_test_", "rk_test_"))
        return hmac.compare_digest(key.encode(), self._api_key.encode())

    def _respond_idempotently(
        self,
        request: StandinRequest,
        key: str,
        operation: Operation,
        form: JsonObject,
        ids: tuple[str, ...],
    ) -> StandinResponse:
        fingerprint = hashlib.sha256(f"{request.path}\n{request.body}".encode()).hexdigest()
        with self._keys.claim(key):
            try:
                with self._faults_around(request):
                    if stored := self._keys.find(key, fingerprint):
                        return StandinResponse(*stored, headers={"Idempotent-Replayed": "true"})
                    with self._account.store.transaction():
                        response = self._execute(operation, form, ids)
                        stored = StoredResponse(response.status, response.body)
                        self._keys.save(key, fingerprint, stored)
                    return response
            except ApiError as error:
                if error.stored:
                    stored = StoredResponse(error.status, encode(error.body))
                    self._keys.save(key, fingerprint, stored)
                raise

    @contextmanager
    def _faults_around(self, request: StandinRequest) -> Iterator[None]:
        fault = self._faults.match(request.method, request.path)
        if fault is not None and not fault.after:
            self._faults.apply(fault)
        yield
        if fault is not None and fault.after:
            self._faults.apply(fault)

    def _execute(
        self, operation: Operation, form: JsonObject, ids: tuple[str, ...]
    ) -> StandinResponse:
        params = operation.read_params(form)
        with self._account.store.transaction():
            result = operation.run(self._account, params, *ids)
            result = expand(self._account, result, params.get("expand", []))
        if drift := check_response(result):
            raise AssertionError(f"the response does not match the SDK's types: {drift[0]}")
        return StandinResponse(HTTPStatus.OK, encode(result))


def _key(request: StandinRequest) -> str:
    """Return the key of the request, in either of Stripe's forms, or an empty string."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return credentials.strip()
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
