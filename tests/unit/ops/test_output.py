"""Tables on terminals of several widths, and numbers in words."""

import pytest
from rich.cells import cell_len

from ops.output import counted, print_table

ORDER = "bddcbad3f62b4b99a85321ea48ae6493"
COLUMNS = ("ORDER", "STATUS", "#TOTAL", "WHAT")
ROW = (ORDER, "cooked", "39.30 EUR", "1 × Pizza [bold]Margherita, 2 × 麺麺麺麺麺麺 ramen")


@pytest.mark.parametrize("width", [20, 60, 80, 120, 200])
def test_a_table_breaks_no_word(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    print_table(COLUMNS, [ROW], empty="")

    printed = capsys.readouterr().out.split()
    assert {"ORDER", "STATUS", "TOTAL", "WHAT", *" ".join(ROW).split()} <= set(printed)


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_that_fits_by_wrapping_is_no_wider_than_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    print_table(COLUMNS, [ROW], empty="")

    assert max(map(cell_len, capsys.readouterr().out.splitlines())) <= width


@pytest.mark.parametrize("width", [20, 60, 80])
def test_amounts_keep_their_currency_and_heads_all_words(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    amounts = ("14234.50 EUR", "-234.00 EUR", "13000.00 USD", "0.50 EUR")

    print_table(
        ("#GROSS", "#REFUNDED AGAIN", "#NET", "#TAX", "WHAT WAS DONE"),
        [(*amounts, "nothing")],
        empty="",
    )

    printed = capsys.readouterr().out
    assert [each for each in amounts if each not in printed] == []
    assert "REFUNDED AGAIN" in printed
    assert {"WHAT", "WAS", "DONE"} <= set(printed.split())


def test_a_word_that_is_too_long_is_folded_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")

    print_table(("ORDER", "WHY"), [(ORDER, "x" * 500)], empty="")

    printed = capsys.readouterr().out
    assert printed.count("x") == 500
    assert max(map(len, printed.splitlines())) <= len(ORDER) + 80 + 10


def test_numbers_have_the_noun_that_fits() -> None:
    assert [counted(number, "order") for number in (0, 1, 2)] == ["0 orders", "1 order", "2 orders"]
