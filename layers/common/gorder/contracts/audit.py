"""What an audit finds: stored facts that contradict each other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction.

    Attributes:
        kind: a constant name, such as `units_differ`.
        subject: what is wrong: `product prod_ramen`, `order c1023b0a…`, `payment pi_…`.
        text: what is stored, and what was expected. It has no data of the customer.
    """

    kind: str
    subject: str
    text: str
