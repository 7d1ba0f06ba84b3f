"""Attacks go to the stack of the test run, on loopback, and nowhere else."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest

from devstack.stack import Stack


@pytest.fixture(autouse=True, scope="session")
def _on_loopback(cloud: Stack) -> None:
    urls = [value for value in cloud.env().values() if "://" in value]
    assert urls
    for url in urls:
        host = urlsplit(url).hostname or ""
        if not ip_address(host).is_loopback:
            pytest.exit(f"{host} is not this machine: attacks are run against the local cloud only")
