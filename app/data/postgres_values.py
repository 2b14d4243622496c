"""Between Python and PostgreSQL: named parameters, their values, and what comes back."""

import datetime as dt
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg

from app.data.errors import QueryError
from app.data.results import ColumnType
from app.data.sql_rules.lexer import read
from app.web import durations

TYPES: dict[str, ColumnType] = {
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "oid": "integer",
    "numeric": "decimal",
    "float4": "decimal",
    "float8": "decimal",
    "bool": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "timestamptz": "datetime",
    "interval": "duration",
    "json": "json",
    "jsonb": "json",
}
ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
SPECIAL = re.compile(r"[\s,()\[\]\"\\]")
"""What the ends of a range are quoted for."""
TEXTS = {"text", "varchar", "bpchar", "name", "unknown"}


def positional(sql: str, parameters: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """Write `:name` as `$1` and so on; returns the names in that order. Names that have no value stay as they are."""
    if not parameters:
        return sql, ()
    tokens = read(sql, "postgres")
    names: list[str] = []
    pieces: list[str] = []
    done = 0
    for mark, word in itertools.pairwise(tokens):
        name = sql[word.start : word.end]
        if mark.name != ":" or mark.kind != "symbol" or word.kind != "word" or mark.end != word.start or name not in parameters:
            continue
        if name not in names:
            names.append(name)
        pieces += [sql[done : mark.start], f"${names.index(name) + 1}"]
        done = word.end
    return "".join([*pieces, sql[done:]]), names


def zone_named(name: str) -> ZoneInfo:
    """Return an IANA time zone; raises `QueryError`. Its name holds nothing that would have to be quoted."""
    try:
        if ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise QueryError(
        "invalid_arguments", f"there is no time zone {name}", "Ask an administrator to correct the company's time zone."
    )


def argument(given: Any, kind: str, zone: dt.tzinfo = dt.UTC) -> Any:
    """Return a JSON value as the driver wants it for a parameter of type `kind`; raises `ValueError`.

    A moment that names no zone is one of `zone`.
    """
    if given is None:
        return None
    if kind in TEXTS:
        return given if isinstance(given, str) else str(given)
    if kind == "numeric":
        return _decimal(given)
    if kind == "timestamptz" and isinstance(given, str):
        moment = dt.datetime.fromisoformat(given)
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    read_text = READERS.get(kind)
    return read_text(given) if read_text and isinstance(given, str) else given


def _decimal(given: Any) -> Decimal:
    try:
        return Decimal(str(given))
    except InvalidOperation as error:
        message = f"{given!r} is not a number"
        raise ValueError(message) from error


def column_type(kind: asyncpg.Type) -> ColumnType:
    """Return the type that a column is shown as."""
    return "json" if kind.kind in {"array", "composite", "multirange"} else TYPES.get(kind.name, "text")


def value(cell: Any, zone: dt.tzinfo = dt.UTC) -> Any:
    """Return a plain value: what results may hold as it is, all else as text; moments by the clocks of `zone`."""
    if isinstance(cell, dt.datetime) and cell.tzinfo is not None:
        return _on_the_clock(cell, zone)
    if cell is None or isinstance(cell, str | int | float | Decimal | dt.date | dt.timedelta | bytes):
        return cell
    if isinstance(cell, list | tuple | asyncpg.Record):
        return [_within(value(part, zone)) for part in cell]
    if isinstance(cell, asyncpg.Range):
        return _range(cell, zone)
    return cell.as_string().replace(" ", "") if isinstance(cell, asyncpg.BitString) else str(cell)


def _within(part: Any) -> Any:
    return durations.plain(part) if isinstance(part, dt.timedelta) else part


def _range(cell: asyncpg.Range, zone: dt.tzinfo) -> str:
    """Write a range as PostgreSQL does."""
    if cell.isempty:
        return "empty"
    lower, upper = ("" if end is None else _end(value(end, zone)) for end in (cell.lower, cell.upper))
    return f"{'[' if cell.lower_inc else '('}{lower},{upper}{']' if cell.upper_inc else ')'}"


def _end(end: Any) -> str:
    text = end.isoformat(" ") if isinstance(end, dt.datetime) else str(_within(end))
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"')) if not text or SPECIAL.search(text) else text


def _on_the_clock(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    try:
        local = moment.astimezone(zone)
    except OverflowError:  # what PostgreSQL calls infinity
        return moment
    return local.replace(tzinfo=dt.timezone(local.utcoffset() or dt.timedelta()))


READERS: dict[str, Callable[[str], Any]] = {
    "int2": int,
    "int4": int,
    "int8": int,
    "oid": int,
    "float4": float,
    "float8": float,
    "date": lambda text: dt.date.fromisoformat(text[:10]),
    "timestamp": dt.datetime.fromisoformat,
}
