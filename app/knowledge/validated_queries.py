"""Statements that someone has checked, found by the ways in which people ask for them."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from app.data.results import Column
from app.knowledge.loading import Query, ResultColumn, load
from app.knowledge.phrasing import as_asked
from app.knowledge.ranking import Ranked, Ranking


class Match(msgspec.Struct, frozen=True):
    """A query that may answer a question.

    `score` is between 0 and 1; `unmatched` are the words of the question that the query knows nothing of: it may answer a
    question without them only.
    """

    query: Query
    score: float
    unmatched: tuple[str, ...]

    def as_dict(self, locale: str) -> dict[str, Any]:
        """Return the query as plain JSON values, its texts in a language."""
        query = self.query
        return {
            "name": query.name,
            "title": query.titles[locale],
            "description": query.descriptions[locale],
            "score": self.score,
            "unmatched": list(self.unmatched),
            "sql": query.sql,
            "params": [
                _without_nothing(
                    name=parameter.name, type=parameter.kind, label=parameter.labels[locale], optional=parameter.is_optional,
                    default=parameter.default, lookup=parameter.lookup, min=parameter.least, max=parameter.most,
                )
                for parameter in query.parameters
            ],
            "columns": [
                _without_nothing(name=column.name, label=column.labels[locale], unit=column.unit, currency=column.currency)
                for column in query.columns
            ],
            "answer": query.answers[locale],
            **({"chart": query.chart} if query.chart else {}),
        }  # fmt: skip


class OpenWords(msgspec.Struct, frozen=True):
    """Words of a question, folded, of which it is not certain what they say.

    `unknown` are those that no query has, `rare` those that only known questions have, and `names` of these the ones that
    stand there as examples, such as a branch of another company.
    """

    unknown: list[str]
    rare: list[str]
    names: list[str]


class ValidatedQueries:
    """The validated queries of a folder, or those given; without either there are none. Files are read at the first use."""

    def __init__(self, folder: Path | None, given: Sequence[Query] = ()) -> None:
        self.folder = folder
        self._given = list(given)
        self._reading = threading.Lock()
        self._by_key: dict[str, dict[str, Query]] = {}

    def use(self, folder: Path) -> None:
        """Know the queries of `folder` instead."""
        with self._reading:
            self.folder = folder
            self._by_key = {}
            for read in ("queries", "_by_statement", "_read_ranking"):
                self.__dict__.pop(read, None)

    @cached_property
    def queries(self) -> list[Query]:
        """All queries, by file and place; raises `KnowledgeError`."""
        return load(self.folder) if self.folder else self._given

    def search(self, text: str, *, locale: str = "en", limit: int = 5) -> list[Match]:
        """Return the queries that may answer `text`, asked in any of the languages, best first.

        `{branch}` in the text stands for a name found among the values of the parameter `branch`. Equals are in the
        order of their titles in `locale`.
        """
        ranked = sorted(self._ranking.rank(text), key=lambda found: (-found.score, found.query.titles[locale]))
        return [Match(found.query, found.score, found.unmatched) for found in ranked[:limit]]

    def labelled(self, sql: str, columns: Sequence[Column]) -> tuple[Column, ...]:
        """Return the columns of the result of `sql` with labels and measures, if it is a validated query's statement.

        Only the statement itself, whatever its white space, is known to mean what its labels say.
        """
        query = self.of_statement(sql)
        known = {column.name: column for column in query.columns} if query else {}
        return tuple(_labelled(column, known.get(column.name)) for column in columns)

    def of_statement(self, sql: str) -> Query | None:
        """Return the query whose statement `sql` is, whatever its white space."""
        return self._by_statement.get(_statement(sql))

    def verified(self, sql: str, dialect: str) -> Query | None:
        """Return the query whose statement `sql` is, however it is written."""
        from app.knowledge.statements import key_of  # noqa: PLC0415 - brings the SQL parser, at the first statement

        if found := self.of_statement(sql):
            return found
        if dialect not in self._by_key:
            self._by_key[dialect] = {key_of(query.sql, dialect): query for query in self.queries}
        return self._by_key[dialect].get(key_of(sql, dialect))

    def open_words(self, text: str) -> OpenWords:
        """Return the words of `text`, beside periods and numbers, of which it is not certain what they say."""
        read = self._ranking.terms(text)
        return OpenWords(
            unknown=list(dict.fromkeys(term.text for term in read if not term.is_known)),
            rare=list(dict.fromkeys(term.text for term in read if term.is_learned)),
            names=list(dict.fromkeys(term.text for term in read if self._ranking.is_example(term))),
        )

    def starters(self, locale: str, count: int) -> list[str]:
        """Return questions to begin with, each about something else, that need no name; the ones with most phrasings first."""
        ready = [query for query in self.queries if not any(parameter.is_needed for parameter in query.parameters)]
        ready.sort(key=lambda query: -sum(map(len, query.questions.values())))
        return [as_asked(query.questions[locale][0], locale) for query in _varied(ready)[:count]]

    def closest(self, text: str, locale: str, count: int) -> list[str]:
        """Return questions that can be answered: those nearest to `text`, filled up with starters."""
        ranked: list[Ranked] = self._ranking.rank(text)
        near = [as_asked(found.query.questions[locale][0], locale) for found in ranked if found.score > 0.1]
        return list(dict.fromkeys([*near, *self.starters(locale, count)]))[:count]

    @cached_property
    def _by_statement(self) -> Mapping[str, Query]:
        return {_statement(query.sql): query for query in self.queries}

    @property
    def _ranking(self) -> Ranking:
        with self._reading:
            return self._read_ranking

    @cached_property
    def _read_ranking(self) -> Ranking:
        return Ranking(self.queries)


def _statement(sql: str) -> str:
    return " ".join(sql.rstrip().removesuffix(";").split())


def _labelled(column: Column, known: ResultColumn | None) -> Column:
    if known is None:
        return column
    measure = (known.unit, known.currency) if known.unit or known.currency else (column.unit, column.currency)
    return msgspec.structs.replace(column, unit=measure[0], currency=measure[1], labels=known.labels)


def _varied(queries: Iterable[Query]) -> list[Query]:
    """Order queries so that neighbours are about different things, as told by the first word of their names."""
    topics: dict[str, list[Query]] = {}
    for query in queries:
        topics.setdefault(query.name.partition("_")[0], []).append(query)
    longest = max(map(len, topics.values()), default=0)
    return [group[place] for place in range(longest) for group in topics.values() if place < len(group)]


def _without_nothing(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
