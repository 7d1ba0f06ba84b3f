"""The packages of the pages, from package-lock.json, as bills of materials in CycloneDX JSON."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from devstack.audit.bill import Bill
from devstack.web import WEB

LOCK = WEB.folder / "package-lock.json"
_FOLDER = "node_modules/"


def of_pages(lock: Path = LOCK, *, deployed: bool) -> Bill:
    """Return what a browser loads of other people's code, or what only developers install.

    The same lock file gives the same bill.
    """
    content = json.loads(lock.read_text())
    packages = {
        path.rpartition(_FOLDER)[2]: package
        for path, package in content["packages"].items()
        if path and bool(package.get("dev")) is not deployed
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": content["name"]}},
        "components": [_component(name, package) for name, package in sorted(packages.items())],
    }


def _component(name: str, package: dict[str, Any]) -> dict[str, Any]:
    purl = f"pkg:npm/{quote(name, safe='/')}@{package['version']}"
    algorithm, _, digest = package["integrity"].partition("-")
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": package["version"],
        "purl": purl,
        "licenses": [{"expression": package["license"]}] if "license" in package else [],
        "hashes": [
            {
                "alg": algorithm.upper().replace("SHA", "SHA-"),
                "content": base64.b64decode(digest).hex(),
            }
        ],
    }
