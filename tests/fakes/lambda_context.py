"""The context object of a Lambda invocation."""

from aws_lambda_powertools.utilities.typing import LambdaContext


class FakeContext(LambdaContext):
    """A context with the fields that Powertools reads."""

    _function_name = "function"
    _function_version = "$LATEST"
    _invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"
    _memory_limit_in_mb = 512
    _aws_request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000
