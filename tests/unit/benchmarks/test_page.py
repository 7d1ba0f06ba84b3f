"""A benchmark replaces its part of docs/performance.md and nothing else."""

import pytest

from benchmarks import __main__ as command
from benchmarks.page import PAGE, with_part
from devstack.console import StackError

BEFORE = "# Performance\n\n<!-- hot_item: begin -->\nold\n<!-- hot_item: end -->\n\nmore\n"


def test_the_text_between_the_markers_is_replaced() -> None:
    page = with_part(BEFORE, "hot_item", "new\n")

    assert page == (
        "# Performance\n\n<!-- hot_item: begin -->\n\nnew\n\n<!-- hot_item: end -->\n\nmore\n"
    )
    assert with_part(page, "hot_item", "new\n") == page


@pytest.mark.parametrize("lost", ["<!-- hot_item: begin -->", "<!-- hot_item: end -->"])
def test_a_page_without_a_marker_is_refused(lost: str) -> None:
    with pytest.raises(StackError, match="must have the lines"):
        with_part(BEFORE.replace(lost, ""), "hot_item", "new")


def test_the_page_has_the_markers_of_every_benchmark() -> None:
    for name in command.names():
        assert "measured" in with_part(PAGE.read_text(), name, "measured")


@pytest.mark.parametrize("arguments", [[], ["cold_item"]])
def test_an_unknown_benchmark_is_answered_with_those_that_exist(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == command.USAGE_ERROR

    assert "make bench BENCH=hot_item" in capsys.readouterr().err
