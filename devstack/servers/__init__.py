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
from devstack.servers.stripe import StripeStandIn
from devstack.servers.valkey import Valkey
from devstack.servers.xray import XRayCollector

STORES: tuple[type[Server], ...] = (MariaDB, Valkey, Mongo)
SERVERS: tuple[type[Server], ...] = (*STORES, LocalStack, StripeStandIn, XRayCollector)
SERVERS_IN_DOCKER: tuple[type[Server], ...] = (
    ComposeMySQL,
    ComposeValkey,
    ComposeMongo,
    ComposeLocalStack,
    StripeStandIn,
    XRayCollector,
)
