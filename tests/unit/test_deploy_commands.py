"""The shell commands of the documents, run with an `aws` that records its calls."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from devstack.state import ROOT

AWS = f"""#!{sys.executable}
import json, sys
from pathlib import Path
import jmespath

home, arguments = Path(__file__).parent, sys.argv[1:]
given = dict(zip(arguments, arguments[1:]))
call = {{"arguments": arguments}}
if path := given.get("--secret-string", "").removeprefix("file://"):
    call["secret"] = Path(path).read_text()
with (home / "calls").open("a") as calls:
    calls.write(json.dumps(call) + "\\n")
if answer := json.loads((home / "answers").read_text()).get(arguments[1]):
    found = jmespath.search(given["--query"], answer)
    print("\\t".join(found) if isinstance(found, list) else found)
elif arguments[1].startswith(("get-", "describe-")):
    sys.exit("not found")
"""
PROGRAM = """#!/bin/sh
[ "$STRIPE_API_KEY" = rk_endpoint ] && cat "$(dirname "$0")/../../webhook_secret"
"""
NAMES = {
    "WebhookUrl": "https://shop/api/webhook",
    "StripeSecretName": "calls",
    "StripeWebhookSecretName": "webhooks",
}
STACK = {
    "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in NAMES.items()],
    "Parameters": [{"ParameterKey": key, "ParameterValue": "x"} for key in ("Size", "Canary")],
}
SECRET = {"api_key": "sk_first", "webhook_secret": "whsec_first"}
BLOCK = re.compile(r"^ *```sh\n.*?^ *```$", re.DOTALL | re.MULTILINE)


def commands(document: str, heading: str) -> list[str]:
    """The blocks of shell commands under a heading."""
    text = (ROOT / document).read_text().partition(f"\n{heading}\n")[2]
    section = re.split(r"^#{1,3} ", text, maxsplit=1, flags=re.MULTILINE)[0]
    return ["\n".join(dedent(block).splitlines()[1:-1]) for block in BLOCK.findall(section)]


[_, OUTPUT] = commands("docs/deploy.md", "## 1. Deploy")
[FILL, REPLACE] = commands("docs/deploy.md", "## 2. Stripe's keys, and its webhook")
[COPY, COPY_LATER] = commands("docs/deploy.md", "### From release 0.1")
FUNCTIONS = FILL.partition("(ask")[0]


@dataclass
class Shell:
    """A shell in a directory with an `aws` and the command line of gorder."""

    home: Path

    def run(self, *blocks: str, typed: str = "") -> int:
        """Run the blocks of commands; the exit status."""
        script = "\n".join((OUTPUT, "STACK=gorder-dev", *blocks))
        path = f"{self.home}:{os.environ['PATH']}"
        done = subprocess.run(  # noqa: S603 - commands of this repository
            ["/bin/bash", "-c", script],
            cwd=self.home,
            env={"PATH": path},
            input=typed,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode

    def answer(self, **answers: Any) -> None:
        (self.home / "answers").write_text(json.dumps(answers))

    def calls(self) -> list[dict[str, Any]]:
        """What `aws` was called with."""
        lines = (self.home / "calls").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def stored(self) -> list[tuple[str, object]]:
        """The names and contents of the secrets that were written, in this order."""
        return [
            (call["arguments"][3], json.loads(call["secret"]))
            for call in self.calls()
            if "secret" in call
        ]

    def arguments(self) -> str:
        return " ".join(" ".join(call["arguments"]) for call in self.calls())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for program, text in ((tmp_path / "aws", AWS), (programs / "gorder", PROGRAM)):
        program.write_text(text)
        program.chmod(0o700)
    (tmp_path / "webhook_secret").write_text("whsec_new\n")
    shell.answer(**{"describe-stacks": {"Stacks": [STACK]}})
    return shell


@pytest.fixture
def upgraded(shell: Shell) -> Shell:
    """A shell for a stack whose Stripe secret has both secrets."""
    (shell.home / ".venv" / "bin" / "python").symlink_to(sys.executable)
    shell.answer(
        **{
            "describe-stacks": {"Stacks": [STACK]},
            "get-secret-value": {"SecretString": json.dumps(SECRET)},
        }
    )
    return shell


def test_the_first_deployment_stores_both_secrets_and_shows_none(shell: Shell) -> None:
    assert shell.run(FILL, typed="rk_endpoint\nrk_functions\n") == 0

    assert shell.stored() == [
        ("webhooks", {"webhook_secret": "whsec_new"}),
        ("calls", {"api_key": "rk_functions"}),
    ]
    assert not re.search("rk_|whsec_", shell.arguments())


def test_an_endpoint_that_exists_leaves_both_secrets_as_they_are(shell: Shell) -> None:
    (shell.home / "webhook_secret").unlink()

    assert shell.run(FILL, typed="rk_endpoint\nrk_functions\n") != 0

    assert shell.stored() == []


@pytest.mark.parametrize("typed", ["", "\n"])
@pytest.mark.parametrize("block", [FILL, *REPLACE.splitlines()])
def test_an_empty_key_is_not_stored(shell: Shell, block: str, typed: str) -> None:
    assert shell.run(FUNCTIONS, block, typed=typed) != 0

    assert shell.stored() == []


def test_one_secret_is_replaced(shell: Shell) -> None:
    assert shell.run(FUNCTIONS, REPLACE, typed="whsec_rolled\nrk_rolled\n") == 0

    assert shell.stored() == [
        ("webhooks", {"webhook_secret": "whsec_rolled"}),
        ("calls", {"api_key": "rk_rolled"}),
    ]
    assert not re.search("rk_|whsec_", shell.arguments())


def test_an_upgrade_copies_the_signing_secret_alone(upgraded: Shell) -> None:
    assert upgraded.run(FUNCTIONS, COPY, COPY_LATER) == 0

    content = {"webhook_secret": "whsec_first"}
    assert upgraded.stored() == [("gorder-dev/stripe-webhook", content), ("webhooks", content)]
    assert not re.search("sk_|whsec_", upgraded.arguments())


@pytest.mark.parametrize("secret", [None, '{"api_key": "sk_first"}', "{}"])
def test_a_secret_without_a_signing_secret_is_not_copied(
    upgraded: Shell, secret: str | None
) -> None:
    answers: dict[str, Any] = {"describe-stacks": {"Stacks": [STACK]}}
    if secret:
        answers["get-secret-value"] = {"SecretString": secret}
    upgraded.answer(**answers)

    assert upgraded.run(FUNCTIONS, COPY, COPY_LATER) != 0

    assert upgraded.stored() == []


@pytest.mark.parametrize("document", ["deploy", "operations"])
def test_shell_commands_of_a_document_have_no_syntax_error(document: str) -> None:
    blocks = BLOCK.findall((ROOT / f"docs/{document}.md").read_text())

    assert blocks
    for block in blocks:
        text = "\n".join(dedent(block).splitlines()[1:-1])
        checked = subprocess.run(  # noqa: S603 - a fixed command
            ["/bin/bash", "-n", "-c", text], capture_output=True, text=True, check=False
        )
        assert not checked.stderr, text
