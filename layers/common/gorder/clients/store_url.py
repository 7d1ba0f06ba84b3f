"""Build the URL of MySQL, Redis or DocumentDB from an address and a secret."""

from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from gorder.errors import DefectError
from gorder.runtime.errors import MissingSettingError
from gorder.runtime.secrets import read_secret, require_field

_USER_OPTIONAL: Final = {"redis", "rediss"}  # Redis has a default user


class InvalidUrlError(DefectError):
    """The URL or address of a data store has an invalid form. The message states the valid one."""

    code = "invalid_url"


def store_url(secret_id: str, address: str) -> str:
    """Return the URL of a store, with the credentials that its secret holds now.

    Args:
        secret_id: a secret with `url`, or with `username` and `password` for the address.
        address: a URL without credentials; empty if the secret has the whole URL.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; try again.
        MissingSettingError: the secret lacks a field, or has `url` beside a password or an address.
        InvalidUrlError: the address is not a URL, or has credentials.
    """
    secret = read_secret(secret_id)
    if "url" in secret and ("password" in secret or address):
        raise MissingSettingError(
            f"secret {secret_id} has a field 'url': remove the field 'password' and the address, "
            "or remove 'url'"
        )
    if not address:
        return require_field(secret, "url", secret_id)
    parts = _without_credentials(address)
    user = secret.get("username", "")
    if parts.scheme not in _USER_OPTIONAL:
        user = require_field(secret, "username", secret_id)
    credentials = f"{_encoded(user)}:{_encoded(require_field(secret, 'password', secret_id))}"
    return parts._replace(netloc=f"{credentials}@{parts.netloc}").geturl()


def parse_url(url: str, form: str) -> tuple[SplitResult, dict[str, str]]:
    """Split the URL of a store into its parts and its options.

    Raises:
        InvalidUrlError: the host is missing or the port is invalid. The message is `form`.
    """
    try:
        parts = urlsplit(url)
        valid = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        raise InvalidUrlError(form) from None
    if not valid:
        raise InvalidUrlError(form)
    return parts, dict(parse_qsl(parts.query, keep_blank_values=True))


def _without_credentials(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not parts.netloc or "@" in parts.netloc:
        raise InvalidUrlError(
            "a store's address is scheme://host:port/name without user and password: put those in "
            "its secret"
        )
    return parts


def _encoded(text: str) -> str:
    return quote(text, safe="")
