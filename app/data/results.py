"""The result of a query on the business database: typed columns, plain rows and the facts of its execution."""

import datetime as dt
from typing import Any, Literal

import msgspec

ColumnType = Literal["text", "integer", "decimal", "boolean", "date", "datetime", "json"]


class Column(msgspec.Struct, frozen=True):
    """A result column. `unit` is a word such as `pcs`, `currency` ISO 4217; both None where nothing is known."""

    name: str
    type: ColumnType
    unit: str | None = None
    currency: str | None = None


class QueryResult(msgspec.Struct, frozen=True):
    """A result as it is stored: `rows` holds one list a row, with None, bool, int, str, Decimal, date and datetime values.

    `truncated` tells that there were more rows than the cap; `sql` is what ran, `parameters` what was bound.
    """

    columns: tuple[Column, ...]
    rows: list[list[Any]]
    truncated: bool
    sql: str
    parameters: dict[str, Any]
    duration_ms: float
    executed_at: dt.datetime


class Statement(msgspec.Struct, frozen=True):
    """A statement to be audited; `outcome` is `ok` or the code of the error."""

    sql: str
    parameters: dict[str, Any]
    outcome: str
    row_count: int | None
    duration_ms: float
