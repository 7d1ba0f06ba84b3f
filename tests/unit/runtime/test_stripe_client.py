"""The API key is sent over TLS, or stays on the developer's machine."""

import pytest

from gorder.clients.stripe import stripe_client
from gorder.runtime.errors import MissingSettingError


@pytest.fixture(autouse=True)
def _no_local_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.mark.parametrize(
    "api_base",
    [
        *("https://api.stripe.com", "https://stripe.example:8443"),
        *("http://127.0.0.1:8420", "http://localhost:8420", f"https://{'a' * 247}"),
    ],
)
def test_the_key_may_be_sent_over_tls_or_to_this_machine(api_base: str) -> None:
    stripe_client("sk_test_1", api_base)


@pytest.mark.parametrize(
    "api_base",
    [
        *("", "api.stripe.com", "http://api.stripe.com", "http://10.0.0.1:8420"),
        *("http://0x7f000001", "http://127.0.0.2:8420", "http://172.17.0.1:8420"),
        *("http://127.0.0.1.evil.example", "http://localhost@evil.example", "https://"),
        *("https://user:word@api.stripe.com", "https://api.stripe.com/v1", "https://a\n.example"),
        *(
            "file:///etc/hostname",
            "https://api.stripe.com\\@evil.example",
            "https://.",
            "https://..",
        ),
        *("https://api.stripe.com:99999", "https://api.stripe.com\n", f"https://{'a' * 248}"),
    ],
)
def test_the_key_is_sent_to_no_other_address(api_base: str) -> None:
    with pytest.raises(MissingSettingError, match="STRIPE_API_BASE must be https") as raised:
        stripe_client("sk_test_1", api_base)

    assert "sk_test_1" not in str(raised.value)


def test_a_function_in_a_container_may_send_it_to_the_local_cloud(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://172.17.0.1:4566")

    stripe_client("sk_test_1", "http://172.17.0.1:8420")
    for other in (
        "http://172.17.0.2:8420",
        "http://172.17.0.1:99999",
        "http://172.17.0.1.evil.example",
    ):
        with pytest.raises(MissingSettingError):
            stripe_client("sk_test_1", other)
