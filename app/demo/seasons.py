"""How trade rises and falls: months, days of the week and years, for the demo's figures."""

import calendar
import datetime as dt
import random

MONTHS = 36
"""How much history the demo has, the end month included."""
INFLATION = 1.007
"""What prices grow by a month."""
BY_WEEKDAY = (0.92, 0.88, 0.91, 0.96, 1.06, 1.28, 1.13)
BY_MONTH = (0.90, 0.92, 1.12, 0.98, 1.00, 0.97, 0.95, 1.02, 1.06, 1.00, 1.03, 1.30)
CURVES = {
    "even": (1,) * 12,
    "summer": (0.7, 0.7, 0.8, 1.0, 1.3, 1.7, 1.9, 1.7, 1.2, 0.9, 0.7, 0.8),
    "winter": (1.5, 1.4, 1.2, 0.9, 0.7, 0.6, 0.6, 0.7, 0.9, 1.2, 1.4, 1.5),
    "holiday": (0.8, 0.9, 1.5, 0.9, 0.9, 0.8, 0.8, 0.8, 0.9, 0.9, 1.0, 1.9),
    "spring": (0.8, 0.9, 1.6, 1.2, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0, 0.9, 1.0),
    "school": (0.8, 0.8, 0.8, 0.7, 0.7, 0.6, 0.9, 2.8, 2.4, 1.0, 0.8, 0.8),
}
"""How a category's share moves over the months of a year, January first."""


def dice(*name: object) -> random.Random:
    """Return a source of chance that gives the same numbers for the same `name` on every machine."""
    return random.Random("/".join(map(str, name)))  # noqa: S311 - demo figures, no secrets


def months(end_month: str) -> list[dt.date]:
    """Return the first days of the months up to `end_month` (`YYYY-MM`), the earliest first."""
    end = dt.date.fromisoformat(f"{end_month}-01")
    return [months_before(end, count) for count in range(MONTHS - 1, -1, -1)]


def months_before(day: dt.date, count: int) -> dt.date:
    """Return the first of the month `count` months before that of `day`; a negative count goes forward."""
    number = day.year * 12 + day.month - 1 - count
    return dt.date(number // 12, number % 12 + 1, 1)


def days_of(month: dt.date) -> list[dt.date]:
    """Return the days of the month that `month` is the first day of."""
    return [month.replace(day=day) for day in range(1, calendar.monthrange(month.year, month.month)[1] + 1)]


def activity(day: dt.date) -> float:
    """Return how busy a day is, 1.0 being an average one: the year's course, the weekend and the holidays' eves."""
    if (day.month, day.day) == (1, 1):
        return 0.25
    eve = {(12, 29): 1.3, (12, 30): 1.5, (12, 31): 1.7, (3, 19): 1.3, (3, 20): 1.5}.get((day.month, day.day), 1.0)
    return BY_MONTH[day.month - 1] * BY_WEEKDAY[day.weekday()] * eve
