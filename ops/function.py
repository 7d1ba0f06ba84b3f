"""Send requests to the functions of a deployed stack. IAM decides who may."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's name
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from botocore.session import get_session

from gorder.constraints import PERSON_PATTERN
from gorder.contracts.back_office import BackOfficeRequest
from ops.errors import CommandError, ExitCode, exit_code, kind_of
from ops.transport import Reply

_LONGEST_ANSWER_SECONDS: Final = 610  # the function's timeout, and ten seconds for the network
# Without retries: a command that takes long would run twice at the same time.
_CONFIG: Final = Config(
    connect_timeout=5, read_timeout=_LONGEST_ANSWER_SECONDS, retries={"total_max_attempts": 1}
)
_MOST_OF_A_NAME: Final = 128
_MOST_OF_A_TEXT: Final = 200  # a proxy answers with a whole page
_SERVER_ERROR: Final = 500


def aws_client(service: str) -> Any:  # noqa: ANN401 - boto3's clients have no common type
    """Return a client with the credentials and region of the environment or the profile.

    Raises:
        CommandError: there is no region, or a setting is wrong.
    """
    no_region = CommandError(
        "no AWS region: set AWS_REGION, or choose a profile with AWS_PROFILE", ExitCode.USAGE
    )
    try:
        client = get_session().create_client(service, config=_CONFIG)
    except NoRegionError:
        raise no_region from None
    except BotoCoreError as error:  # some are a ValueError, too
        raise CommandError(f"{service}: {_short(str(error))}", ExitCode.USAGE) from None
    except ValueError as error:
        raise CommandError(f"AWS_ENDPOINT_URL: {error}", ExitCode.USAGE) from None
    if not client.meta.region_name:  # botocore takes an empty one if it has an endpoint
        raise no_region
    return client


class DeployedStack:
    """Implements `Transport` with the functions `back_office` and `migrate` of a stack."""

    def __init__(self, stack: str | None, client: Callable[[str], Any]) -> None:
        """Initialize without a call. `client` returns the AWS client of a service."""
        self._stack = stack
        self._client = client

    def ask(self, request: BackOfficeRequest) -> Reply:
        """Invoke `back_office`."""
        return self._invoke("BackOfficeFunction", request.model_dump(mode="json"))

    def migrate(self) -> Reply:
        """Invoke `migrate`."""
        return self._invoke("MigrateFunction", {})

    def identity(self) -> str:
        """Return the ARN of the caller, or its last 128 characters."""
        with _answered("sts", self._stack):
            arn: str = self._client("sts").get_caller_identity()["Arn"]
        name = arn[-_MOST_OF_A_NAME:].strip()
        return name if re.fullmatch(PERSON_PATTERN, name) else "unknown"

    def log_group(self) -> str:
        """Return the log group of all functions."""
        return self.resource("LogGroup")

    def resource(self, logical_id: str) -> str:
        """Return the physical id of a resource of the stack. Raises CommandError."""
        if self._stack is None:
            raise CommandError("name the deployed stack: --stack, or GORDER_STACK", ExitCode.USAGE)
        with _answered("cloudformation", self._stack):
            found = self._client("cloudformation").describe_stack_resource(
                StackName=self._stack, LogicalResourceId=logical_id
            )
            name: str = found["StackResourceDetail"]["PhysicalResourceId"]
        return name

    def _invoke(self, logical_id: str, payload: Reply) -> Reply:
        name = self.resource(logical_id)
        with _answered("lambda", self._stack):
            response = self._client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload))
            answer: Reply = json.loads(response["Payload"].read() or b"{}")
            if not isinstance(answer, dict):
                raise TypeError("it is no JSON object")
        if "FunctionError" in response:
            raise _failure(answer)
        return answer


@contextmanager
def _answered(service: str, stack: str | None) -> Iterator[None]:
    """Raise whatever goes wrong between a call and the last field of its answer in words."""
    try:
        yield
    except (ReadTimeoutError, IncompleteReadError):
        raise CommandError(
            "the function did not answer in time: look at what the command changes, "
            "then send it again",
            ExitCode.TRY_AGAIN,
        ) from None
    except (ConnectionError, HTTPClientError) as error:
        raise CommandError(f"AWS cannot be reached: {error}", ExitCode.TRY_AGAIN) from None
    except NoCredentialsError:
        raise CommandError(
            "no AWS credentials: sign in, or choose a profile with AWS_PROFILE",
            ExitCode.USAGE,
        ) from None
    except ClientError as error:
        raise _refusal(error, stack) from None
    except BotoCoreError as error:
        raise CommandError(f"{service}: {_short(str(error))}", ExitCode.USAGE) from None
    except (ResponseParserError, LookupError, TypeError, ValueError) as error:
        raise CommandError(
            f"{service}: this is no answer of AWS: {_short(str(error))}; check AWS_ENDPOINT_URL, "
            "AWS_REGION and the proxy, and look at what the command changes before you send it "
            "again",
            ExitCode.TRY_AGAIN,
        ) from None


def _short(text: str) -> str:
    """Return the beginning of a text on one line."""
    return " ".join(text.split())[:_MOST_OF_A_TEXT]


def _failure(answer: Reply) -> CommandError:
    error_type = str(answer.get("errorType", ""))
    text = str(answer.get("errorMessage", "")) or error_type
    if error_type == "Sandbox.Timedout" or "Task timed out" in text:
        return CommandError(f"{text}: send the same command again", ExitCode.TRY_AGAIN)
    return CommandError(text, exit_code(kind_of(error_type)))


def _refusal(error: ClientError, stack: str | None) -> CommandError:
    code, text = error.response["Error"]["Code"], _short(error.response["Error"]["Message"])
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    match code:
        case "ValidationError" if "does not exist" in text:
            return CommandError(
                f"there is no stack {stack} in this account and region: check --stack, "
                "AWS_PROFILE and AWS_REGION",
                ExitCode.USAGE,
            )
        case "TooManyRequestsException" | "ThrottlingException" | "Throttling":
            return CommandError(f"AWS limits the rate of requests: {text}", ExitCode.TRY_AGAIN)
    if status >= _SERVER_ERROR:
        return CommandError(
            f"AWS does not answer {error.operation_name}: {code}: {text}", ExitCode.TRY_AGAIN
        )
    return CommandError(f"AWS refuses {error.operation_name}: {code}: {text}")
