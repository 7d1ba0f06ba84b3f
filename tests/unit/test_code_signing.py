"""With a signing profile, every function and layer must be signed; without one, none."""

import re
import subprocess

from devstack.state import ROOT
from devstack.template import functions, resources, template

DEPLOY = (ROOT / "docs" / "deploy.md").read_text()
OFF = {"Ref": "AWS::NoValue"}


def test_every_function_has_the_configuration_if_a_profile_is_given() -> None:
    for function in functions().values():
        assert function["CodeSigningConfigArn"] == {
            "Fn::If": ["RequiresSignedCode", {"Ref": "CodeSigningConfig"}, OFF]
        }


def test_no_function_is_outside_of_the_globals() -> None:
    assert resources("AWS::Lambda::Function") == {}


def test_code_that_is_not_signed_is_refused() -> None:
    [configuration] = resources("AWS::Lambda::CodeSigningConfig").values()

    assert configuration["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}
    assert configuration["AllowedPublishers"] == {
        "SigningProfileVersionArns": [{"Ref": "SigningProfileVersionArn"}]
    }


def test_signing_is_off_by_default() -> None:
    assert template()["Parameters"]["SigningProfileVersionArn"]["Default"] == ""


def test_the_documented_command_signs_every_function_and_layer() -> None:
    [command] = re.findall(r"^PROFILES=\$\((.*)\)$", DEPLOY, re.MULTILINE)
    signed = subprocess.run(  # noqa: S602 - a command of the documents
        command, shell=True, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()

    wanted = {
        **resources("AWS::Serverless::Function"),
        **resources("AWS::Serverless::LayerVersion"),
    }
    assert sorted(signed) == sorted(f"{name}=gorder" for name in wanted)
