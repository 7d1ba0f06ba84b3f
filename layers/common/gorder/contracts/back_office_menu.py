"""The back office's requests about what is on the menu now, and its replies."""

from typing import Literal

from pydantic import AwareDatetime

from gorder.contracts.base import Contract
from gorder.contracts.fields import Person, ProductId, Words


class PauseProductRequest(Contract):
    """Stop selling a product until it is resumed. Orders that exist go on."""

    command: Literal["pause_product"]
    product_id: ProductId
    reason: Words
    by: Person


class ResumeProductRequest(Contract):
    """End the pause of a product, and copy the product from Stripe."""

    command: Literal["resume_product"]
    product_id: ProductId
    reason: Words
    by: Person


class PauseShopRequest(Contract):
    """Stop selling every product until the shop is resumed. Orders that exist go on."""

    command: Literal["pause_shop"]
    reason: Words
    by: Person


class ResumeShopRequest(Contract):
    """End the pause of the shop, and copy the catalogue from Stripe. Paused products stay so."""

    command: Literal["resume_shop"]
    reason: Words
    by: Person


MenuRequest = PauseProductRequest | ResumeProductRequest | PauseShopRequest | ResumeShopRequest


class PauseBody(Contract):
    """Since when something is paused, by whom and why."""

    since: AwareDatetime
    by: str
    reason: str


class ProductMenuBody(Contract):
    """A product after its pause or its resumption.

    `changed` is False if it was paused, or not paused, before. `active` says whether it can be
    ordered; if it cannot, `unusable` says why, unless Stripe does not list it.
    """

    product_id: str
    changed: bool
    pause: PauseBody | None
    active: bool
    unusable: str | None


class ShopMenuBody(Contract):
    """The shop after its pause or its resumption.

    `changed` is False if it was paused, or not paused, before. `active` is the number of products
    that can be ordered.
    """

    changed: bool
    pause: PauseBody | None
    active: int


MenuChangeBody = ProductMenuBody | ShopMenuBody
