"""A scheduled invocation runs every task."""

from collections.abc import Callable, Iterable
from typing import Any, Never

import pytest

from gorder.runtime.observability import telemetry
from gorder.runtime.schedule import Task, scheduled_function
from tests.fakes.errors import Busy
from tests.fakes.lambda_context import FakeContext
from tests.unit.runtime.conftest import Lines


def fail() -> Never:
    raise Busy("no answer")


def test_the_other_tasks_run_when_one_fails(
    log: Lines, emitted: Callable[[], dict[str, float]]
) -> None:
    done: list[str] = []

    def tasks(trace_id: str, service: str) -> Iterable[Task]:
        assert trace_id
        return (lambda: done.append(f"first of {service}"), fail, lambda: done.append("last"))

    answer = scheduled_function(tasks, lambda: "shop")({}, FakeContext())

    assert answer == {"failed": 1}
    assert done == ["first of shop", "last"]
    assert [(line["message"], line["code"]) for line in log()] == [("task.failed", "busy")]
    assert emitted() == {"Transient": 1}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, "usual"),
        ({"tasks": "other"}, "other"),
        ({"tasks": "of_a_later_release"}, "usual"),
    ],
)
def test_a_schedule_may_name_its_tasks(event: dict[str, Any], expected: str) -> None:
    done: list[str] = []

    def usual(_trace_id: str, _service: str) -> Iterable[Task]:
        return (lambda: done.append("usual"), lambda: telemetry.count("Done"))

    def other(_trace_id: str, _service: str) -> Iterable[Task]:
        return (lambda: done.append("other"), lambda: telemetry.count("Done"))

    handler = scheduled_function(usual, lambda: "shop", {"other": other})

    assert handler(event, FakeContext()) == {"failed": 0}
    assert done == [expected]
