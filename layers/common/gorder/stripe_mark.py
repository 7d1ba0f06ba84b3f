"""The mark of a deployment in the metadata of its objects at Stripe.

Several shops may use one Stripe account. Each ignores the payments of the others.
"""

from collections.abc import Mapping
from typing import Final

MARK: Final = "gorder_stack"


def is_ours(metadata: Mapping[str, object], stack: str) -> bool:
    """Return whether the object is of this deployment, or has no mark: release 0.1 set none."""
    return metadata.get(MARK, stack) == stack
