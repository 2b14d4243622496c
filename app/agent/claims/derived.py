"""The usual calculations over one result: totals and averages, and what a few cells of a column or a row give together.

Any two cells of a large result give some number: so pairs are taken of rows that are named beside the figure or stand at
an end of a column, and all others only of small results.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from app.agent.claims import spelling
from app.agent.claims.evidence import Numbers, Table, numbers_in
from app.data.results import Column
from app.web import calendar_units
from app.web.formats import formats_of

MOST_COLUMNS = 8
MOST_NAMED = 6
MOST_PAIRED = 40
"""All pairs are taken of a result with at most so many rows."""
SHORTEST_LABEL = 2
PER_CENT = 100
COMPARABLE = 1000
"""Figures of which one is so many times the other are of different kinds: nobody takes orders from revenue."""
Cells = Sequence[Decimal | None]


class Derived:
    """What one result gives, worked out when it is first asked for."""

    def __init__(self, table: Table, locale: str) -> None:
        """Read the columns of figures."""
        self._table = table
        self._locale = locale
        places = [place for place, column in enumerate(table.columns) if _is_measure(column)][:MOST_COLUMNS]
        self._units = [(table.columns[place].currency, table.columns[place].unit) for place in places]
        self._columns = [[next(numbers_in(row[place]), None) for row in table.rows] for place in places]

    @functools.cached_property
    def totals(self) -> Numbers:
        """Return sums, averages and counts of each column, and what a single row or two give."""
        found = list(self._counts())
        for cells in self._columns:
            known = [cell for cell in cells if cell is not None]
            if known:
                total = sum(known, Decimal(0))
                found += [total, total / len(known)]
            found += _risen_and_fallen(known)
        if len(self._table.rows) <= 2:
            found += self._between(range(len(self._table.rows)))
        return Numbers(found)

    @functools.cached_property
    def pairs(self) -> Numbers:
        """Return what all pairs of a small result's cells give, and shares of all cells in the totals of their columns."""
        rows = range(len(self._table.rows))
        found = list(self._shares(rows))
        if len(rows) <= MOST_PAIRED:
            found += self._between(rows)
        sums = [sum((cell for cell in cells if cell is not None), Decimal(0)) for cells in self._columns]
        return Numbers([*found, *self._together(sums)])

    def named(self, text: str) -> list[int]:
        """Return the first rows that a text names, in whichever alphabet and with whichever apostrophes."""
        written, heard = spelling.plain(text), spelling.sounds(text)
        rows = (
            row for row, labels in enumerate(self._labels)
            if any(label in written or (sound and sound in heard) for label, sound in labels)
        )  # fmt: skip
        return list(itertools.islice(rows, MOST_NAMED))

    def shares(self, named: Sequence[int]) -> Numbers:
        """Return the shares of some rows in the totals of their columns."""
        return Numbers(self._shares(named))

    def near(self, named: Sequence[int]) -> Numbers:
        """Return what some rows give: within themselves, with each other, with their neighbours and with the ends."""
        last = len(self._table.rows) - 1
        beside = {0, last, *(row + step for row in named for step in (-1, 1) if 0 <= row + step <= last)}
        found = self._across(named)
        for cells in self._columns:
            for one, other in itertools.product(named, {*beside, *named}):
                if one != other:
                    found += _change(cells[one], cells[other])
                    found += _change(cells[other], cells[one])
        return Numbers(found)

    @functools.cached_property
    def _labels(self) -> list[tuple[tuple[str, str], ...]]:
        """Return what the rows are called: as it is written and, of names long enough, as it sounds."""
        return [tuple(self._labels_of(row)) for row in self._table.rows]

    def _labels_of(self, row: Sequence[object]) -> Iterator[tuple[str, str]]:
        formats = formats_of(self._locale)
        for cell, column in zip(row, self._table.columns, strict=True):
            if isinstance(cell, str) and any(character.isalpha() or column.type == "month" for character in cell):
                text = formats.unit(cell, column.type) if column.type in calendar_units.UNITS else cell
                if len(text) >= SHORTEST_LABEL:
                    sound = spelling.sounds(text)
                    yield spelling.plain(text), sound if len(sound) > spelling.SHORTEST else ""

    def _counts(self) -> Iterator[Decimal]:
        for place in range(len(self._table.columns)):
            values = [row[place] for row in self._table.rows]
            yield Decimal(len({str(value) for value in values if value is not None}))

    def _shares(self, rows: Iterable[int]) -> Iterator[Decimal]:
        places = list(rows) if len(self._table.rows) > 1 else []
        for cells in self._columns:
            total = sum((cell for cell in cells if cell is not None), Decimal(0))
            if total:
                yield from (PER_CENT * cell / total for row in places if (cell := cells[row]) is not None)

    def _between(self, rows: Iterable[int]) -> list[Decimal]:
        """Return what the cells of these rows give within their columns, and within their rows."""
        places = list(rows)
        columns = [value for cells in self._columns for pair in itertools.permutations(places, 2) for value in _of(cells, pair)]
        return [*columns, *self._across(places)]

    def _across(self, rows: Iterable[int]) -> list[Decimal]:
        return [value for row in rows for value in self._together([cells[row] for cells in self._columns])]

    def _together(self, cells: Cells) -> Iterator[Decimal]:
        """Yield how many times one figure of a row is another; where both are of one kind, also their difference and share."""
        known = [(cell, unit) for cell, unit in zip(cells, self._units, strict=True) if cell]
        for (one, unit), (other, other_unit) in itertools.permutations(known, 2):
            yield one / other
            if unit == other_unit and abs(one) < COMPARABLE * abs(other) and abs(other) < COMPARABLE * abs(one):
                yield from (*_change(one, other), PER_CENT * one / other)


def _is_measure(column: Column) -> bool:
    return column.type in {"integer", "decimal", "duration"} and not column.names_something


def _risen_and_fallen(cells: Sequence[Decimal]) -> list[Decimal]:
    """Return how many figures are above zero and how many below; that none of mere amounts is below says nothing."""
    risen, fallen = (Decimal(sum(cell * sign > 0 for cell in cells)) for sign in (1, -1))
    return [risen, fallen] if fallen else [risen]


def _of(cells: Cells, pair: tuple[int, int]) -> list[Decimal]:
    return _change(cells[pair[0]], cells[pair[1]])


def _change(one: Decimal | None, other: Decimal | None) -> list[Decimal]:
    """Return the difference of two figures, and the same in per cent of the second."""
    if one is None or other is None:
        return []
    return [one - other, *([PER_CENT * (one - other) / other] if other else [])]
