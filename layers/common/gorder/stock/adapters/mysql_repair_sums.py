"""The sums of the checkpoint and of the archive, while rows are repaired."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_audit import add_sums, kept_sums, sums_between
from gorder.stock.audit import AddedUp, LedgerOrder, Sums
from gorder.stock.repair_units import moved_with_books

_INSERT_ARCHIVED: Final = (
    "INSERT INTO archived_movements (product_id, kind, quantity) VALUES (%s, %s, %s)"
)


class MysqlRepairSums:
    """Under the lock of `stock_audit`: what the checkpoint has, and what its movements are."""

    def __init__(self, cursor: Cursor, checkpoint: int, added_up: AddedUp) -> None:
        """Add up the movements since. Sends two statements."""
        self._cursor = cursor
        self._checkpoint = checkpoint
        self._actual = Counter(added_up.sums)
        self._actual.update(sums_between(cursor, added_up.last, checkpoint))
        self._kept = Counter(kept_sums(cursor, "stock_checkpoints"))
        self.archived = Counter(added_up.archived)
        self.marked = Counter(added_up.marked)

    def keep_up(
        self, before: LedgerOrder, after: LedgerOrder, movement_ids: Mapping[tuple[str, str], int]
    ) -> None:
        """Change the sums as an order was rewritten. `movement_ids` has the movements before."""
        changes = _quantities(after)
        changes.subtract(_quantities(before))
        for key in sorted(changes):
            change = changes[key]
            has_passed = key in movement_ids and movement_ids[key] <= self._checkpoint
            passed = change if has_passed else 0
            difference = self._kept[key] - self._actual[key]
            # The sums of all movements change by `change`, those of the checkpoint by `passed`.
            left = moved_with_books(difference, 0, change) - change
            self._actual[key] += passed
            self._write(key, self._actual[key] + left)
        for sign, order in ((-1, before), (1, after)):
            for line in order.lines:
                for kind in line.archived:
                    self.marked[line.product_id, kind] += sign * line.quantity

    def replace(self, product_id: str) -> tuple[Sums, Sums]:
        """Set the product's sums to those of its movements; return those that differed."""
        keys = sorted(
            key for key in self._actual.keys() | self._kept.keys() if key[0] == product_id
        )
        before = {key: self._kept[key] for key in keys if self._kept[key] != self._actual[key]}
        for key in keys:
            self._write(key, self._actual[key])
        return before, {key: self._kept[key] for key in before}

    def write_archive(self, product_id: str) -> None:
        """Set the product's archived sums to those of the lines."""
        self._cursor.execute("DELETE FROM archived_movements WHERE product_id = %s", [product_id])
        for key in sorted(self.archived.keys() | self.marked.keys()):
            if key[0] == product_id:
                self._actual[key] += self.marked[key] - self.archived[key]
                self.archived[key] = self.marked[key]
                if self.marked[key]:
                    self._cursor.execute(_INSERT_ARCHIVED, [*key, self.marked[key]])

    def contradicted(self) -> frozenset[str]:
        """Return the products whose sums differ."""
        pairs = ((self._kept, self._actual), (self.archived, self.marked))
        return frozenset(
            key[0]
            for one, other in pairs
            for key in one.keys() | other.keys()
            if one[key] != other[key]
        )

    def _write(self, key: tuple[str, str], units: int) -> None:
        if self._kept[key] != units:
            add_sums(self._cursor, {key: units - self._kept[key]})
            self._kept[key] = units


def _quantities(order: LedgerOrder) -> Counter[tuple[str, str]]:
    return Counter({(each.product_id, each.kind): each.quantity for each in order.movements})
