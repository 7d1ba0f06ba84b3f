"""samconfig.toml: how SAM reads it, and that its parameters are the template's."""

import re
import subprocess
import tomllib

import pytest

from devstack import sam, tools
from devstack.state import ROOT
from devstack.template import template
from tests.sam_cli import parse_with_sam
from tests.samples import Json

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
ENVIRONMENTS = ["dev", "staging", "prod", "local"]
TO_AWS = ["dev", "staging", "prod"]


SECTIONS = [(name, section) for name in ENVIRONMENTS for section in CONFIG[name]]

type Read = dict[tuple[str, str], Json]


@pytest.fixture(scope="module")
def read() -> Read:
    """Return what SAM reads in each section."""
    readings = parse_with_sam(
        *([*command_of(section), "--config-env", name] for name, section in SECTIONS)
    )
    return dict(zip(SECTIONS, readings, strict=True))


def command_of(section: str) -> list[str]:
    """Return the command of a section: `local start-api` for `local_start_api`."""
    local, command = section.startswith("local_"), section.removeprefix("local_")
    return [*(["local"] if local else []), command.replace("_", "-")]


def test_there_are_no_other_environments() -> None:
    assert list(CONFIG) == ["version", *ENVIRONMENTS]


@pytest.mark.parametrize(("environment", "section"), SECTIONS)
def test_sam_knows_every_option(read: Read, environment: str, section: str) -> None:
    assert read[environment, section]["unknown"] == []
    assert read[environment, section]["options"]["config_env"] == environment


@pytest.mark.parametrize("environment", TO_AWS)
def test_every_parameter_has_a_value_that_the_template_allows(read: Read, environment: str) -> None:
    parameters = template()["Parameters"]

    for name, value in read[environment, "deploy"]["options"]["parameter_overrides"].items():
        allowed = [str(one) for one in parameters[name].get("AllowedValues", [value])]
        assert value in allowed, name
        assert re.fullmatch(parameters[name].get("AllowedPattern", ".*"), value), name


@pytest.mark.parametrize("environment", TO_AWS)
def test_each_environment_is_a_stack_in_the_region_of_the_profile(
    read: Read, environment: str
) -> None:
    options = read[environment, "deploy"]["options"]

    assert options["stack_name"] == f"gorder-{environment}"
    assert options["capabilities"] == ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    assert options["resolve_s3"]
    assert "region" not in CONFIG[environment]["deploy"]["parameters"]
    assert options["confirm_changeset"] is (environment == "prod")


def test_only_prod_has_a_canary_reserved_concurrency_and_the_larger_size(read: Read) -> None:
    given = {name: read[name, "deploy"]["options"]["parameter_overrides"] for name in TO_AWS}

    assert given["dev"] == given["staging"] == {"Size": "Small"}
    assert given["prod"] == {"Size": "Production", "Canary": "true", "ReserveConcurrency": "true"}


def test_the_local_stack_has_the_names_that_the_local_cloud_uses() -> None:
    given = CONFIG["local"]["deploy"]["parameters"]

    assert (given["stack_name"], given["s3_bucket"]) == (sam.STACK, sam.BUCKET)
    assert given["region"] == sam.REGION


def test_sam_validates_it_without_a_warning() -> None:
    tools.ensure(["sam"], mariadb=False)
    program = str(tools.environment("sam") / "bin" / "sam")

    result = subprocess.run(  # noqa: S603 - the line above
        [program, "validate", "--config-env", "prod"],
        cwd=ROOT,
        env=sam.environment({}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert "valid SAM Template" in result.stdout
    assert "warn" not in result.stderr.lower()
