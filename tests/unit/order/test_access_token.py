"""Access tokens: what they open, and for how long."""

from datetime import timedelta

import pytest

from gorder.order.access_token import AccessTokens, Scope
from tests.fakes.clock import NOON

KEY = "0" * 64
OTHER_KEY = "1" * 64
TOKENS = AccessTokens(KEY)
TOKEN = TOKENS.issue(Scope, "ann", "order-1", NOON)
LAST_SECOND = NOON + timedelta(days=30, seconds=-1)


@pytest.mark.parametrize("scope", Scope)
def test_a_token_opens_its_order_until_it_expires(scope: Scope) -> None:
    assert TOKENS.opens(TOKEN, scope, "ann", "order-1", NOON)
    assert TOKENS.opens(TOKEN, scope, "ann", "order-1", LAST_SECOND)
    assert not TOKENS.opens(TOKEN, scope, "ann", "order-1", NOON + timedelta(days=30))


@pytest.mark.parametrize(
    ("customer_id", "order_id"),
    [("bob", "order-1"), ("ann", "order-2"), ("", ""), ("ann\norder-1", ""), ("änn", "\ud800")],
)
def test_a_token_opens_no_other_order(customer_id: str, order_id: str) -> None:
    assert not TOKENS.opens(TOKEN, Scope.READ, customer_id, order_id, NOON)


@pytest.mark.parametrize("scope", Scope)
def test_a_token_grants_only_its_scopes(scope: Scope) -> None:
    token = TOKENS.issue([scope], "ann", "order-1", NOON)

    assert [s for s in Scope if TOKENS.opens(token, s, "ann", "order-1", NOON)] == [scope]


def test_a_token_without_scopes_opens_nothing() -> None:
    token = TOKENS.issue([], "ann", "order-1", NOON)

    assert not any(TOKENS.opens(token, scope, "ann", "order-1", NOON) for scope in Scope)


def _with_scopes(scopes: str) -> str:
    only_read = TOKENS.issue([Scope.READ], "ann", "order-1", NOON)
    return only_read.replace("read", scopes)


def _with_expiry(expiry: str) -> str:
    version, scopes, _, signature = TOKEN.split(".")
    return f"{version}.{scopes}.{expiry}.{signature}"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("v1", id="version only"),
        pytest.param("v1...", id="no scope, no expiry, no signature"),
        pytest.param("....", id="dots"),
        pytest.param(TOKEN[:-1], id="truncated"),
        pytest.param(TOKEN[: len(TOKEN) // 2], id="half"),
        pytest.param(TOKEN + "A", id="prolonged"),
        pytest.param(TOKEN.swapcase(), id="changed"),
        pytest.param(TOKEN.replace("v1", "v2", 1), id="another version"),
        pytest.param(TOKEN.rpartition(".")[0] + ".", id="unsigned"),
        pytest.param(TOKEN.replace("read+cancel.", "", 1), id="without scopes"),
        pytest.param(_with_scopes("read+cancel"), id="scope added"),
        pytest.param(_with_scopes("cancel"), id="scope changed"),
        pytest.param(_with_scopes("cancel.read"), id="scope smuggled"),
        pytest.param(_with_expiry("99999999999"), id="expiry moved"),
        pytest.param(_with_expiry("soon"), id="garbage expiry"),
        pytest.param(_with_expiry("9" * 5000), id="expiry of 5000 digits"),
        pytest.param(_with_expiry("٣"), id="expiry in other digits"),
        pytest.param("v1.read.1.Ünïcödé", id="not ASCII"),
        pytest.param("v1.read.1.\ud800", id="a lone surrogate"),
        pytest.param("v1.\x00.\x00.\x00", id="control characters"),
    ],
)
def test_a_malformed_token_opens_nothing(token: str) -> None:
    assert not TOKENS.opens(token, Scope.CANCEL, "ann", "order-1", NOON)


def test_a_token_of_another_key_opens_nothing() -> None:
    forged = AccessTokens(OTHER_KEY).issue(Scope, "ann", "order-1", NOON)

    assert not TOKENS.opens(forged, Scope.READ, "ann", "order-1", NOON)


def test_tokens_survive_a_rotation_of_keys() -> None:
    rotated = AccessTokens(OTHER_KEY, KEY)

    assert rotated.opens(TOKEN, Scope.CANCEL, "ann", "order-1", NOON)
    renewed = rotated.issue(Scope, "ann", "order-1", NOON)
    assert rotated.opens(renewed, Scope.CANCEL, "ann", "order-1", NOON)
    assert not TOKENS.opens(renewed, Scope.CANCEL, "ann", "order-1", NOON)


def test_a_key_rotated_away_opens_nothing() -> None:
    assert not AccessTokens(OTHER_KEY, "2" * 64).opens(TOKEN, Scope.READ, "ann", "order-1", NOON)


def test_the_id_of_a_key_identifies_it_and_reveals_nothing() -> None:
    key_id = TOKENS.key_id

    assert AccessTokens(OTHER_KEY, KEY).accepts(key_id)
    assert not AccessTokens(OTHER_KEY).accepts(key_id)
    assert not TOKENS.accepts("")
    assert not any(KEY[n : n + 8] in key_id for n in range(len(KEY) - 8))
