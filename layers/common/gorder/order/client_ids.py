"""Identify clients by a hash of their address.

The hashes of a day have a key of their own, so those of two days cannot be joined without the
secret, and a client's count begins again at midnight UTC.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv6Address, IPv6Network, ip_address

from gorder.contracts.stock import ClientIds

_NETWORK_BITS = 64  # of an IPv6 address; the rest is chosen by the client (RFC 4291, 2.5.4)
_ANY_TEXT = "surrogatepass"


class ClientHashes:
    """Hashes addresses and customers with a key that changes every day."""

    def __init__(self, hmac_key: str, proxies: int = 0, pages_secret: str = "") -> None:
        """Initialize with what is known of proxies. Each adds the address that it serves.

        Args:
            hmac_key: the key from which those of the days are derived.
            proxies: how many stand before the API, or before the pages if those serve it.
            pages_secret: what the pages' distribution adds to its requests. Empty without pages.
        """
        self._hmac_key = hmac_key.encode()
        self._proxies = proxies
        self._pages_secret = pages_secret

    def ids(
        self, addresses: Sequence[str], customer_id: str, now: datetime, pages_proof: str = ""
    ) -> ClientIds:
        """Return the hashes of a client, for one day (UTC).

        Args:
            addresses: those that the request has come from, the nearest one last. Of a request that
                names fewer than there are proxies, the first one counts.
            customer_id: the customer, who is another client at each address.
            now: a time of the day.
            pages_proof: with the secret of the pages, their distribution is one more proxy. Without
                it the request has come to the API directly, and its other addresses can be forged.
        """
        day = f"clients\n{now.astimezone(UTC).date().isoformat()}"
        key = hmac.digest(self._hmac_key, day.encode(), hashlib.sha256)
        proxies = self._proxies + self._came_through_pages(pages_proof)
        network = _network(addresses[max(len(addresses) - 1 - proxies, 0)])
        return ClientIds(
            address=_hash(key, network), customer=_hash(key, f"{network}\n{customer_id}")
        )

    def _came_through_pages(self, proof: str) -> bool:
        shown = proof.encode(errors=_ANY_TEXT)
        return bool(self._pages_secret) and hmac.compare_digest(shown, self._pages_secret.encode())


def _network(text: str) -> str:
    """Return an IPv4 address, or the network of an IPv6 address. Another text is returned as is.

    Some proxies add a port: `192.0.2.1:1234`, `[2001:db8::1]:1234`.
    """
    without_port = re.sub(r"^\[(.*)\](:\d+)?$|^([^:]*):\d+$", r"\1\3", text)
    try:
        address = ip_address(without_port)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, _NETWORK_BITS), strict=False))


def _hash(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(errors=_ANY_TEXT), hashlib.sha256).hex()[:32]
