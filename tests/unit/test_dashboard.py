"""The dashboard is valid and shows existing metrics."""

import json
import re
from collections.abc import Iterator
from typing import Any

from devstack.state import ROOT
from devstack.template import functions, resources

RUNBOOK = (ROOT / "docs" / "operations.md").read_text()
NAMESPACE = "${AWS::StackName}"
FILTER_METRIC = "Fault"
QUESTIONS = ("selling", "stuck", "slow", "cost")


def widgets() -> list[dict[str, Any]]:
    body, _ = resources("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Fn::Sub"]
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def lines(widget: dict[str, Any]) -> Iterator[list[str]]:
    """The metrics of a widget: `.` repeats a field of the metric above, `...` its first fields."""
    above: list[str] = []
    for metric in widget["properties"].get("metrics", []):
        texts = [part for part in metric if isinstance(part, str)]
        if not texts:  # an expression
            continue
        if texts[0] == "...":
            texts = above[: len(above) - len(texts) + 1] + texts[1:]
        above = [above[i] if text == "." else text for i, text in enumerate(texts)]
        yield above


def own_metrics() -> list[list[str]]:
    return [line for widget in widgets() for line in lines(widget) if line[0] == NAMESPACE]


def test_the_dashboard_has_its_four_headings() -> None:
    texts = " ".join(w["properties"]["markdown"] for w in widgets() if w["type"] == "text")

    assert all(question in texts for question in QUESTIONS)


def test_widgets_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for w in widgets():
        cells = {
            (x, y)
            for x in range(w["x"], w["x"] + w["width"])
            for y in range(w["y"], w["y"] + w["height"])
        }
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_an_own_metric_is_documented_and_of_an_existing_function() -> None:
    assert len(own_metrics()) > 10
    for _, metric, *dimensions in own_metrics():
        assert metric == FILTER_METRIC or f"`{metric}`" in RUNBOOK
        assert not dimensions or (dimensions[0] == "service" and dimensions[1] in functions())


def test_every_business_metric_is_shown() -> None:
    table = RUNBOOK.partition("How the shop is doing:")[2].partition("How the system")[0]
    documented = set(re.findall(r"`([A-Z]\w+)`", table))

    body = json.dumps(widgets())
    assert documented
    assert [name for name in documented if name not in body] == []
