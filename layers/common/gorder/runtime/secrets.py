"""Secrets from AWS Secrets Manager, as they are now.

Whoever connects to something reads its secret then, so a rotated password is used by the next
connection; connections are few, for they are kept as long as the environment. Keys that are sent or
checked with each request are `cached_for_five_minutes` every five minutes.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache, wraps
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from gorder.errors import TransientError
from gorder.runtime.aws import client_config
from gorder.runtime.errors import MissingSettingError
from gorder.runtime.limits import SECRETS

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


_RENEWED_AFTER_SECONDS: Final = 300


class SecretsUnavailableError(TransientError):
    """Secrets Manager did not answer."""

    code = "secrets_unavailable"


def cached_for_five_minutes[T](make: Callable[[], T]) -> Callable[[], T]:
    """Keep what is made for five minutes, for there are secrets in it that may be changed.

    Should Secrets Manager not answer then, it is kept for five more.
    """
    kept: list[tuple[float, T]] = []

    @wraps(make)
    def get() -> T:
        now = time.time()  # goes on while the environment is frozen
        if kept and now - kept[0][0] < _RENEWED_AFTER_SECONDS:
            return kept[0][1]
        try:
            made = make()
        except SecretsUnavailableError:
            if not kept:
                raise
            made = kept[0][1]
        kept[:] = [(now, made)]
        return made

    return get


def read_secret(secret_id: str) -> dict[str, str]:
    """The text fields of a JSON secret; a rotation may add others, such as a port.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; worth another try.
        MissingSettingError: the secret is not a JSON object.
    """
    try:
        text = _manager().get_secret_value(SecretId=secret_id).get("SecretString", "")
    except (BotoCoreError, ClientError) as error:
        raise SecretsUnavailableError(f"cannot read secret {secret_id}") from error
    try:
        fields = json.loads(text)
    except ValueError:
        raise MissingSettingError(f"secret {secret_id} is not JSON") from None
    if not isinstance(fields, dict):
        raise MissingSettingError(f"secret {secret_id} is not a JSON object")
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def secret_changed_at(secret_id: str) -> datetime:
    """When the secret was last given another content.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; worth another try.
    """
    try:
        return _manager().describe_secret(SecretId=secret_id)["LastChangedDate"]
    except (BotoCoreError, ClientError) as error:
        raise SecretsUnavailableError(f"cannot describe secret {secret_id}") from error


def secret_field(secret_id: str, field: str) -> str:
    """One field of a JSON secret; never empty.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; worth another try.
        MissingSettingError: the secret lacks the field, or it is empty.
    """
    return required(read_secret(secret_id), field, secret_id)


def required(fields: dict[str, str], field: str, secret_id: str) -> str:
    """A field that may not be missing or empty.

    Raises:
        MissingSettingError: it is.
    """
    if not (value := fields.get(field)):
        raise MissingSettingError(f"secret {secret_id} needs a non-empty text field {field!r}")
    return value


@cache
def _manager() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config(SECRETS))
