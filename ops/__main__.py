"""`gorder`, or `python -m ops`."""

import sys

from ops.errors import CommandError, ExitCode
from ops.program import program


def main() -> int:
    """Run a command and return its exit code. Every failure is one line on stderr."""
    try:
        program(prog_name="gorder")
    except CommandError as error:
        sys.stderr.write(f"gorder: {error}\n")
        return error.code
    return ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main())
