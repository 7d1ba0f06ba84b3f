"""The bodies of the public HTTP API."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Never, override

from pydantic import AwareDatetime, Field, ValidationError

from gorder.contracts.base import Contract
from gorder.errors import BusinessError

ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"  # of a customer, an order, a product
MAX_BODY_BYTES = 64 * 1024
_MOST_ERRORS = 20  # named in one answer
_LONGEST_NAME = 64  # of a field, as the answer shows it
_MOST_DIGITS = 20  # what has more is as far out of any bound


class InvalidBody(BusinessError):
    """A body that does not fit its schema. `errors` names each field and what is wrong with it."""

    status = 422
    code = "invalid_body"

    def __init__(self, errors: Iterable[dict[str, str]]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(f"{e['field']}: {e['problem']}" for e in self.errors))

    @override
    def members(self) -> Mapping[str, object]:
        return {"errors": self.errors}


class MalformedJson(BusinessError):
    """A body that is no JSON document."""

    status = 400
    code = "malformed_json"


class BodyTooLarge(BusinessError):
    """A body of more bytes than any order needs."""

    status = 413
    code = "body_too_large"


class OrderedItem(Contract):
    """Units of one product. Lines of one product are added up, and the sum is 1000 at most."""

    id: Annotated[str, Field(pattern=ID)]
    quantity: Annotated[int, Field(ge=1, le=1000)]


class CreateOrderBody(Contract):
    """What is wanted: 1 to 50 products. A `customer_id` here must be the one in the path."""

    customer_id: Annotated[str, Field(pattern=ID)] | None = None
    items: Annotated[list[OrderedItem], Field(min_length=1)]


class ItemBody(Contract):
    """A line as the order keeps it. `unit_amount` is in the currency's minor unit."""

    id: str
    name: str
    quantity: int
    unit_amount: int
    price_id: str


class StatusChangeBody(Contract):
    """When the order came to a status."""

    status: str
    at: AwareDatetime


class PlacedOrderBody(Contract):
    """201: the order as placed. The token opens it; it is given once."""

    order_id: str
    customer_id: str
    status: str
    items: list[ItemBody]
    amount_total: int
    currency: str
    access_token: str


class OrderBody(Contract):
    """200: the order as it stands. There is no `payment_link` before Stripe has made one."""

    order_id: str
    customer_id: str
    status: str
    items: list[ItemBody]
    amount_total: int
    currency: str
    payment_link: str | None = None
    history: list[StatusChangeBody]


class MenuItemBody(Contract):
    """A product that can be ordered. `available` is a reading, not a promise."""

    id: str
    name: str
    unit_amount: int
    currency: str
    available: int


class MenuBody(Contract):
    """200: what can be ordered, by name, 500 products at most."""

    items: list[MenuItemBody]


class WebhookBody(Contract):
    """200: Stripe may forget the event."""

    received: bool = True


def read_body[B: Contract](model: type[B], body: bytes) -> B:
    """Read a JSON body strictly.

    Raises:
        BodyTooLarge: more than 64 KiB.
        MalformedJson: no JSON, or not UTF-8.
        InvalidBody: JSON of another form.
    """
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body may have {MAX_BODY_BYTES} bytes, this one has {len(body)}.")
    try:
        return model.model_validate(_parse(body))
    except ValidationError as error:
        raise InvalidBody(
            {"field": _path(fault["loc"]), "problem": fault["msg"]}
            for fault in error.errors(include_url=False, include_input=False)[:_MOST_ERRORS]
        ) from None


def _parse(body: bytes) -> object:
    """JSON as RFC 8259 has it: pydantic's own parser would take NaN and a name given twice."""
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=lambda digits: int(digits[:_MOST_DIGITS]),
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not JSON: byte {error.start} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedJson(f"The body is not JSON: {error.msg} at {place}.") from None
    except RecursionError:
        raise MalformedJson("The body is not JSON for us: it is nested too deeply.") from None


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in members:
        if name in found:
            raise InvalidBody([{"field": _path([name]), "problem": "Given more than once"}])
        found[name] = value
    return found


def _no_constant(name: str) -> Never:
    raise MalformedJson(f"The body is not JSON: {name} is no JSON number.")


def _path(location: Iterable[str | int]) -> str:
    """Which field, in ASCII: a name the client made up may be of any length and any characters."""
    return ".".join(ascii(step).strip("'\"")[:_LONGEST_NAME] for step in location) or "body"
