"""Read secrets from AWS Secrets Manager.

A password is read when a connection is opened, so a rotated password is used by the next
connection; a connection lives as long as the execution environment. Keys that are used with each
request are read every five minutes (`cached_for_five_minutes`); while they cannot be read, the last
ones are used for an hour at most.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache, wraps
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from gorder.errors import TransientError
from gorder.runtime.aws import aws_client
from gorder.runtime.errors import MissingSettingError
from gorder.runtime.limits import SECRETS

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


_CACHE_SECONDS: Final = 300
_MAX_AGE_SECONDS: Final = 3600  # a function whose access was withdrawn stops then
_KEY: Final = re.compile(r"[0-9A-Fa-f]{64,}")
_API_KEY: Final = re.compile(r"[rs]k_[\x21-\x7e]{16,}")
_WEBHOOK_SECRET: Final = re.compile(r"whsec_[\x21-\x7e]{24,}")


class SecretsUnavailableError(TransientError):
    """Secrets Manager did not answer, or refused."""

    code = "secrets_unavailable"


def cached_for_five_minutes[T](make: Callable[[], T]) -> Callable[[], T]:
    """Cache the result of `make` for five minutes, because it depends on secrets that may change.

    If Secrets Manager fails or refuses then, the cached result is used until it is an hour old.

    Raises:
        SecretsUnavailableError: `make` raised it, and no result is cached or it is an hour old.
    """
    made_at = tried_at = 0.0
    kept: list[T] = []

    @wraps(make)
    def get() -> T:
        nonlocal made_at, tried_at
        now = time.time()  # a monotonic clock may stop while the environment is frozen
        usable = bool(kept) and now - made_at < _MAX_AGE_SECONDS
        if usable and now - tried_at < _CACHE_SECONDS:
            return kept[0]
        try:
            kept[:] = [make()]
            made_at = now
        except SecretsUnavailableError:
            if not usable:
                raise
        tried_at = now
        return kept[0]

    return get


def read_secret(secret_id: str) -> dict[str, str]:
    """Return the text fields of a JSON secret. A rotation may add other fields, such as a port.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; try again.
        MissingSettingError: the secret is not a JSON object.
    """
    try:
        text = _client().get_secret_value(SecretId=secret_id).get("SecretString", "")
    except (BotoCoreError, ClientError) as error:
        raise SecretsUnavailableError(f"cannot read secret {secret_id}") from error
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise MissingSettingError(f"secret {secret_id} is not JSON") from None
    if not isinstance(fields, dict):
        raise MissingSettingError(f"secret {secret_id} is not a JSON object")
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def secret_changed_at(secret_id: str) -> datetime:
    """Return when the content of the secret last changed.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; try again.
    """
    try:
        return _client().describe_secret(SecretId=secret_id)["LastChangedDate"]
    except (BotoCoreError, ClientError) as error:
        raise SecretsUnavailableError(f"cannot describe secret {secret_id}") from error


def require_field(fields: dict[str, str], field: str, secret_id: str) -> str:
    """Return a field of a secret that was read.

    Raises:
        MissingSettingError: the field is missing or empty.
    """
    if not (value := fields.get(field)):
        raise MissingSettingError(f"secret {secret_id} needs a non-empty text field {field!r}")
    return value


def require_key(fields: dict[str, str], field: str, secret_id: str) -> str:
    """Return the key of an HMAC: 32 bytes or more, as hexadecimal digits.

    Raises:
        MissingSettingError: the field is missing, empty, or another text.
    """
    return _require_form(fields, field, secret_id, _KEY, "64 hexadecimal digits or more")


def require_api_key(fields: dict[str, str], field: str, secret_id: str) -> str:
    """Return a restricted or secret key of Stripe's API.

    Raises:
        MissingSettingError: the field is missing, empty, or not such a key.
    """
    return _require_form(fields, field, secret_id, _API_KEY, "rk_ or sk_ and Stripe's text")


def require_webhook_secret(fields: dict[str, str], field: str, secret_id: str) -> str:
    """Return a secret with which Stripe signs webhooks.

    Raises:
        MissingSettingError: the field is missing, empty, or not such a secret.
    """
    return _require_form(fields, field, secret_id, _WEBHOOK_SECRET, "whsec_ and Stripe's text")


def _require_form(
    fields: dict[str, str], field: str, secret_id: str, form: re.Pattern[str], wanted: str
) -> str:
    value = require_field(fields, field, secret_id)
    if not form.fullmatch(value):
        raise MissingSettingError(f"secret {secret_id}: field {field!r} is not {wanted}")
    return value


@cache
def _client() -> "SecretsManagerClient":
    client: SecretsManagerClient = aws_client("secretsmanager", SECRETS)
    return client
