"""Copies of the deployed functions, for the sample events."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from devstack import sam
from tests.samples import Json

PREFIX = "sample-"
COPIED = ("Runtime", "Handler", "Role", "Timeout", "MemorySize", "Architectures")


class SampleFunctions:
    """Copies of the deployed functions without event sources, so that only a test invokes them.

    Each has the artifact, layers and settings of its original. `overrides` replaces variables.
    """

    def __init__(self, built: Path, aws: Mapping[str, str], overrides: Mapping[str, str]) -> None:
        self._built = built
        self._lambda = sam.client("lambda", aws)
        self._cloudformation = sam.client("cloudformation", aws)
        self._overrides = {**overrides, "GORDER_STOCK_FUNCTION": f"{PREFIX}stock_check"}
        self._copied: set[str] = set()

    def invoke(self, function: str, payload: Json) -> Json:
        """Invoke a copy and return its result, or Lambda's error if it raises."""
        for missing in {function, "stock_check"} - self._copied:
            self.copy(missing)
        response = self._lambda.invoke(
            FunctionName=PREFIX + function, Payload=json.dumps(payload).encode()
        )
        result: Json = json.load(response["Payload"])
        return result

    def close(self) -> None:
        """Delete the copies."""
        for function in self._copied:
            self._lambda.delete_function(FunctionName=PREFIX + function)

    def copy(self, function: str) -> str:
        """Copy a function and return the copy's name."""
        logical_id = f"{function.title().replace('_', '')}Function"
        resource = self._cloudformation.describe_stack_resource(
            StackName=sam.STACK, LogicalResourceId=logical_id
        )
        name = resource["StackResourceDetail"]["PhysicalResourceId"]
        original = self._lambda.get_function_configuration(FunctionName=name)
        variables = original["Environment"]["Variables"]
        overrides = {name: value for name, value in self._overrides.items() if name in variables}
        self._lambda.create_function(
            FunctionName=PREFIX + function,
            Code={"ZipFile": _zipped(self._built / logical_id)},
            Layers=[layer["Arn"] for layer in original["Layers"]],
            Environment={"Variables": {**variables, **overrides}},
            **{name: original[name] for name in COPIED},
        )
        self._copied.add(function)
        self._lambda.get_waiter("function_active_v2").wait(FunctionName=PREFIX + function)
        return PREFIX + function


def _zipped(folder: Path) -> bytes:
    with TemporaryDirectory() as temporary:
        return Path(shutil.make_archive(f"{temporary}/code", "zip", folder)).read_bytes()


class SampleTopic:
    """A separate topic for the samples, with a queue that receives its events."""

    def __init__(self, aws: Mapping[str, str]) -> None:
        sns = sam.client("sns", aws)
        self._sqs = sam.client("sqs", aws)
        self._queue = self._sqs.create_queue(QueueName=f"{PREFIX}events")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["QueueArn"]
        )
        self.arn: str = sns.create_topic(Name=f"{PREFIX}topic")["TopicArn"]
        sns.subscribe(
            TopicArn=self.arn,
            Protocol="sqs",
            Endpoint=attributes["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )

    def take(self) -> list[str]:
        """Receive all waiting events and return their types."""
        types = []
        while messages := self._received():
            for message in messages:
                types.append(json.loads(message["Body"])["event_type"])
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
        return types

    def _received(self) -> list[dict[str, Any]]:
        response = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        messages: list[dict[str, Any]] = response.get("Messages", [])
        return messages
