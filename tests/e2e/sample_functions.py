"""The functions as deployed, for the sample events alone."""

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
    """Copies of the deployed functions that nothing else invokes: no queue, no schedule.

    Each has the artifact, the layers and the settings of its original, but for those in `own`.
    """

    def __init__(self, built: Path, endpoint: str, own: Mapping[str, str]) -> None:
        self._built = built
        self._lambda = sam.client("lambda", endpoint)
        self._cloudformation = sam.client("cloudformation", endpoint)
        self._own = {**own, "GORDER_STOCK_FUNCTION": f"{PREFIX}stock_check"}
        self._copied: set[str] = set()

    def invoke(self, function: str, payload: Json) -> Json:
        """The answer, or what Lambda answers if the function raises."""
        for needed in {function, "stock_check"} - self._copied:
            self._copy(needed)
        result = self._lambda.invoke(
            FunctionName=PREFIX + function, Payload=json.dumps(payload).encode()
        )
        answer: Json = json.load(result["Payload"])
        return answer

    def close(self) -> None:
        """Leave none of them."""
        for function in self._copied:
            self._lambda.delete_function(FunctionName=PREFIX + function)

    def _copy(self, function: str) -> None:
        logical_id = f"{function.title().replace('_', '')}Function"
        resource = self._cloudformation.describe_stack_resource(
            StackName=sam.STACK, LogicalResourceId=logical_id
        )
        name = resource["StackResourceDetail"]["PhysicalResourceId"]
        original = self._lambda.get_function_configuration(FunctionName=name)
        variables = original["Environment"]["Variables"]
        own = {name: value for name, value in self._own.items() if name in variables}
        self._lambda.create_function(
            FunctionName=PREFIX + function,
            Code={"ZipFile": _zipped(self._built / logical_id)},
            Layers=[layer["Arn"] for layer in original["Layers"]],
            Environment={"Variables": {**variables, **own}},
            **{name: original[name] for name in COPIED},
        )
        self._copied.add(function)
        self._lambda.get_waiter("function_active_v2").wait(FunctionName=PREFIX + function)


def _zipped(folder: Path) -> bytes:
    with TemporaryDirectory() as temporary:
        return Path(shutil.make_archive(f"{temporary}/code", "zip", folder)).read_bytes()


class Listener:
    """A topic of one's own, and what is published to it."""

    def __init__(self, endpoint: str) -> None:
        sns = sam.client("sns", endpoint)
        self._sqs = sam.client("sqs", endpoint)
        self._queue = self._sqs.create_queue(QueueName=f"{PREFIX}events")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["QueueArn"]
        )
        self.topic_arn: str = sns.create_topic(Name=f"{PREFIX}topic")["TopicArn"]
        sns.subscribe(
            TopicArn=self.topic_arn,
            Protocol="sqs",
            Endpoint=attributes["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )

    def take(self) -> list[str]:
        """The types of the events that have come since."""
        types = []
        while messages := self._received():
            for message in messages:
                types.append(json.loads(message["Body"])["event_type"])
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
        return types

    def _received(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages
