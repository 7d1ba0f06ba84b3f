"""Secrets from AWS Secrets Manager, read once per environment and kept for five minutes."""

import json

from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from gorder.runtime.errors import MissingSettingError

_MAX_AGE_SECONDS = 300


class SecretsUnavailableError(Exception):
    """Secrets Manager did not answer."""


def read_secret(secret_id: str) -> dict[str, str]:
    """The fields of a JSON secret.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; worth another try.
        MissingSettingError: the secret is not a JSON object of strings.
    """
    try:
        text = parameters.get_secret(secret_id, max_age=_MAX_AGE_SECONDS)
    except GetParameterError as error:
        raise SecretsUnavailableError(f"cannot read secret {secret_id}") from error
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise MissingSettingError(f"secret {secret_id} is not JSON") from error
    if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
        raise MissingSettingError(f"secret {secret_id} is not a JSON object of strings")
    return fields


def secret_field(secret_id: str, field: str) -> str:
    """One field of a JSON secret; never empty.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; worth another try.
        MissingSettingError: the secret lacks the field, or it is empty.
    """
    value = read_secret(secret_id).get(field)
    if not value:
        raise MissingSettingError(f"secret {secret_id} needs a non-empty field {field!r}")
    return value
