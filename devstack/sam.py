"""`sam build` and `sam deploy`, against LocalStack."""

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from devstack import tools
from devstack.console import StackError
from devstack.process import tail
from devstack.state import ROOT, State

REGION = "us-east-1"
STACK = "gorder"
BUCKET = "gorder-artifacts"
QUIET = {"AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.5"}
ARCHITECTURE = "x86_64" if platform.machine() == "x86_64" else "arm64"
"""The architecture of this machine, where the functions run."""
LOCAL = {"Pages": "false"}
"""What the local cloud sets: LocalStack has no CloudFront, so a server of its own has the pages."""
BUILD_SECONDS = 300
DEPLOY_SECONDS = 300
ACCESS_KEY_ID = "gorder"
"""No secret: LocalStack reads the account from it, and checks the secret access key only."""


def build(directory: Path, log: Path, architecture: str = ARCHITECTURE) -> None:
    """Build template.yaml into `directory`/sam.

    Raises:
        StackError: the build failed, or took longer than five minutes.
    """
    arguments = ["build", "--template-file", str(ROOT / "template.yaml")]
    arguments += ["--build-dir", str(directory / "sam")]
    arguments += ["--cache-dir", str(directory / "cache" / _rules())]
    arguments += ["--parameter-overrides", *overrides({"Architecture": architecture, **LOCAL})]
    _sam(arguments, {}, log, BUILD_SECONDS)


def variables(state: State) -> dict[str, str]:
    """Return LocalStack's address and the stack's keys as AWS's SDKs and command line read them."""
    return {
        "AWS_ENDPOINT_URL": state.url("localstack"),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": state.secrets.aws_secret_access_key,
    }


def deploy(
    directory: Path, aws: Mapping[str, str], parameters: Mapping[str, str], log: Path
) -> None:
    """Deploy what was built. Does nothing if nothing has changed.

    Raises:
        StackError: the deployment failed, or took longer than five minutes.
    """
    client("s3", aws).create_bucket(Bucket=BUCKET)
    arguments = ["deploy", "--template-file", str(built_template(directory))]
    arguments += ["--parameter-overrides"]
    arguments += overrides({"Architecture": ARCHITECTURE, **LOCAL, **parameters})
    _sam(arguments, aws, log, DEPLOY_SECONDS)


def _rules() -> str:
    """Return a hash of the layers' Makefiles. SAM's cache key has only the layer's own folder."""
    files = sorted((ROOT / "layers").glob("*/Makefile"))
    content = [file.read_bytes() for file in [*files, ROOT / "layers" / "layer.mk"]]
    return hashlib.sha256(b"\0".join(content)).hexdigest()[:16]


def built_template(directory: Path) -> Path:
    """Return the template that a build has written, with paths to what was built."""
    return directory / "sam" / "template.yaml"


def overrides(parameters: Mapping[str, str]) -> list[str]:
    """Return template parameters in SAM's syntax."""
    return [f"ParameterKey={key},ParameterValue={value}" for key, value in parameters.items()]


def client(service: str, environment: Mapping[str, str]) -> Any:  # noqa: ANN401 - boto3's clients have no common type
    """Return a client of one of LocalStack's services, at the address and with the keys of a stack.

    Args:
        service: `lambda`, `sqs`, ...
        environment: the variables of `variables`, and others.
    """
    return _client(service, environment["AWS_ENDPOINT_URL"], environment["AWS_SECRET_ACCESS_KEY"])


@cache
def _client(service: str, endpoint: str, secret: str) -> Any:  # noqa: ANN401 - boto3's clients have no common type
    import botocore.session  # noqa: PLC0415 - half a second, which `make env` does not need

    return botocore.session.get_session().create_client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=secret,
    )


def command(*arguments: str) -> list[str]:
    """Return a command line of SAM, with the environment `local` of samconfig.toml."""
    config = ["--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local"]
    return [str(tools.environment("sam") / "bin" / "sam"), *arguments, *config]


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return SAM's variables. It builds with the first python3.13 on PATH, which must have pip."""
    path = f"{tools.UV.parent}:{os.environ['PATH']}"
    return {**os.environ, **extra, "PATH": path, **QUIET}


def _sam(arguments: list[str], extra: Mapping[str, str], log: Path, seconds: float) -> None:
    try:
        with log.open("ab") as output:
            subprocess.run(
                command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(extra),
                cwd=ROOT,
                timeout=seconds,
                check=True,
            )
    except subprocess.TimeoutExpired:
        message = f"sam {arguments[0]} took longer than {seconds:.0f} s; {tail(log)}"
        raise StackError(message) from None
    except subprocess.CalledProcessError:
        raise StackError(f"sam {arguments[0]} failed; {tail(log, lines=40)}") from None
