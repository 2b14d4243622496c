"""What changed between two results of the same query."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from app.data.result_pages import Row, raw
from app.data.results import Column


class Changes(msgspec.Struct, frozen=True):
    """How many rows came and went, and how many cells differ in rows that stayed."""

    added: int = 0
    removed: int = 0
    cells: int = 0

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.added or self.removed or self.cells)


class Difference(msgspec.Struct, frozen=True):
    """A row that came or went, with all its cells, or a cell that changed in the row that the cells in `row` name."""

    kind: Literal["added", "removed", "changed"]
    row: tuple[str | None, ...]
    column: str = ""
    before: str | None = None
    after: str | None = None


def compare(columns: Sequence[Column], before: Sequence[Row], after: Sequence[Row]) -> Changes:
    """Count the differences between two results."""
    kinds = Counter(each.kind for each in differences(columns, before, after))
    return Changes(kinds["added"], kinds["removed"], kinds["changed"])


def differences(columns: Sequence[Column], before: Sequence[Row], after: Sequence[Row]) -> Iterator[Difference]:
    """Match rows by the fewest first columns that tell all rows apart in both results, else as wholes.

    Columns that hold measures are no part of the key, wherever they stand: their figures are what changes.
    """
    key = _key(columns, before, after)
    if key is None:
        old, new = Counter(map(_plain, before)), Counter(map(_plain, after))
        yield from (Difference("added", row) for row in (new - old).elements())
        yield from (Difference("removed", row) for row in (old - new).elements())
        return
    old_rows, new_rows = ({_named(row, key): _plain(row) for row in rows} for rows in (before, after))
    for name, row in new_rows.items():
        if name not in old_rows:
            yield Difference("added", row)
        else:
            for column, one, other in zip(columns, old_rows[name], row, strict=True):
                if one != other:
                    yield Difference("changed", name, column.name, one, other)
    yield from (Difference("removed", row) for name, row in old_rows.items() if name not in new_rows)


def _key(columns: Sequence[Column], before: Sequence[Row], after: Sequence[Row]) -> tuple[int, ...] | None:
    if any(len(row) != len(columns) for rows in (before, after) for row in rows):
        return None
    naming = [place for place, column in enumerate(columns) if names_rows(column)]
    for width in range(len(naming) + 1):
        key = tuple(naming[:width])
        if all(len({_named(row, key) for row in rows}) == len(rows) for rows in (before, after)):
            return key
    return None


def names_rows(column: Column) -> bool:
    """Tell whether a column says what a row is about; whole numbers do where a name or heading tells it."""
    if column.type == "integer":
        return column.names_something
    return column.type not in {"decimal", "json"}


def _named(row: Row, key: tuple[int, ...]) -> tuple[str | None, ...]:
    return tuple(None if row[place] is None else raw(row[place]) for place in key)


def _plain(row: Row) -> tuple[str | None, ...]:
    return tuple(None if value is None else raw(value) for value in row)
