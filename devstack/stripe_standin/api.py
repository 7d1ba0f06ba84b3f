"""`/v1/…`: authentication, idempotency, faults, and one transaction for each request."""

import base64
import binascii
import hashlib
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
from devstack.stripe_standin.faults import Faults
from devstack.stripe_standin.form import read_form
from devstack.stripe_standin.idempotency import IdempotencyKeys, KeptAnswer
from devstack.stripe_standin.message import Answer, Request
from devstack.stripe_standin.operations import Operation, find_operation
from devstack.stripe_standin.sdk_schema import check_response
from devstack.stripe_standin.wire import JsonObject, encode

REMEMBERED_REQUESTS = 10_000


class Api:
    """The API of one account. `requests` tells what was asked and answered, for tests."""

    def __init__(self, account: Account, faults: Faults) -> None:
        self._account = account
        self._faults = faults
        self._keys = IdempotencyKeys(account)
        self.requests: deque[JsonObject] = deque(maxlen=REMEMBERED_REQUESTS)

    def handle(self, request: Request) -> Answer:
        """Answer a request.

        Raises:
            ConnectionDroppedError: a fault wants no answer to be given.
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
            answer = self._answer(request, key, log)
        except ApiError as error:
            answer = Answer(error.status, encode(error.body))
        log["status"] = int(answer.status)
        return Answer(answer.status, answer.body, headers | answer.headers)

    def _answer(self, request: Request, key: str | None, log: JsonObject) -> Answer:
        _authenticate(request)
        found = find_operation(request.method, request.path)
        if found is None:
            raise ApiError(
                f"Unrecognized request URL ({request.method}: {request.path}). The stand-in "
                "serves a part of Stripe's API; see devstack/stripe_standin/README.md.",
                status=HTTPStatus.NOT_FOUND,
            )
        operation, ids = found
        form = read_form(request.form)
        log["params"] = form
        checkout.expire_overdue(self._account)
        events.cause.set(events.Cause(log["request_id"], key))
        if key is None:
            with self._faults_around(request):
                return self._execute(operation, form, ids)
        return self._answer_once(request, key, operation, form, ids)

    def _answer_once(
        self,
        request: Request,
        key: str,
        operation: Operation,
        form: JsonObject,
        ids: tuple[str, ...],
    ) -> Answer:
        fingerprint = hashlib.sha256(f"{request.path}\n{request.body}".encode()).hexdigest()
        with self._keys.claim(key):
            try:
                with self._faults_around(request):
                    if kept := self._keys.recall(key, fingerprint):
                        return Answer(*kept, headers={"Idempotent-Replayed": "true"})
                    with self._account.store.transaction():
                        answer = self._execute(operation, form, ids)
                        self._keys.keep(key, fingerprint, KeptAnswer(answer.status, answer.body))
                    return answer
            except ApiError as error:
                if error.kept:
                    kept = KeptAnswer(error.status, encode(error.body))
                    self._keys.keep(key, fingerprint, kept)
                raise

    @contextmanager
    def _faults_around(self, request: Request) -> Iterator[None]:
        fault = self._faults.take(request.method, request.path)
        if fault is not None and not fault.after:
            self._faults.befall(fault)
        yield
        if fault is not None and fault.after:
            self._faults.befall(fault)

    def _execute(self, operation: Operation, form: JsonObject, ids: tuple[str, ...]) -> Answer:
        params = operation.read_params(form)
        with self._account.store.transaction():
            result = operation.run(self._account, params, *ids)
            result = expand(self._account, result, params.get("expand", []))
        if drift := check_response(result):
            raise AssertionError(f"an answer departs from the SDK: {drift[0]}")
        return Answer(HTTPStatus.OK, encode(result))


def _authenticate(request: Request) -> None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    if not key:
        raise ApiError(
            "You did not provide an API key. Send `Authorization: Bearer sk_test_…`.",
            status=HTTPStatus.UNAUTHORIZED,
            kept=False,
        )
    if not key.startswith("sk_test_"):
        raise ApiError(
            f"Invalid API Key provided: {key[:8]}****. The stand-in takes sk_test_… keys only.",
            status=HTTPStatus.UNAUTHORIZED,
            kept=False,
        )
