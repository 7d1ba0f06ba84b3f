"""The back office's request for a report, and its reply. Amounts are in minor units."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gorder.contracts.back_office_orders import UnreadableOrderBody
from gorder.contracts.base import Contract
from gorder.contracts.fields import Moment

MAX_REPORTED_DAYS = 32
# `orders`, the number of the day in UTC from the first one, and the last order; or `units`.
_PLACE = r"^(orders\.[0-9]{1,2}(\.[A-Za-z0-9][A-Za-z0-9._-]{0,63})?|units)$"


class ReportDayRequest(Contract):
    """Report what was sold, refunded, returned and wasted from `begin` until before `end`.

    An order is sold when it is paid; a refund counts when it is made. `after` is the `next` of the
    page before. The sums of all pages together are the report.
    """

    command: Literal["report_day"]
    begin: Moment
    end: Moment
    after: Annotated[str, Field(pattern=_PLACE)] | None = None

    @model_validator(mode="after")
    def _is_a_period(self) -> "ReportDayRequest":
        if not timedelta() < self.end - self.begin <= timedelta(days=MAX_REPORTED_DAYS):
            raise PydanticCustomError(
                "period", "end: must be after begin, by at most {days} days", {"days": 32}
            )
        return self


class CurrencyTotalsBody(Contract):
    """The money of one currency.

    `net` is `gross` less `discount`, plus `added_tax`, less `refunded`. Refunds are without failed
    ones. Those of payments that paid for no order are `unsold_…`, and not in `net`, nor are these
    payments. Lost disputes are in no sum, because their time is not known.
    """

    currency: str
    orders: int
    gross: int
    discount: int
    added_tax: int
    refunds: int
    refunded: int
    net: int
    unsold_refunds: int
    unsold_refunded: int


class ProductSalesBody(Contract):
    """Units sold in one currency, and the price of their lines, without discount and added tax."""

    currency: str
    units: int
    amount: int


class WasteReasonBody(Contract):
    """Units that were wasted for a reason of staff."""

    reason: str
    units: int


class ProductReportBody(Contract):
    """A product. `units_returned` are on sale again, and `units_wasted` are gone.

    Each is of orders and of entries of staff together. `reasons` are those of staff, the one with
    the most units first, at most 20.
    """

    product_id: str
    name: str
    sales: tuple[ProductSalesBody, ...] = ()
    units_returned: int = 0
    units_wasted: int = 0
    reasons: tuple[WasteReasonBody, ...] = ()


class DayReportedBody(Contract):
    """A page of the report. A product or a currency may be in several pages.

    Orders of the day whose documents cannot be read are in no sum.
    """

    totals: tuple[CurrencyTotalsBody, ...]
    products: tuple[ProductReportBody, ...]
    unreadable: tuple[UnreadableOrderBody, ...]
    next: str | None
