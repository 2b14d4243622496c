"""Figures, money, dates and durations as a reader of one language writes them.

A page may hold thousands of cells, so the locale's symbols are read once and put in by hand.
"""

import datetime as dt
import functools
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from markupsafe import Markup

from app.errors import N_
from app.web import calendar_units, durations, time_lengths
from app.web.column_types import typed
from app.web.decimals import LARGEST, is_tiny, places_needed, places_of_column, power_of_ten
from app.web.locale import translator

NOTHING = "—"
UNITS = {"pcs": N_("pcs"), "percent": "%", "days": N_("days"), "people": N_("people"), "orders": N_("orders")}
"""Words for the units that metadata and validated queries know; another unit stands as it is."""
SIZES = (N_("%(figure)s B"), N_("%(figure)s kB"), N_("%(figure)s MB"))
ENDLESS = {"infinity": "∞", "-infinity": "-∞"}
WITHOUT_PARTS = 1000
"""From this figure on a mean is written whole."""
CURRENCIES = {("ru", "UZS"): "сум"}
"""What people call a currency where the locale's data have its code only."""


class ColumnLike(Protocol):
    """What a table must know of its column: `type` is the kind of value, `currency` ISO 4217 or None."""

    @property
    def type(self) -> str:
        """Return `text`, `integer`, `decimal`, `boolean`, `date`, `datetime`, `month`, `quarter`, `week`, `duration`, `json`."""
        ...

    @property
    def currency(self) -> str | None:
        """Return the currency of the figures."""
        ...

    @property
    def unit(self) -> str | None:
        """Return the word for what is counted."""
        ...

    def label(self, locale: str) -> str:
        """Return the heading in a language."""
        ...


class Formats:
    """The formats of one language; every method is a template filter of its name."""

    def __init__(self, locale: str) -> None:
        self.locale = Locale.parse(locale)
        self._ = translator(locale).gettext
        symbols = numbers.get_decimal_symbol, numbers.get_group_symbol
        self._point, self._group = (symbol(self.locale, numbering_system="latn") for symbol in symbols)
        self._separators = str.maketrans({",": self._group, ".": self._point})
        self._date = functools.lru_cache(4096)(self._uncached_date)
        self._around = functools.lru_cache(64)(self._uncached_around)

    def number(self, value: float | Decimal | None, decimals: int | None = None) -> str:
        """Group thousands; `decimals` None shows up to two places, and enough of them for figures below one."""
        if value is None:
            return NOTHING
        if isinstance(value, int):
            return f"{value:,}".translate(self._separators) if decimals is None else self._fixed(Decimal(value), decimals)
        exact = value if isinstance(value, Decimal) else Decimal(repr(value))
        if not exact.is_finite():
            return self._endless(exact)
        if abs(exact) >= LARGEST or (decimals is None and is_tiny(exact)):
            return power_of_ten(exact).replace(".", self._point)
        if decimals is not None:
            return self._fixed(exact, decimals)
        text = self._fixed(exact, places_needed(exact))
        return text.rstrip("0").rstrip(self._point) if self._point in text else text

    def roughly(self, count: int) -> str:
        """Write a guess by its first two digits, to stand after "about": thousands are words where that is shorter."""
        rounded = int(Decimal(f"{count:.2g}"))
        if self.locale.language == "en":
            return self.number(rounded)
        return numbers.format_compact_decimal(rounded, locale=self.locale, fraction_digits=1)

    def unformatted(self, text: str) -> str:
        """Return a figure as programs write it: without groups, with a point; raw figures stay as they are."""
        bare = "".join(text.split()).replace("\u2212", "-")
        if self._point in bare or self._group != ",":
            bare = bare.replace(self._group, "")
        return bare.replace(",", "" if self._point == "." else ".")

    def money(self, value: float | Decimal | None, currency: str) -> str:
        """Put the currency where the language has it; minor units show only when there are any."""
        if value is None:
            return NOTHING
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite():
            return self._endless(exact)
        if abs(exact) >= LARGEST:
            return f"{self.number(exact)}\u00a0{currency}"
        places = numbers.get_currency_precision(currency) if exact != exact.to_integral_value() else 0
        before, after = self._around(currency)
        sign = "-" if exact < 0 else ""
        return f"{sign}{before}{self._fixed(abs(exact), places)}{after}"

    def cost(self, value: Decimal | None) -> str:
        """Write US dollars, of less than one with the first two figures that are not zero."""
        if value is None:
            return NOTHING
        places = 2 if abs(value) >= 1 or not value else min(max(1 - value.adjusted(), 2), 8)
        before, after = self._around("USD")
        return f"{before}{self._fixed(value, places)}{after}"

    def date(self, value: dt.datetime | dt.date, zone: str | None = None) -> str:
        """Write a day; a moment is first moved to `zone`, an IANA name."""
        return self._date(_local(value, zone).date() if isinstance(value, dt.datetime) else value)

    def month(self, value: dt.date) -> str:
        """Write a month and its year as a heading."""
        text = dates.format_date(value, "LLLL y", locale=self.locale)
        return text[:1].upper() + text[1:]

    def unit(self, value: str, kind: str) -> str:
        """Write a month, a quarter or a week of a year such as `2026-01`; a text of another kind stays as it is."""
        unit = next((unit for unit in calendar_units.UNITS if unit == kind), None)
        return calendar_units.written(value, unit, str(self.locale)) if unit else value

    def period(self, first: dt.date, last: dt.date) -> str:
        """Write the days from `first` to `last`, both included; a month or a year as such."""
        if first == last:
            return self._date(first)
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
            return str(first.year)
        return dates.format_interval(first, last, "yMMMd", locale=self.locale).replace("\u202f", "\u00a0").replace("\u2009", "")

    def datetime(self, value: dt.datetime, zone: str | None = None) -> str:
        """Write a day and the time to the minute in `zone`, an IANA name; without it as the value stands."""
        local = _local(value, zone)
        return f"{self._date(local.date())}, {local:%H:%M}"

    def time(self, value: dt.datetime, zone: str | None = None) -> str:
        """Write the time to the minute, on a clock of 24 hours."""
        return f"{_local(value, zone):%H:%M}"

    def duration(self, milliseconds: float | None) -> str:
        """Write how long something took."""
        if milliseconds is None:
            return NOTHING
        seconds = max(milliseconds, 0) / 1000
        if seconds >= 59.95:
            minutes, rest = divmod(round(seconds), 60)
            return self._("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=f"{rest:02}")
        places = 1 if seconds >= 0.095 or seconds == 0 else 2
        return self._("%(seconds)s s", seconds=self._fixed(Decimal(repr(max(seconds, 0.01 if seconds else 0))), places))

    def size(self, count: int) -> str:
        """Write how big a file is, in units of a thousand."""
        step = next((step for step in (2, 1) if count >= 1000**step), 0)
        figure = Decimal(count) / 1000**step
        text = self._fixed(figure, 1) if step and figure < 100 else self._fixed(figure, 0)
        return self._(SIZES[step], figure=text)

    def label(self, column: ColumnLike) -> str:
        """Write the heading of a column in the reader's language."""
        return column.label(str(self.locale))

    def measure(self, column: ColumnLike) -> str:
        """Write what the figures of a column are counted in, unless its heading says so already."""
        unit = column.unit or ""
        text = "".join(self._around(column.currency)).strip() if column.currency else self._(UNITS.get(unit, unit))
        return "" if text.lower() in self.label(column).lower() else text

    def cells(self, rows: Sequence[Sequence[Any]], columns: Sequence[ColumnLike]) -> list[list[str]]:
        """Write the rows of a result; the figures of a column have equally many decimals, so that their points align."""
        shown = [_column_decimals([row[index] for row in rows], column) for index, column in enumerate(columns)]
        return [[self.cell(*cell) for cell in zip(row, columns, shown, strict=True)] for row in rows]

    def cell(self, value: Any, column: ColumnLike, places: int | None = None) -> str:
        """Write a cell of a result by the type of its column; nothing is a dash that says so."""
        if value is None:
            return Markup('<span class="null" role="img" aria-label="{}">{}</span>').format(self._("no value"), NOTHING)
        return self._written(typed(value, column.type), column, places)

    def plain_cell(self, value: Any, column: ColumnLike) -> str:
        """Write a cell as text alone, nothing as nothing."""
        return "" if value is None else self._written(typed(value, column.type), column, None)

    def typed_forms(self, value: Any, column: ColumnLike) -> str:
        """Return a cell in all the ways in which readers may search for it."""
        text, locale = self.plain_cell(value, column), str(self.locale)
        if isinstance(value, dt.date):
            day = value.date() if isinstance(value, dt.datetime) else value
            return f"{text}\n{calendar_units.typed_forms(day, locale)}"
        month = calendar_units.first_day(value, "month") if column.type == "month" else None
        return f"{text}\n{calendar_units.typed_forms(month, locale, is_month=True)}" if month else text

    def average(self, value: Decimal | dt.timedelta, column: ColumnLike) -> str:
        """Write a mean: of large figures no parts that nobody reads."""
        if isinstance(value, Decimal) and abs(value) >= WITHOUT_PARTS:
            return self.number(value, 0)
        return self.cell(value, column)

    def _written(self, value: Any, column: ColumnLike, places: int | None) -> str:
        if isinstance(value, str | dt.timedelta):
            return self._text(value, column.type)
        match value:
            case bool():
                return self._("yes") if value else self._("no")
            case int() | float() | Decimal():
                if places is None and column.currency:
                    places = places_of_column([value], column.currency, column.unit)
                if isinstance(value, Decimal) and is_tiny(value) and not column.currency and column.unit != "percent":
                    places = None
                return self.number(value, places)
            case dt.datetime():
                return self.datetime(value)
            case dt.date():
                return self.date(value)
        return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)

    def _text(self, value: str | dt.timedelta, kind: str) -> str:
        if kind == "duration" and (length := durations.read(value)):
            return time_lengths.written(length, self.locale)
        text = str(value)
        return ENDLESS.get(text, text) if kind in {"duration", "date", "datetime"} else self.unit(text, kind)

    def _endless(self, value: Decimal) -> str:
        return self._("not a number") if value.is_nan() else ENDLESS["infinity" if value > 0 else "-infinity"]

    def _fixed(self, value: Decimal, places: int) -> str:
        text = f"{value:,.{places}f}"
        if text.startswith("-") and not text.strip("-0.,"):
            text = text[1:]
        return text.translate(self._separators)

    def _uncached_date(self, day: dt.date) -> str:
        return dates.format_date(day, "medium", locale=self.locale).replace("\u202f", "\u00a0")

    def _uncached_around(self, currency: str) -> tuple[str, str]:
        before, _, after = numbers.format_currency(
            1, currency, format_type="standard", locale=self.locale, decimal_quantization=False
        ).partition("1")
        if name := CURRENCIES.get((self.locale.language, currency)):
            before, after = before.replace(currency, name), after.replace(currency, name)
        return before if not before or not before[-1].isalpha() else f"{before}\u00a0", after.lstrip("0.,")

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the methods by their filters' names."""
        return {
            "number": self.number,
            "roughly": self.roughly,
            "money": self.money,
            "cost": self.cost,
            "date": self.date,
            "month": self.month,
            "datetime": self.datetime,
            "time": self.time,
            "duration": self.duration,
            "size": self.size,
            "cell": self.cell,
            "cells": self.cells,
            "average": self.average,
            "label": self.label,
            "measure": self.measure,
        }


@functools.cache
def formats_of(locale: str) -> Formats:
    """Return the formats of a language, made once."""
    return Formats(locale)


def _local(moment: dt.datetime, zone: str | None) -> dt.datetime:
    return moment.astimezone(ZoneInfo(zone)) if zone and moment.tzinfo else moment


def _column_decimals(values: Sequence[Any], column: ColumnLike) -> int | None:
    if column.type != "decimal":
        return None
    return places_of_column([typed(value, column.type) for value in values], column.currency, column.unit)
