"""The field types that several contracts share."""

from typing import Annotated

from pydantic import Field

from gorder.constraints import CURRENCY_PATTERN, ID_PATTERN, MAX_UNITS

CustomerId = Annotated[str, Field(pattern=ID_PATTERN)]
OrderId = Annotated[str, Field(pattern=ID_PATTERN)]
ProductId = Annotated[str, Field(pattern=ID_PATTERN)]
Units = Annotated[int, Field(ge=1, le=MAX_UNITS)]
# Money is an integer in the minor unit of its currency.
MinorUnits = Annotated[int, Field(ge=0)]
Currency = Annotated[str, Field(pattern=CURRENCY_PATTERN)]
