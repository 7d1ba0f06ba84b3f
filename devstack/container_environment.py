"""What functions in containers are told of the local cloud: the file for `sam local --env-vars`."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from devstack import sam
from devstack.deployment import put_secret
from devstack.state import LOOPBACK

# The devstack's servers speak no TLS, and to another host gorder goes in clear only if it is told
# to. A MongoDB driver would look for the set's members where they know themselves: on loopback.
_OPTIONS = {
    "mysql": "tls=off",
    "redis": "tls=off",
    "mongodb": "tls=false&directConnection=true",
}


def container_environment(endpoint: str, host: str) -> dict[str, dict[str, str]]:
    """The variables each function is deployed with, by logical id, true where loopback is `host`.

    Secrets with such addresses get a twin, for those of the deployed functions stay as they are.

    Args:
        endpoint: LocalStack's, with the stack deployed.
        host: this machine, to a container.
    """
    deployed = _deployed(endpoint)
    secret_ids = {
        value
        for variables in deployed.values()
        for name, value in variables.items()
        if name.endswith("_SECRET")
    }
    manager = sam.client("secretsmanager", endpoint)
    twins = {secret_id: _put_twin(manager, secret_id, host) for secret_id in secret_ids}
    return {
        function: {
            **{name: twins.get(value) or _at(host, value) for name, value in variables.items()},
            "AWS_ENDPOINT_URL": _at(host, endpoint),
        }
        for function, variables in deployed.items()
    }


def _deployed(endpoint: str) -> Mapping[str, Mapping[str, str]]:
    cloudformation = sam.client("cloudformation", endpoint)
    functions = sam.client("lambda", endpoint)
    resources = cloudformation.describe_stack_resources(StackName=sam.STACK)["StackResources"]
    names = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }
    configurations = {
        logical_id: functions.get_function_configuration(FunctionName=name)
        for logical_id, name in names.items()
    }
    return {
        logical_id: configuration["Environment"]["Variables"]
        for logical_id, configuration in configurations.items()
    }


def _put_twin(manager: Any, secret_id: str, host: str) -> str:  # noqa: ANN401 - boto3's clients
    fields = json.loads(manager.get_secret_value(SecretId=secret_id)["SecretString"])
    twin = f"{secret_id}/containers"
    put_secret(manager, twin, {name: _at(host, value) for name, value in fields.items()})
    return twin


def _at(host: str, value: str) -> str:
    """The URL of a server on loopback as it is at `host`; any other text as it is."""
    parts = urlsplit(value)
    if parts.hostname != LOOPBACK:
        return value
    credentials, at, _ = parts.netloc.rpartition("@")
    options = [part for part in (parts.query, _OPTIONS.get(parts.scheme)) if part]
    return parts._replace(
        netloc=f"{credentials}{at}{host}:{parts.port}", query="&".join(options)
    ).geturl()
