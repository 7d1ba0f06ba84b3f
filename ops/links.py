"""Addresses of pages about an order: its logs and its trace at AWS, its payment at Stripe."""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from botocore.exceptions import BotoCoreError
from botocore.session import get_session

from gorder.contracts.back_office_stories import OrderStoryBody
from ops.transport import Transport

_DAY: Final = timedelta(days=1)
_QUERY: Final = (
    "fields @timestamp, service, message, code, reason\n"
    '| filter order_id = "{order_id}"\n| sort @timestamp'
)


def links(story: OrderStoryBody, transport: Transport) -> Mapping[str, str | None]:
    """Return the addresses by name; None for one that there is not, as on the local cloud."""
    region = _region()
    group = transport.log_group() if region else None
    return {
        "Logs": logs_address(region, group, story) if region and group else None,
        "X-Ray": f"{_cloudwatch(region)}#xray:traces/{story.trace_id}" if region else None,
        "At Stripe": payment_address(story),
    }


def _region() -> str | None:
    if "AWS_ENDPOINT_URL" in os.environ:
        return None
    with suppress(BotoCoreError):  # a wrong profile, which `--stores` does not need
        region: str | None = get_session().get_config_variable("region")
        return region
    return None


def payment_address(story: OrderStoryBody) -> str | None:
    """Return the page of the payment that pays for the order."""
    paid = next((payment for payment in story.payments if payment.pays), None)
    if paid is None or not paid.payment.startswith("pi_"):
        return None
    mode = "test/" if paid.page.startswith("cs_test_") else ""
    return f"https://dashboard.stripe.com/{mode}payments/{paid.payment}"


def logs_address(region: str, group: str, story: OrderStoryBody) -> str:
    """Return the query "One order" of Logs Insights, from a day before the order was placed."""
    begin, end = story.placed_at - _DAY, datetime.now(UTC)
    detail = (
        f"~(end~'{_escaped(_time(end))}~start~'{_escaped(_time(begin))}~timeType~'ABSOLUTE~tz~'UTC"
        f"~editorString~'{_escaped(_QUERY.format(order_id=story.order_id))}"
        f"~source~(~'{_escaped(group)}))"
    )
    return f"{_cloudwatch(region)}#logsV2:logs-insights$3FqueryDetail$3D{detail}"


def _cloudwatch(region: str) -> str:
    return f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _escaped(text: str) -> str:
    """Return a text as the console writes it in an address: percent signs are asterisks."""
    return quote(text, safe="").replace("~", "%7E").replace("%", "*")
