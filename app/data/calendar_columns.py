"""Columns of months, quarters and weeks whose values do not tell what they are: the query's text does."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from app.data.results import Column
from app.data.sql_rules.units import CalendarUnit
from app.web.calendar_units import MONTHS_OF_QUARTER, UNITS


def settled(columns: tuple[Column, ...], rows: list[list[Any]], units: Sequence[CalendarUnit | None]) -> tuple[Column, ...]:
    """Give columns the type that the query's text tells, and bring their values to it in place."""
    if len(units) != len(columns):
        return columns
    return tuple(_settled(column, rows, place, units[place]) for place, column in enumerate(columns))


def _settled(column: Column, rows: list[list[Any]], place: int, unit: CalendarUnit | None) -> Column:
    known = [row[place] for row in rows if row[place] is not None]
    if unit is None or unit == "year" or not known:
        return column
    if column.type in {"text", "month"} and unit == "week":
        is_week = all(isinstance(value, str) and UNITS["week"].fullmatch(value) for value in known)
        return msgspec.structs.replace(column, type="week") if is_week else column
    if column.type not in {"date", "datetime"} or not all(_begins(value, unit) for value in known):
        return column
    for row in rows:
        row[place] = None if row[place] is None else _named(row[place], unit)
    return msgspec.structs.replace(column, type=unit if unit in {"month", "quarter"} else "date")


def _begins(value: Any, unit: CalendarUnit) -> bool:
    """Tell whether a moment is the first one of its unit."""
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return False
    is_first = unit not in {"month", "quarter"} or value.day == 1
    return isinstance(value, dt.date) and is_first and (unit != "quarter" or value.month % MONTHS_OF_QUARTER == 1)


def _named(value: dt.date, unit: CalendarUnit) -> Any:
    if unit == "month":
        return f"{value:%Y-%m}"
    if unit == "quarter":
        return f"{value:%Y}-Q{(value.month + 2) // MONTHS_OF_QUARTER}"
    return value.date() if isinstance(value, dt.datetime) else value
