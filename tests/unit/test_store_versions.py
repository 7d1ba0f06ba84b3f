"""The least versions of the stores that the documents state."""

import re

from pymongo.common import MIN_SUPPORTED_SERVER_VERSION

from devstack.state import ROOT
from devstack.template import resources

README = (ROOT / "README.md").read_text()
DEPLOY = (ROOT / "docs" / "deploy.md").read_text()
[TABLE] = re.findall(r"\| Store \| Least version .*?\n\n", DEPLOY, re.DOTALL)
LEAST = {
    name: tuple(map(int, version.split(".")))
    for names, versions in re.findall(r"^\| (\w+ or \w+) \| ([\d., ]+) \|", TABLE, re.MULTILINE)
    for name, version in zip(names.split(" or "), versions.split(", "), strict=True)
}


def deployed(kind: str) -> tuple[int, ...]:
    """Return the version of the store that the template creates."""
    [version] = {each["EngineVersion"] for each in resources(kind).values() if "Engine" in each}
    return tuple(map(int, version.split(".")))


def test_the_readme_states_the_same_versions() -> None:
    [line] = re.findall(r"^\[Least versions\].*: ((?:.+\n)+)", README, re.MULTILINE)

    stated = re.findall(r"(\w+) (\d+\.\d+)", line)
    assert {name: tuple(map(int, version.split("."))) for name, version in stated} == LEAST


def test_the_driver_accepts_the_least_version_of_mongodb() -> None:
    assert ".".join(map(str, LEAST["MongoDB"])) == MIN_SUPPORTED_SERVER_VERSION


def test_the_template_creates_no_older_store() -> None:
    [cluster] = resources("AWS::DocDB::DBCluster").values()
    document_db = tuple(map(int, cluster["EngineVersion"].split(".")))

    assert document_db >= LEAST["DocumentDB"]
    assert deployed("AWS::RDS::DBInstance") >= LEAST["MySQL"]
    assert deployed("AWS::ElastiCache::ReplicationGroup") >= LEAST["Valkey"]
