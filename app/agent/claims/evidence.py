"""What figures of an answer may rest on: the cells of results, and what else was said or read, ready to be searched."""

import bisect
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.agent.claims.figure import Figure, Passage, Reading
from app.agent.claims.reading import figures
from app.agent.claims.spelling import plain
from app.data.asked import Asked, Span
from app.data.results import Column

MOST_CELLS = 400_000
"""Results with more cells than these together are not searched."""
MOST_NAMES, LONGEST_NAME = 50_000, 200
AROUND = 2 * LONGEST_NAME
"""So many characters on each side of a figure may belong to a name: more than its length, for blanks count as one."""
LARGEST_SHARE = 10
"""Up to this a decimal may be a share that people write in per cent."""
DIGIT_RUN = re.compile(r"[0-9]+")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
SPACES = re.compile(r"\s+")
CALENDAR = {"date", "datetime", "month", "quarter", "week"}
PER_CENT = 100


class Table(msgspec.Struct, frozen=True):
    """A result's columns and all rows that are stored; `asked` is what its query asked, `parameters` what was bound."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    asked: Asked | None = None
    parameters: dict[str, Any] = {}


class Numbers:
    """Values to find one near another, without regard to their signs or with it."""

    def __init__(self, values: Iterable[Decimal]) -> None:
        """Take finite values."""
        self._signed = sorted(values)
        self._plain = sorted(abs(value) for value in self._signed)

    def find(self, reading: Reading, sign: int) -> Decimal | None:
        """Return the value that is written like this, None where there is none; without a sign either sign will do."""
        low, high = reading.bounds
        values = self._signed if sign else self._plain
        if sign < 0:
            low, high = -high, -low
        place = bisect.bisect_left(values, low)
        return values[place] if place < len(values) and values[place] <= high else None

    def find_alone(self, reading: Reading, sign: int, reach: int) -> Decimal | None:
        """Return the same where no other value lies within `reach` units of the last digit: else nearly any digit would fit."""
        found = self.find(reading, sign)
        low, high = reading.bounds
        around = reading.quantum * reach
        near = bisect.bisect_right(self._plain, high + around) - bisect.bisect_left(self._plain, low - around)
        fitting = bisect.bisect_right(self._plain, high) - bisect.bisect_left(self._plain, low)
        return found if near == fitting else None


class Evidence:
    """All that an answer may rest on. `texts` are what people said and what tools answered besides results."""

    def __init__(self, tables: Sequence[Table], texts: Sequence[str], numbers: Iterable[Decimal], locale: str) -> None:
        """Take the results, and numbers that other tools gave."""
        self.tables = tables
        given = list(numbers)
        self.has_data = bool(tables or given)
        self.cells = Numbers([*given, *(value for table in tables for value in values_of(table))])
        self.shares = Numbers(value * PER_CENT for table in tables for value in _shares(table))
        self.has_nothing = any(not table.rows or any(None in row for row in table.rows) for table in tables)
        said = [reading for text in texts for figure in figures(text, locale) for reading in _readings(figure)]
        self._said = {reading.value for reading in said} | {value for table in tables for value in _asked_for(table)}
        self._years = {year for text in _dated(tables, texts) for year in YEAR.findall(text)}
        self._names: dict[str, set[str]] = {}
        self._know_names(tables, texts)

    def find(self, reading: Reading, figure: Figure) -> Decimal | None:
        """Return the cell, or the number that was said, that a reading tells."""
        if not reading.value and self.has_nothing:
            return reading.value
        found = self.cells.find(reading, figure.sign)
        if found is None and figure.is_percent:
            found = self.shares.find(reading, figure.sign)
        return reading.value if found is None and reading.value in self._said else found

    def names(self, figure: Figure, passage: Passage) -> bool:
        """Tell whether a number is a known year, or part of a name that stands in a result or was said."""
        written = passage.text[figure.start : figure.end]
        if written in self._years:
            return True
        runs = DIGIT_RUN.findall(written)
        known = self._names.get(runs[0]) if runs else None
        if not known:
            return False
        before = _folded(passage.text[max(0, figure.start - AROUND) : figure.start])
        text = before + _folded(passage.text[figure.start : figure.start + AROUND])
        return any(_covers(text, name, len(before)) for name in known)

    def _know_names(self, tables: Sequence[Table], texts: Sequence[str]) -> None:
        names = (cell for table in tables for row in table.rows for cell in row if isinstance(cell, str))
        count = 0
        for name in (*names, *texts):
            if count >= MOST_NAMES:
                return
            if len(name) > LONGEST_NAME or not any(character.isalpha() for character in name):
                continue
            folded = _folded(name).strip()
            for run in DIGIT_RUN.findall(folded):
                self._names.setdefault(run, set()).add(folded)
                count += 1


def _folded(text: str) -> str:
    return plain(SPACES.sub(" ", text.replace("\u00a0", " ").replace("\u202f", " ")))


def _covers(text: str, name: str, place: int) -> bool:
    """Tell whether `name` stands in the text over a place."""
    at = text.find(name, max(0, place - len(name)))
    while 0 <= at <= place:
        if place < at + len(name):
            return True
        at = text.find(name, at + 1)
    return False


def values_of(table: Table) -> Iterator[Decimal]:
    """Yield the numbers of a result: its cells, lengths of time in their units, and how many rows there are."""
    yield Decimal(len(table.rows))
    for row in table.rows:
        for cell in row:
            yield from numbers_in(cell)


def numbers_in(cell: Any) -> Iterator[Decimal]:
    """Yield the numbers of a cell or of a JSON value."""
    match cell:
        case bool() | None:
            return
        case int() | float() | Decimal():
            number = cell if isinstance(cell, Decimal) else Decimal(str(cell))
            if number.is_finite():
                yield number
        case dt.timedelta():
            seconds = Decimal(str(cell.total_seconds()))
            yield from (seconds, seconds / 60, seconds / 3600, seconds / 86400)
        case dict():
            for value in cell.values():
                yield from numbers_in(value)
        case list():
            for value in cell:
                yield from numbers_in(value)


def _shares(table: Table) -> Iterator[Decimal]:
    places = [place for place, column in enumerate(table.columns) if column.type == "decimal" and not column.currency]
    for row in table.rows:
        for place in places:
            yield from (value for value in numbers_in(row[place]) if abs(value) <= LARGEST_SHARE)


def _readings(figure: Figure) -> Iterator[Reading]:
    for way in figure.ways:
        yield from way


def _asked_for(table: Table) -> Iterator[Decimal]:
    """Yield the numbers that a query was asked with, and how long its periods are."""
    for value in table.parameters.values():
        yield from (abs(number) for number in numbers_in(value))
    for part in table.asked.parts if table.asked else ():
        if isinstance(part, Span) and part.start and part.end:
            first, last = dt.date.fromisoformat(part.start[:10]), dt.date.fromisoformat(part.end[:10])
            yield Decimal((last - first).days)
            yield Decimal((last.year - first.year) * 12 + last.month - first.month)


def _dated(tables: Sequence[Table], texts: Sequence[str]) -> Iterator[str]:
    """Yield texts whose years are known: what was said, and the days of results and periods."""
    yield from texts
    for table in tables:
        yield from (str(value) for value in table.parameters.values())
        for part in table.asked.parts if table.asked else ():
            if isinstance(part, Span):
                yield from (part.start or "", part.end or "")
        places = [place for place, column in enumerate(table.columns) if column.type in CALENDAR or column.names_something]
        yield from (str(row[place]) for row in table.rows for place in places)
