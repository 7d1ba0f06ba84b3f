"""The licences of installed packages, compared with policy.toml."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from devstack.audit.bill import Bill
from devstack.audit.policy import Policy

DEPLOYED = {"layers", "pages"}
"""What is given to AWS, or to browsers."""


def refused(environment: str, bill: Bill, policy: Policy) -> list[str]:
    """Return a line for each package whose licence is not allowed in this environment."""
    if environment in DEPLOYED:
        return list(_refused(environment, bill, policy.licences.deployed))
    allowed = policy.licences.deployed | policy.licences.development
    excepted = {name: each.declares for name, each in policy.packages.items()}
    bill = {
        "components": [
            each for each in bill["components"] if excepted.get(_name(each)) != _declared(each)
        ]
    }
    return list(_refused(environment, bill, allowed))


def _refused(environment: str, bill: Bill, allowed: AbstractSet[str]) -> Iterator[str]:
    for component in bill["components"]:
        declared = _declared(component)
        if not declared or not declared <= allowed:
            text = ", ".join(sorted(declared)) or "no licence"
            yield (
                f"{environment}: {component['name']} {component['version']} declares {text}, "
                "which devstack/audit/policy.toml does not allow"
            )


def _name(component: dict[str, Any]) -> str:
    """Return a package's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", component["name"]).lower()


def _declared(component: dict[str, Any]) -> frozenset[str]:
    return frozenset(
        each.get("expression") or each["license"].get("id") or each["license"]["name"]
        for each in component.get("licenses", [])
    )
