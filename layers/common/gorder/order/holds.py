"""How long stock is held before an order is saved, and when an overdue hold is settled.

Their sum is how long units are held for an order that was never saved: eight minutes, and up to one
more until the sweep runs.
"""

from datetime import timedelta
from typing import Final

# The hold that create_order makes before it saves the order. Much longer than the function's
# timeout of 29 seconds, so that a request that may still save its order keeps its hold, even if the
# clocks of two functions differ by minutes. A repeated request finds the units of the first.
FIRST_HOLD: Final = timedelta(minutes=5)
# From the end of a hold until it is settled: extended if its order is open, released if there is
# none. Most orders are paid before, and their holds need no extension.
GRACE: Final = timedelta(minutes=3)
