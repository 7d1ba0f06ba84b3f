"""`gorder`, or `python -m ops`."""

import errno
import os
import sys
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from ops.errors import CommandError, ExitCode
from ops.program import program

# A write to a file fails so; a connection does not.
_NOT_WRITTEN = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def main() -> int:
    """Run a command and return its exit code. Every failure is one line on stderr."""
    try:
        _require_streams()
        _require_utf8(sys.argv)
        try:
            program(prog_name="gorder")
        finally:
            sys.stdout.flush()
    except CommandError as error:
        return _fail(str(error), error.code)
    except BrokenPipeError:
        _discard(sys.stdout)
        return ExitCode.REFUSED
    except UnicodeEncodeError as error:
        text = f"the output cannot be written in {error.encoding}: set PYTHONIOENCODING=utf-8"
        return _fail(text, ExitCode.USAGE)
    except OSError as error:
        if error.errno not in _NOT_WRITTEN or error.filename is not None:
            raise
        _discard(sys.stdout)
        return _fail(
            f"the output cannot be written: {error.strerror}. What the command changes may be done",
            ExitCode.REFUSED,
        )
    return ExitCode.DONE


def _fail(text: str, code: ExitCode) -> ExitCode:
    try:
        sys.stderr.write(f"gorder: {text}\n")
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)
    return code


def _discard(stream: TextIO) -> None:
    """Let what is left in the buffer go nowhere, so that the end of the process cannot fail."""
    with suppress(OSError):  # a test's stream has no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _require_streams() -> None:
    """Refuse a closed stdout before anything is sent. Python has None for a closed stream."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    if sys.stdout is None:
        raise CommandError("the output cannot be written: stdout is closed")


def _require_utf8(arguments: list[str]) -> None:
    """Refuse an argument in another encoding. Python has surrogates for its bytes."""
    for before, argument in pairwise(arguments):
        try:
            argument.encode()
        except UnicodeEncodeError:
            option, equals, _ = argument.partition("=")
            if not (equals and option.startswith("--")):
                option = before if before.startswith("--") else "argument"
            shown = os.fsencode(argument).decode("utf-8", "backslashreplace")
            raise CommandError(f"{option}: is not valid UTF-8: {shown}", ExitCode.USAGE) from None


if __name__ == "__main__":
    sys.exit(main())
