"""Every command of `gorder` that a document names exists, with its options."""

import re
import shlex

import pytest
import typer

from devstack.state import ROOT
from ops.program import program

DOCUMENTS = ["README.md", "docs/operations.md", "docs/deploy.md", "docs/develop.md"]
FENCE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
CODE = re.compile(r"`([^`]+)`", re.DOTALL)
CALL = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?gorder (?=[a-z-])(.*)$")


def named(document: str) -> list[str]:
    """Return what follows `gorder` in each call, in blocks and in the text."""
    text = (ROOT / document).read_text()
    blocks = [line.strip() for block in FENCE.findall(text) for line in block.splitlines()]
    inline = [" ".join(code.split()) for code in CODE.findall(FENCE.sub("", text))]
    return [found[1] for call in (*blocks, *inline) if (found := CALL.match(call))]


CALLS = [(document, call) for document in DOCUMENTS for call in named(document)]


def test_the_documents_name_commands() -> None:
    assert {document for document, _ in CALLS} == {*DOCUMENTS}
    assert len(CALLS) > 30


@pytest.mark.parametrize(("document", "call"), CALLS)
def test_a_command_that_a_document_names_exists(document: str, call: str) -> None:
    words = shlex.split(re.split(r"\s[|>#]", call)[0].replace("…", ""))
    command = typer.main.get_command(program)
    options: set[str] = set()
    while words:
        options |= {name for option in command.params for name in option.opts}
        below = getattr(command, "commands", None)
        if words[0].startswith("-"):
            assert words.pop(0) in options | {"--help"}
        elif below is not None:
            assert words[0] in below, f"{document}: gorder {call}"
            command = below[words.pop(0)]
        else:
            words.pop(0)
