"""The variables of functions in containers: the file for `sam local --env-vars`."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from devstack import sam
from devstack.deployment import put_secret
from devstack.state import LOOPBACK

# The local cloud's servers have no TLS, and gorder connects to another host without TLS only if the
# URL says so. A MongoDB driver would connect to the set's members by their own names, on loopback.
_OPTIONS = {
    "mysql": "tls=off",
    "redis": "tls=off",
    "mongodb": "tls=false&directConnection=true",
}


def container_environment(aws: Mapping[str, str], host: str) -> dict[str, dict[str, str]]:
    """Return the variables of each deployed function, by logical id, with `host` for loopback.

    A secret with addresses gets a copy with `host`, because the deployed functions need the
    original.

    Args:
        aws: LocalStack's address and the stack's keys; the stack is deployed there.
        host: the name of this machine in a container.
    """
    deployed = _deployed(aws)
    secret_ids = {
        value
        for variables in deployed.values()
        for name, value in variables.items()
        if name.endswith("_SECRET")
    }
    manager = sam.client("secretsmanager", aws)
    copies = {secret_id: _put_copy(manager, secret_id, host) for secret_id in secret_ids}
    return {
        function: {
            **{name: copies.get(value) or _at(host, value) for name, value in variables.items()},
            "AWS_ENDPOINT_URL": _at(host, aws["AWS_ENDPOINT_URL"]),
        }
        for function, variables in deployed.items()
    }


def _deployed(aws: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    cloudformation = sam.client("cloudformation", aws)
    functions = sam.client("lambda", aws)
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


def _put_copy(manager: Any, secret_id: str, host: str) -> str:  # noqa: ANN401 - boto3's clients
    fields = json.loads(manager.get_secret_value(SecretId=secret_id)["SecretString"])
    copy = f"{secret_id}/containers"
    put_secret(manager, copy, {name: _at(host, value) for name, value in fields.items()})
    return copy


def _at(host: str, value: str) -> str:
    """Replace loopback by `host` in the URL of a server. Other values stay as they are."""
    parts = urlsplit(value)
    if parts.hostname != LOOPBACK:
        return value
    credentials, at, _ = parts.netloc.rpartition("@")
    options = [part for part in (parts.query, _OPTIONS.get(parts.scheme)) if part]
    return parts._replace(
        netloc=f"{credentials}{at}{host}:{parts.port}", query="&".join(options)
    ).geturl()
