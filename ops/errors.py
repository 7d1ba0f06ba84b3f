"""Why a command did not do what was asked, and its exit code."""

from collections.abc import Iterator
from enum import IntEnum

from gorder.errors import GorderError, Kind


class ExitCode(IntEnum):
    """The exit codes of the program."""

    DONE = 0
    REFUSED = 1  # a rule or the other side refused, or a defect: the text says what to correct
    USAGE = 2  # a wrong argument or setting
    TRY_AGAIN = 3  # a dependency did not answer: the same command may succeed
    FOUND = 4  # an audit found something, or orders or pages were left


class CommandError(Exception):
    """The command did not do what was asked. The text says why, and what to do."""

    def __init__(self, text: str, code: ExitCode = ExitCode.REFUSED) -> None:
        super().__init__(text)
        self.code = code


def exit_code(kind: Kind) -> ExitCode:
    """Return the exit code for an error of that kind."""
    return ExitCode.TRY_AGAIN if kind is Kind.TRANSIENT else ExitCode.REFUSED


def kind_of(error_type: str) -> Kind:
    """Return the kind of gorder's error class of that name. Any other failure is a defect."""
    kinds = {error.__name__: error.kind for error in _subclasses(GorderError)}
    return kinds.get(error_type, Kind.DEFECT)


def _subclasses(parent: type[GorderError]) -> Iterator[type[GorderError]]:
    for child in parent.__subclasses__():
        if hasattr(child, "code"):
            yield child
        yield from _subclasses(child)
