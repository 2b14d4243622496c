"""Write an answer from a query's template and the rows that came back; every figure is the result's own."""

import contextlib
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from babel.numbers import format_percent

from app.web import calendar_units
from app.web.formats import NOTHING, Formats

OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")


class Facts(msgspec.Struct, frozen=True):
    """What an answer may say: the result, its columns as the query describes them, and the words for its parameters.

    `said` are the parameters and periods in words by placeholder, such as `period_prev` and `param:branch`.
    """

    columns: Sequence[Mapping[str, Any]]
    types: Sequence[str]
    rows: Sequence[Sequence[Any]]
    row_count: int
    said: Mapping[str, str]
    locale: str


def is_empty(rows: Sequence[Sequence[Any]]) -> bool:
    """Tell whether nothing was found: no row, or nothing but NULLs and the zero counts beside them."""
    return not any(cell not in {None, 0} for row in rows for cell in row if not isinstance(cell, list | dict))


def written(template: str, facts: Facts) -> str:
    """Return the template with its placeholders filled."""
    values = {name: _value(name, facts) for name in PLACEHOLDER.findall(template)}

    def kept(part: re.Match[str]) -> str:
        return part[1] if all(values[name] is not None for name in PLACEHOLDER.findall(part[1])) else ""

    return PLACEHOLDER.sub(lambda found: values[found[1]] or NOTHING, OPTIONAL.sub(kept, template))


def _value(placeholder: str, facts: Facts) -> str | None:
    if placeholder in facts.said:
        return _plain(facts.said[placeholder])
    if placeholder == "rows":
        return Formats(facts.locale).number(facts.row_count)
    what, _, name = placeholder.partition(":")
    names = [column["name"] for column in facts.columns] if what in {"total", "first", "last"} else []
    index = names.index(name) if name in names else None
    if index is None or not facts.rows or index >= len(facts.rows[0]):
        return None
    if what == "total":
        return _figure(_total([row[index] for row in facts.rows]), index, facts)
    return _figure(facts.rows[0 if what == "first" else -1][index], index, facts)


def _total(cells: Sequence[Any]) -> Decimal | None:
    numbers = [number_in(cell) for cell in cells]
    known = [number for number in numbers if number is not None]
    return sum(known, Decimal(0)) if known else None


def _figure(cell: Any, index: int, facts: Facts) -> str | None:
    if cell is None:
        return None
    column, formats = facts.columns[index], Formats(facts.locale)
    if facts.types[index] in {"date", "datetime"} and isinstance(cell, str):
        with contextlib.suppress(ValueError):  # a day that Python cannot hold, or infinity, is a text
            moment = dt.datetime.fromisoformat(cell)
            return formats.date(moment.date()) if facts.types[index] == "date" else formats.datetime(moment)
    number = number_in(cell)
    if number is None or (isinstance(cell, str) and facts.types[index] in {"text", *calendar_units.UNITS}):
        return _plain(formats.unit(str(cell), facts.types[index]))
    if "currency" in column:
        return formats.money(number, column["currency"])
    if column.get("unit") == "percent":
        return format_percent(number / 100, locale=facts.locale, decimal_quantization=False)
    return formats.number(number)


def number_in(cell: Any) -> Decimal | None:
    """Return the number that a cell is, or that its text is; None for others."""
    if cell is None or isinstance(cell, bool | list | dict):
        return None
    try:
        return Decimal(str(cell))
    except InvalidOperation:
        return None


def _plain(text: str) -> str:
    return MARKDOWN.sub(r"\\\1", text)
