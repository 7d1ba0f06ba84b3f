"""Draw an order's invocations, from all its traces, as a waterfall."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from devstack.console import StackError
from devstack.segments import FUNCTION, SegmentCause, SegmentDocument

_READ = "get_order"
_BEFORE_BAR = "{start:>11}  {duration:>9}  {name:<28}  "
_NAME_COLUMN = _BEFORE_BAR.format(start="", duration="", name="*").index("*")


@dataclass(frozen=True)
class Branch:
    """A segment and the branches below it, in order of time."""

    segment: SegmentDocument
    below: Sequence["Branch"]

    @property
    def failed(self) -> bool:
        return self.segment.failed or any(branch.failed for branch in self.below)

    @property
    def is_successful_read(self) -> bool:
        """Whether it only read the order, without an error."""
        return self.segment.name == _READ and not self.failed

    def rows(self, depth: int = 0) -> Iterator[tuple[int, SegmentDocument]]:
        """Return the segment and all below it, each with its depth."""
        yield depth, self.segment
        for branch in self.below:
            yield from branch.rows(depth + 1)


def waterfall(order_id: str, segments: Iterable[SegmentDocument], width: int) -> str:
    """Return an order's invocations, from the first to the last, in lines of `width` characters.

    Reads are counted and not shown, because a waiting customer reads the order many times.

    Raises:
        StackError: no function has traced the order.
    """
    known = {segment.id: segment for top in segments for segment in _flat(top)}
    if not known:
        raise StackError("There are no traces yet: make demo, or place an order")
    branches = _branches(_of_order(order_id, known))
    rows = [row for branch in branches if not branch.is_successful_read for row in branch.rows()]
    if not rows:
        raise StackError(
            f"No trace found for order {order_id}. Check that its id is complete. `make reset` "
            "deletes all traces, and only the newest 50 to 100 MB are kept"
        )
    reads = sum(branch.is_successful_read for branch in branches)
    return "\n".join([*_title(order_id, rows, reads), "", *_table(rows, width)])


def _flat(segment: SegmentDocument) -> Iterator[SegmentDocument]:
    """Return the segment and its subsegments, each with its trace and its parent."""
    yield segment
    for inner in segment.subsegments:
        inherited = {"trace_id": segment.trace_id, "parent_id": segment.id}
        yield from _flat(inner.model_copy(update=inherited))


def _of_order(order_id: str, known: dict[str, SegmentDocument]) -> dict[str, SegmentDocument]:
    """Return the segments annotated with the order, those above, and their cold starts."""
    shown: dict[str, SegmentDocument] = {}
    for segment in known.values():
        above = segment if _is_annotated_with(order_id, segment) else None
        while above and above.id not in shown:
            shown[above.id] = above
            above = known.get(above.parent_id or "")
    starts = [one for one in known.values() if one.name == "Initialization"]
    return shown | {start.id: start for start in starts if start.parent_id in shown}


def _is_annotated_with(order_id: str, segment: SegmentDocument) -> bool:
    """Whether the order is one of those in the segment's annotation."""
    return order_id in str(segment.annotations.get("order_id", "")).split(",")


def _branches(shown: dict[str, SegmentDocument]) -> list[Branch]:
    """Return the top branches. A segment is below the one that contains or called it."""
    below: dict[str | None, list[SegmentDocument]] = {}
    for segment in sorted(shown.values(), key=lambda segment: segment.start_time):
        parent = segment.parent_id if segment.parent_id in shown else None
        below.setdefault(parent, []).append(segment)

    def grown(parent: str | None) -> list[Branch]:
        return [Branch(segment, grown(segment.id)) for segment in below.get(parent, [])]

    return grown(None)


def _title(order_id: str, rows: Sequence[tuple[int, SegmentDocument]], reads: int) -> list[str]:
    functions = [segment for _, segment in rows if segment.origin == FUNCTION]
    traces = len({function.trace_id for function in functions})
    seconds = max(segment.end_time for _, segment in rows) - rows[0][1].start_time
    counted = f"{len(functions)} invocations in {traces} traces, {seconds:.3f} s."
    return [
        f"Order {order_id}",
        f"{counted} Bars leave out the time when none ran.",
        *([f"Not shown: {reads} reads ({_READ})."] if reads else []),
    ]


def _table(rows: Sequence[tuple[int, SegmentDocument]], width: int) -> Iterator[str]:
    head = _BEFORE_BAR.format(start="START", duration="DURATION", name="FUNCTION, COMMAND")
    scale = Scale([segment for _, segment in rows], width - len(head))
    yield head.rstrip()
    for depth, segment in rows:
        indent = "  " * depth
        before = _BEFORE_BAR.format(
            start=f"{segment.start_time - rows[0][1].start_time:+.3f} s",
            duration=f"{(segment.end_time - segment.start_time) * 1000:.0f} ms",
            name=indent + segment.name.removeprefix("## "),
        )
        yield before + scale.bar(segment, "█" if segment.origin == FUNCTION else "▒")
        if segment.failed:
            yield _reason(segment, " " * _NAME_COLUMN + indent, width)


def _reason(segment: SegmentDocument, margin: str, width: int) -> str:
    reason = "failed"
    if isinstance(segment.cause, SegmentCause) and segment.cause.exceptions:
        exception = segment.cause.exceptions[0]
        reason = f"{exception.type}: {exception.message}"
    return textwrap.fill(
        f"! {reason}",
        width,
        initial_indent=margin,
        subsequent_indent=f"{margin}  ",
        max_lines=3,
        placeholder=" …",
    )


class Scale:
    """Maps times to columns, and leaves out the time in which no function ran."""

    def __init__(self, segments: Iterable[SegmentDocument], columns: int) -> None:
        self._columns = columns
        self._busy: list[tuple[float, float]] = []
        for segment in sorted(segments, key=lambda segment: segment.start_time):
            start, end = segment.start_time, segment.end_time
            if self._busy and start <= self._busy[-1][1]:
                start, last_end = self._busy.pop()
                end = max(end, last_end)
            self._busy.append((start, end))
        self._total = sum(end - start for start, end in self._busy)

    def bar(self, segment: SegmentDocument, mark: str) -> str:
        """Return a bar from the segment's start to its end, at least one column wide."""
        first = min(self._column(segment.start_time), self._columns - 1)
        return " " * first + mark * max(1, self._column(segment.end_time) - first)

    def _column(self, time: float) -> int:
        before = sum(max(0, min(time, end) - start) for start, end in self._busy)
        return round(before / self._total * self._columns) if self._total else 0
