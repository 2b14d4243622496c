"""Say a period in words of a language, fit to stand after "for", after "за" and before "uchun"."""

import datetime as dt

import msgspec
from babel.dates import format_date

from app.data.periods import Period, Unit, around

DAY = dt.timedelta(days=1)


class Wording(msgspec.Struct, frozen=True):
    """How a language writes periods: CLDR patterns; `first` and `last` are the borders of a range within one year."""

    all_time: str
    year: str
    years: tuple[str, str]
    quarter: str
    month: str
    months: tuple[str, str]
    day: str
    days: tuple[str, str]
    days_of_month: tuple[str, str]


WORDINGS = {
    "en": Wording(
        "all time", "y", ("y", "y"), "'Q'Q y", "MMMM y", ("MMMM", "MMMM y"),
        "MMMM d, y", ("MMMM d", "MMMM d, y"), ("MMMM d", "d, y"),
    ),
    "ru": Wording(
        "всё время", "y 'год'", ("y", "y 'годы'"), "Q-'й квартал' y 'г'.", "LLLL y 'г'.", ("LLLL", "LLLL y 'г'."),
        "d MMMM y 'г'.", ("d MMMM", "d MMMM y 'г'."), ("d", "d MMMM y 'г'."),
    ),
    "uz": Wording(
        "butun davr", "y-'yil'", ("y", "y-'yillar'"), "y-'yil' Q-'chorak'", "y-'yil' MMMM", ("y-'yil' MMMM", "MMMM"),
        "y-'yil' d-MMMM", ("y-'yil' d-MMMM", "d-MMMM"), ("y-'yil' d", "d-MMMM"),
    ),
}  # fmt: skip
"""Own patterns where CLDR's ("oktabr, 2026") do not fit into a sentence; the names in them are CLDR's."""


def period_text(period: Period, locale: str) -> str:
    """Return the period in words: "October 2026", "октябрь 2026 г.", "2026-yil oktabr", or its days where it is no whole unit."""
    wording = WORDINGS[locale]
    first, last = period.start, period.end - DAY
    if period.unit == "all":
        return wording.all_time
    patterns: tuple[tuple[Unit, str], ...] = (("year", wording.year), ("quarter", wording.quarter), ("month", wording.month))
    for unit, pattern in patterns:
        if _is_one(period, unit) and (unit != "quarter" or period.unit == "quarter"):
            return format_date(first, pattern, locale)
    if _is_whole(period, "year"):
        return _range(period, wording.years, locale, dash="–")
    if _is_whole(period, "month"):
        return _range(period, wording.months if first.year == last.year else (wording.month, wording.month), locale)
    return dates_text(period, locale)


def dates_text(period: Period, locale: str) -> str:
    """Return the first and the last day of the period: "October 1–31, 2026"."""
    wording = WORDINGS[locale]
    first, last = period.start, period.end - DAY
    if period.unit == "all":
        return wording.all_time
    if first == last:
        return format_date(first, wording.day, locale)
    if (first.year, first.month) == (last.year, last.month):
        return _range(period, wording.days_of_month, locale, dash="–")
    return _range(period, wording.days if first.year == last.year else (wording.day, wording.day), locale)


def _is_one(period: Period, unit: Unit) -> bool:
    whole = around(period.start, unit)
    return (whole.start, whole.end) == (period.start, period.end)


def _is_whole(period: Period, unit: Unit) -> bool:
    return around(period.start, unit).start == period.start and around(period.end, unit).start == period.end


def _range(period: Period, patterns: tuple[str, str], locale: str, *, dash: str = " – ") -> str:
    first, last = (
        format_date(day, pattern, locale) for day, pattern in zip((period.start, period.end - DAY), patterns, strict=True)
    )
    return f"{first}{dash}{last}"
