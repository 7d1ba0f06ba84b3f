"""The table of metrics, from the functions' log lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from devstack.console import StackError
from devstack.emf import metrics


def emf(units: dict[str, str], *dimensions: list[str], **members: Any) -> str:
    """Return an EMF line as Powertools writes it."""
    metric_list = [{"Name": name, "Unit": unit} for name, unit in units.items()]
    directive = {"Namespace": "gorder", "Dimensions": dimensions, "Metrics": metric_list}
    header = {"Timestamp": 1_800_000_000_000, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": header, **members}, separators=(",", ":"))


def write(logs: Path, function: str, *lines: str) -> None:
    (logs / f"{function}.log").write_text("".join(f"{line}\n" for line in lines))


def test_counts_have_a_sum_and_durations_a_distribution(tmp_path: Path) -> None:
    units = {"CreateOrder.Succeeded": "Count", "CreateOrder.Duration": "Milliseconds"}
    orders = [
        emf(
            units,
            ["service"],
            **{"CreateOrder.Succeeded": [1.0], "CreateOrder.Duration": [float(number)]},
            service="create_order",
        )
        for number in range(100, 0, -1)
    ]
    paid = emf(
        {"Paid": "None"},
        ["currency", "service"],
        service="kitchen",
        currency="eur",
        Paid=7,
    )
    cold = emf(
        {"ColdStart": "Count"},
        ["function_name", "service"],
        function_name="gorder-KitchenFunction-1",
        service="kitchen",
        ColdStart=[1.0, 1.0],
    )
    write(tmp_path, "gorder-KitchenFunction-1", paid, cold)
    write(tmp_path, "gorder-CreateOrderFunction-1", *orders)

    assert metrics(tmp_path).splitlines() == [
        "SERVICE               METRIC                 UNIT          VALUES  SUM   P50   P99    MAX",
        "create_order          CreateOrder.Duration   Milliseconds     100       50.0  99.0  100.0",
        "create_order          CreateOrder.Succeeded  Count            100  100",
        "kitchen               ColdStart              Count              2    2",
        "kitchen currency=eur  Paid                   None               1        7.0   7.0    7.0",
    ]


def test_each_set_of_dimensions_is_a_series(tmp_path: Path) -> None:
    line = emf({"Paid": "Count"}, ["service"], ["service", "currency"], currency="eur", Paid=[2])
    write(tmp_path, "f", line)

    assert [row.split() for row in metrics(tmp_path).splitlines()[1:]] == [
        ["-", "Paid", "Count", "1", "2"],
        ["-", "currency=eur", "Paid", "Count", "1", "2"],
    ]


def test_other_log_lines_are_skipped(tmp_path: Path) -> None:
    write(
        tmp_path,
        "f",
        '{"level":"INFO","message":"order.created","order_id":"o1"}',
        '{"level":"ERROR","message":"a log line that has \\"_aws\\" in it"}',
        '{"_aws": {"CloudWatchMetrics": "of another form"}}',
        '{"_aws": {"CloudWatchMet',
        emf({"Served": "Count"}, ["service"], service="f", Served=[1.0]),
        "Traceback (most recent call last):",
    )

    assert len(metrics(tmp_path).splitlines()) == 2


def test_without_metrics_the_error_names_make_demo(tmp_path: Path) -> None:
    write(tmp_path, "f", "START")

    with pytest.raises(StackError, match="make demo"):
        metrics(tmp_path)
    with pytest.raises(StackError, match="make demo"):
        metrics(tmp_path / "of a stack that never was")
