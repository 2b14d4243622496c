"""Lengths of time as databases have them: months, days and seconds apart, because no month has a length of its own.

A length without months is a `timedelta`; one with months stays the ISO 8601 text that `iso` writes. What is stored as JSON or
goes to another process is ISO text either way.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import NamedTuple

ISO = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>-?\d+)Y)?(?:(?P<months>-?\d+)M)?(?:(?P<days>-?\d+)D)?"
    r"(?:T(?:(?P<hours>-?\d+)H)?(?:(?P<minutes>-?\d+)M)?(?:(?P<seconds>-?\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
MONTHS_OF_YEAR = 12
DAY = 86_400
SECONDS_OF_MONTH = 30 * DAY
"""What PostgreSQL takes a month for where lengths are compared."""


class Length(NamedTuple):
    """A length of time in its parts; each may be negative."""

    months: int
    days: int
    seconds: Decimal

    @property
    def words(self) -> tuple[tuple[str, int], ...]:
        """Return the parts that are written in words, by the names of their units."""
        years, months = _split(self.months, MONTHS_OF_YEAR)
        return ("year", years), ("month", months), ("day", self.days)

    @property
    def order(self) -> float:
        """Return what lengths are sorted by."""
        return float(self.months * SECONDS_OF_MONTH + self.days * DAY + self.seconds)


def read(value: dt.timedelta | str) -> Length | None:
    """Return a length's parts, None for a text that tells none."""
    if isinstance(value, dt.timedelta):
        sign = -1 if value < dt.timedelta() else 1
        value = abs(value)
        return Length(0, sign * value.days, sign * (value.seconds + Decimal(value.microseconds) / 1_000_000))
    found = ISO.fullmatch(value)
    if found is None or value.endswith(("P", "T")):
        return None
    sign = -1 if found["sign"] else 1
    years, months, days, hours, minutes = (
        sign * int(found[name] or 0) for name in ("years", "months", "days", "hours", "minutes")
    )
    seconds = hours * 3600 + minutes * 60 + sign * Decimal(found["seconds"] or 0)
    months += years * MONTHS_OF_YEAR
    if months:
        return Length(months, days, seconds)
    whole = days * DAY + seconds
    return Length(0, int(whole / DAY), whole - int(whole / DAY) * DAY)


def iso(months: int, days: int, microseconds: int) -> str:
    """Write a length in ISO 8601, each part with its own sign."""
    years, months = _split(months, MONTHS_OF_YEAR)
    date = "".join(f"{count}{unit}" for count, unit in ((years, "Y"), (months, "M"), (days, "D")) if count)
    time = f"T{Decimal(microseconds) / 1_000_000:f}S" if microseconds else ""
    return f"P{date}{time}" if date or time else "PT0S"


def from_iso(text: str) -> dt.timedelta | str:
    """Return the length that was written as `text`; one with months, and a text that tells none, stays as it is."""
    length = read(text)
    if length is None or length.months:
        return text
    try:
        return dt.timedelta(days=length.days, seconds=int(length.seconds), microseconds=int(length.seconds % 1 * 1_000_000))
    except OverflowError:
        return text


def clock(seconds: Decimal) -> str:
    """Write seconds as `51:00:00`, with as many decimals as they have."""
    minutes, rest = divmod(abs(seconds), 60)
    hours, minute = divmod(int(minutes), 60)
    decimals = f"{rest % 1:f}".partition(".")[2].rstrip("0")
    return f"{'-' if seconds < 0 else ''}{hours:02}:{minute:02}:{int(rest):02}{'.' if decimals else ''}{decimals}"


def hours(value: dt.timedelta | str) -> str:
    """Write a length as programs read it: hours, minutes and seconds alone; with months in ISO 8601."""
    length = read(value)
    return str(value) if length is None or length.months else clock(length.days * DAY + length.seconds)


def plain(value: dt.timedelta | str) -> str:
    """Write a length in English, as PostgreSQL does."""
    length = read(value)
    if length is None:
        return str(value)
    parts = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in length.words if count]
    return " ".join([*parts, *([clock(length.seconds)] if length.seconds or not parts else [])])


def _split(count: int, size: int) -> tuple[int, int]:
    """Divide towards nothing, so that both parts have the sign of the whole."""
    whole, rest = divmod(abs(count), size)
    return (-whole, -rest) if count < 0 else (whole, rest)
