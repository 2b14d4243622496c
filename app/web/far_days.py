"""Days before the first and after the last that Python has, as PostgreSQL writes them: `20226-01-05`, `0044-03-15 BC`."""

import datetime as dt
import re

DAY = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)\S*)?( BC)?", re.ASCII)
CYCLE_YEARS = 400
CYCLE_DAYS = 146_097
"""After 400 years the calendar repeats."""
FIRST = dt.date(1970, 1, 1).toordinal()


def written(ordinal: int, time: str = "") -> str:
    """Write the day of an ordinal, as Python counts them on, with `time` after it."""
    cycles, rest = divmod(ordinal - 1, CYCLE_DAYS)
    day = dt.date.fromordinal(rest + 1)
    year = day.year + CYCLE_YEARS * cycles
    return f"{year if year > 0 else 1 - year:04}-{day:%m-%d}{time}{'' if year > 0 else ' BC'}"


def order(text: str) -> float:
    """Return where a text stands among moments, in seconds since 1970; one that tells no day comes last."""
    found = DAY.fullmatch(text)
    if found is None:
        return float("-inf") if text == "-infinity" else float("inf")
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    cycles, year = divmod(1 - year if found[7] else year, CYCLE_YEARS)
    ordinal = dt.date(year + CYCLE_YEARS, month, day).toordinal() + (cycles - 1) * CYCLE_DAYS
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[3:6])
    return (ordinal - FIRST) * 86_400.0 + (hours * 60 + minutes) * 60 + seconds
