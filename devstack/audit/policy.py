"""What `make audit` accepts, with reasons: policy.toml."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).with_name("policy.toml")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AllowedLicences(_Strict):
    """Licences as metadata declare them: an SPDX id, an SPDX expression or a classifier."""

    deployed: frozenset[str]
    development: frozenset[str]


class PackageException(_Strict):
    """The licences that a package declares, and why it may be installed all the same."""

    declares: frozenset[str]
    reason: str


class AcceptedAdvisory(_Strict):
    """An advisory that does not concern gorder, until a date."""

    id: str
    package: str
    reason: str
    until: date


class Policy(_Strict):
    """The content of policy.toml."""

    licences: AllowedLicences
    packages: dict[str, PackageException]
    advisories: list[AcceptedAdvisory] = []

    @classmethod
    def load(cls) -> Self:
        with _FILE.open("rb") as file:
            return cls.model_validate(tomllib.load(file))
