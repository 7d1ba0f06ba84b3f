"""The timer rang: the dish is done."""

from dataclasses import dataclass

from gorder.kitchen.ports import CookedOrders


@dataclass(frozen=True, slots=True)
class FinishCooking:
    """The cooking time is over."""

    order_id: str


@dataclass(frozen=True, slots=True)
class FinishCookingHandler:
    """The order service decides whether this changes anything."""

    orders: CookedOrders

    def __call__(self, command: FinishCooking) -> None:
        """Tell the order service. Raises what it raises."""
        self.orders.mark_cooked(command.order_id)
