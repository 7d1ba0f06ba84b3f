"""The servers of the local cloud."""

from devstack.part import Part
from devstack.parts.composed import (
    ComposedLocalStack,
    ComposedMongo,
    ComposedMySQL,
    ComposedValkey,
)
from devstack.parts.localstack import LocalStack
from devstack.parts.mariadb import MariaDB
from devstack.parts.mongo import Mongo
from devstack.parts.stripe import StripeStandIn
from devstack.parts.valkey import Valkey
from devstack.parts.xray import XRay

STORES: tuple[type[Part], ...] = (MariaDB, Valkey, Mongo)
ALL: tuple[type[Part], ...] = (*STORES, LocalStack, StripeStandIn, XRay)
COMPOSED: tuple[type[Part], ...] = (
    ComposedMySQL,
    ComposedValkey,
    ComposedMongo,
    ComposedLocalStack,
    StripeStandIn,
    XRay,
)
