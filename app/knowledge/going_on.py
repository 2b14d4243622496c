"""Questions that go on from an answered one: the same of another period, the same by something else, what is near it."""

import datetime as dt
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from app.data.periods import Calendar, named
from app.knowledge.loading import Query
from app.knowledge.phrasing import as_asked
from app.knowledge.terms import without_periods

COUNT = 3
PERIODS: Mapping[str, Mapping[str, str]] = {
    "last_month": {"en": "%s last month", "ru": "%s за прошлый месяц", "uz": "Oʻtgan oyda %s"},
    "this_month": {"en": "%s this month", "ru": "%s за этот месяц", "uz": "Bu oyda %s"},
    "this_year": {"en": "%s this year", "ru": "%s за этот год", "uz": "Bu yil %s"},
    "last_year": {"en": "%s last year", "ru": "%s за прошлый год", "uz": "Oʻtgan yili %s"},
}
"""How a question is said of a period, the ones to offer first."""
YEARS = ("this_year", "last_year")
READS = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)", re.IGNORECASE)
OWN = re.compile(r"\b(\w+)\s+AS\s*\(", re.IGNORECASE)
COMPARES = "_prev_from"


class Answered(msgspec.Struct, frozen=True):
    """What was answered: the validated query, where it was one, with what was bound, else the tables that were read."""

    query: Query | None
    params: Mapping[str, Any] = {}
    tables: frozenset[str] = frozenset()


def suggested(
    queries: Sequence[Query], answered: Answered, *, locale: str, calendar: Calendar, now: dt.datetime,
    may_read: Callable[[Collection[str]], bool], said: Collection[str] = (),
) -> list[str]:  # fmt: skip
    """Return up to three questions that a validated query answers without asking back, in the language `locale`.

    `may_read` tells whether the person may read tables; what was `said` already is not offered again.
    """
    ready = [query for query in queries if _is_ready(query) and may_read(tables_of(query))]
    if answered.query:
        other = [_of_period(answered, locale, calendar, now)] if answered.query in ready else []
        near = _nearest(answered.query, ready)
    else:
        other = []
        near = [query for query in ready if tables_of(query) & answered.tables]
        near.sort(key=lambda query: -len(tables_of(query) & answered.tables) / len(tables_of(query) | answered.tables))
    texts = itertools.chain(other, (as_asked(phrase(query, locale), locale) for query in near))
    return new(texts, said)


def new(texts: Iterable[str], said: Collection[str]) -> list[str]:
    """Return the first three different texts that were not `said` already."""
    known = {_plain(text) for text in said} | {""}
    found: dict[str, str] = {}
    for text in texts:
        if _plain(text) not in known:
            found.setdefault(_plain(text), text)
        if len(found) == COUNT:
            break
    return list(found.values())


def phrase(query: Query, locale: str) -> str:
    """Return a way to ask for a query that names no period and nobody and reads like a title, else its title."""
    plain = (text for text in query.questions[locale] if text == text.lower() == without_periods(text).lower())
    return next((text for text in plain if not as_asked(text, locale).endswith("?")), query.titles[locale])


def tables_of(query: Query) -> frozenset[str]:
    """Return the tables that a query and the lookups of its parameters read, in small letters."""
    texts = [query.sql, *(parameter.lookup for parameter in query.parameters if parameter.lookup)]
    named_here = {name.lower() for name in OWN.findall(query.sql)}
    return frozenset(name.lower() for text in texts for name in READS.findall(text)) - named_here


def _is_ready(query: Query) -> bool:
    return not any(parameter.is_needed for parameter in query.parameters)


def _of_period(answered: Answered, locale: str, calendar: Calendar, now: dt.datetime) -> str:
    """Return the same question of another period than was answered; empty where it has none."""
    query = answered.query
    parameter = next((each for each in query.parameters if each.kind == "period"), None) if query else None
    if query is None or parameter is None or COMPARES in query.sql:
        return ""
    bound = tuple(str(answered.params.get(f"{parameter.name}_{border}", "")) for border in ("from", "to"))
    said = phrase(query, locale)
    for name in YEARS if "month" in _words(query) else PERIODS:
        period = named(name, calendar, now)
        if (period.start.isoformat(), period.end.isoformat()) != bound:
            text = PERIODS[name][locale] % (said[:1].lower() + said[1:])
            return text[:1].upper() + text[1:]
    return ""


def _nearest(answered: Query, ready: Sequence[Query]) -> list[Query]:
    """Return other queries, those of the same figures by something else first, then what reads the same tables."""
    words, columns = _words(answered), {column.name for column in answered.columns}

    def likeness(query: Query) -> float:
        shared = len(_words(query) & words) * 2 + len(columns & {column.name for column in query.columns})
        shared += 2 * (COMPARES in query.sql and COMPARES not in answered.sql and query.name.split("_")[0] in words)
        mine, theirs = tables_of(answered), tables_of(query)
        return shared + len(mine & theirs) / max(1, len(mine | theirs))

    others = [query for query in ready if query.name != answered.name]
    return sorted(others, key=lambda query: -likeness(query))


def _words(query: Query) -> set[str]:
    return {word for word in query.name.split("_") if len(word) > 2}


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip("?.!")
