"""From a synchronous invocation by another function to a handler, and back."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.observability import log_context, report


class Traced(Protocol):
    """A message that says to which trace it belongs."""

    @property
    def trace_id(self) -> str: ...


def invoked_function[M: Traced, S](
    parse: Callable[[str], M],
    answer: Callable[[M, S], BaseModel],
    service: Callable[[], S],
) -> LambdaHandler:
    """The Lambda handler that answers its caller with `answer(message, service())`.

    What is raised fails the invocation: the caller sees that it got no answer.
    """

    @lambda_function
    def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
        with ExitStack() as context:
            try:
                message = parse(json.dumps(event))
                context.enter_context(log_context(message.trace_id))
                return answer(message, service()).model_dump(mode="json")
            except Exception as error:
                report(error, "invocation.failed")
                raise

    return handler
