"""Certificate authorities for connections to data stores."""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from gorder.runtime.errors import MissingSettingError

_FOLDER: Final = Path(__file__).parent / "certificates"


def ca_file() -> str:
    """Return the path of the PEM file with the authorities of AWS's data stores in this region.

    Raises:
        MissingSettingError: AWS_REGION is not set, or the layer has no file for it.
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
    """Return whether the host is a loopback address, where a connection needs no TLS."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
