"""Read the periods that the calendar names: days, months, quarters, halves and years."""

import calendar
import datetime as dt

from app.data.period_phrases.phrase import Named, Phrase, Read, last_of_month
from app.data.periods import MONTHS_IN, Unit

NEAR_A_SHORT_MONTH = ("of", "from", "since", "to", "between", "with", "and")
LEAP_YEARS = 9
"""Among so many years is one with a 29 February."""


def written(phrase: Phrase, index: int) -> Read:
    """Read "2026-10-05" and "05.10.2026"."""
    ordinal = phrase.value(index, "date")
    if ordinal is None:
        return None
    return Named(phrase.around(dt.date.fromordinal(ordinal), "day"), has_year=True), index + 1


def day_of_month(phrase: Phrase, index: int) -> Read:
    """Read "5 октября", "October 5, 2026", "2026-yil 5-oktabr"."""
    said = _day_and_month(phrase, index)
    return _day(phrase, *said) if said else None


def missing_day(phrase: Phrase, index: int) -> Read:
    """Read "30 февраля", "February 30" and "31.04.2025", which are no days, as the last day of that month."""
    if written := phrase.value(index, "last_day"):
        return Named(phrase.around(dt.date.fromordinal(written), "day"), has_year=True), index + 1
    said = _day_and_month(phrase, index)
    if said is None or _day(phrase, *said):
        return None
    _, month, year, after = said
    last = last_of_month(year or phrase.today.year, month)
    return Named(phrase.around(last, "day"), has_year=year is not None), after


def days_of_month(phrase: Phrase, index: int) -> Read:
    """Read "1–15 October" and "October 1–15"."""
    is_month_first = _month(phrase, index) is not None
    at = index + 1 if is_month_first else index
    link = phrase.skip(at + 1, "to")
    first = phrase.value(at, "number")
    if not first or not phrase.value(link, "number") or not (link > at + 1 or phrase.dash_before(link)):
        return None
    last = _last_day(phrase, index, link) if is_month_first else day_of_month(phrase, link)
    if last is None or not first < last[0].period.start.day:
        return None
    period = last[0].period
    return Named(type(period)(period.start.replace(day=first), period.end), last[0].has_year), last[1]


def month(phrase: Phrase, index: int) -> Read:
    """Read "October", "октябрь 2025", "в марте прошлого года", "2026-yil oktabr"."""
    year, at = _year(phrase, index) or (None, index)
    at = phrase.skip(at, "last", "this") if year is None else phrase.skip(at, "of")
    number = _month(phrase, at)
    if number is None or (year is None and at and phrase.value(at - 1, "number")):  # "31 февраля" is no date, nor February.
        return None
    after = at + 2 if phrase.unit(at + 1) == "month" and not phrase.part(at + 2, "beginning") else at + 1
    if year is None:
        year, after = _year(phrase, phrase.skip(after, "of")) or (None, after)
    return _within_year(phrase, "month", number, year, after)


def part_of_year(phrase: Phrase, index: int) -> Read:
    """Read "Q3 2026", "третий квартал", "2026-yil 3-chorak", "first half of 2026"."""
    year, at = _year(phrase, index) or (None, index)
    read = _numbered(phrase, at, "quarter") or _numbered(phrase, at, "half")
    if read is None:
        return None
    name, number, after = read
    if not 1 <= number <= 12 // MONTHS_IN[name]:
        return None
    if year is None:
        year, after = _year(phrase, phrase.skip(after, "of")) or (None, after)
    return _within_year(phrase, name, (number - 1) * MONTHS_IN[name] + 1, year, after)


def whole_year(phrase: Phrase, index: int) -> Read:
    """Read "2025", "весь 2025 год", "2025-yil" and "the whole year"."""
    at = phrase.skip(index, "all")
    if at > index and phrase.unit(at) == "year":
        return Named(phrase.around(phrase.today, "year"), has_year=True, is_relative=True), at + 1
    read = _year(phrase, at)
    return (Named(phrase.around(dt.date(read[0], 1, 1), "year"), has_year=True), read[1]) if read else None


def _day_and_month(phrase: Phrase, index: int) -> tuple[int, int, int | None, int] | None:
    """Return day, month, the year where it is said, and the index of the word after them."""
    year, at = _year(phrase, index) or (None, index)
    month_at = at + 2 if phrase.text_of(at + 1) == "of" else at + 1  # "Top 5 in October" names no day.
    day, month, after = phrase.value(at, "number"), _month(phrase, month_at), month_at + 1
    if not (day and month):
        month, day, after = _month(phrase, at), phrase.value(at + 1, "number"), at + 2
    if not (day and month and day <= 31):
        return None
    if year is None:
        year, after = _year(phrase, phrase.skip(after, "of")) or (None, after)
    return day, month, year, after


def _year(phrase: Phrase, index: int) -> tuple[int, int] | None:
    at = index + 1 if phrase.unit(index) == "year" and phrase.value(index + 1, "year") else index
    number = phrase.value(at, "year")
    if number:
        return number, at + 2 if at == index and phrase.unit(at + 1) == "year" and not phrase.part(
            at + 2, "beginning"
        ) else at + 1
    if phrase.unit(index + 1) == "year" and phrase.part(index, "this", "last", "previous"):
        return phrase.today.year - (0 if phrase.part(index, "this") else 1), index + 2
    return None


def _month(phrase: Phrase, index: int) -> int | None:
    """Return the month named; a short name counts only beside a number or after a preposition, "may I" never."""
    number = phrase.value(index, "month")
    if number is not None:
        return None if phrase.part(index + 1, "person") else number
    around = (phrase.value(index - 1, "number") if index else None) or phrase.value(index + 1, "number")
    if around:
        return phrase.value(index, "short_month") or phrase.value(index, "numbered_month")
    is_after_preposition = index and phrase.part(index - 1, *NEAR_A_SHORT_MONTH) and not phrase.part(index - 1, "article")
    return phrase.value(index, "short_month") if is_after_preposition else None


def _numbered(phrase: Phrase, index: int, name: Unit) -> tuple[Unit, int, int] | None:
    number = phrase.value(index, name)
    if number:
        return name, number, index + 1
    if phrase.unit(index) == name and phrase.value(index + 1, "number"):
        return name, phrase.value(index + 1, "number") or 0, index + 2
    number = phrase.value(index, "ordinal") or phrase.value(index, "number")
    if not number or phrase.unit(index + 1) != name:
        return None
    is_half_year = name == "half" and phrase.unit(index + 2) == "year"  # "Birinchi yarim yil".
    return name, number, index + 3 if is_half_year else index + 2


def _last_day(phrase: Phrase, month_at: int, day_at: int) -> Read:
    number, last = _month(phrase, month_at), phrase.value(day_at, "number")
    if number is None or last is None:
        return None
    year, after = _year(phrase, day_at + 1) or (None, day_at + 1)
    return _day(phrase, last, number, year, after)


def _day(phrase: Phrase, day: int, month: int, year: int | None, after: int) -> Read:
    years = [year] if year else range(phrase.today.year, phrase.today.year - LEAP_YEARS, -1)
    dates = [dt.date(each, month, day) for each in years if day <= calendar.monthrange(each, month)[1]]
    date = next((each for each in dates if year or each <= phrase.today), None)
    return (Named(phrase.around(date, "day"), has_year=year is not None), after) if date else None


def _within_year(phrase: Phrase, unit: Unit, month: int, year: int | None, after: int) -> Read:
    first = dt.date(year or phrase.today.year, month, 1)
    if year is None and first > phrase.today:
        first = first.replace(year=first.year - 1)
    return Named(phrase.around(first, unit), has_year=year is not None), after
