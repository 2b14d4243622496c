"""The result of a query on the business database: typed columns, plain rows and the facts of its execution."""

import contextlib
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.data.asked import Asked
from app.web import calendar_units, durations

NAMING = re.compile(
    r"((?!.*per_).*_)?(year|quarter|month|week)|weekday|day|hour|rank|number|(.*[_ ])?(id|key|code)", re.IGNORECASE
)
"""What columns are called whose whole numbers name something; of headings the ends alone tell."""
ColumnType = Literal["text", "integer", "decimal", "boolean", "date", "datetime", "month", "quarter", "week", "duration", "json"]
"""Months, quarters and weeks are texts such as `2026-01`, `2026-Q1` and `2026-W05`, which follow one another as such.

A column of dates, moments or durations may hold texts too: what Python's types cannot, such as `infinity` and `20226-01-05`.
"""
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DATETIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
SIGNIFICANT_DIGITS = 15
"""What a double holds for certain; more would print 0.1 + 0.2 as 0.30000000000000004."""


class Column(msgspec.Struct, frozen=True):
    """A result column. `unit` is a word such as `pcs`, `currency` ISO 4217; both None where nothing is known.

    `name` is the one that SQL gave it, by which it is addressed; `labels` are its headings by locale, empty where nobody
    wrote any. All languages are stored with the result, so that every reader finds their own.
    """

    name: str
    type: ColumnType
    unit: str | None = None
    currency: str | None = None
    labels: Mapping[str, str] = {}
    is_additive: bool = True
    """Whether the figures of several rows may be added up: not so for averages, shares and distinct counts."""

    @property
    def names_something(self) -> bool:
        """Tell whether whole numbers in the column name something, as ids and years do, so that nobody adds them up."""
        is_counted = self.unit or self.currency
        is_key = self.labels.get("en", "").lower().endswith((" id", " key", " code"))
        return not is_counted and (is_key or NAMING.fullmatch(self.name) is not None)

    def label(self, locale: str) -> str:
        """Return the heading for a reader: the SQL name where nothing better is known."""
        return self.labels.get(locale) or self.name


class QueryResult(msgspec.Struct, frozen=True):
    """A result as it is stored: `rows` holds one list a row, each with the values that its columns' types tell.

    Those are None, bool, int, str, Decimal, date, datetime and timedelta.

    `truncated` tells that there were more rows than the cap; `sql` is what ran, `parameters` what was bound.
    """

    columns: tuple[Column, ...]
    rows: list[list[Any]]
    truncated: bool
    sql: str
    parameters: dict[str, Any]
    duration_ms: float
    executed_at: dt.datetime
    asked: Asked | None = None
    """What the query really asked, None where it was not read."""


class Statement(msgspec.Struct, frozen=True):
    """A statement to be audited; `outcome` is `ok` or the code of the error, `error` its sentence."""

    sql: str
    parameters: dict[str, Any]
    outcome: str
    row_count: int | None
    duration_ms: float
    error: str | None = None


def encode_rows(result: QueryResult) -> bytes:
    """Return the rows as JSON for the artifact's content: decimals and dates as text, so that nothing is rounded."""
    return msgspec.json.encode(result.rows)


def details_of(result: QueryResult) -> dict[str, Any]:
    """Return everything but the rows as plain JSON values, for the artifact's details."""
    details: dict[str, Any] = msgspec.to_builtins(result)
    del details["rows"]
    return {**details, "row_count": len(result.rows)}


def columns_from(details: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a stored result from what `details_of` gave."""
    return msgspec.convert(details["columns"], tuple[Column, ...])


def asked_from(details: Mapping[str, Any]) -> Asked | None:
    """Return what a stored result's query asked."""
    return msgspec.convert(details.get("asked"), Asked | None)


def rows_from(details: Mapping[str, Any], content: bytes, part: slice = slice(None)) -> list[list[Any]]:
    """Return the rows of a stored result as they were before `encode_rows`, or `part` of them."""
    read = [READERS.get(column.type) for column in columns_from(details)]
    rows: list[list[Any]] = msgspec.json.decode(content)[part]
    for row in rows:
        for index, reader in enumerate(read):
            if reader is not None and isinstance(row[index], str):
                with contextlib.suppress(ValueError):
                    row[index] = reader(row[index])
    return rows


def plain_rows(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return rows as a model or a page may have them: JSON values, a decimal as a number where a double holds it exactly."""
    return [[_plain(value) for value in row] for row in rows]


def typed(
    names: Sequence[str], declared: Sequence[ColumnType | None], rows: list[list[Any]]
) -> tuple[tuple[Column, ...], list[list[Any]]]:
    """Settle each column's type, by the database's word or by its values, and bring the values to it."""
    columns = []
    for index, name in enumerate(_distinct(names)):
        values = [row[index] for row in rows]
        kind, values = _settle(values, declared[index])
        for row, value in zip(rows, values, strict=True):
            row[index] = value
        columns.append(Column(name, kind))
    return tuple(columns), rows


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Return the names, a later one of the same name with a number: columns are addressed by them."""
    taken: set[str] = set()
    for name in names:
        free = name
        number = 1
        while free in taken or (number > 1 and free in names):
            number += 1
            free = f"{name}_{number}"
        taken.add(free)
        yield free


def _settle(values: list[Any], declared: ColumnType | None) -> tuple[ColumnType, list[Any]]:
    values = [_clean(value) for value in values]
    present = [value for value in values if value is not None]
    if declared is not None and declared not in {"date", "datetime"}:
        return declared, values
    kinds = {type(value) for value in present}
    if declared is not None and str in kinds:
        return declared, values
    if not kinds:
        return declared or "text", values
    if kinds == {str}:
        return _settle_text(values, present)
    for kind, accepted in ACCEPTED:
        if kinds <= accepted:
            return kind, [_whole_as_decimal(value) for value in values] if kind == "decimal" else values
    return "text", [value if value is None else str(value) for value in values]


def _settle_text(values: list[Any], present: list[str]) -> tuple[ColumnType, list[Any]]:
    """Recognise dates and months that are texts, as in SQLite; one value that is none leaves all of them text."""
    for kind, pattern in (("date", DATE), ("datetime", DATETIME)):
        if all(pattern.fullmatch(value) for value in present):
            try:
                return kind, [value if value is None else READERS[kind](value) for value in values]  # type: ignore[return-value]  # `kind` is one of the two literals above
            except ValueError:
                break
    return calendar_units.unit_of(set(present)) or "text", values


def _clean(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(format(value, f".{SIGNIFICANT_DIGITS}g"))
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    return value


def _whole_as_decimal(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        if not value.is_finite():
            return str(value)
        if value == value.to_integral_value() and abs(value) < 10**SIGNIFICANT_DIGITS:
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, dt.timedelta):
        return durations.plain(value)
    if isinstance(value, dt.date | dt.time | dt.datetime):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    return value


ACCEPTED: tuple[tuple[ColumnType, set[type]], ...] = (
    ("boolean", {bool}),
    ("integer", {int}),
    ("decimal", {int, Decimal}),
    ("date", {dt.date}),
    ("datetime", {dt.datetime}),
    ("json", {dict, list}),
)
READERS: dict[str, Any] = {
    "decimal": Decimal,
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
    "duration": durations.from_iso,
}
