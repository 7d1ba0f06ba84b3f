"""An invocation has a trace id."""

import re

import pytest

from gorder.runtime.trace import current_trace_id

FORM = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")


def test_the_trace_id_is_the_root_of_the_x_ray_header(monkeypatch: pytest.MonkeyPatch) -> None:
    root = "1-6926f5c0-0123456789abcdef01234567"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Self=1-x;Root={root};Parent=53995c3f42cd8ad8")

    assert current_trace_id() == root


@pytest.mark.parametrize("header", ["", "Root=", "Sampled=1", "gibberish"])
def test_without_a_header_the_trace_id_is_new_and_of_the_same_form(
    header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)

    first, second = current_trace_id(), current_trace_id()

    assert FORM.fullmatch(first)
    assert first != second
