"""What the options before a command have chosen: who asks, and where."""

import json
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import typer
from pydantic import BaseModel, ValidationError

from gorder.constraints import PERSON_PATTERN
from gorder.contracts.back_office import BackOfficeRequest, InvalidRequest, parse_request
from ops.errors import CommandError, ExitCode
from ops.function import DeployedStack, aws_client
from ops.output import waiting
from ops.transport import Transport

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done. Change nothing.")]
Reason = Annotated[str, typer.Option(help="Why, in your words. It is kept on record.")]


@dataclass
class Session:
    """The program's options. Nothing is connected before the first request."""

    stack: str | None
    on_stores: bool
    asked_by: str | None

    @cached_property
    def transport(self) -> Transport:
        """Where requests are answered."""
        stack = DeployedStack(self.stack, aws_client)
        if not self.on_stores:
            return stack
        from ops.stores import ReachableStores  # noqa: PLC0415 - imports the services

        return ReachableStores(stack)

    @cached_property
    def by(self) -> str:
        """Who asks: `--as`, or the IAM identity, or on reachable stores the user."""
        if self.asked_by is None:
            return self.transport.identity()
        if not re.fullmatch(PERSON_PATTERN, self.asked_by):
            raise CommandError(
                "--as: must be 1 to 128 ASCII characters without a space at either end",
                ExitCode.USAGE,
            )
        return self.asked_by

    def ask[B: BaseModel](self, body: type[B], command: str, **fields: object) -> B:
        """Send a request, and return its reply. A field of a later release is ignored.

        Args:
            body: the reply's type.
            command: the request's `command`.
            fields: its other fields. Those that are None are left out.

        Raises:
            CommandError: the request is wrong, or was not answered.
        """
        request = _request(command, fields)
        with waiting(f"{command.replace('_', ' ')} …"):
            reply = self.transport.ask(request)
        try:
            return body.model_validate(reply, strict=False, extra="ignore")
        except ValidationError as error:
            raise CommandError(
                f"the answer to {command} has another form ({error.error_count()} fields): "
                "the stack runs another release than this program"
            ) from None


def _request(command: str, fields: dict[str, object]) -> BackOfficeRequest:
    """Return the request. It is checked here, so that a wrong field costs no call."""
    stated = {name: value for name, value in fields.items() if value is not None}
    try:
        return parse_request(json.dumps({"command": command, **stated}))
    except InvalidRequest as error:
        _, _, problems = str(error).partition(": ")
        raise CommandError(problems, ExitCode.USAGE) from None


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone.

    Raises:
        CommandError: the answer is no, or there is no terminal to ask at.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(f"{question} Confirm with --yes", ExitCode.USAGE)
    if not typer.confirm(question, err=True):
        raise CommandError("nothing was changed")


def session_of(context: typer.Context) -> Session:
    """Return the session of a command's context."""
    session: Session = context.obj
    return session
