"""What the people of the house may ask for, by invoking the back office."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from gorder.contracts.base import Contract, InvalidRequest, describe_validation_error
from gorder.contracts.stock import ProductId

Units = Annotated[int, Field(ge=1, le=1_000_000_000)]


class SyncCatalogueRequest(Contract):
    """Copy every product and price from Stripe."""

    command: Literal["sync_catalogue"]


class ReceiveStockRequest(Contract):
    """Book units that came in. The same receipt books a product once."""

    command: Literal["receive_stock"]
    receipt_id: Annotated[str, Field(min_length=1, max_length=64)]
    product_id: ProductId
    quantity: Units


class ShowStockRequest(Contract):
    """List the products and their units."""

    command: Literal["show_stock"]


BackOfficeRequest = SyncCatalogueRequest | ReceiveStockRequest | ShowStockRequest


class UnusableProductBody(Contract):
    """An active product that cannot be ordered, and why."""

    product_id: str
    name: str
    reason: str


class CatalogueSyncedBody(Contract):
    """How many products there are, which were changed, and which cannot be ordered."""

    total: int
    changed: tuple[str, ...]
    unusable: tuple[UnusableProductBody, ...]


class StockReceived(Contract):
    """Whether the units were booked now; False: they had been before."""

    booked: bool


class StockLevel(Contract):
    """A product and its units. An amount is in minor units; None: it has no price.

    `unusable` says why it cannot be ordered, though Stripe calls it active.
    """

    product_id: str
    name: str
    unit_amount: int | None
    currency: str | None
    active: bool
    unusable: str | None
    on_hand: int
    held: int


class StockShown(Contract):
    """Every product, by id."""

    products: tuple[StockLevel, ...]


_REQUEST: TypeAdapter[BackOfficeRequest] = TypeAdapter(
    Annotated[BackOfficeRequest, Field(discriminator="command")]
)


def parse_request(body: str) -> BackOfficeRequest:
    """Read a request.

    Raises:
        InvalidRequest: it is none; says where, and how.
    """
    try:
        return _REQUEST.validate_json(body)
    except ValidationError as error:
        raise InvalidRequest(
            f"Not a request of the back office: {describe_validation_error(error)}"
        ) from None
