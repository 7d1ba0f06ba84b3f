"""Holds, outcomes and failures pass a queue exactly as they are, also with odd texts."""

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gorder.constraints import MAX_INTEGER
from gorder.errors import GorderError, LaterReleaseError
from gorder.stock import refusals as stock_refusals
from gorder.stock.adapters.redis_messages import (
    decode_holds,
    decode_result,
    encode_holds,
    encode_result,
)
from gorder.stock.model import Hold, Price, Reservation, ReservationState, ReservedLine
from gorder.stock.ports import (
    StockContentionError,
    StockStoreError,
    StockStoreUnavailableError,
)
from gorder.stock.refusals import Shortfall, StockRefusal

REFUSALS = [StockRefusal, *StockRefusal.__subclasses__()]

texts = st.text() | st.text("\n\r\0\\\"'{}[],:\u2028🍮é")
quantities = st.integers(1, MAX_INTEGER)
zones = st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(-timedelta(hours=3.5))])
times = st.datetimes(timezones=zones)
holds = st.builds(Hold, texts, st.dictionaries(texts, quantities, min_size=1, max_size=50), times)
prices = st.builds(Price, texts, quantities, texts)
lines = st.builds(ReservedLine, texts, texts, quantities, prices)
reservations = st.builds(
    Reservation,
    texts,
    st.lists(lines, max_size=50).map(tuple),
    times,
    st.sampled_from(ReservationState),
)
shortfalls = st.builds(
    Shortfall, texts, quantities, st.none() | st.integers(0, MAX_INTEGER), st.none() | texts
)
refusals = st.builds(
    lambda refusal, text, short: refusal(text, short),
    st.sampled_from(REFUSALS),
    texts,
    st.lists(shortfalls, max_size=50),
)


def comparable(outcome: Reservation | StockRefusal) -> object:
    """Return what two equal outcomes have in common: exceptions compare by identity."""
    if isinstance(outcome, StockRefusal):
        return type(outcome), outcome.args, outcome.shortfalls
    return outcome, list(outcome.quantities.items()), outcome.expires_at.utcoffset()


@given(st.lists(holds, max_size=5))
def test_holds_arrive_as_they_were_sent(sent: list[Hold]) -> None:
    text = encode_holds(sent)
    arrived = decode_holds(text)
    assert arrived == sent
    for one, other in zip(arrived, sent, strict=True):
        assert list(one.quantities) == list(other.quantities)
        assert one.expires_at.utcoffset() == other.expires_at.utcoffset()
    assert "\n" not in text  # a batch has one entry on each line
    assert text.isascii()


@given(st.lists(reservations | refusals, max_size=5))
def test_outcomes_arrive_as_they_were_sent(sent: list[Reservation | StockRefusal]) -> None:
    arrived = decode_result(encode_result(sent))
    assert not isinstance(arrived, Exception)
    assert [comparable(each) for each in arrived] == [comparable(each) for each in sent]


def test_the_property_has_every_refusal() -> None:
    """A subclass of a subclass would be left out."""
    assert set(REFUSALS) == {
        each
        for each in vars(stock_refusals).values()
        if isinstance(each, type) and issubclass(each, StockRefusal)
    }


@pytest.mark.parametrize(
    "failure",
    [LaterReleaseError, StockContentionError, StockStoreError, StockStoreUnavailableError],
)
@given(text=texts)
def test_a_failure_arrives_as_it_was_sent(failure: type[GorderError], text: str) -> None:
    arrived = decode_result(encode_result(failure(text)))
    assert type(arrived) is failure
    assert arrived.args == (text,)


@given(texts)
def test_an_unknown_failure_arrives_as_a_defect_with_its_text(text: str) -> None:
    arrived = decode_result(encode_result(ZeroDivisionError(text)))
    assert type(arrived) is StockStoreError
    assert str(arrived) == f"ZeroDivisionError: {text}"
