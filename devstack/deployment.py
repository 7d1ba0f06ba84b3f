"""Deploy the template to LocalStack, and describe what was deployed."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from devstack import sam
from devstack.console import StackError
from devstack.localstack_executor.built_code import BuiltCode, digest
from devstack.private_files import write_private
from devstack.state import ROOT, Directory, State
from devstack.template import folder_of, functions

# LocalStack reports types that it does not know as created, with the id "unknown". Those that the
# template may have, each with the reason why nothing needs it locally.
UNKNOWN_ALLOWED: Mapping[str, str] = {
    "AWS::CloudWatch::Dashboard": "shown in AWS's console",
    "AWS::Logs::QueryDefinition": "run in AWS's console",
    "AWS::Logs::MetricFilter": "feeds an alarm; the devstack's logs are files",
    "Custom::Migration": "the local cloud invokes `migrate` itself",
    "AWS::XRay::SamplingRule": "locally every request is traced",
    "AWS::XRay::ResourcePolicy": "lets SNS send to X-Ray, which LocalStack does not have",
}

RETURN_PATH = "/order/{order_id}"
"""The page to which Stripe sends the customer after the payment."""


def wiring(state: State) -> str:
    """Return a hash of the addresses and secrets that the functions are deployed with."""
    others = {name: port for name, port in state.ports.items() if name != "localstack"}
    stripe = state.real_stripe.model_dump_json() if state.real_stripe else ""
    return _hash([json.dumps(others, sort_keys=True), state.secrets.model_dump_json(), stripe])


def parameters() -> dict[str, str]:
    """Return the template parameters that are set in the environment."""
    seconds = os.environ.get("GORDER_COOKING_SECONDS")
    return {"CookingSeconds": seconds} if seconds else {}


def code(parameters: Mapping[str, str]) -> str:
    """Return a hash of what is deployed: the sources and the template's parameters."""
    return _hash([json.dumps(dict(parameters), sort_keys=True), sources()])


def sources() -> str:
    """Return a hash of what is built: template, functions and layers."""
    return _hash(_source_files())


def _source_files() -> Iterator[str]:
    files = [ROOT / "template.yaml"]
    for folder in ("functions", "layers"):
        files += sorted((ROOT / folder).rglob("*"))
    for file in files:
        if file.is_file() and file.suffix != ".pyc":
            yield str(file.relative_to(ROOT))
            yield file.read_text(errors="replace")


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def deploy(directory: Directory, state: State, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Create the secrets and the stack, and return the fields of a `Deployment` that describe them.

    Raises:
        StackError: SAM failed, or LocalStack did not know one of the template's types.
    """
    aws = sam.variables(state)
    built = _built(sam.built_template(directory.build).parent)
    # Code that was deployed before runs until it is replaced.
    write_private(directory.built, (BuiltCode.read(directory.built) | built).to_json())
    secret_ids = _put_secrets(aws, state)
    addresses = {
        "StripeApiBase": state.stripe.api_base,
        "ReturnUrl": state.url("pages") + RETURN_PATH,
    }
    wired = {**secret_ids, **addresses, **parameters}
    sam.deploy(directory.build, aws, wired, directory.log("sam"))
    return _describe(aws, state)


def _built(folder: Path) -> BuiltCode:
    """Describe what SAM has built: a folder for each function and each layer."""
    deployed = functions().values()
    return BuiltCode(
        digests=[digest(path) for path in folder.iterdir() if path.is_dir()],
        handlers=[properties["Handler"] for properties in deployed],
        variables=[
            name for properties in deployed for name in properties["Environment"]["Variables"]
        ],
    )


def progress(aws: Mapping[str, str]) -> str:
    """Return what a running deployment does, and which resource is being created."""
    try:
        resources = sam.client("cloudformation", aws).describe_stack_resources(StackName=sam.STACK)[
            "StackResources"
        ]
    except (BotoCoreError, ClientError):  # the stack does not exist yet
        return "uploading"
    by_status: dict[str, list[str]] = {}
    for resource in resources:
        status = resource["ResourceStatus"].rpartition("_")[2]
        by_status.setdefault(status, []).append(resource["LogicalResourceId"])
    done = f"{len(by_status.get('COMPLETE', []))} resources"
    creating = [f"creating {name}" for name in by_status.get("PROGRESS", [])[-1:]]
    return ", ".join([done, *creating])


def migrate(aws: Mapping[str, str], function: str) -> None:
    """Invoke the deployed function that migrates the databases to the newest schema.

    Raises:
        StackError: the function failed.
    """
    response = sam.client("lambda", aws).invoke(FunctionName=function)
    if "FunctionError" in response:
        error = response["Payload"].read().decode()
        raise StackError(f"{function} failed: {error}; make logs F=migrate")


def _put_secrets(aws: Mapping[str, str], state: State) -> dict[str, str]:
    secrets = {
        "mysql": {"url": state.mysql_url},
        "redis": {"url": state.redis_url},
        "mongo": {"url": state.mongo_url},
        "stripe": {"api_key": state.stripe.api_key},
        "stripe_webhook": {"webhook_secret": state.stripe.webhook_secret},
        "access_token": {"current": state.secrets.access_token_key},
        "order_id": {"key": state.secrets.order_id_key},
    }
    manager = sam.client("secretsmanager", aws)
    ids = {}
    for name, content in secrets.items():
        secret_id = f"gorder/{name}"
        put_secret(manager, secret_id, content)
        parameter = "".join(word.capitalize() for word in name.split("_"))
        ids[f"{parameter}SecretId"] = secret_id
    return ids


def put_secret(manager: Any, secret_id: str, content: Mapping[str, str]) -> None:  # noqa: ANN401 - boto3's clients
    """Create a secret in Secrets Manager, or replace its value."""
    text = json.dumps(content)
    try:
        manager.create_secret(Name=secret_id, SecretString=text)
    except manager.exceptions.ResourceExistsException:
        manager.put_secret_value(SecretId=secret_id, SecretString=text)


def _describe(aws: Mapping[str, str], state: State) -> dict[str, Any]:
    cloudformation = sam.client("cloudformation", aws)
    resources = cloudformation.describe_stack_resources(StackName=sam.STACK)["StackResources"]
    unknown = [
        f"{resource['LogicalResourceId']} ({resource['ResourceType']})"
        for resource in resources
        if resource.get("PhysicalResourceId", "unknown") == "unknown"
        and resource["ResourceType"] not in UNKNOWN_ALLOWED
    ]
    if unknown:
        raise StackError(
            f"LocalStack does not support {', '.join(unknown)}: use another type, or add it to "
            "UNKNOWN_ALLOWED in devstack/deployment.py if nothing needs it locally"
        )
    [stack] = cloudformation.describe_stacks(StackName=sam.STACK)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    stage = urlsplit(outputs["ApiUrl"]).path.strip("/").partition("/")[0]
    return {
        "api_url": f"{state.url('localstack')}/_aws/execute-api/{outputs['ApiId']}/{stage}",
        "outputs": outputs,
        "functions": {
            folder_of(resource["LogicalResourceId"]): resource["PhysicalResourceId"]
            for resource in resources
            if resource["ResourceType"] == "AWS::Lambda::Function"
        },
    }
