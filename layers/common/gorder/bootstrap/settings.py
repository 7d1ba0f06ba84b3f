"""Settings that the functions read from environment variables."""

import os
import re
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from gorder.constraints import (
    MAX_LINES,
    MAX_RETURN_URL_LENGTH,
    MAX_UNITS_PER_LINE,
    RETURN_URL_PATTERN,
)
from gorder.runtime.errors import MissingSettingError


class Settings(BaseModel):
    """A group of environment variables; a field's alias is the variable's name."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class OrderSettings(Settings):
    """Settings for functions that read or write orders."""

    mongo_secret: str = Field(alias="GORDER_MONGO_SECRET", min_length=1)
    mongo_address: str = Field(alias="GORDER_MONGO_ADDRESS", default="")


class OrderTokenSettings(OrderSettings):
    """Settings for functions that issue or accept access tokens."""

    access_token_secret: str = Field(alias="GORDER_ACCESS_TOKEN_SECRET", min_length=1)


class OrderIdSettings(Settings):
    """The secret with the key that order ids and the hashes of clients are derived with."""

    order_id_secret: str = Field(alias="GORDER_ORDER_ID_SECRET", min_length=1)


class StackSettings(Settings):
    """Settings for functions that make or read objects at Stripe."""

    stack: str = Field(alias="GORDER_STACK", min_length=1, max_length=128)


class MenuSettings(StackSettings):
    """Settings for functions that copy the catalogue."""

    menu_products: Literal["all", "marked"] = Field(alias="GORDER_MENU_PRODUCTS")


class TopicSettings(Settings):
    """Settings for functions that publish events."""

    topic_arn: str


class OrderTopicSettings(TopicSettings):
    """Settings for functions that publish events of orders."""

    topic_arn: str = Field(alias="GORDER_ORDER_TOPIC_ARN", min_length=1)


class StripeTopicSettings(TopicSettings):
    """Settings for functions that publish what Stripe states."""

    topic_arn: str = Field(alias="GORDER_STRIPE_TOPIC_ARN", min_length=1)


class StockClientSettings(Settings):
    """Settings for functions that call the stock service."""

    stock_function: str = Field(alias="GORDER_STOCK_FUNCTION", min_length=1)


class TimeToPaySettings(Settings):
    """The time a customer has to pay."""

    minutes: int = Field(alias="GORDER_ORDER_TTL_MINUTES", ge=30, le=1380, default=30)

    @property
    def time_to_pay(self) -> timedelta:
        """`minutes` and one more, because Stripe refuses a page with less than 30 minutes left."""
        return timedelta(minutes=self.minutes + 1)


class OrderLimitSettings(Settings):
    """The limits of one order."""

    units_per_line: int = Field(
        alias="GORDER_MAX_UNITS_PER_LINE", ge=1, le=MAX_UNITS_PER_LINE, default=20
    )
    units_per_order: int = Field(
        alias="GORDER_MAX_UNITS_PER_ORDER", ge=1, le=MAX_LINES * MAX_UNITS_PER_LINE, default=50
    )


class ClientLimitSettings(Settings):
    """The limits of one client."""

    orders_of_customer: int = Field(
        alias="GORDER_MAX_UNPAID_PER_CUSTOMER", ge=1, le=1000, default=3
    )
    orders_of_address: int = Field(alias="GORDER_MAX_UNPAID_PER_ADDRESS", ge=1, le=1000, default=10)
    share_percent: int = Field(alias="GORDER_MAX_SHARE_PERCENT", ge=1, le=100, default=50)


class MysqlSettings(Settings):
    """Settings for functions that read or write stock."""

    mysql_secret: str = Field(alias="GORDER_MYSQL_SECRET", min_length=1)
    mysql_address: str = Field(alias="GORDER_MYSQL_ADDRESS", default="")


class QueueSettings(Settings):
    """Settings for the function that queues reservations."""

    redis_secret: str = Field(alias="GORDER_REDIS_SECRET", min_length=1)
    redis_address: str = Field(alias="GORDER_REDIS_ADDRESS", default="")


class WebhookSettings(Settings):
    """Settings for the function that receives webhooks."""

    webhook_secret: str = Field(alias="GORDER_STRIPE_WEBHOOK_SECRET", min_length=1)


class AuditSettings(Settings):
    """Settings for the function that audits stock and secrets."""

    audited_secrets: str = Field(alias="GORDER_AUDITED_SECRETS", min_length=1)

    @property
    def secret_ids(self) -> list[str]:
        """The ids, which are separated by commas. An id cannot have a comma."""
        return self.audited_secrets.split(",")


class RetentionSettings(Settings):
    """How long data is kept that is needed no more one day, in days.

    A customer can read an order for the 30 days of its access token. The default lasts until the
    bank has decided a dispute, which most customers begin within 120 days. The movements of units
    are evidence of a dispute too, and a late one begins within 540 days.
    """

    customer_days: int = Field(alias="GORDER_CUSTOMER_DATA_DAYS", ge=30, le=3650, default=210)
    movement_days: int = Field(alias="GORDER_MOVEMENT_DAYS", ge=30, le=3650, default=730)


class StripeApiSettings(Settings):
    """Settings for functions that call Stripe's API."""

    stripe_secret: str = Field(alias="GORDER_STRIPE_SECRET", min_length=1)
    api_base: str = Field(alias="STRIPE_API_BASE", default="https://api.stripe.com")


def _require_page(url: str) -> str:
    if len(url) > MAX_RETURN_URL_LENGTH or not re.fullmatch(RETURN_URL_PATTERN, url):
        raise PydanticCustomError(
            "page",
            "must be https://host/path of at most {length} characters, with {order} or {session} "
            "or no braces; http is for localhost and 127.0.0.1",
            {
                "length": MAX_RETURN_URL_LENGTH,
                "order": "{order_id}",
                "session": "{CHECKOUT_SESSION_ID}",
            },
        )
    return url


def _read_switch(text: object) -> bool:
    if text not in _SWITCHES:
        raise PydanticCustomError("switch", "must be true or false")
    return text == "true"


_SWITCHES: Final = {"true", "false"}
Switch = Annotated[bool, BeforeValidator(_read_switch)]


class ProxySettings(Settings):
    """What stands between the clients and the API: proxies of the shop, and the pages."""

    proxies: int = Field(alias="GORDER_PROXIES", ge=0, le=5, default=0)
    pages_secret: str = Field(alias="GORDER_PAGES_SECRET", default="")


class PaymentLinkSettings(Settings):
    """Settings for the function that makes payment pages."""

    return_url: Annotated[str, AfterValidator(_require_page)] = Field(alias="GORDER_RETURN_URL")
    promotion_codes: Switch = Field(alias="GORDER_PROMOTION_CODES", default=False)
    automatic_tax: Switch = Field(alias="GORDER_AUTOMATIC_TAX", default=False)
    invoices: Switch = Field(alias="GORDER_INVOICES", default=False)


class KitchenSettings(Settings):
    """Settings for the kitchen function."""

    queue_url: str = Field(alias="GORDER_KITCHEN_QUEUE_URL", min_length=1)
    cooking_seconds: int = Field(alias="GORDER_COOKING_SECONDS")


class PagesSettings(Settings):
    """Settings for the function that publishes the pages."""

    bucket: str = Field(alias="GORDER_PAGES_BUCKET", min_length=1)


class DeadLetterSettings(Settings):
    """Settings for the function that shows and moves dead letters."""

    payment_link: str = Field(alias="GORDER_PAYMENT_LINK_QUEUE_URL", min_length=1)
    payment_link_dead_letters: str = Field(
        alias="GORDER_PAYMENT_LINK_DEAD_LETTER_QUEUE_URL", min_length=1
    )
    order_paid: str = Field(alias="GORDER_ORDER_PAID_QUEUE_URL", min_length=1)
    order_paid_dead_letters: str = Field(
        alias="GORDER_ORDER_PAID_DEAD_LETTER_QUEUE_URL", min_length=1
    )
    refund: str = Field(alias="GORDER_REFUND_QUEUE_URL", min_length=1)
    refund_dead_letters: str = Field(alias="GORDER_REFUND_DEAD_LETTER_QUEUE_URL", min_length=1)
    kitchen: str = Field(alias="GORDER_KITCHEN_QUEUE_URL", min_length=1)
    kitchen_dead_letters: str = Field(alias="GORDER_KITCHEN_DEAD_LETTER_QUEUE_URL", min_length=1)
    catalogue: str = Field(alias="GORDER_CATALOGUE_QUEUE_URL", min_length=1)
    catalogue_dead_letters: str = Field(
        alias="GORDER_CATALOGUE_DEAD_LETTER_QUEUE_URL", min_length=1
    )
    log_group: str = Field(alias="GORDER_LOG_GROUP", min_length=1)


def load[S: Settings](settings: type[S]) -> S:
    """Read a group of settings from the environment.

    Raises:
        MissingSettingError: variables are missing or invalid; the text names each.
    """
    try:
        return settings.model_validate(dict(os.environ))
    except ValidationError as error:
        wrong = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
        raise MissingSettingError(wrong) from None
