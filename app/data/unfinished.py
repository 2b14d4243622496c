"""Whether a result tells of a period that was not over when it was read, so that nobody takes its figures for whole."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from app.data.asked import Part, Span, Unfinished
from app.data.results import Column
from app.data.sql_rules.units import CalendarUnit

A_DAY = dt.timedelta(days=1)


def unfinished(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    units: Sequence[CalendarUnit | None],
    parts: Sequence[Part],
    today: dt.date,
) -> Unfinished | None:
    """Return the period that goes on after `today`: of a column of months and the like, else one that was asked for."""
    for place, column in enumerate(columns):
        unit = column.type if column.type in {"month", "quarter", "week"} else units[place] if place < len(units) else None
        values = {row[place] for row in rows if row[place] is not None} if unit in NOW else set()
        for value in values & NOW[unit](today) if values and unit else ():
            text = value.isoformat() if isinstance(value, dt.date) else str(value)
            return Unfinished("date" if isinstance(value, dt.date) else str(unit), text, today.isoformat())
    spans = [part for part in parts if isinstance(part, Span) and part.start and part.end]
    for span in spans:
        if span.start and span.end and span.start <= today.isoformat() and span.end > (today + A_DAY).isoformat():
            return Unfinished("span", f"{span.start}/{span.end}", today.isoformat())
    return None


def _months(today: dt.date) -> set[Any]:
    return {f"{today:%Y-%m}", today.replace(day=1)}


def _quarters(today: dt.date) -> set[Any]:
    number = (today.month + 2) // 3
    return {f"{today:%Y}-Q{number}", f"{today:%Y}Q{number}", f"{today:%Y} Q{number}"}


def _weeks(today: dt.date) -> set[Any]:
    texts = {f"{today:{pattern}}" for pattern in ("%G-W%V", "%GW%V", "%Y-%W", "%Y-W%W", "%Y-%U")}
    return texts | {today - dt.timedelta(days=today.weekday())}


def _years(today: dt.date) -> set[Any]:
    return {today.year, str(today.year)}


NOW = {"month": _months, "quarter": _quarters, "week": _weeks, "year": _years}
"""How the period that `today` lies in may be written in a result."""
