"""The commands of docs/deploy.md in a terminal, with the answers that it says."""

import os
import pty
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from devstack import sam, tools
from devstack.stack import Stack
from devstack.state import ROOT

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

PROMPT = b"]: "
# LocalStack has no databases: the stores and secrets of the local cloud are given instead.
GIVEN = {
    "MysqlSecretId": "gorder/mysql",
    "RedisSecretId": "gorder/redis",
    "MongoSecretId": "gorder/mongo",
    "StripeSecretId": "gorder/stripe",
    "StripeWebhookSecretId": "gorder/stripe_webhook",
    "AccessTokenSecretId": "gorder/access_token",
    "OrderIdSecretId": "gorder/order_id",
    "Architecture": sam.ARCHITECTURE,
    **sam.LOCAL,
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of samconfig.toml, because `--guided` writes to it."""
    return Path(shutil.copy(ROOT / "samconfig.toml", tmp_path))


def deploy(cloud: Stack, config: Path, *options: str) -> tuple[int, str]:
    """Run `sam deploy` up to its change set: the exit status, and what the terminal shows."""
    program = str(tools.environment("sam") / "bin" / "sam")
    command = [program, "deploy", "--config-env", "dev", "--config-file", str(config)]
    command += ["--template-file", str(sam.built_template(cloud.directory.build))]
    command += ["--no-execute-changeset", "--parameter-overrides", *sam.overrides(GIVEN)]
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - SAM's program, with this test's arguments
        [*command, *options],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=sam.environment(cloud.env()),
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            shown = _answer_until_closed(ours)
        except BaseException:
            process.kill()  # it would wait for a reader of its output
            raise
    os.close(ours)
    return process.returncode, shown


def _answer_until_closed(terminal: int) -> str:
    """Answer each question with Enter, but refuse to sign the code. Return all that was shown."""
    shown = b""
    try:
        while part := os.read(terminal, 65536):
            shown += part
            if shown.endswith(PROMPT):
                question = shown.rpartition(b"\n")[2]
                os.write(terminal, b"n\n" if b"sign your code" in question else b"\n")
    except OSError:  # Linux: the last program that had the terminal has ended
        pass
    return shown.decode(errors="replace")


def test_a_deployment_asks_nothing(cloud: Stack, config: Path) -> None:
    status, shown = deploy(cloud, config)

    assert status == 0, shown
    assert "Changeset created successfully" in shown
    assert PROMPT.decode() not in shown


def test_a_guided_deployment_succeeds_with_its_defaults_and_saves_them(
    cloud: Stack, config: Path
) -> None:
    status, shown = deploy(cloud, config, "--guided")

    assert status == 0, shown
    assert shown.count("sign your code") == 1
    assert "Changeset created successfully" in shown
    saved = tomllib.loads(config.read_text())["dev"]["deploy"]["parameters"]
    assert 'WafRateLimit="0"' in saved["parameter_overrides"]
