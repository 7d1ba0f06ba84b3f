"""Whom a connection to a data store trusts."""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from gorder.runtime.errors import MissingSettingError

_FOLDER: Final = Path(__file__).parent / "certificates"


def ca_file() -> str:
    """The certificate authorities of AWS's stores in the function's region, as a PEM file.

    Raises:
        MissingSettingError: AWS_REGION is not set, or none are known for it.
    """
    region = os.environ.get("AWS_REGION", "")
    file = _FOLDER / f"{region}.pem"
    if not region.replace("-", "").isalnum() or not file.exists():
        raise MissingSettingError(
            f"no certificate authorities for AWS_REGION {region!r}: see devstack/certificates.py, "
            "or name a file as tlsCAFile in the store's URL"
        )
    return str(file)


def is_loopback(host: str | None) -> bool:
    """Whether what is sent to the host stays in this machine, and so may go in clear."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
