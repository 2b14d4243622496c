"""Questions that go on from any stored result: the same of the period before, by something else, or without a condition."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from app.data.asked import Asked, Condition, Grouping, Span, subjects
from app.data.period_wording import period_text
from app.data.periods import Period, Unit, around, previous
from app.data.results import Column
from app.data.strip_wording import ChipKind, chips
from app.errors import N_
from app.web.column_types import FIGURES
from app.web.locale import translator

READ_FROM = {"", "with", "derived"}
"""Places of a period that is the answer's own, unlike that of one figure beside others."""
UNITS: tuple[Unit, ...] = ("month", "quarter", "year")
EARLIEST_YEAR = 1900
LONGEST_DAYS = 5 * 366
LONGEST_TEXT = 80
NAMES_ONLY = re.compile(r"(.*_)?(id|key|code|uuid|guid)", re.IGNORECASE)


class Result(msgspec.Struct, frozen=True):
    """A stored result: what was asked, its columns, and how many rows it has.

    `groupable` are the columns with few values of the tables that were read, each with its headings by locale.
    """

    asked: Asked
    columns: Sequence[Column]
    row_count: int
    groupable: Mapping[str, Mapping[str, str]] = {}


def suggested(result: Result, locale: str) -> Iterator[str]:
    """Yield questions in the language `locale`, one of each kind first."""
    by_else = _by_something_else(result, locale)
    yield from itertools.chain(_period_before(result.asked, locale), itertools.islice(by_else, 1))
    yield from itertools.chain(itertools.islice(_without_condition(result, locale), 1), by_else)


def _period_before(asked: Asked, locale: str) -> Iterator[str]:
    spans = [part for part in asked.parts if isinstance(part, Span)]
    asked_for = {(span.start, span.end) for span in spans}
    if len(asked_for) != 1 or any(span.place.kind not in READ_FROM for span in spans):
        return
    period = _period(*asked_for.pop())
    if period:
        yield translator(locale).gettext(N_("And for %(period)s?"), period=period_text(previous(period), locale))


def _period(start: str | None, end: str | None) -> Period | None:
    """Return a closed span counted in the unit of the calendar that it is, None where "the one before" says nothing."""
    if not start or not end:
        return None
    first, after = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    if first.year <= EARLIEST_YEAR or not 0 < (after - first).days <= LONGEST_DAYS:
        return None
    in_months = first.day == after.day == 1
    known = (Period(first, after, unit) for unit in UNITS if around(first, unit) == Period(first, after, unit))
    return next(known, Period(first, after, "month" if in_months else "day"))


def _by_something_else(result: Result, locale: str) -> Iterator[str]:
    """Yield groupings of figures that were added up, by columns that the answer does not speak of yet."""
    grouped = any(isinstance(part, Grouping) and not part.is_distinct for part in result.asked.parts)
    figures = (column for column in result.columns if column.type in FIGURES and not column.names_something)
    if not any(figures) or not (grouped or result.row_count == 1):
        return
    spoken_of = {text.rpartition(".")[2].strip('"`').lower() for text in subjects(result.asked.parts)}
    spoken_of |= {column.name.lower() for column in result.columns}
    told = {column.label(locale).lower() for column in result.columns}
    for name, labels in result.groupable.items():
        label = labels.get(locale) or name.replace("_", " ")
        if name.lower() not in spoken_of and label.lower() not in told and not NAMES_ONLY.fullmatch(name):
            yield translator(locale).gettext(N_("The same by “%(column)s”"), column=label)


def _without_condition(result: Result, locale: str) -> Iterator[str]:
    """Yield the same without one of the conditions that hold a column to values."""
    for part in result.asked.parts:
        if not isinstance(part, Condition) or part.place.kind or part.negated or part.operator not in {"=", "in"}:
            continue
        if not part.values or any(value.is_expression or value.moment or not value.is_text for value in part.values):
            continue
        alone = msgspec.structs.replace(result.asked, parts=(part,), unfinished=None)
        said = [chip.text for chip in chips(alone, locale, result.columns) if chip.kind == ChipKind.FILTER]
        if said and len(said[0]) <= LONGEST_TEXT:
            yield translator(locale).gettext(N_("The same without the condition: %(condition)s"), condition=said[0])
