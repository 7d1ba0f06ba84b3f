"""A shop whose orders are in MongoDB, its stock and its payments in memory."""

from tests.compatibility.conftest import collection, deployment

__all__ = ["collection", "deployment"]
