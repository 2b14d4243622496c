"""Find the dates and months that are written in digits: 2026-10-05, 05.10.2026, 5/10/26, 05.10, 10.2026."""

import calendar
import datetime as dt
import re
from collections.abc import Iterator

import msgspec

from app.data.period_phrases.vocabulary import Meaning

MONTHS, CENTURY = 12, 2000
NO_DATE: Meaning = ("no_date", 0)
NOT_IN_A_NUMBER = r"(?<![\d.,/])"
NOTHING_AFTER = r"(?!\d|[.,/]\d)"
MEASURED = r"(?!\s*(?:%|(?:l|ml|kg|g|m|mln|mlrd|dona|л|мл|кг|г|м|шт|млн|млрд|тыс|дона)\b))"
"""No unit of measure follows: “0.50 kg” is no date."""
WRITTEN = re.compile(
    rf"{NOT_IN_A_NUMBER}(?:"
    r"(?P<y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})(?P<dot>[./])(?P<m2>\d{1,2})(?P=dot)(?P<y2>\d{4}|\d\d)"
    r"|(?P<m3>0?[1-9]|1[0-2])[./](?P<y3>20\d\d)"
    r"|(?P<y4>20\d\d)-(?P<m4>0[1-9]|1[0-2])"
    rf"|(?P<d5>0[1-9]|[12]\d|3[01])\.(?P<m5>0[1-9]|1[0-2]){MEASURED}"
    rf"){NOTHING_AFTER}",
    re.IGNORECASE,
)


class Written(msgspec.Struct, frozen=True):
    """A place in a text, `[start, end)`, with digits that are put as a date, and what they mean.

    The meaning is a `date`, a `last_day` of the month for a day that it does not have, a `day_month` (month × 100 + day), a
    `year_month` (year × 100 + month), or `no_date` for what no calendar has.
    """

    start: int
    end: int
    meaning: Meaning


def written_dates(text: str) -> Iterator[Written]:
    """Yield what is written as a date; day before month, unless only the other order makes a date (12/25/2025)."""
    for found in WRITTEN.finditer(text):
        yield Written(*found.span(), _meaning(found))


def _meaning(found: re.Match[str]) -> Meaning:
    if found["d5"]:
        return "day_month", int(found["m5"]) * 100 + int(found["d5"])
    if month := found["m3"] or found["m4"]:
        return "year_month", int(found["y3"] or found["y4"]) * 100 + int(month)
    year, month, day = (int(found[name] or found[f"{name}2"]) for name in "ymd")
    if found["y2"] and len(found["y2"]) == 2:
        year += CENTURY
    if found["y2"] and month > MONTHS >= day > 0:
        month, day = day, month
    if not (year >= dt.MINYEAR and 1 <= month <= MONTHS and day):
        return NO_DATE
    last = dt.date(year, month, calendar.monthrange(year, month)[1])
    return ("date", last.replace(day=day).toordinal()) if day <= last.day else ("last_day", last.toordinal())
