"""What a column's values come to: exact sums, ends and counts, as far as they mean something for its type."""

import datetime as dt
import decimal
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.data.result_pages import DAYS, key, raw
from app.data.results import Column
from app.web.column_types import FIGURES

ORDERED = (*FIGURES, *DAYS, "duration")
EXACT = decimal.Context(prec=200)
AVERAGE_DIGITS = decimal.Context(prec=28)


class Statistics(msgspec.Struct, frozen=True):
    """One column's figures; None where one means nothing, as the sum of dates does, or where there are no values."""

    count: int
    nulls: int
    distinct: int
    total: int | Decimal | dt.timedelta | None = None
    average: Decimal | dt.timedelta | None = None
    least: Any = None
    most: Any = None


def statistics(column: Column, values: Sequence[Any]) -> Statistics:
    """Return the figures of a column's values. Numbers that name something, such as ids, are not added up."""
    known = [value for value in values if value is not None]
    distinct = len({raw(value) if isinstance(value, dict | list) else value for value in known})
    counted = Statistics(len(known), len(values) - len(known), distinct)
    if column.type not in ORDERED or not known:
        return counted
    ordered = [value for value in known if not (isinstance(value, Decimal) and value.is_nan())]
    if not ordered:
        return counted
    least, most = (choose(ordered, key=lambda value: key(value, "en", column.type)) for choose in (min, max))
    counted = msgspec.structs.replace(counted, least=least, most=most)
    if column.type == "duration" and all(isinstance(value, dt.timedelta) for value in known):
        return _lengths(column, counted, known)
    if column.type not in FIGURES or column.names_something or not all(Decimal(value).is_finite() for value in known):
        return counted
    total = _sum(known)
    average = AVERAGE_DIGITS.divide(Decimal(total), Decimal(len(known)))
    shown = total if column.is_additive and column.unit != "percent" else None
    return msgspec.structs.replace(counted, total=shown, average=average)


def _lengths(column: Column, counted: Statistics, known: Sequence[dt.timedelta]) -> Statistics:
    try:
        total = sum(known, dt.timedelta())
    except OverflowError:
        return counted
    return msgspec.structs.replace(counted, total=total if column.is_additive else None, average=total / len(known))


def _sum(values: Sequence[Any]) -> int | Decimal:
    whole = [value for value in values if isinstance(value, int)]
    if len(whole) == len(values):
        return sum(whole)
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, Decimal(value))
    return total
