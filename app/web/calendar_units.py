"""Months, quarters and weeks of a year as queries write them, and as the readers of a language do."""

import datetime as dt
import functools
import re
from collections.abc import Collection
from typing import Any, Literal

from babel import Locale, dates

from app.errors import N_
from app.web.locale import translator

Unit = Literal["month", "quarter", "week"]
UNITS: dict[Unit, re.Pattern[str]] = {
    "month": re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])", re.ASCII),
    "quarter": re.compile(r"((?:19|20)\d\d)[- ]?Q([1-4])", re.ASCII),
    "week": re.compile(r"((?:19|20)\d\d)-?W?([0-4]\d|5[0-3])", re.ASCII),
}
"""How a unit is written; a week without its letter only where the query's text says that it is one."""
PATTERNS: dict[Unit, str] = {
    # Translators: a quarter of a year in a table's cell, as short as people write it.
    "quarter": N_("Q%(number)s %(year)s"),
    "week": N_("Week %(number)s, %(year)s"),
}
MONTHS_OF_QUARTER = 3


def unit_of(texts: Collection[str]) -> Unit | None:
    """Return which unit all of the texts are, None where they are anything else."""
    for unit, pattern in UNITS.items():
        if texts and all(pattern.fullmatch(text) and (unit != "week" or "W" in text) for text in texts):
            return unit
    return None


def first_day(value: Any, unit: Unit) -> dt.date | None:
    """Return the day with which a month or a quarter begins, None for anything else."""
    found = UNITS[unit].fullmatch(value) if isinstance(value, str) and unit != "week" else None
    if found is None:
        return None
    year, number = int(found[1]), int(found[2])
    return dt.date(year, number if unit == "month" else number * MONTHS_OF_QUARTER - 2, 1)


@functools.lru_cache(4096)
def written(value: str, unit: Unit, locale: str) -> str:
    """Return a month, a quarter or a week in words; a text that is none stays as it is."""
    found = UNITS[unit].fullmatch(value)
    if found is None:
        return value
    year, number = found[1], int(found[2])
    if unit == "month":
        text = dates.format_skeleton("yMMM", dt.date(int(year), number, 1), locale=Locale.parse(locale))
        return text.replace("\u202f", "\u00a0")
    return translator(locale).gettext(PATTERNS[unit], number=number, year=year)


@functools.lru_cache(8192)
def typed_forms(day: dt.date, locale: str, *, is_month: bool = False) -> str:
    """Return the other ways in which people type a day or a month: in figures, and with the month's whole name."""
    patterns = ("LLLL y", "MM.y", "MM/y") if is_month else ("d MMMM y", "dd.MM.y", "d.M.y")
    if locale == "en" and not is_month:
        patterns = ("MMMM d, y", "M/d/y", "MM/dd/y")
    return "\n".join(dates.format_date(day, pattern, locale=locale) for pattern in patterns)
