"""The parts of a query in the reader's words, for the strip above a result and for receipts."""

import datetime as dt
import enum
from collections.abc import Sequence
from typing import assert_never

import msgspec

from app.data.asked import Asked, Condition, Grouping, Ordering, Part, Place, Ranking, Span, Tables, Unfinished
from app.data.condition_wording import ConditionWording
from app.data.headings import Headings
from app.data.results import Column
from app.errors import N_
from app.web.formats import formats_of
from app.web.locale import translator

PLACES = {
    "with": N_("in %(name)s: %(part)s"),
    "derived": N_("in %(name)s: %(part)s"),
    "join": N_("joined %(name)s: %(part)s"),
    "aggregate": N_("only for %(name)s: %(part)s"),
    "part": N_("in part %(name)s: %(part)s"),
    "subquery": N_("in a subquery: %(part)s"),
}


MANY = 1000
"""What a number goes by that a query works out."""


class ChipKind(enum.StrEnum):
    """What a chip tells of; `SQL` is a condition for which there are no words."""

    TABLES = "tables"
    PERIOD = "period"
    FILTER = "filter"
    SQL = "sql"
    GROUP = "group"
    ORDER = "order"
    UNFINISHED = "unfinished"


class Chip(msgspec.Struct, frozen=True):
    """One part of what was asked: `title` says more where there is more to say."""

    kind: ChipKind
    text: str
    title: str = ""


def chips(asked: Asked, locale: str, columns: Sequence[Column] = ()) -> list[Chip]:
    """Return all parts of `asked` in order; `columns` are the result's, by whose headings people know them."""
    wording = Wording(locale, Headings(asked, locale, columns))
    pairs = {pair[0].column: pair for pair in compared(asked)}
    told: list[Chip] = []
    for part in asked.parts:
        pair = pairs.get(part.column) if isinstance(part, Span) else None
        if pair is None:
            told.append(wording.chip(part))
        elif isinstance(part, Span) and part not in pair:
            told += [wording.comparison(pair), wording.chip(part) if part.place.kind else wording.whole(part)]
        elif part == pair[0] and not _others(asked, pair):
            told.append(wording.comparison(pair))
    if asked.unfinished:
        told.append(wording.unfinished(asked.unfinished))
    return [chip for chip in told if chip.text]


def compared(asked: Asked) -> list[tuple[Span, Span]]:
    """Return the pairs of closed periods of one column for which figures are compared."""
    found: dict[str, list[Span]] = {}
    for part in asked.parts:
        if isinstance(part, Span) and part.place.kind == "aggregate":
            found.setdefault(part.column, []).append(part)
    pairs = [(spans[0], spans[1]) for spans in found.values() if len(spans) == 2 and spans[0].start != spans[1].start]
    return [pair for pair in pairs if all(span.start and span.end for span in pair) and len(_others(asked, pair)) <= 1]


def _others(asked: Asked, pair: tuple[Span, Span]) -> list[Span]:
    """Return the other periods that a pair's column must lie in."""
    return [part for part in asked.parts if isinstance(part, Span) and part.column == pair[0].column and part not in pair]


class Wording:
    """Writes parts in one language."""

    def __init__(self, locale: str, names: Headings) -> None:
        self._texts = translator(locale)
        self._ = self._texts.gettext
        self._formats = formats_of(locale)
        self._names = names
        self._conditions = ConditionWording(locale, names)

    def chip(self, part: Part) -> Chip:
        """Return a part in words; its title tells the SQL where people's words stand for it."""
        match part:
            case Tables(names, repeated):
                known = {name: self._table(name, repeated) for name in names}
                texts = {name: self._names.described(name, text) for name, text in names.items()}
                title = "\n".join(f"{name}: {text}" for name, text in texts.items() if text or self._names.table(name) != name)
                return Chip(ChipKind.TABLES, ", ".join(known.values()), title)
            case Span():
                return Chip(ChipKind.PERIOD, self._placed(self._span(part), part.place), part.column)
            case Condition():
                is_period = len(part.values) == 1 and part.values[0].moment
                kind = ChipKind.PERIOD if is_period else ChipKind.FILTER if part.operator else ChipKind.SQL
                return Chip(kind, self._placed(self._conditions.text(part), part.place), part.text)
            case Ranking():
                by = ", ".join((*part.within, *(name for name, _ in part.by)))
                return Chip(ChipKind.FILTER, self._placed(self._ranking(part), part.place), by)
            case Grouping():
                return Chip(ChipKind.GROUP, self._placed(self._grouping(part), part.place), ", ".join(part.by))
            case Ordering():
                by = ", ".join(name for name, _ in part.by)
                return Chip(ChipKind.ORDER, self._placed(self._ordering(part), part.place), by)
            case _:
                assert_never(part)

    def comparison(self, pair: tuple[Span, Span]) -> Chip:
        """Return periods that figures of one result are for, beside each other."""
        first, second = map(self._days, pair)
        text = self._(N_("%(period)s compared with %(other)s"), period=first, other=second)
        title = "\n".join(f"{self._names.figure(span.place.name)}: {self._days(span)}" for span in pair)
        return Chip(ChipKind.PERIOD, f"{self._names.column(pair[0].column)}: {text}", title)

    def whole(self, span: Span) -> Chip:
        """Return the period that periods compared lie in."""
        chip = self.chip(span)
        return Chip(chip.kind, self._(N_("read in all: %(part)s"), part=chip.text), chip.title)

    def unfinished(self, found: Unfinished) -> Chip:
        """Return that a period was not over when the result was read."""
        text, day = self._formats.unit(found.value, found.unit), self._formats.date(dt.date.fromisoformat(found.day))
        if found.unit == "span":
            start, end = map(dt.date.fromisoformat, found.value.split("/"))
            text = self._formats.period(start, end - dt.timedelta(days=1))
        elif found.unit == "date":
            text = self._formats.date(dt.date.fromisoformat(found.value))
        return Chip(ChipKind.UNFINISHED, self._(N_("%(period)s was not over yet on %(day)s"), period=text, day=day))

    def _placed(self, text: str, place: Place) -> str:
        if not place.kind:
            return text
        kind = "subquery" if place.kind == "subquery" or not place.name else place.kind
        name = self._names.figure(place.name) if kind == "aggregate" else place.name
        return self._(PLACES[kind], name=name, part=text)

    def _span(self, span: Span) -> str:
        subject = self._names.column(span.column)
        if span.start and span.end:
            return f"{subject}: {self._days(span)}"
        if span.start:
            return self._("%(subject)s from %(day)s", subject=subject, day=self._formats.date(dt.date.fromisoformat(span.start)))
        day = self._formats.date(dt.date.fromisoformat(span.end)) if span.end else ""
        return self._("%(subject)s before %(day)s", subject=subject, day=day)

    def _days(self, span: Span) -> str:
        """Return a closed period as people say it: until its last day, not the first one after."""
        assert span.start
        assert span.end
        last = dt.date.fromisoformat(span.end) - dt.timedelta(days=1)
        return self._formats.period(dt.date.fromisoformat(span.start), last)

    def _grouping(self, grouping: Grouping) -> str:
        names = ", ".join(map(self._names.column, grouping.by))
        if not grouping.is_distinct:
            return self._("by %(names)s", names=names)
        return self._("one row for each %(names)s", names=names) if names else self._("without repetitions")

    def _table(self, name: str, repeated: Sequence[str]) -> str:
        text = self._names.table(name)
        return self._(N_("%(table)s (joined with itself)"), table=text) if name in repeated else text

    def _ranking(self, ranking: Ranking) -> str:
        text = self._(
            N_("top %(count)s by %(names)s") if ranking.by[0][1] else N_("first %(count)s by %(names)s"),
            count=ranking.most,
            names=self._ordered(ranking.by),
        )
        if ranking.ties:
            text = self._(N_("%(part)s, those with equal values included"), part=text)
        within = ", ".join(map(self._names.column, ranking.within))
        return self._(N_("%(part)s, within each %(names)s"), part=text, names=within) if within else text

    def _ordered(self, by: Sequence[tuple[str, bool]]) -> str:
        return ", ".join(f"{self._names.column(name)} {'↓' if descending else '↑'}" for name, descending in by)

    def _most(self, limit: str) -> str:
        number = limit.split(maxsplit=1)[0]
        n = int(number) if number.isdecimal() else MANY
        count = self._formats.number(n) if limit.isdecimal() else limit
        return self._texts.ngettext("at most %(count)s row", "at most %(count)s rows", n, count=count)

    def _ordering(self, ordering: Ordering) -> str:
        names = self._ordered(ordering.by)
        texts = []
        if ordering.limit is not None and names:
            falls = ordering.by[0][1]
            texts.append(
                self._(
                    N_("top %(count)s by %(names)s") if falls else N_("first %(count)s by %(names)s"),
                    count=ordering.limit,
                    names=names,
                )
            )
        elif ordering.limit is not None:
            texts.append(self._most(ordering.limit))
        elif names:
            texts.append(self._("in order of %(names)s", names=names))
        if ordering.with_ties:
            texts[-1] = self._(N_("%(part)s, those with equal values included"), part=texts[-1])
        if ordering.skipped is not None:
            texts.append(self._("after the first %(count)s", count=ordering.skipped))
        return ", ".join(texts)
