"""The word list finds a listed word, and passes text without one."""

import pytest

from tools.check_prose import AREAS, IGNORED, LIMIT_PER_1000, WORDS, count, count_all

LISTED = WORDS.split("|")
CLEAN = '"""Release holds without an order."""\n'


def test_clean_text_has_no_place() -> None:
    found = count("layers", [("a.py", CLEAN * 3)])

    assert (found.lines, found.places, found.too_many) == (3, (), False)


@pytest.mark.parametrize("word", LISTED)
def test_a_listed_word_is_found_with_its_place(word: str) -> None:
    [place] = count("layers", [("a.py", f"{CLEAN}# {word.title()}, again\n")]).places

    assert (place.path, place.line, place.text) == ("a.py", 2, f"# {word.title()}, again")


def test_an_identifier_counts_and_a_part_of_a_word_does_not() -> None:
    assert count("layers", [("a.py", f"{LISTED[0]} = 1\n")]).places
    assert not count("layers", [("a.py", f"{LISTED[0]}_else = 1\nre{LISTED[4]} = 2\n")]).places


@pytest.mark.parametrize("mark", [f"# {IGNORED}", f"<!-- {IGNORED} -->"])
def test_a_line_that_is_marked_does_not_count(mark: str) -> None:
    assert not count("docs", [("a.md", f"{LISTED[0]} {mark}\n")]).places


def test_one_line_in_a_thousand_is_too_many() -> None:
    line = f"{LISTED[0]}\n"

    assert count("layers", [("a.py", line + CLEAN * 999)]).per_1000 == LIMIT_PER_1000
    assert count("layers", [("a.py", line + CLEAN * 999)]).too_many
    assert not count("layers", [("a.py", line + CLEAN * 1000)]).too_many


def test_every_area_is_there_and_has_lines() -> None:
    counts = count_all()

    assert [each.area for each in counts] == [*AREAS, "*.md"]
    assert all(each.lines for each in counts)
