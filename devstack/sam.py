"""`sam build` and `sam deploy`, against LocalStack."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session

from devstack import tools
from devstack.console import StackError
from devstack.process import tail
from devstack.state import ROOT

REGION = "us-east-1"
STACK = "gorder"
BUCKET = "gorder-artifacts"
QUIET = {"AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.5"}
BUILD_SECONDS = 300
DEPLOY_SECONDS = 300
CREDENTIALS = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


def build(directory: Path, log: Path) -> None:
    """Build template.yaml into `directory`.

    Raises:
        StackError: it failed, or took longer than five minutes.
    """
    arguments = ["build", "--template-file", str(ROOT / "template.yaml")]
    arguments += ["--build-dir", str(directory / "sam"), "--cached", "--parallel"]
    arguments += ["--cache-dir", str(directory / "cache")]
    _sam(arguments, {}, log, BUILD_SECONDS)


def deploy(directory: Path, endpoint: str, parameters: Mapping[str, str], log: Path) -> None:
    """Deploy what was built. Nothing happens if nothing changed.

    Raises:
        StackError: it failed, or took longer than five minutes.
    """
    client("s3", endpoint).create_bucket(Bucket=BUCKET)
    overrides = [f"ParameterKey={key},ParameterValue={value}" for key, value in parameters.items()]
    arguments = ["deploy", "--template-file", str(directory / "sam" / "template.yaml")]
    arguments += ["--stack-name", STACK, "--s3-bucket", BUCKET, "--region", REGION]
    arguments += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    arguments += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    arguments += ["--parameter-overrides", *overrides]
    _sam(arguments, {"AWS_ENDPOINT_URL": endpoint}, log, DEPLOY_SECONDS)


def client(service: str, endpoint: str) -> Any:  # noqa: ANN401 - one door for all of boto3's clients
    """A client of LocalStack's."""
    return botocore.session.get_session().create_client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
    )


def _sam(arguments: list[str], extra: Mapping[str, str], log: Path, seconds: float) -> None:
    # SAM builds with the python3.13 it finds first on PATH, and that one must have pip.
    path = f"{tools.UV.parent}:{os.environ['PATH']}"
    environment = {
        **os.environ,
        **CREDENTIALS,
        **extra,
        "PATH": path,
        **QUIET,
    }
    command = [str(tools.environment("sam") / "bin" / "sam"), *arguments]
    try:
        with log.open("ab") as output:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=ROOT,
                timeout=seconds,
                check=True,
            )
    except subprocess.TimeoutExpired:
        message = f"sam {arguments[0]} was not done after {seconds:.0f} s; {tail(log)}"
        raise StackError(message) from None
    except subprocess.CalledProcessError:
        raise StackError(f"sam {arguments[0]} failed; {tail(log, lines=40)}") from None
