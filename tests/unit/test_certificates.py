"""The layer trusts the certificate authorities of AWS's data stores and no others."""

import re
import ssl
import time

import pytest

from devstack.certificates import FOLDER
from gorder.clients.tls import ca_file

AMAZON = {f"Amazon Root CA {number}" for number in range(1, 5)}
STARFIELD = "Starfield Services Root Certificate Authority - G2"
KEYS = ("RSA2048", "RSA4096", "ECC384")
A_YEAR = 366 * 24 * 3600
REGIONS = sorted(file.stem for file in FOLDER.glob("*.pem"))


def test_the_files_of_the_regions_are_found() -> None:
    assert {"eu-central-1", "us-east-1", "ap-southeast-2"} < set(REGIONS)


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_trusts_its_own_roots_and_amazons(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca_file())
    roots = context.get_ca_certs()

    names = {re.findall(r"'commonName', '([^']+)'", str(root["subject"]))[0] for root in roots}

    assert names == AMAZON | {STARFIELD} | {f"Amazon RDS {region} Root CA {k} G1" for k in KEYS}
    for root in roots:
        assert root["subject"] == root["issuer"]
        assert ssl.cert_time_to_seconds(str(root["notAfter"])) > time.time() + A_YEAR
