"""The servers of the local cloud."""

from devstack.servers.base import Server
from devstack.servers.compose import (
    ComposeLocalStack,
    ComposeMongo,
    ComposeMySQL,
    ComposeValkey,
)
from devstack.servers.localstack import LocalStack
from devstack.servers.mariadb import MariaDB
from devstack.servers.mongo import Mongo
from devstack.servers.pages import Pages
from devstack.servers.stripe import StripeStandIn
from devstack.servers.valkey import Valkey
from devstack.servers.xray import XRayCollector
from devstack.state import State

STORES: tuple[type[Server], ...] = (MariaDB, Valkey, Mongo)
SERVERS: tuple[type[Server], ...] = (*STORES, LocalStack, StripeStandIn, XRayCollector, Pages)
SERVERS_IN_DOCKER: tuple[type[Server], ...] = (
    ComposeMySQL,
    ComposeValkey,
    ComposeMongo,
    ComposeLocalStack,
    StripeStandIn,
    XRayCollector,
    Pages,
)


def servers_of(state: State) -> list[type[Server]]:
    """Return the servers that a stack has: no stand-in if it uses the real Stripe."""
    servers = SERVERS_IN_DOCKER if state.docker else SERVERS
    return [one for one in servers if not (one is StripeStandIn and state.real_stripe)]
