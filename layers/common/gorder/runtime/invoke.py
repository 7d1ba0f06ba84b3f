"""Handle synchronous invocations by another function or a person."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.observability import log_context, report


class TracedMessage(Protocol):
    """A message with the id of its trace."""

    @property
    def trace_id(self) -> str: ...


def invoked_function[M: TracedMessage, S](
    parse: Callable[[str], M],
    answer: Callable[[M, S], BaseModel],
    service: Callable[[], S],
) -> LambdaHandler:
    """Return a Lambda handler that returns `answer(message, service())` to its caller.

    An exception fails the invocation, which the caller sees as `FunctionError`.
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
