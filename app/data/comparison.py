"""What changed between two results of the same query."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from app.data.result_pages import Row, raw
from app.data.results import Column

MEASURES = ("decimal", "json")


class Changes(msgspec.Struct, frozen=True):
    """How many rows came and went, and how many cells differ in rows that stayed."""

    added: int = 0
    removed: int = 0
    cells: int = 0

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.added or self.removed or self.cells)


def compare(columns: Sequence[Column], before: Sequence[Row], after: Sequence[Row]) -> Changes:
    """Match rows by the fewest leading columns that tell all rows apart in both results, else as wholes.

    Columns that hold measures are no part of the key: their figures are what changes.
    """
    width = _key_width(columns, before, after)
    if width is None:
        old, new = Counter(map(_plain, before)), Counter(map(_plain, after))
        return Changes((new - old).total(), (old - new).total())
    old_rows, new_rows = ({_plain(row)[:width]: _plain(row) for row in rows} for rows in (before, after))
    cells = sum(
        one != other
        for name in old_rows.keys() & new_rows.keys()
        for one, other in zip(old_rows[name], new_rows[name], strict=True)
    )
    return Changes(len(new_rows.keys() - old_rows.keys()), len(old_rows.keys() - new_rows.keys()), cells)


def _key_width(columns: Sequence[Column], before: Sequence[Row], after: Sequence[Row]) -> int | None:
    if not columns or any(len(row) != len(columns) for rows in (before, after) for row in rows):
        return None
    for width in range(1, len(columns) + 1):
        if columns[width - 1].type in MEASURES:
            return None
        if all(len({_plain(row)[:width] for row in rows}) == len(rows) for rows in (before, after)):
            return width
    return None


def _plain(row: Row) -> tuple[Any, ...]:
    return tuple(None if value is None else raw(value) for value in row)
