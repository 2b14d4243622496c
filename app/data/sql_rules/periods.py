"""Conditions that together say from which day until which: put together into periods."""

import datetime as dt
from collections.abc import Collection, Sequence

from app.data.asked import Condition, Place, Placed, Span, Value

A_DAY = dt.timedelta(days=1)
Bounds = tuple[str | None, str | None]


def spans(conditions: Sequence[Condition], dates: Collection[str]) -> list[Placed]:
    """Put the two ends of a half-open interval of dates together; what is no such end stays as it is.

    `dates` are columns known to hold days without a time: for those an end that is included is one as well.
    """
    bounds = [_bounds(found, dates) for found in conditions]
    held: dict[tuple[str, Place], list[int]] = {}
    for index, (found, bound) in enumerate(zip(conditions, bounds, strict=True)):
        if any(bound):
            held.setdefault((found.subject, found.place), []).append(index)
    parts: list[Placed | None] = list(conditions)
    for (subject, place), (first, *others) in held.items():
        starts = [start for index in (first, *others) if (start := bounds[index][0])]
        ends = [end for index in (first, *others) if (end := bounds[index][1])]
        if len(starts) > 1 or len(ends) > 1 or (starts and ends and starts[0] >= ends[0]):
            continue
        parts[first] = Span(subject, starts[0] if starts else None, ends[0] if ends else None, place)
        for index in others:
            parts[index] = None
    return [part for part in parts if part is not None]


def _bounds(found: Condition, dates: Collection[str]) -> Bounds:
    """Return the first day that a condition allows and the first one after, each None where it sets none."""
    days = [_day(value) for value in found.values]
    if found.negated or not all(days):
        return None, None
    includes = found.subject in dates and all(len(value.text) == len("2026-01-01") for value in found.values)
    match found.operator, days:
        case ">=", [day]:
            return day, None
        case "<", [day]:
            return None, day
        case "<=", [day] if includes:
            return None, _after(day)
        case "between", [low, high] if includes:
            return low, _after(high)
    return None, None


def _after(day: str | None) -> str | None:
    last = dt.date.fromisoformat(day) if day else dt.date.max
    return (last + A_DAY).isoformat() if last < dt.date.max else None


def _day(value: Value) -> str | None:
    """Return the date that is compared with, None where it is something else or not midnight."""
    text = value.text
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    is_plain = len(text) >= len("2026-01-01") and text[4:5] == "-" and moment.tzinfo is None and moment.time() == dt.time()
    return moment.date().isoformat() if is_plain and value.is_text else None
