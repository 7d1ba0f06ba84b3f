"""The mark of a deployment in the metadata of its objects at Stripe.

Several shops may use one Stripe account. Each ignores the payments and the products of the others.
gorder marks pages, payments and refunds; the shop marks products in Stripe's dashboard.
"""

from collections.abc import Mapping
from typing import Final

MARK: Final = "gorder_stack"


def is_ours(metadata: Mapping[str, object], stack: str) -> bool:
    """Return whether the object has this deployment's mark, or none, as those of release 0.1."""
    return metadata.get(MARK, stack) == stack
