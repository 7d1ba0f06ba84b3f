"""What can be used of a product's description, images, category and position."""

import pytest

from gorder.stock.menu_details import MenuDetails, usable_details

HTTPS = "https://files.stripe.com/links/soup.jpg"


def text_of(description: str | None) -> str | None:
    return usable_details(description, (), None, None).description


def image_of(*images: str) -> str | None:
    return usable_details(None, images, None, None).image


def position_of(position: str | None) -> int:
    return usable_details(None, (), None, position).position


def test_values_that_can_be_used_are_kept() -> None:
    assert usable_details("Hot & spicy", [HTTPS], "Soups", "3") == MenuDetails(
        "Hot & spicy", HTTPS, "Soups", 3
    )


def test_nothing_given_is_nothing_shown() -> None:
    assert usable_details(None, (), None, None) == usable_details("", [""], " \n", "")
    assert usable_details(None, (), None, None) == MenuDetails()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (" Miso,\r\n\ttofu\u2028and\u00a0 leek ", "Miso, tofu and leek"),
        ("No\x00 b\x07e\x7fl\x9bl", "No bell"),
        ("a \x1b b", "a b"),
        ("\u202e5.1 RUE\u202c \u2066x\u2069", "5.1 RUE x"),
        ("half \ud83c a pair \udf5c", "half a pair"),
        ("\x00\u202e", None),
        ("Crème 🍮, 👨‍🍳, مرق \u06f7 \u200eשף", "Crème 🍮, 👨‍🍳, مرق \u06f7 \u200eשף"),
        ("<b>&amp;' \\ %s", "<b>&amp;' \\ %s"),
    ],
)
def test_a_text_is_one_line_without_what_would_change_the_text_around_it(
    given: str, shown: str | None
) -> None:
    assert text_of(given) == shown
    assert usable_details(None, (), given, None).category == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 499 + "…"),
        ("🍜" * 40_000, "🍜" * 499 + "…"),
        ("x" * 498 + " yz", "x" * 498 + "…"),
        (" " * 400 + "x" * 300, "x" * 300),
    ],
)
def test_a_long_description_is_cut(given: str, shown: str) -> None:
    assert text_of(given) == shown


def test_a_long_category_is_cut() -> None:
    assert usable_details(None, (), "x" * 60, None).category == "x" * 60
    assert usable_details(None, (), "x" * 500, None).category == "x" * 59 + "…"


@pytest.mark.parametrize(
    "image",
    [
        HTTPS,
        "https://shop.example:8443/a.svg?size=2#x",
        "https://shop.example",
        "http://127.0.0.1:4570/pictures/ramen.svg",
        "http://localhost/soup.png",
        "https://shop.example/" + "x" * (2048 - 21),
    ],
)
def test_an_image_of_a_web_address_can_be_used(image: str) -> None:
    assert image_of(image) == image


@pytest.mark.parametrize(
    "image",
    [
        "",
        "http://shop.example/soup.jpg",
        "http://127.0.0.1.shop.example/soup.jpg",
        "//shop.example/soup.jpg",
        "/pictures/soup.jpg",
        "javascript:alert(1)",
        "data:image/svg+xml,<svg/>",
        "https://ann:secret@shop.example/soup.jpg",
        "https://shop.example/so up.jpg",
        "https://shop.example/soup.jpg\n",
        "https://shop.example/süppchen.jpg",
        "https://shop.example/\ud83c",
        "https://shop.example:99999/soup.jpg",
        "https://-/soup.jpg",
        "https://shop.example/" + "x" * (2049 - 21),
    ],
)
def test_the_first_image_that_can_be_used_is_shown(image: str) -> None:
    assert image_of(image) is None
    assert image_of(image, HTTPS, "https://shop.example/2.jpg") == HTTPS


@pytest.mark.parametrize(
    ("given", "position"),
    [("0", 0), ("7", 7), (" 12 ", 12), ("-3", -3), ("007", 7), ("999999", 999_999)],
)
def test_a_position_is_an_integer(given: str, position: int) -> None:
    assert position_of(given) == position


@pytest.mark.parametrize(
    "given",
    [None, "", "first", "1.5", "1e3", "1_000", "+1", "--1", "\u0667", "1\n2", "1000000", "9" * 500],
)
def test_another_position_counts_as_none(given: str | None) -> None:
    assert position_of(given) == 0
