"""Clients are told apart without their addresses being kept."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gorder.order.client_ids import ClientHashes

MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)
HASHES = ClientHashes("1" * 64)
OTHER_HASHES = ClientHashes("2" * 64)


def address(text: str, at: datetime = MIDNIGHT) -> str:
    return HASHES.ids([text], "ann", at).address


def test_a_client_has_the_same_hashes_for_a_day() -> None:
    last = MIDNIGHT + timedelta(days=1) - timedelta(microseconds=1)
    tokyo = timezone(timedelta(hours=9))

    assert HASHES.ids(["192.0.2.1"], "ann", MIDNIGHT) == HASHES.ids(["192.0.2.1"], "ann", last)
    assert address("192.0.2.1", last) == address("192.0.2.1", last.astimezone(tokyo))


def test_the_next_day_has_other_hashes() -> None:
    assert address("192.0.2.1") != address("192.0.2.1", MIDNIGHT + timedelta(days=1))


def test_customers_at_one_address_share_its_hash_only() -> None:
    ann, ben = (HASHES.ids(["192.0.2.1"], name, MIDNIGHT) for name in ("ann", "ben"))

    assert ann.address == ben.address
    assert ann.customer != ben.customer


def test_a_customer_has_another_hash_at_another_address() -> None:
    """So a stranger who knows a customer's id cannot use up that customer's orders."""
    one, other = (HASHES.ids([text], "ann", MIDNIGHT) for text in ("192.0.2.1", "192.0.2.2"))

    assert one.customer != other.customer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::1"),
        ("192.0.2.1:1234", "192.0.2.1"),
        ("[2001:db8:1:2::1]:1234", "2001:db8:1:2::2"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::2"),
    ],
)
def test_one_network_is_one_client(one: str, other: str) -> None:
    assert address(one) == address(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("2001:db8:1:2::1", "2001:db8:1:3::1"), ("192.0.2.1", "192.0.2.2")),
        *(("[]", "192.0.2.1"), ("[]:80", "192.0.2.1:80"), (":80", "192.0.2.1")),
        *(("", "192.0.2.1"), ("not an address", "another text"), ("\ud800", "")),
    ],
)
def test_another_network_is_another_client(one: str, other: str) -> None:
    assert address(one) != address(other)


def test_an_address_cannot_be_found_without_the_key() -> None:
    assert (
        address("192.0.2.1") != ClientHashes("2" * 64).ids(["192.0.2.1"], "ann", MIDNIGHT).address
    )
    assert "192.0.2.1" not in repr(HASHES.ids(["192.0.2.1"], "ann", MIDNIGHT))


@pytest.mark.parametrize(
    ("proxies", "addresses", "client"),
    [
        (0, ["203.0.113.9"], "203.0.113.9"),
        pytest.param(0, ["192.0.2.1", "203.0.113.9"], "203.0.113.9", id="forged"),
        (1, ["192.0.2.1", "203.0.113.9"], "192.0.2.1"),
        pytest.param(1, ["10.0.0.1", "192.0.2.1", "203.0.113.9"], "192.0.2.1", id="forged, 1"),
        (2, ["192.0.2.1", "203.0.113.7", "203.0.113.9"], "192.0.2.1"),
        pytest.param(1, ["203.0.113.9"], "203.0.113.9", id="past the proxy"),
    ],
)
def test_behind_proxies_the_client_is_the_address_that_the_first_one_serves(
    proxies: int, addresses: list[str], client: str
) -> None:
    found = ClientHashes("1" * 64, proxies).ids(addresses, "ann", MIDNIGHT)

    assert found == HASHES.ids([client], "ann", MIDNIGHT)


@pytest.mark.parametrize(
    ("proxies", "secret", "proof", "client"),
    [
        pytest.param(0, "s3cret", "s3cret", "192.0.2.1", id="through the pages"),
        pytest.param(1, "s3cret", "s3cret", "10.0.0.1", id="a proxy before the pages"),
        pytest.param(0, "s3cret", "", "203.0.113.9", id="directly, with forged addresses"),
        pytest.param(0, "s3cret", "guess", "203.0.113.9", id="with a guess"),
        pytest.param(0, "s3cret", "\ud800", "203.0.113.9", id="with no text"),
        pytest.param(0, "", "", "203.0.113.9", id="without pages"),
        pytest.param(0, "", "s3cret", "203.0.113.9", id="without pages, with a header"),
    ],
)
def test_the_pages_are_a_proxy_of_the_requests_that_prove_it(
    proxies: int, secret: str, proof: str, client: str
) -> None:
    hashes = ClientHashes("1" * 64, proxies, secret)

    found = hashes.ids(["10.0.0.1", "192.0.2.1", "203.0.113.9"], "ann", MIDNIGHT, proof)

    assert found == HASHES.ids([client], "ann", MIDNIGHT)
