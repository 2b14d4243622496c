"""Read the periods that the calendar names: days, months, quarters, halves and years."""

import calendar
import datetime as dt
import re

from app.data.period_phrases.phrase import Named, Phrase, Read, last_of_month
from app.data.periods import MONTHS_IN, Period, Unit, shift
from app.data.words import APOSTROPHES

NEAR_A_SHORT_MONTH = ("of", "from", "since", "to", "between", "with", "and")
CENTURY = 2000
AGAINST = {"vs", "versus", "against", "or", "к", "против", "или", "bilan", "yoki"}
DAY_ITSELF = {"kuni", "kungi", "kunda", "kunidagi", "куни", "кунги", "числа"}
ORDINAL_DAY = re.compile(r"\d\d?(?:st|nd|rd|th)")
MIDDLE = 16
"""The day with which the second half of a month begins."""
LEAP_YEARS = 9
"""Among so many years is one with a 29 February."""


def written(phrase: Phrase, index: int) -> Read:
    """Read "2026-10-05", "05.10.2026", "05.10" and "10.2026"."""
    if ordinal := phrase.value(index, "date"):
        return Named(phrase.around(dt.date.fromordinal(ordinal), "day"), has_year=True), _after_day(phrase, index + 1)
    if number := phrase.value(index, "year_month"):
        return Named(phrase.around(dt.date(number // 100, number % 100, 1), "month"), has_year=True), index + 1
    if number := phrase.value(index, "day_month"):
        return _day(phrase, number % 100, number // 100, None, index + 1)
    return None


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
    """Read "1–15 October", "October 1–15" and "01–15.10"."""
    is_month_first = _month(phrase, index) is not None
    at = index + 1 if is_month_first else index
    link = phrase.skip(at + 1, "to")
    first = phrase.value(at, "number")
    if not first or not (link > at + 1 or phrase.dash_before(link)):
        return None
    if not is_month_first and (last := written(phrase, link)):
        pass
    elif not phrase.value(link, "number"):
        return None
    else:
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
    return _within_year(phrase, "month", number, year or _year_before(phrase, index), after)


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
        year, after = _year_after(phrase, after)
    return _within_year(phrase, name, (number - 1) * MONTHS_IN[name] + 1, year or _year_before(phrase, index), after)


def half_of_month(phrase: Phrase, index: int) -> Read:
    """Read "first half of October", "вторая половина октября 2025" "oktabrning birinchi yarmi": from the 1st or the 16th on."""
    named = month(phrase, index)
    is_month_first = named is not None and phrase.text_of(named[1] - 1).endswith("ning")
    at = named[1] if named and is_month_first else index
    number = phrase.value(at, "ordinal")
    if number not in {1, 2} or phrase.unit(at + 1) != "half":
        return None
    named = named if is_month_first else month(phrase, phrase.skip(at + 2, "of"))
    if named is None:
        return None
    whole = named[0].period
    middle = whole.start.replace(day=MIDDLE)
    half = Period(whole.start, middle) if number == 1 else Period(middle, whole.end)
    return Named(half, has_year=True), at + 2 if is_month_first else named[1]


def _year_after(phrase: Phrase, after: int) -> tuple[int | None, int]:
    """Read the year behind a part of it: "Q3 2025", "first half of the year", "первый квартал года"."""
    at = phrase.skip(after, "of")
    if read := _year(phrase, at):
        return read
    of_it = phrase.skip(at, "article", "this")
    return (
        (None, of_it + 1)
        if (of_it > after or phrase.text_of(after) == "года") and phrase.unit(of_it) == "year"
        else (None, after)
    )


def first_months(phrase: Phrase, index: int) -> Read:
    """Read "first 9 months of 2025", "за 9 месяцев 2025 года", "2025-yilning 9 oyi": so many months from the year's beginning."""
    year, at = _year(phrase, index) or (None, index)
    at = phrase.skip(at, "over") if year is None else at
    first = next(
        (place for place in (at, at + 1) if phrase.value(place, "ordinal") == 1 and phrase.unit(place + 1) != "month"), at - 1
    )
    count, name_at = phrase.value(first + 1, "number"), phrase.skip(first + 2, "first")
    if not count or count > 12 or phrase.unit(name_at) != "month":
        return None
    if year is None:
        year, after = _year(phrase, phrase.skip(name_at + 1, "of")) or (None, name_at + 1)
    else:
        after = name_at + 1
    is_from_the_beginning = first >= at or at > index or not index
    if not is_from_the_beginning or (year is None and first < at):  # "Top 3 months of 2025".
        return None
    start = dt.date(year or phrase.today.year, 1, 1)
    return Named(Period(start, shift(start, "month", count), "month"), has_year=True), after


def day_of_this_month(phrase: Phrase, index: int) -> Read:
    """Read "10 числа", "oyning 10-kuni" and "on the 10th": the latest such day."""
    is_uzbek = phrase.unit(index) == "month" and phrase.text_of(index).endswith("ning")
    is_english = phrase.text_of(index) == "on" and phrase.text_of(index + 1) == "the"
    at = index + 2 * is_english + is_uzbek
    day = phrase.value(at, "number")
    if not day or day > 31:
        return None
    if is_english and ORDINAL_DAY.fullmatch(phrase.text_of(at)):
        after = None if phrase.text_of(at + 1) == "of" or phrase.unit(at + 1) or _month(phrase, at + 1) else at + 1
    else:
        is_named = phrase.part(at + 1, "day_number") or (is_uzbek and phrase.text_of(at + 1) in DAY_ITSELF)
        after = at + 2 if is_named else None
    if after is None:
        return None
    months = [shift(phrase.today.replace(day=1), "month", -back) for back in range(3)]
    dates = [first.replace(day=day) for first in months if day <= calendar.monthrange(first.year, first.month)[1]]
    date = next((each for each in dates if each <= phrase.today), None)
    return (Named(phrase.around(date, "day")), after) if date else None


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
    is_linked = phrase.text_of(at + 1) == "of" or phrase.part(at + 1, "day_number")
    month_at = at + 2 if is_linked else at + 1  # "Top 5 in October" names no day.
    day, month, after = phrase.value(at, "number"), _month(phrase, month_at), month_at + 1
    if not (day and month):
        month, day, after = _month(phrase, at), phrase.value(at + 1, "number"), at + 2
    if not (day and month and day <= 31) or _short_year(phrase, after - 1):
        return None
    if year is None:
        year, after = _year(phrase, phrase.skip(after, "of")) or (None, after)
    return day, month, year, after


def _short_year(phrase: Phrase, index: int) -> int | None:
    """Return the year in "октябрь 25 года" and "Oct '25"; a day elsewhere."""
    number = phrase.value(index, "number")
    if not number or number >= 100 or _month(phrase, index - 1) is None:
        return None
    is_marked = phrase.text[phrase.words[index].token.start - 1] in APOSTROPHES
    is_named = phrase.unit(index + 1) == "year" and not phrase.part(index + 2, "beginning")
    return CENTURY + number if is_marked or is_named else None


def _year(phrase: Phrase, index: int) -> tuple[int, int] | None:
    at = index + 1 if phrase.unit(index) == "year" and phrase.value(index + 1, "year") else index
    number = phrase.value(at, "year") or (_short_year(phrase, at) if index and at == index else None)
    if number:
        return number, at + 2 if at == index and phrase.unit(at + 1) == "year" and not phrase.part(
            at + 2, "beginning"
        ) else at + 1
    if phrase.unit(index + 1) == "year" and phrase.part(index, "this", "last", "previous"):
        return phrase.today.year - (0 if phrase.part(index, "this") else 1), index + 2
    return None


def _month(phrase: Phrase, index: int) -> int | None:
    """Return the month named; one that is another word too counts only beside a number or after a preposition, "may I" never."""
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
    if number and phrase.part(index + 1, "and", "with") and (other := _numbered(phrase, index + 2, name)):
        return (name, number, index + 1) if other[2] > index + 3 else None  # "3 и 2 квартала".
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
    return (Named(phrase.around(date, "day"), has_year=year is not None), _after_day(phrase, after)) if date else None


def _after_day(phrase: Phrase, index: int) -> int:
    """Return the index after the word "day" that says nothing more ("5-oktabr kuni")."""
    return index + 1 if phrase.text_of(index) in DAY_ITSELF else index


def _within_year(phrase: Phrase, unit: Unit, month: int, year: int | None, after: int) -> Read:
    shared = _shared_year(phrase, after, month) if year is None else None
    first = dt.date(year or shared or phrase.today.year, month, 1)
    if year is None and shared is None and first > phrase.today:
        first = first.replace(year=first.year - 1)
    return Named(phrase.around(first, unit), has_year=year is not None), after


def _year_before(phrase: Phrase, index: int) -> int | None:
    """Return the year that stands before two ("2025-yil oktabr va noyabr"), of which the second begins at `index`."""
    if index < 3 or not (phrase.part(index - 1, "and", "with") or phrase.text_of(index - 1) in AGAINST):
        return None
    for start in range(max(0, index - 5), index - 2):
        first = (month(phrase, start) or part_of_year(phrase, start)) if _year(phrase, start) else None
        if first and first[1] == index - 1:
            return first[0].period.start.year
    return None


def _shared_year(phrase: Phrase, after: int, month_number: int) -> int | None:
    """Return the year that is said once for two: "September and October 2025", "3 и 2 квартала 2025"."""
    if not (phrase.part(after, "and", "with") or phrase.text_of(after) in AGAINST):
        return None
    other = month(phrase, after + 1) or part_of_year(phrase, after + 1)
    if other is None or not other[0].has_year or other[0].period.start.month == month_number:
        return None
    return other[0].period.start.year
