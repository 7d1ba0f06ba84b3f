"""What the program reads from its command line and writes to its streams, as a process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.errors import ExitCode
from tests.unit.ops.conftest import Printed

type Gorder = Callable[..., Printed]

REPOSITORY = Path(__file__).parents[3]
COMMANDS = {
    "help": "['--help']",
    "say": "say('hello')",
    "name": "say('caf\u00e9')",
    "json": "print_json({'a': 1})",
    "table": "print_table(('A',), [('b',)], empty='')",
    "csv": "_print_csv('2026-11-28', DayReportedBody(totals=(), products=(), unreadable=(), "
    "next=None))",
}


def process(written: str, redirection: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a shell, with a command that writes something."""
    code = (
        "import sys\nimport ops.__main__ as entry\nfrom ops.output import *\n"
        "from ops.commands.report import _print_csv\n"
        "from gorder.contracts.back_office_report import DayReportedBody\n"
        "sys.argv = ['gorder', '--help']\n"
    )
    if written != "help":
        code += f"entry.program = lambda **_: {COMMANDS[written]}\n"
    code += "sys.exit(entry.main())\n"
    return subprocess.run(  # noqa: S603 - this interpreter
        ["/bin/bash", "-c", f'"$0" -c "$1" {redirection}', sys.executable, code],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("written", "redirection"),
    [*((each, ">/dev/full") for each in COMMANDS), ("say", ">&-"), ("json", "1</dev/null")],
)
def test_output_that_cannot_be_written_is_one_sentence(written: str, redirection: str) -> None:
    run = process(written, redirection)

    assert run.returncode == 1, run.stderr
    assert run.stderr.startswith("gorder: the output cannot be written: ")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize("written", ["help", "json"])
def test_a_closed_pipe_is_quiet(written: str) -> None:
    run = process(written, "| (exec <&-; sleep 0.1)")

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_without_any_stream_the_exit_code_remains() -> None:
    assert process("say", ">/dev/full 2>/dev/full").returncode == 1


def test_an_encoding_without_the_characters_is_named() -> None:
    run = process("name", "", PYTHONIOENCODING="ascii")

    assert run.returncode == 2
    assert run.stderr.startswith("gorder: the output cannot be written in ascii")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("orders", "cancel", "c1", "--yes", "--reason", "caf\udce9"), "--reason"),
        (("orders", "cancel", "c1", "--yes", "--reason=caf\udce9"), "--reason"),
        (("orders", "show", "caf\udce9"), "argument"),
        (("--as", "caf\udce9", "stock", "show"), "--as"),
    ],
)
def test_an_argument_in_another_encoding_is_named(
    arguments: tuple[str, ...], name: str, gorder: Gorder
) -> None:
    run = gorder(*arguments)

    assert (run.code, run.stdout) == (2, "")
    assert run.stderr.startswith(f"gorder: {name}: is not valid UTF-8: ")
    assert run.stderr.endswith("caf\\xe9\n")


def test_the_help_lists_every_exit_code(gorder: Gorder) -> None:
    text = " ".join(gorder("--help").stdout.split())

    listed = text[text.index("Exit codes:") :]
    assert all(f" {code.value} " in listed for code in ExitCode)
