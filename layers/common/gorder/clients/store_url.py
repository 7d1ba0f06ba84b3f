"""Build the URL of MySQL, Redis or DocumentDB from an address and a secret."""

import re
import ssl
from typing import Final
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit

from gorder.errors import DefectError
from gorder.runtime.errors import MissingSettingError
from gorder.runtime.secrets import read_secret, require_field

_LETTERS: Final = re.compile("[a-z]+")
FILE_OPTIONS: Final = {"tlscafile", "tlscertificatekeyfile", "tlscrlfile"}
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
        InvalidUrlError: the host is missing, the port is invalid, or an option is (see
            `parse_options`). The message ends with `form`.
    """
    parts = split_url(url, form)
    try:
        valid = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        raise InvalidUrlError(form) from None
    if not valid:
        raise InvalidUrlError(form)
    return parts, parse_options(parts.query, form)


def split_url(url: str, form: str) -> SplitResult:
    """Split the URL of a store. It has no fragment, because some drivers read one as an option.

    Raises:
        InvalidUrlError: the URL has the character #, or cannot be split. The message is `form`.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidUrlError(form) from None
    if "#" in url:
        raise InvalidUrlError(form)
    return parts


def parse_options(query: str, form: str) -> dict[str, str]:
    """Return the options of a URL by name. An option is given once, and its name is plain text.

    Drivers differ in which of two values they take, in whether they decode a name, and in whether a
    semicolon separates options. `ssl` is another name of `tls`.

    Raises:
        InvalidUrlError: an option is given twice or as `ssl`, its name is not letters, or its value
            has a semicolon. The message ends with `form`.
    """
    pairs = [option.partition("=") for option in query.split("&")] if query else []
    names = [name.lower() for name, _, _ in pairs]
    plain = all(map(_LETTERS.fullmatch, names))
    if not plain or len(set(names)) < len(names) or "ssl" in names or ";" in query:
        raise InvalidUrlError(
            f"an option is given twice, as ssl, with a semicolon, or is not letters only: {form}"
        )
    return {name: unquote_plus(value) for name, _, value in pairs}


def require_file(path: str, place: str) -> str:
    """Return the path of a file that a URL names, if it has certificates that can be read.

    Raises:
        MissingSettingError: it has none. The text names the file and the place of the URL.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        fault = "it has no PEM certificate"
    except (OSError, ValueError) as error:
        fault = type(error).__name__
    else:
        return path
    raise MissingSettingError(
        f"cannot read the file {path!r} that {place} names: {fault}; correct the path, or leave it "
        "out to use AWS's certificate authorities"
    )


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
