"""One error of each kind that a handler may raise."""

from collections.abc import Mapping
from typing import override

from gorder.errors import BusinessError, TransientError


class RuleBroken(BusinessError):
    """The request breaks a rule."""

    status = 409
    code = "refused"

    @override
    def members(self) -> Mapping[str, object]:
        return {"items": [1]}


class Busy(TransientError):
    """A dependency is overloaded."""

    code = "busy"
