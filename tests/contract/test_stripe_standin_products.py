"""What the menu shows of a product, in the stand-in's API."""

from typing import Any

import pytest
import stripe

from tests.contract.standin_client import StandinClient

pytestmark = pytest.mark.servers

IMAGES = ["https://shop.example/1.png", "https://shop.example/2.png"]


def test_the_texts_and_images_of_a_product_are_kept_changed_and_unset(
    standin: StandinClient,
) -> None:
    products = standin.stripe.products
    entered = {"gorder_category": "Soups", "gorder_position": "2"}
    soup = products.create(
        {"name": "Soup", "description": "Hot", "images": IMAGES, "metadata": entered}
    )
    assert (soup.description, soup.images, soup.metadata.to_dict()) == ("Hot", IMAGES, entered)

    products.update(soup.id, {"images": IMAGES[1:], "metadata": {"gorder_position": "3", "x": "1"}})
    products.update(soup.id, {"description": "", "images": "", "metadata": ""})

    bare = products.retrieve(soup.id)
    assert (bare.description, bare.images, bare.metadata.to_dict()) == (None, [], {})
    unset, changed = standin.stripe.events.list({"type": "product.updated"}).data
    assert previous(changed) == {
        "images": IMAGES,
        "metadata": {"gorder_position": "2", "x": None},
    }
    assert previous(unset) == {
        "description": "Hot",
        "images": IMAGES[1:],
        "metadata": {"gorder_category": "Soups", "gorder_position": "3", "x": "1"},
    }
    assert products.update(soup.id, {"images": []}).images == []


def previous(event: stripe.Event) -> dict[str, Any]:
    """Return the old values of what has changed, except the time of the change."""
    assert event.data.previous_attributes is not None
    found: dict[str, Any] = event.data.previous_attributes.to_dict()
    return {name: value for name, value in found.items() if name != "updated"}


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"images": [f"https://shop.example/{n}.png" for n in range(9)]}, "images"),
        ({"images": ["not an address"]}, "images[0]"),
        ({"images": [IMAGES[0], ""]}, "images[1]"),
        ({"images": ["https://[/1.png"]}, "images[0]"),
        ({"description": "x" * 40_001}, "description"),
        ({"metadata": {"gorder_category": "x" * 501}}, "metadata[gorder_category]"),
    ],
    ids=[
        "nine images",
        "no address",
        "an empty image",
        "a broken address",
        "a long description",
        "a long value",
    ],
)
def test_what_a_product_cannot_have_is_refused(
    standin: StandinClient, changes: Any, param: str
) -> None:
    products = standin.stripe.products
    soup = products.create({"name": "Soup"}).id
    with pytest.raises(stripe.InvalidRequestError) as created:
        products.create({"name": "Tea"} | changes)
    with pytest.raises(stripe.InvalidRequestError) as updated:
        products.update(soup, changes)
    assert (created.value.param, updated.value.param) == (param, param)
    assert products.list().data[0].id == soup
