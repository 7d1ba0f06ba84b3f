"""The command line keeps who booked a delivery."""

import pwd
from types import SimpleNamespace

import pytest

from gorder import cli
from tests.fakes.deployment import FakeDeployment


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("ann", "ann (command line)"),
        ("a" * 113, "a" * 113 + " (command line)"),
        ("a" * 114, "uid 7 (command line)"),
        ("\u00e4nn", "uid 7 (command line)"),
        (" ann", "uid 7 (command line)"),
    ],
)
def test_a_user_name_that_cannot_be_kept_is_replaced_by_its_number(
    name: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = FakeDeployment().stock
    monkeypatch.setattr("gorder.cli._store", lambda: stock)
    monkeypatch.setattr("os.getuid", lambda: 7)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_name=name))

    assert cli.main(["stock", "receive", "soup", "5", "--receipt", "delivery-1"]) == 0

    assert stock.kept.booked_by["delivery-1", "soup"] == by
