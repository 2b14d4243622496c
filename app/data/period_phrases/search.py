"""Find the periods that a text names, in English, Russian and Uzbek, and resolve them in a tenant's calendar."""

import datetime as dt
import re

import msgspec

from app.data.period_phrases import dated, relative
from app.data.period_phrases.numeric import NO_DATE, written_dates
from app.data.period_phrases.phrase import Named, Phrase, Read
from app.data.periods import Calendar, Period, shift

READERS = (
    relative.day, relative.weekday, relative.unit, relative.latest, relative.several, relative.going_by, relative.present,
    relative.beginning, relative.all_time, relative.before_last, relative.ago, relative.same_of_last_year,
    dated.written, dated.first_months, dated.day_of_this_month, dated.day_of_month, dated.month,
    dated.half_of_month, dated.part_of_year, dated.whole_year,
)  # fmt: skip

COMPARES = re.compile("compar")
"""What makes "October to September" two periods instead of a range."""
INSTRUMENTAL = ("ем", "ом", "ей", "ями", "ами")
"""Endings of the noun in "сравни с сентябрём": with September, not since it."""


class Found(msgspec.Struct, frozen=True):
    """A period and the place in the text, `[start, end)`, of the words that name it."""

    period: Period
    start: int
    end: int


def find(text: str, calendar: Calendar, now: dt.datetime) -> list[Found]:
    """Return the periods that `text` names, from left to right; a range is one period.

    A month, quarter or day without a year is the latest one that has begun. "Last 7 days" end today, "last 3 months" with
    the present month.
    """
    phrase = Phrase(text, calendar, now)
    found, index = [], 0
    while index < len(phrase.words):
        read = _range(phrase, index)
        if read is None:
            index += 1
            continue
        period, after = read
        found.append(Found(period, phrase.words[index].token.start, phrase.words[after - 1].token.end))
        index = after
    return found


def find_missing_days(text: str, calendar: Calendar, now: dt.datetime) -> list[Found]:
    """Return where `text` names days that their months do not have ("30 February"), each with the last day that the month has."""
    phrase = Phrase(text, calendar, now)
    found, index = [], 0
    while index < len(phrase.words):
        missing = dated.missing_day(phrase, index)
        if missing:
            start, end = phrase.words[index].token.start, phrase.words[missing[1] - 1].token.end
            found.append(Found(missing[0].period, start, end))
        read = missing or dated.day_of_month(phrase, index)
        index = read[1] if read else index + 1
    return found


def find_no_dates(text: str) -> list[str]:
    """Return what is put as a date in `text` and is none in any order of day and month: "45.13.2025"."""
    return [text[each.start : each.end] for each in written_dates(text) if each.meaning == NO_DATE]


def _range(phrase: Phrase, index: int) -> tuple[Period, int] | None:
    opened = phrase.skip(index, "from", "since", "between", "with", "until")
    days = dated.days_of_month(phrase, opened)
    if days:
        return days[0].period, days[1]
    both = (_point(phrase, opened), _point(phrase, phrase.skip(opened, "of")))
    read = max((found for found in both if found), key=lambda found: found[1], default=None)
    if read is None:
        return None
    first, after = read
    last = _end(phrase, index, after)
    if last:
        return _span(first, last[0]), last[1]
    if phrase.part(index, "until") or phrase.case(after - 1) == "gacha" or phrase.part(after, "until"):
        return _until(phrase, first.period), phrase.skip(after, "until")
    if _is_since(phrase, index, after, first) and first.period.start <= phrase.today:
        period = Period(first.period.start, phrase.today + dt.timedelta(days=1), first.period.unit)
        return period, phrase.skip(after, "since")
    return first.period, after


def _point(phrase: Phrase, index: int) -> Read:
    read = [found for reader in READERS if (found := reader(phrase, index))]
    return max(read, key=lambda found: found[1], default=None)


def _end(phrase: Phrase, index: int, after: int) -> Read:
    """Read the second border of a range whose first one, begun at `index`, ends before `after`."""
    is_set_against = phrase.text_of(after) == "to" and any(COMPARES.match(phrase.text_of(place)) for place in range(index))
    link = phrase.skip(after, "and") if phrase.part(index, "between") else phrase.skip(after, "to")
    if is_set_against:
        return None
    read = _point(phrase, phrase.skip(link, "of"))
    if read is None:
        return None
    is_closed = phrase.case(read[1] - 1) == "gacha" or phrase.part(read[1], "to")
    from_there = phrase.case(after - 1) == "dan" and is_closed
    if link > after or phrase.dash_before(after) or from_there:
        return read[0], phrase.skip(read[1], "to") if from_there else read[1]
    return None


def _until(phrase: Phrase, last: Period) -> Period:
    """Return the period from the beginning of the year up to a month or the like, or with a day."""
    end = last.end if last.unit == "day" else last.start
    return Period(phrase.around(end - dt.timedelta(days=1), "year").start, end, last.unit)


def _is_since(phrase: Phrase, index: int, after: int, first: Named) -> bool:
    if phrase.part(index, "since") or phrase.part(after, "since"):
        return True
    if phrase.part(index, "from") or phrase.case(after - 1) == "dan":  # "Sales from last month" are last month's.
        return not first.is_relative
    return phrase.part(index, "with") and not phrase.words[after - 1].token.text.endswith(INSTRUMENTAL)


def _span(first: Named, last: Named) -> Period:
    """Return the period from one to the other; a year said with the second counts for the first."""
    start, end = first.period, last.period
    if not first.has_year and not first.is_relative:
        if last.has_year:
            start = _in_year(start, end.start.year)
        if start.start > end.start:
            start = _in_year(start, start.start.year - 1)
    if start.start > end.start:
        start, end = end, start
    return Period(start.start, end.end, start.unit if start.unit == end.unit else "day")


def _in_year(period: Period, year: int) -> Period:
    months = (year - period.start.year) * 12
    return Period(shift(period.start, "month", months), shift(period.end, "month", months), period.unit)
