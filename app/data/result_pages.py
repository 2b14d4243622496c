"""Rows of a stored result as a reader asks for them: searched, sorted, and a page at a time. Nothing here changes the rows."""

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.data.collation import alphabetical, plain
from app.data.results import Column
from app.web import durations, far_days

SIZES = (10, 25, 50, 100, 200)
MOMENTS = ("date", "datetime")
DAYS = ("date", "datetime", "month", "quarter", "week")
MOST_DECIMALS = 12
Row = Sequence[Any]
Write = Callable[[Any, Column], str]
"""Writes a cell as the reader sees it."""
Read = Callable[[str], str]
"""Gives a figure as programs write it: a thousand figures need not be written out to find one."""
BETWEEN_WORDS = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
"""Spaces, but for those that group the digits of a figure."""
MOST_WORDS = 8


class Page(msgspec.Struct, frozen=True):
    """Some of `total` rows: the `number`-th page of `count`, its rows from `first` to `last`, both counted from one."""

    rows: Sequence[Row]
    total: int
    number: int
    count: int
    size: int

    @property
    def first(self) -> int:
        """Return the position of the first row, 0 where there is none."""
        return min((self.number - 1) * self.size + 1, self.total)

    @property
    def last(self) -> int:
        """Return the position of the last row."""
        return min(self.number * self.size, self.total)


def search(rows: Sequence[Row], columns: Sequence[Column], words: str, write: Write, read: Read) -> Sequence[Row]:
    """Return the rows in which the words stand in some cell, as it is written for the reader or as it is stored.

    Where no cell holds them together, rows in whose cells each of them stands are found.
    """
    wanted = plain(words).strip()
    if not wanted:
        return rows
    found = [row for row in rows if _holds(row, columns, wanted, write, read(words))]
    apart = [(plain(word), read(word)) for word in BETWEEN_WORDS.split(words.strip())][:MOST_WORDS]
    if found or len(apart) == 1:
        return found
    return [row for row in rows if all(_holds(row, columns, word, write, figure) for word, figure in apart)]


def _holds(row: Row, columns: Sequence[Column], wanted: str, write: Write, figure: str) -> bool:
    return any(
        _is_figure(value, figure)
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
        else _is_written(value, column, wanted, write)
        for value, column in zip(row, columns, strict=True)
        if value is not None
    )


def _is_figure(value: int | Decimal, figure: str) -> bool:
    return bool(figure) and (figure in raw(value) or figure in _rounded(value, figure))


def _is_written(value: Any, column: Column, wanted: str, write: Write) -> bool:
    text = plain(_texts(value, column, write))
    return wanted in text or (column.type in DAYS and _loose(wanted) in _loose(text))


def _texts(value: Any, column: Column, write: Write) -> str:
    return value if column.type == "text" and isinstance(value, str) else f"{write(value, column)}\n{raw(value)}"


def _rounded(value: int | Decimal, figure: str) -> str:
    """Return a figure with as many decimals as were typed, as a column of aligned figures shows it."""
    places = len(figure.rpartition(".")[2]) if "." in figure else 0
    is_shown = 0 < places <= MOST_DECIMALS and Decimal(value).is_finite()
    return f"{value:.{places}f}" if is_shown else ""


def _loose(text: str) -> str:
    """Return a date without the points and commas that people leave out."""
    return text.replace(". ", " ").replace(", ", " ")


def sort(rows: Sequence[Row], place: int, locale: str, kind: str = "text", *, descending: bool) -> Sequence[Row]:
    """Return the rows by the column at `place`, equal ones as they were, those without a value last either way."""
    known = [row for row in rows if row[place] is not None]
    missing = [row for row in rows if row[place] is None]
    return [*sorted(known, key=lambda row: key(row[place], locale, kind), reverse=descending), *missing]


def key(value: Any, locale: str, kind: str = "text") -> tuple[Any, ...]:
    """Return what a value of a column of `kind` is sorted by; kinds that do not compare follow one another."""
    match value:
        case bool():
            return (0, int(value))
        case int() | Decimal() | float():
            return (3,) if value != value else (2, value)  # noqa: PLR0124 - only NaN differs from itself
        case dt.datetime():
            return (4, (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp())
        case dt.date():
            return (4, dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC).timestamp())
        case str() | dt.timedelta() if (order := _order(value, kind)) is not None:
            return (4, order)
    return (5, alphabetical(value, locale)) if isinstance(value, str) else (6, raw(value))


def _order(value: str | dt.timedelta, kind: str) -> float | None:
    """Return where a length of time stands, or a day or a moment that Python has no value for."""
    if kind == "duration" and (length := durations.read(value)):
        return length.order
    return far_days.order(value) if kind in {*MOMENTS, "duration"} and isinstance(value, str) else None


def page(rows: Sequence[Any], number: int, size: int) -> Page:
    """Return one page; a number past the end gives the last one."""
    count = max(1, -(-len(rows) // size))
    number = min(max(number, 1), count)
    return Page(rows[(number - 1) * size : number * size], len(rows), number, count, size)


def raw(value: Any) -> str:
    """Return a value as programs read it: a number with a point and no groups, an ISO date, JSON, nothing for None."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal() if value.is_finite():
            return format(value, "f")
        case dt.date():
            return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
    return durations.hours(value) if isinstance(value, dt.timedelta) else str(value)
