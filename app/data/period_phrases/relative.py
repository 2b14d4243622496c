"""Read the periods that are counted from today: "last month", "последние 7 дней", "yil boshidan"."""

import datetime as dt

from app.data.period_phrases.phrase import Named, Phrase, Read
from app.data.periods import BEGINNING_OF_TIME, Period, Unit, shift, to_date

MOST: dict[Unit, int] = {"day": 3660, "week": 520, "month": 120, "quarter": 40, "half": 20, "year": 10}
"""The longest "last N units" that are read as a period."""
DAY = dt.timedelta(days=1)
DAY_ITSELF = {"day", "день", "дня", "kun", "kuni", "kungi", "kunda"}
MOVED = {"this": 0, "last": -1, "previous": -1, "next": 1, "before_last": -2}
OF_THIS = {"месяца", "года", "недели", "квартала"}
"""The genitive in "лучший продавец месяца": of this month."""


def day(phrase: Phrase, index: int) -> Read:
    """Read "today", "yesterday" and "позавчера"."""
    for back, name in enumerate(("today", "yesterday", "ereyesterday")):
        if phrase.part(index, name):
            after = index + 2 if phrase.text_of(index + 1) in DAY_ITSELF else index + 1
            return Named(phrase.around(phrase.today - back * DAY, "day"), is_relative=True), after
    return None


def weekday(phrase: Phrase, index: int) -> Read:
    """Read "Monday", "в прошлый вторник": the latest such day, today included unless "last" is said."""
    at = phrase.skip(index, "last", "this", "recent")
    number = phrase.value(at, "weekday")
    if number is None:
        return None
    back = (phrase.today.weekday() - number) % 7
    if back == 0 and phrase.part(index, "last"):
        back = 7
    after = at + 2 if phrase.unit(at + 1) == "day" else at + 1
    return Named(phrase.around(phrase.today - back * DAY, "day"), is_relative=True), after


def unit(phrase: Phrase, index: int) -> Read:
    """Read "this month", "прошлый год", "oʻtgan hafta" and "this year to date"."""
    name = phrase.unit(index + 1)
    if name is None or not phrase.part(index, "this", "last", "previous", "next", "before_last"):
        return None
    if phrase.part(index, "this") and phrase.part(index + 2, "to") and phrase.part(index + 3, "date"):
        return Named(to_date(phrase.today, name, phrase.first_weekday), is_relative=True), index + 4
    present = phrase.around(phrase.today, name)
    moved = next(count for which, count in MOVED.items() if phrase.part(index, which))
    period = present if not moved else phrase.around(shift(present.start, name, moved), name)
    return Named(period, has_year=name == "year", is_relative=True), index + 2


def before_last(phrase: Phrase, index: int) -> Read:
    """Read "the month before last" and "oʻtgan oydan oldingi oy"."""
    is_uzbek = phrase.part(index, "last") and phrase.case(index + 1) == "dan" and phrase.part(index + 2, "previous")
    at = index + 1 if is_uzbek else phrase.skip(index, "article")
    name = phrase.unit(at)
    is_english = phrase.part(at + 1, "before") and phrase.part(at + 2, "last") and phrase.unit(at + 3) is None
    if name is None or not (is_english or (is_uzbek and phrase.unit(at + 2) == name)):
        return None
    return Named(phrase.around(shift(phrase.around(phrase.today, name).start, name, -2), name), is_relative=True), at + 3


def ago(phrase: Phrase, index: int) -> Read:
    """Read "2 weeks ago", "месяц назад", "3 kun oldin": the unit that was so long ago."""
    at = phrase.skip(index, "article")
    count = phrase.value(at, "number")
    name = phrase.unit(at + 1 if count else at)
    after = at + (2 if count else 1)
    if name is None or not phrase.part(after, "ago") or (count or 1) > MOST[name]:
        return None
    return Named(phrase.around(shift(phrase.today, name, -(count or 1)), name), has_year=True, is_relative=True), after + 1


def same_of_last_year(phrase: Phrase, index: int) -> Read:
    """Read "same month last year", "в том же месяце прошлого года", "oʻtgan yilning shu oyi"."""
    is_year_first = phrase.part(index, "last") and phrase.unit(index + 1) == "year"
    start = index + 2 if is_year_first else index
    at = phrase.skip(start, "same", "this", "of", "article")
    name = phrase.unit(at)
    if name is None or name in {"year", "day"} or not any(phrase.part(place, "same", "this") for place in range(start, at)):
        return None
    year_at = phrase.skip(at + 1, "of", "article")
    is_year_last = phrase.part(year_at, "last") and phrase.unit(year_at + 1) == "year"
    if not (is_year_first or is_year_last):
        return None
    period = phrase.around(shift(phrase.today, "year", -1), name)
    return Named(period, has_year=True, is_relative=True), at + 1 if is_year_first else year_at + 2


def latest(phrase: Phrase, index: int) -> Read:
    """Read "за последний месяц", "oxirgi hafta": one unit back from today."""
    name = phrase.unit(index + 1)
    if name is None or not phrase.part(index, "recent"):
        return None
    return Named(Period(shift(phrase.today, name, -1) + DAY, phrase.today + DAY), is_relative=True), index + 2


def several(phrase: Phrase, index: int) -> Read:
    """Read "last 7 days", "3 последних месяца", "previous two quarters"."""
    at = next((i for i in (index, index + 1) if phrase.part(i, "last", "previous", "recent")), None)
    if at is None:
        return None
    number = index if at > index else phrase.skip(index, "last", "previous", "recent")
    count = phrase.value(number, "number")
    after = phrase.skip(max(at, number) + 1, "of")
    name = phrase.unit(after)
    if not count or name is None or count > MOST[name]:
        return None
    period = phrase.around(phrase.today, name, count)
    if phrase.part(at, "previous"):
        period = Period(shift(period.start, name, -1), shift(period.end, name, -1), name)
    return Named(period, is_relative=True), after + 1


def going_by(phrase: Phrase, index: int) -> Read:
    """Read "за неделю", "over the year", "for 30 days", "3 oy ichida", "90 kundan beri": so much time back from today."""
    at = phrase.skip(index + 1, "article") if phrase.part(index, "over") else index
    count = phrase.value(at, "number")
    name = phrase.unit(at + 1 if count else at)
    after = at + (2 if count else 1)
    is_inside = phrase.part(after, "inside") or (
        count is not None and phrase.case(after - 1) == "dan" and phrase.part(after, "since")
    )
    if name == "half" and phrase.value(after, "month"):
        return None
    if name is None or (at == index and not is_inside) or phrase.unit(after) or (count or 1) > MOST[name]:
        return None
    if count and name == "quarter" and not phrase.words[at + 1].token.text.endswith(("s", "а", "ов")):
        return None  # "За 3 квартал" is the third quarter.
    if count and name != "day":
        return Named(phrase.around(phrase.today, name, count), is_relative=True), after + is_inside
    start = phrase.today - (count - 1) * DAY if count else shift(phrase.today, name, -1) + DAY
    return Named(Period(start, phrase.today + DAY), is_relative=True), after + is_inside


def present(phrase: Phrase, index: int) -> Read:
    """Read "of the month", "продавец месяца": the unit that is going on."""
    if not 0 < index < len(phrase.words) or phrase.unit(index - 1) or phrase.value(index - 1, "number"):
        return None
    at = index
    if phrase.words[index].token.text == "of":
        at = phrase.skip(index + 1, "article")
    elif phrase.words[index].token.text not in OF_THIS or phrase.words[index - 1].meanings:
        return None
    name = phrase.unit(at)
    if name is None or at == index + 1:  # "Of month" without an article is no period.
        return None
    return Named(phrase.around(phrase.today, name), has_year=name == "year", is_relative=True), at + 1


def beginning(phrase: Phrase, index: int) -> Read:
    """Read "с начала года", "beginning of the month", "yil boshidan", "ytd" and "month to date": from there up to today."""
    short = phrase.words[index].get("to_date") if index < len(phrase.words) else None
    if isinstance(short, str):
        return Named(to_date(phrase.today, _UNIT_OF[short], phrase.first_weekday), is_relative=True), index + 1
    name, after = phrase.unit(index), index + 1
    if name is not None and phrase.part(after, "to") and phrase.part(after + 1, "date"):
        after += 2
    elif name is not None and phrase.part(after, "beginning"):
        after += 1
    elif name is None and phrase.part(index, "beginning"):
        at = phrase.skip(after, "of", "this")
        name, after = phrase.unit(at), at + 1
    else:
        return None
    return (Named(to_date(phrase.today, name, phrase.first_weekday), is_relative=True), after) if name else None


def all_time(phrase: Phrase, index: int) -> Read:
    """Read "all time", "за всё время" and "butun davr"."""
    at = phrase.skip(index + 1, "of")
    if phrase.part(index, "all") and phrase.part(at, "time"):
        return Named(Period(BEGINNING_OF_TIME, phrase.today + DAY, "all"), has_year=True, is_relative=True), at + 1
    return None


_UNIT_OF: dict[str, Unit] = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
