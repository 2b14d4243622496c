"""Periods of a tenant's calendar, as half-open intervals of local dates."""

import calendar as months
import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

Unit = Literal["day", "week", "month", "quarter", "half", "year", "all"]
MONTHS_IN: dict[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
BEGINNING_OF_TIME = dt.date(1, 1, 1)


class Calendar(msgspec.Struct, frozen=True):
    """A tenant's conventions: an IANA zone and the first day of the week (0 is Monday)."""

    time_zone: str = "Asia/Tashkent"
    first_weekday: int = 0

    def today(self, now: dt.datetime) -> dt.date:
        """Return the date at the tenant's place at the moment `now`, which is aware."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


class Period(msgspec.Struct, frozen=True, order=True):
    """The dates from `start` up to, but not including, `end`. `unit` is what the period is counted in.

    A period counted in months begins with a month, and ends with one unless it was cut short ("since March").
    """

    start: dt.date
    end: dt.date
    unit: Unit = "day"

    @property
    def days(self) -> int:
        """Return how many dates the period holds."""
        return (self.end - self.start).days

    def __contains__(self, day: dt.date) -> bool:
        return self.start <= day < self.end


def around(day: dt.date, unit: Unit, first_weekday: int = 0, *, count: int = 1) -> Period:
    """Return the `count` units of the calendar of which the last holds `day`."""
    first = _start(day, unit, first_weekday)
    return Period(shift(first, unit, 1 - count), shift(first, unit, 1), unit)


def shift(day: dt.date, unit: Unit, count: int) -> dt.date:
    """Return `day` moved by `count` units; a day that the month does not have becomes its last one."""
    if unit in MONTHS_IN:
        year, month = divmod(day.year * 12 + day.month - 1 + count * MONTHS_IN[unit], 12)
        return dt.date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))
    return day + dt.timedelta(days=count * (7 if unit == "week" else 1))


def previous(period: Period, today: dt.date | None = None) -> Period:
    """Return the period of the same kind right before `period`.

    With `today` inside it, only as many days of the period before as have begun in this one, so that the two compare.
    """
    if period.unit == "all":
        return period
    if today is not None and today in period:
        period = Period(period.start, today + dt.timedelta(days=1), period.unit)
    if period.unit in {"day", "week"}:
        length = -(-period.days // 7) * 7 if period.unit == "week" else period.days
        start = period.start - dt.timedelta(days=length)
        return Period(start, start + dt.timedelta(days=period.days), period.unit)
    count = 1
    while shift(period.start, period.unit, count) < period.end:
        count += 1
    start = shift(period.start, period.unit, -count)
    if shift(period.start, period.unit, count) == period.end:
        return Period(start, period.start, period.unit)
    return Period(start, min(start + dt.timedelta(days=period.days), period.start), period.unit)


def to_date(day: dt.date, unit: Unit, first_weekday: int = 0) -> Period:
    """Return the dates from the beginning of the unit that holds `day` up to and including `day`."""
    return Period(_start(day, unit, first_weekday), day + dt.timedelta(days=1), unit)


def named(name: str, calendar: Calendar, now: dt.datetime) -> Period:
    """Return the relative period `name`, such as `last_month`, `last_7_days` or `all_time`; raises `ValueError`.

    "Last 7 days" are today and the six days before; "last 12 months" are this month and the eleven before.
    """
    today = calendar.today(now)
    which, _, unit = name.rpartition("_")
    match which.split("_"), unit:
        case ["all"], "time":
            return Period(BEGINNING_OF_TIME, today + dt.timedelta(days=1), "all")
        case [""], "today":
            return around(today, "day")
        case [""], "yesterday":
            return around(today - dt.timedelta(days=1), "day")
        case ["this"], "week" | "month" | "quarter" | "year" as known:
            return around(today, known, calendar.first_weekday)
        case ["last"], "week" | "month" | "quarter" | "year" as known:
            return previous(around(today, known, calendar.first_weekday))
        case ["last", count], "days" | "weeks" | "months" | "quarters" | "years" if count.isdecimal() and int(count):
            return around(today, msgspec.convert(unit[:-1], Unit), calendar.first_weekday, count=int(count))
    message = f"unknown period {name!r}"
    raise ValueError(message)


def _start(day: dt.date, unit: Unit, first_weekday: int) -> dt.date:
    if unit == "week":
        return day - dt.timedelta(days=(day.weekday() - first_weekday) % 7)
    if unit in MONTHS_IN:
        length = MONTHS_IN[unit]
        return dt.date(day.year, (day.month - 1) // length * length + 1, 1)
    return day
