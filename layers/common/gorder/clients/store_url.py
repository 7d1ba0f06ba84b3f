"""Where a data store is, and who we are to it: the one rule for MySQL, Redis and DocumentDB."""

from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from gorder.errors import DefectError
from gorder.runtime.errors import MissingSettingError
from gorder.runtime.secrets import read_secret, required

_NAMELESS: Final = {"redis", "rediss"}  # their default user needs no name


class InvalidUrlError(DefectError):
    """A store's URL or address cannot be used; the message says what it should be."""

    code = "invalid_url"


def store_url(secret_id: str, address: str) -> str:
    """The URL of a store, with the credentials that its secret holds now.

    Args:
        secret_id: of a secret with `url`, or with `username` and `password` for the address.
        address: a URL without credentials; empty if the secret has the whole.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; worth another try.
        MissingSettingError: the secret lacks a field, or has more than the address leaves open.
        InvalidUrlError: the address is none, or has credentials.
    """
    secret = read_secret(secret_id)
    if "url" in secret and ("password" in secret or address):
        raise MissingSettingError(
            f"secret {secret_id} has a field 'url': it goes with neither 'password' nor an address"
        )
    if not address:
        return required(secret, "url", secret_id)
    parts = _without_credentials(address)
    user = secret.get("username", "")
    if parts.scheme not in _NAMELESS:
        user = required(secret, "username", secret_id)
    credentials = f"{_encoded(user)}:{_encoded(required(secret, 'password', secret_id))}"
    return parts._replace(netloc=f"{credentials}@{parts.netloc}").geturl()


def parse_url(url: str, form: str) -> tuple[SplitResult, dict[str, str]]:
    """Split a store's URL into its parts and its options.

    Raises:
        InvalidUrlError: it names no host or an impossible port. The message is `form`.
    """
    try:
        parts = urlsplit(url)
        named = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        raise InvalidUrlError(form) from None
    if not named:
        raise InvalidUrlError(form)
    return parts, dict(parse_qsl(parts.query, keep_blank_values=True))


def _without_credentials(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not parts.netloc or "@" in parts.netloc:
        raise InvalidUrlError(
            "a store's address is scheme://host:port/name, without user and password: "
            "those are in its secret"
        )
    return parts


def _encoded(text: str) -> str:
    return quote(text, safe="")
