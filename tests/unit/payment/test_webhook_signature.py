"""The Stripe-Signature header is read once, strictly, before the body."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stripe import WebhookSignature

from gorder.contracts.request_body import BodyTooLarge
from gorder.payment.adapters.stripe_webhook import StripeWebhookReader
from gorder.payment.ports import InvalidWebhook
from tests.fakes.examples import STACK
from tests.fakes.webhooks import SECRET, event, session, signature

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=365)
BODY = event("checkout.session.completed", session())
READER = StripeWebhookReader(SECRET, lambda: NOW, STACK)
DEEP = b"[" * 100_000


def seconds(at: datetime) -> int:
    """Return the Unix time of `at`."""
    return int(at.timestamp())


def v1(at: datetime, secret: str = SECRET) -> str:
    """Return the signature of the body sent at that time, without its scheme."""
    return signature(BODY, at, secret).partition(",v1=")[2]


def refused(header: str, body: bytes = BODY) -> str:
    """Return the reason why the reader refuses the body with this header."""
    with pytest.raises(InvalidWebhook) as caught:
        READER.read(body, header, "trace")
    return str(caught.value)


FUTURE = f"v1={v1(LATER)}"
CURRENT = f"v1={v1(NOW)}"
HEADERS_WITH_TWO_READINGS = [
    f"t=+{seconds(LATER)},t={seconds(NOW)},{FUTURE}",
    f"t= {seconds(LATER)},t={seconds(NOW)},{FUTURE}",
    f"t={seconds(LATER):_},t={seconds(NOW)},{FUTURE}",
    f"t={seconds(LATER)},t={seconds(NOW)},{FUTURE}",
    f"t={seconds(NOW)},t={seconds(NOW)},{CURRENT}",
    f"t={seconds(NOW):_},{CURRENT}",
    f"t=+{seconds(NOW)},{CURRENT}",
    f"t= {seconds(NOW)},{CURRENT}",
    f"t={seconds(NOW)} ,{CURRENT}",
    f"t=0{seconds(NOW)},{CURRENT}",
    f"t={seconds(NOW)}.0,{CURRENT}",
    f"t={seconds(NOW)}=1,{CURRENT}",
    f"t={str(seconds(NOW)).translate({ord('0') + n: 0x0660 + n for n in range(10)})},{CURRENT}",
    f"t={seconds(NOW)},v1={v1(NOW).upper()}",
    f"t={seconds(NOW)},v1= {v1(NOW)}",
    f"t={seconds(NOW)}, {CURRENT}",
    f" t={seconds(NOW)},{CURRENT}",
    f"t={seconds(NOW)},{CURRENT}\n",
    f"t={seconds(NOW)},{CURRENT},",
    f"t={seconds(NOW)},,{CURRENT}",
    f"T={seconds(NOW)},{CURRENT}",
    f"t={seconds(NOW)};{CURRENT}",
    f"t={seconds(NOW)},{CURRENT},v1=short",
    f"t={seconds(NOW)},{CURRENT},t",
]


@pytest.mark.parametrize("header", HEADERS_WITH_TWO_READINGS)
def test_a_header_that_two_parsers_could_read_differently_is_refused(header: str) -> None:
    assert "form" in refused(header)


@pytest.mark.parametrize(
    "header",
    [
        f"t={seconds(NOW)},{CURRENT}",
        f"t={seconds(NOW)},v1={v1(NOW, 'whsec_before')},{CURRENT}",
        f"t={seconds(NOW)},{CURRENT},v1={v1(NOW, 'whsec_before')}",
        f"t={seconds(NOW)},{CURRENT},v0={v1(NOW, 'test mode')}",
        f"v0={v1(NOW, 'test mode')},{CURRENT},t={seconds(NOW)}",
        f"t={seconds(NOW)},{CURRENT},v2=base64+/==-.",
        f"t={seconds(NOW)},{CURRENT}" + ",v0=1" * 14,
    ],
    ids=[
        *("usual", "rolled secret", "new secret first", "v0", "another order", "a later scheme"),
        "the most parts",
    ],
)
def test_headers_that_stripe_sends_or_may_send_are_accepted(header: str) -> None:
    assert READER.read(BODY, header, "trace") is not None


@pytest.mark.parametrize("off", [-301, -300.5, 301, 3_000_000])
def test_past_and_future_have_the_same_tolerance(off: float) -> None:
    at = NOW + timedelta(seconds=off)

    assert "five minutes" in refused(f"t={seconds(at)},v1={v1(at)}")


@pytest.mark.parametrize("off", [-300, 300])
def test_a_signature_of_five_minutes_is_accepted(off: int) -> None:
    at = NOW + timedelta(seconds=off)

    assert READER.read(BODY, f"t={seconds(at)},v1={v1(at)}", "trace") is not None


@pytest.mark.parametrize(
    "header",
    [
        f"t={seconds(NOW)}" + f",{CURRENT}" * 20,
        f"t={seconds(NOW)}" + ",v0=1" * 400 + f",{CURRENT}",
        f"t={seconds(NOW)},{CURRENT},v0=" + "0" * 10_000,
        f"t={seconds(NOW)},{CURRENT}" + ",v0=1" * 15,
        f"t={seconds(NOW)},{CURRENT}" + ",v0=1" * 15 + ",t=1",
        f"t={seconds(NOW)},{CURRENT}" + ",v0=1" * 100,
        "t=1," * 100_000,
        "t=" + "9" * 100_000,
        "t=" + "9" * 13 + f",{CURRENT}",
    ],
)
def test_a_header_of_any_length_is_bounded(header: str) -> None:
    assert "form" in refused(header)


class _SignatureNeeded(Exception):
    """The reader computed a signature."""


@pytest.fixture
def _no_signature_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def compute(*_: object) -> str:
        raise _SignatureNeeded

    monkeypatch.setattr(WebhookSignature, "_compute_signature", compute)


@pytest.mark.usefixtures("_no_signature_is_computed")
@pytest.mark.parametrize("header", ["", "gibberish", *HEADERS_WITH_TWO_READINGS])
def test_the_form_is_checked_before_the_signature(header: str) -> None:
    refused(header)


@pytest.mark.usefixtures("_no_signature_is_computed")
def test_the_size_is_checked_before_the_signature() -> None:
    header = f"t={seconds(NOW)},{CURRENT}"

    with pytest.raises(BodyTooLarge, match="262144"):
        READER.read(b" " * 262_145, header, "trace")
    with pytest.raises(_SignatureNeeded):
        READER.read(b" " * 262_144, header, "trace")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(DEEP, id="lists"),
        pytest.param(b'{"a":' * 40_000, id="objects"),
        pytest.param(DEEP + b"]" * 100_000, id="closed lists"),
        pytest.param(BODY.replace(b'"eur"', DEEP + b"]" * 100_000), id="deep in a field"),
        pytest.param(BODY.replace(b"1650", b"NaN"), id="NaN"),
        pytest.param(BODY.replace(b"1650", b"Infinity"), id="Infinity"),
        pytest.param(BODY.replace(b"1650", b"9" * 5000), id="5000 digits"),
        pytest.param(BODY.replace(b"1650", b"1e400"), id="beyond a double"),
        pytest.param(BODY.replace(b"1650", b'1650, "amount_total": 1'), id="a name twice"),
        pytest.param(BODY.replace(b"1795435200", b"9" * 5000), id="a time of 5000 digits"),
        pytest.param(BODY.replace(b"1795435200", b"-62135596801"), id="a time before year 1"),
        pytest.param(BODY.replace(b"1795435200", b"true"), id="true for a time"),
        pytest.param(BODY.replace(b"1795435200", b"1e300"), id="a time of 300 digits"),
        pytest.param(BODY.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(BODY.decode().encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(b"\xef\xbb\xbf" + BODY, id="a byte order mark"),
        pytest.param(BODY.replace(b'"eur"', b'"\\ud800"'), id="half a surrogate pair"),
        pytest.param(BODY.replace(b'"evt_1"', b'"\\ud800"'), id="half a surrogate pair as id"),
    ],
)
def test_a_signed_body_that_is_not_json_is_refused(body: bytes) -> None:
    refused(signature(body, NOW), body)


PARTS = st.one_of(
    st.sampled_from([f"t={seconds(NOW)}", f"t={seconds(LATER)}", CURRENT, FUTURE, "v0=1", ""]),
    st.text(st.sampled_from("tv01=,+-_. 9f\u0661\u00e9\x00\n"), max_size=12),
)


@given(st.lists(PARTS, max_size=20).map(",".join))
@example(f"t={seconds(NOW)},{CURRENT}")
@example(f"t={seconds(NOW)},{CURRENT}" + ",v0=1" * 15 + ",t=1")
def test_a_header_is_accepted_only_with_one_current_time_and_its_signature(header: str) -> None:
    try:
        READER.read(BODY, header, "trace")
    except InvalidWebhook:
        return
    parts = header.split(",")
    assert [part for part in parts if part.startswith("t")] == [f"t={seconds(NOW)}"]
    assert CURRENT in parts
    assert len(parts) <= 16
