"""Progress, and the exit status of a command."""

import time

import pytest

from devstack import console
from devstack.console import StackError, exit_status, step


def test_a_long_step_prints_its_seconds_and_what_it_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "PROGRESS_SECONDS", 0.05)

    with step("deploy", lambda: "3 resources"):
        time.sleep(0.2)

    first, progress, *_, last = capsys.readouterr().err.splitlines()
    assert first == "  … deploy"
    assert progress == "  … deploy: 0 s, 3 resources"
    assert last.startswith("  ✓ deploy (0.")


def test_a_failed_step_prints_no_success_and_no_more_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "PROGRESS_SECONDS", 0.05)

    with pytest.raises(StackError), step("build"):
        raise StackError("sam build failed")
    time.sleep(0.2)

    assert capsys.readouterr().err == "  … build\n"


def test_a_stack_error_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        raise StackError("nothing is deployed: make up")

    assert exit_status(command) == 1
    assert capsys.readouterr().err == "gorder: nothing is deployed: make up\n"


def test_an_interrupted_command_has_the_status_of_sigint(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def command() -> None:
        raise KeyboardInterrupt

    assert exit_status(command) == 130
    assert "run the same command again" in capsys.readouterr().err


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (3, 3)])
def test_the_status_is_what_the_command_returns(returned: int | None, status: int) -> None:
    assert exit_status(lambda: returned) == status
