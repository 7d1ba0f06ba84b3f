"""Build the create_order function."""

from datetime import timedelta

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import access_tokens, mongo_orders
from gorder.bootstrap.settings import (
    OrderIdSettings,
    OrderLimitSettings,
    ProxySettings,
    TimeToPaySettings,
    load,
)
from gorder.bootstrap.stock_client import stock_client
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.access_token import AccessTokens
from gorder.order.client_ids import ClientHashes
from gorder.order.commands.create_order import CreateOrder, CreateOrderHandler, PlacedOrder
from gorder.order.idempotency import OrderIds
from gorder.order.lines import OrderLimits
from gorder.order.ports import OrderRepository, StockClient
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import (
    cached_for_five_minutes,
    read_secret,
    require_field,
    require_key,
)


def build(
    orders: OrderRepository,
    stock: StockClient,
    events: EventPublisher,
    tokens: AccessTokens,
    order_ids: OrderIds,
    clients: ClientHashes,
    limits: OrderLimits,
    time_to_pay: timedelta,
) -> Handler[CreateOrder, PlacedOrder]:
    handler = CreateOrderHandler(
        orders=orders,
        stock=stock,
        events=events,
        tokens=tokens,
        order_ids=order_ids,
        clients=clients,
        limits=limits,
        clock=utc_now,
        new_id=new_id,
        time_to_pay=time_to_pay,
        telemetry=telemetry,
    )
    return observed("CreateOrder", handler)


def order_id_key() -> str:
    """Return the secret's key. Order ids and the hashes of clients are derived with it."""
    secret_id = load(OrderIdSettings).order_id_secret
    return require_key(read_secret(secret_id), "key", secret_id)


def client_hashes(key: str) -> ClientHashes:
    """Return what identifies clients. With pages, it knows their distribution by its secret."""
    known = load(ProxySettings)
    if not known.pages_secret:
        return ClientHashes(key, known.proxies)
    fields = read_secret(known.pages_secret)
    return ClientHashes(key, known.proxies, require_field(fields, "secret", known.pages_secret))


@cached_for_five_minutes
def service() -> Handler[CreateOrder, PlacedOrder]:
    key = order_id_key()
    limits = load(OrderLimitSettings)
    return build(
        orders=mongo_orders(),
        stock=stock_client(),
        events=event_publisher(Topic.ORDERS),
        tokens=access_tokens(),
        order_ids=OrderIds(key),
        clients=client_hashes(key),
        limits=OrderLimits(limits.units_per_line, limits.units_per_order),
        time_to_pay=load(TimeToPaySettings).time_to_pay,
    )
