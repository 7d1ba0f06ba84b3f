"""Days that the program reads, up to both ends of the calendar."""

from collections.abc import Callable

import pytest

from tests.unit.ops.conftest import Printed

type Gorder = Callable[..., Printed]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
@pytest.mark.parametrize(
    "day",
    ["0001-01-01", "9999-12-31", "1969-12-31", "9999-01-01", "2026-02-30", "0000-01-01", ""],
)
@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("report", "day"), "--day"),
        (("orders", "list"), "--day"),
        (("orders", "export", "--to", "2026-11-28"), "--from"),
        (("orders", "export", "--from", "2026-11-28"), "--to"),
    ],
    ids=["report", "list", "from", "to"],
)
def test_a_day_that_cannot_be_is_named_with_its_option(
    command: tuple[str, ...], option: str, day: str, zone: str, gorder: Gorder
) -> None:
    run = gorder(*command, option, day, "--zone", zone)

    assert (run.code, run.stdout) == (2, "")
    assert run.stderr.startswith(f"gorder: {option}: {day} is no day")


@pytest.mark.parametrize("day", ["1970-01-02", "9998-12-30"])
def test_the_first_and_the_last_days_are_reported(day: str, gorder: Gorder) -> None:
    assert gorder("report", "day", "--day", day, "--zone", "Europe/Berlin").code == 0


def test_a_period_that_ends_before_it_begins_is_refused(gorder: Gorder) -> None:
    run = gorder("orders", "export", "--from", "2026-11-30", "--to", "2026-11-01")

    assert (run.code, run.stdout) == (2, "")
    assert run.stderr == "gorder: --from: 2026-11-30 is after --to 2026-11-01\n"


def test_a_period_of_one_day_is_exported(gorder: Gorder) -> None:
    run = gorder("orders", "export", "--from", "2026-11-30", "--to", "2026-11-30")

    assert (run.code, run.stderr) == (0, "0 orders written\n")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("/nonexistent/n.jsonl", "--file: the folder /nonexistent does not exist"),
        ("/dev/null/n.jsonl", "--file: the folder /dev/null does not exist"),
        ("/tmp/" + "n" * 300, "cannot be written: file name too long"),  # noqa: S108 - never made
    ],
)
def test_a_file_that_cannot_be_made_is_refused_in_words(
    file: str, text: str, gorder: Gorder
) -> None:
    run = gorder("orders", "export", "--from", "2026-11-30", "--to", "2026-11-30", "--file", file)

    assert (run.code, run.stdout) == (2, "")
    assert text in run.stderr
