"""The field types that several contracts share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from gorder.constraints import (
    CURRENCY_PATTERN,
    ID_PATTERN,
    MAX_INTEGER,
    MAX_UNITS,
    MAX_WORDS_LENGTH,
    PERSON_PATTERN,
    RECEIPT_ID_PATTERN,
    WORDS_PATTERN,
)

CustomerId = Annotated[str, Field(pattern=ID_PATTERN)]
OrderId = Annotated[str, Field(pattern=ID_PATTERN)]
ProductId = Annotated[str, Field(pattern=ID_PATTERN)]
ReceiptId = Annotated[str, Field(pattern=RECEIPT_ID_PATTERN)]
EntryId = ReceiptId  # of a change that staff book
# Stripe's ids have at most 255 characters, its metadata at most 500. A text with a bound is valid
# Unicode too; without one, half a surrogate pair would be accepted and could not be published.
# https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible
StripeId = Annotated[str, Field(max_length=255)]
TraceId = Annotated[str, Field(max_length=500)]
Person = Annotated[str, Field(pattern=PERSON_PATTERN)]
ClientHash = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Words = Annotated[str, Field(pattern=WORDS_PATTERN, max_length=MAX_WORDS_LENGTH)]
Units = Annotated[int, Field(ge=1, le=MAX_UNITS)]
CountedUnits = Annotated[int, Field(ge=0, le=MAX_UNITS)]
# Money is an integer in the minor unit of its currency.
MinorUnits = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Currency = Annotated[str, Field(pattern=CURRENCY_PATTERN)]


def _require_iso_8601(value: object) -> object:
    """Refuse a text of digits, which pydantic takes as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and value[4:5] == "-"):
        return value
    raise PydanticCustomError("time", "Must be a time in ISO 8601 with a zone")


# Converted to UTC, a time near the first or the last year of the calendar would overflow, and MySQL
# has no time before the year 1000. A strict field behind a validator would refuse every text.
Moment = Annotated[
    AwareDatetime,
    Field(strict=False, ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)),
    BeforeValidator(_require_iso_8601),
]
